using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>
/// The shipped rules, 24 times as fast, in the real Prometheus, and the shipped configuration in the real Alertmanager: at one site the card is saturated and at
/// another the service is down, so that inference is slow at both, as it is at a third for another reason. Then all is well, everywhere at once.
/// </summary>
[Category("Site")]
public class InhibitionTests
{
    // The fastest at which no range window is cut short: two minutes become five seconds.
    const string Speed = "24";

    [Test]
    [CancelAfter(240_000)]
    public async Task Slow_inference_is_told_only_where_nothing_explains_it_and_no_end_of_an_explanation_tells_it(CancellationToken cancellationToken)
    {
        using var files = new ShippedFiles();
        var rules = await ExporterProgram.CommandAsync(
            ["rules", RepositoryRoot.Of("alert-rules"), "--runbooks", RepositoryRoot.Of("runbooks"), "--out", files["alert-rules"], "--speed", Speed], cancellationToken);
        Assert.That(rules.ExitCode, Is.Zero, rules.Errors);
        files.Write("deploy/secrets/scrape_token", "0123456789-scrape");
        await using var alertmanager = await ShippedAlertmanager.StartAsync("alertmanager.yml", Versions.Oldest, cancellationToken);
        var well = false;
        await using var exporter = ScriptedServer.Http(_ => $"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\n{Page(Volatile.Read(ref well))}");
        var port = FreePort.Next();
        var configuration = files.Copy(
            "deploy/prometheus/prometheus.yml",
            ("evaluation_interval: 15s", "evaluation_interval: 1s"),
            ("scrape_interval: 15s", "scrape_interval: 1s"),
            ("scrape_timeout: 10s", "scrape_timeout: 1s"),
            ("127.0.0.1:9877", $"127.0.0.1:{exporter.Port}"),
            ("127.0.0.1:9090", $"127.0.0.1:{port}"),
            ("127.0.0.1:9093", new Uri(alertmanager.Url).Authority));
        await using var prometheus = await PrometheusServer.StartAsync(configuration, files.Path, port, ["--rules.alert.resend-delay=5s"], cancellationToken);

        await ToldAsync("GPUSaturation", "north", "firing");
        await ToldAsync("APIDown", "south", "firing");
        await ToldAsync("SlowInference", "west", "firing");
        // At the other two it fires just as well, and is held back.
        await HoldsAsync("""count(ALERTS{alertname="SlowInference",alertstate="firing"}) == 3""");
        Volatile.Write(ref well, true);
        await ToldAsync("SlowInference", "west", "resolved");
        await ToldAsync("GPUSaturation", "north", "resolved");
        await ToldAsync("APIDown", "south", "resolved");
        await HoldsAsync("absent(ALERTS{alertname=~\"SlowInference|GPUSaturation|APIDown\"})");
        await alertmanager.FlushesAsync(cancellationToken);

        Assert.That(Alerts().Where(a => a.Name == "SlowInference").Select(a => a.Site).Distinct(), Is.EqualTo(new[] { "west" }));

        Task<string> ToldAsync(string alert, string site, string status) => Eventually.FoundAsync(
            $"{alert} at {site}, {status},", () => Alerts().Contains((alert, site, status)) ? alert : null, cancellationToken, () => string.Join(", ", Alerts()) + alertmanager.LastLines);

        Task<string> HoldsAsync(string query) => Eventually.FoundAsync(
            query, async () => (await prometheus.QueryAsync(query, cancellationToken)).Count > 0 ? query : null, cancellationToken, () => prometheus.Program.LastLines);

        IEnumerable<(string Name, string Site, string Status)> Alerts() =>
            from webhook in alertmanager.Webhooks
            from alert in webhook.GetProperty("alerts").EnumerateArray()
            let labels = alert.GetProperty("labels")
            select (Text(labels, "alertname"), Text(labels, "site"), Text(alert, "status"));
    }

    static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    /// <summary>What the exporter would say of the three sites.</summary>
    static string Page(bool well) => $$"""
        verolux_camera_up{site="north",camera="gate_a1"} 1
        verolux_camera_up{site="south",camera="gate_b1"} 1
        verolux_camera_up{site="west",camera="gate_c1"} 1
        verolux_gpu_utilization_ratio{site="north",gpu="GPU-1"} {{(well ? "0.5" : "1")}}
        verolux_backend_up{site="north",backend="backend"} 1
        verolux_backend_up{site="south",backend="backend"} {{(well ? 1 : 0)}}
        verolux_backend_up{site="west",backend="backend"} 1
        verolux_inference_frames_per_second{site="north",backend="backend"} {{(well ? 25 : 10)}}
        verolux_pipeline_camera_frames_per_second{site="south",backend="backend",camera="gate_b1"} {{(well ? 25 : 10)}}
        verolux_inference_frames_per_second{site="west",backend="backend"} {{(well ? 25 : 10)}}

        """;
}
