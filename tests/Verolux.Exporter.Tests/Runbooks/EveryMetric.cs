using System.Globalization;
using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Commands;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>
/// A real Prometheus that holds, of every metric on the golden list, two hours of two sites with two of everything. In the site south everything is down. What has an <c>_info</c> has one
/// of it, as it is published.
/// </summary>
sealed class EveryMetric : IAsyncDisposable
{
    static readonly TimeSpan Step = TimeSpan.FromMinutes(2);

    /// <summary>Values that runbooks name; of any other label they are made up.</summary>
    static readonly Dictionary<string, string[]> Values = new()
    {
        ["backend"] = ["backend", "reporting"],
        ["camera"] = ["gate_a1", "gate_a2"],
        ["check"] = ["health", "cameras"],
        ["class"] = ["2xx", "5xx"],
        ["depth"] = ["describe", "sample"],
        ["path"] = ["/recordings", "/"],
        ["queue"] = ["default", "heavy"],
        ["reason"] = ["refused", "auth"],
        ["server"] = ["main", "replica"],
        ["broker"] = ["main", "other"],
        ["vhost"] = ["/", "other"],
        ["site"] = ["north", "south"],
    };

    readonly TemporaryFolder folder;

    EveryMetric(TemporaryFolder folder, PrometheusServer prometheus) => (this.folder, Prometheus) = (folder, prometheus);

    public PrometheusServer Prometheus { get; }

    /// <summary>Of each metric on the golden list, its labels. What a rule records has its own.</summary>
    public static IReadOnlyDictionary<string, string[]> Labels { get; } = File.ReadLines(RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "metrics.golden.txt"))
        .Select(line => line.Split(' ')[1].TrimEnd('}').Split('{'))
        .Append([RunbookSeries.ReconnectsMetric, "site"])
        .DistinctBy(parts => parts[0])
        .ToDictionary(parts => parts[0], parts => parts[1].Split(','));

    public static async Task<EveryMetric> StartAsync(CancellationToken cancellationToken)
    {
        var folder = new TemporaryFolder();
        try
        {
            var text = folder.Write("series.txt", OpenMetrics(TimeProvider.System.GetUtcNow()));
            var (exitCode, output) = Command.Run("promtool", "tsdb", "create-blocks-from", "openmetrics", text, folder["prometheus"]);
            Assert.That(exitCode, Is.Zero, output);
            return new EveryMetric(folder, await PrometheusServer.StartAsync(folder.Write("prometheus.yml", "global: {}\n"), folder.Path, cancellationToken));
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Prometheus.DisposeAsync();
        folder.Dispose();
    }

    static string OpenMetrics(DateTimeOffset now)
    {
        var text = new StringBuilder();
        foreach (var (metric, labels) in Labels)
        {
            foreach (var series in SeriesOf(metric, labels))
            {
                for (var (at, i) = (now - (62 * Step), 0); at <= now; (at, i) = (at + Step, i + 1))
                    text.Append(CultureInfo.InvariantCulture, $"{metric}{{{series}}} {ValueOf(metric, series, i)} {at.ToUnixTimeSeconds()}\n");
            }
        }
        return text.Append("# EOF\n").ToString();
    }

    static IEnumerable<string> SeriesOf(string metric, string[] labels)
    {
        // An _info says one thing of each target: what it says follows from whom it says it.
        string[] free = metric.EndsWith("_info", StringComparison.Ordinal) ? [.. labels.Intersect(["site", "camera", "backend", "gpu", "server", "alert"])] : labels;
        for (var combination = 0; combination < 1 << free.Length; combination++)
        {
            var bits = combination;
            yield return string.Join(',', labels.Select(label => $"{label}=\"{ValuesOf(label)[Array.IndexOf(free, label) is var place and >= 0 ? (bits >> place) & 1 : bits & 1]}\""));
        }
    }

    static string[] ValuesOf(string label) => Values.TryGetValue(label, out var values) ? values : [$"{label}-1", $"{label}-2"];

    static double ValueOf(string metric, string series, int i) =>
        metric.EndsWith("_total", StringComparison.Ordinal) ? i
        : metric.EndsWith("_up", StringComparison.Ordinal) ? (series.Contains("south", StringComparison.Ordinal) ? 0 : 1)
        : metric.EndsWith("_failure", StringComparison.Ordinal) ? 1
        : 0.9 + (i / 1000.0);
}
