using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>What a real Prometheus makes of the page.</summary>
[CancelAfter(60_000)]
public class ScrapeTests
{
    /// <summary>A path that is watched and one that is down, whose name has everything that needs escaping.</summary>
    const string Targets = """
        listen: 127.0.0.1:0
        site: 'no"rth\'
        storage:
          targets:
            - { path: /, interval: 1s, recordings: false }
            - { path: '/gone "\ ü', interval: 1s }
        """;

    [Test]
    public async Task Prometheus_asks_for_OpenMetrics_and_keeps_every_series_of_the_page_and_no_other(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var exporter = await ExporterProgram.StartAsync(folder.Write("verolux.yml", Targets), cancellationToken);
        await using var proxy = await RecordingProxy.StartAsync(exporter.Url, cancellationToken);
        var config = folder.Write("prometheus.yml", $$"""
            global: { scrape_interval: 1s }
            scrape_configs: [{ job_name: exporter, honor_labels: true, static_configs: [{ targets: ['{{new Uri(proxy.Url).Authority}}'] }] }]
            """);
        await using var prometheus = await PrometheusServer.StartAsync(config, folder.Path, FreePort.Next(), ["--log.level=debug"], cancellationToken);

        // Two looks of each path are over by the third scrape.
        var scrape = await proxy.Exchanges.ItemAsync(3, cancellationToken);
        Assert.That(scrape.RequestHeaders["Accept"], Does.StartWith("application/openmetrics-text"));
        Assert.That(scrape.ContentType, Is.EqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8"));
        Assert.That(scrape.ResponseBody, Does.EndWith("# EOF\n"));

        var onPage = SeriesOf(scrape.ResponseBody);
        Assert.That(onPage, Has.Some.StartsWith("verolux_storage_used_ratio{").And.Some.StartsWith("verolux_storage_failures_total{").And.Some.StartsWith("verolux_webhook_duration_seconds_bucket{"));
        Assert.That(onPage, Is.Unique);
        // The fourth begins a second later, when the third has been stored.
        await proxy.Exchanges.ItemAsync(4, cancellationToken);
        Assert.That(await StoredAsync(prometheus, cancellationToken), Is.EquivalentTo(onPage));
        Assert.That((await prometheus.QueryAsync("min_over_time(up[1m])", cancellationToken)).Single().Value, Is.EqualTo(1));
        Assert.That(prometheus.Program.Lines.Where(l => l.Contains("Append failed") || l.Contains("Scrape failed") || l.Contains("level=warn")), Is.Empty);
    }

    [Test]
    public async Task The_text_page_passes_promtool_and_has_the_same_series_as_OpenMetrics(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var exporter = await ExporterProgram.StartAsync(folder.Write("verolux.yml", Targets), cancellationToken);
        using var client = new HttpClient();
        var text = await Eventually.FoundAsync(
            "a look at each path",
            async () => await PageAsync(client, exporter, "text/plain", cancellationToken) is var page && page.Contains("verolux_storage_failure{") && page.Contains("verolux_storage_used_ratio{") ? page : null,
            cancellationToken);

        var (exitCode, output) = Command.Run("sh", "-c", $"promtool check metrics < {folder.Write("metrics.txt", text)}");
        Assert.That((exitCode, output), Is.EqualTo((0, "")));
        var openMetrics = await PageAsync(client, exporter, "application/openmetrics-text", cancellationToken);
        // OpenMetrics spells the bounds of buckets as numbers with a point: 1.0 where the text format says 1.
        Assert.That(SeriesOf(openMetrics.Replace(".0\"}", "\"}", StringComparison.Ordinal)), Is.EquivalentTo(SeriesOf(text)));
    }

    static async Task<string> PageAsync(HttpClient client, ExporterProgram exporter, string accept, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{exporter.Url}/metrics");
        request.Headers.Accept.ParseAdd(accept);
        using var response = await client.SendAsync(request, cancellationToken);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>All that Prometheus has of the exporter, but for what it adds itself, written as on the page with labels in order.</summary>
    static async Task<IReadOnlyList<string>> StoredAsync(PrometheusServer prometheus, CancellationToken cancellationToken)
    {
        var series = await prometheus.GetAsync("""series?match[]={job="exporter"}""", cancellationToken);
        return [.. series.EnumerateArray().Select(s => s.EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetString()!))
            .Where(s => s["__name__"] is var name && name != "up" && !name.StartsWith("scrape_"))
            .Select(s => Write(s["__name__"], s.Where(l => l.Key is not ("__name__" or "instance" or "job"))))];
    }

    static List<string> SeriesOf(string page) =>
        [.. new Exposition(page).Series.Select(Exposition.Read).Select(s => Write(s.Name, s.Labels))];

    static string Write(string name, IEnumerable<KeyValuePair<string, string>> labels) =>
        $"{name}{{{string.Join(",", labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={JsonSerializer.Serialize(l.Value)}"))}}}";
}
