using System.Globalization;
using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Dashboards;

/// <summary>
/// A real Prometheus that holds an hour of everything that the contract knows, of two sites: a good and a bad one of each kind of target, with names that mean
/// something in a regular expression, each seen by several replicas of the exporter and of Prometheus.
/// </summary>
sealed class RecordedSites : IAsyncDisposable
{
    /// <summary>2026-01-05T01:00:00Z; nothing here depends on when it runs.</summary>
    public const long End = Start + 3600;

    const long Start = 1_767_571_200;
    const int Step = 120;

    static readonly string[] Identities = ["camera", "gpu", "server", "broker", "queue", "path", "backend", "alertmanager", "destination", "target"];

    static readonly Dictionary<string, string[]> Values = new()
    {
        ["site"] = ["north", "south.2 (b)"],
        ["gpu"] = ["GPU-1", "GPU-2+"],
        ["server"] = ["main", "db.2|x"],
        ["broker"] = ["main", "mq.2"],
        ["vhost"] = ["/"],
        ["queue"] = ["light", "heavy*"],
        ["path"] = ["/", "/data (old)^$"],
        ["backend"] = ["backend", "back?end"],
        ["depth"] = ["describe", "sample"],
        ["check"] = ["health", "queue"],
        ["class"] = ["2xx", "5xx", "error"],
        ["severity"] = ["critical", "warning"],
        ["kind"] = ["camera", "postgres"],
        ["target"] = ["t1", "t.2"],
        ["part"] = ["describe"],
        ["slo"] = ["camera-uptime", "inference-performance"],
        ["alert"] = ["CameraOffline", "StorageNearFull"],
        ["runbook"] = ["RUNBOOK_CAMERA_OFFLINE", "RUNBOOK_STORAGE_FULL"],
        ["le"] = ["0.1", "1", "+Inf"],
    };

    readonly TemporaryFolder folder;
    readonly PrometheusServer server;

    RecordedSites(TemporaryFolder folder, PrometheusServer server) => (this.folder, this.server) = (folder, server);

    public string Url => server.Url;

    /// <param name="copies">Which replicas of the exporter (<c>instance</c>) each replica of Prometheus has seen.</param>
    /// <param name="cameras">How many each site has.</param>
    public static async Task<RecordedSites> StartAsync(IReadOnlyList<(string Instance, string Replica)> copies, int cameras, Versions versions, CancellationToken cancellationToken)
    {
        var program = versions.Program("promtool");
        var folder = new TemporaryFolder();
        var made = Command.Run(program, "tsdb", "create-blocks-from", "openmetrics", folder.Write("metrics.txt", Text(copies, cameras)), folder["prometheus"]);
        Assert.That(made.ExitCode, Is.Zero, made.Output);
        var server = await PrometheusServer.StartAsync(folder.Write("prometheus.yml", "global: {}\n"), folder.Path, FreePort.Next(), ["--storage.tsdb.retention.time=100y"], cancellationToken, versions);
        return new RecordedSites(folder, server);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    static string Text(IReadOnlyList<(string Instance, string Replica)> copies, int cameras)
    {
        var text = new StringBuilder();
        foreach (var line in File.ReadAllLines(RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "metrics.golden.txt")))
        {
            var (kind, name, labels) = (line.Split(' ')[0], line.Split(' ', '{')[1], line.Split('{', '}')[1].Split(','));
            if (kind == "histogram")
            {
                Add(text, copies, cameras, name + "_bucket", [.. labels, "le"]);
                Add(text, copies, cameras, name + "_sum", labels);
                Add(text, copies, cameras, name + "_count", labels);
            }
            else
                Add(text, copies, cameras, name, labels);
        }
        // What a rule records has the labels that its name begins with.
        foreach (var name in BoardTests.Recorded.Where(r => r.Contains(":verolux_")))
            Add(text, copies, cameras, name, name.Split(':')[0].Split('_'));
        foreach (var replica in copies.Select(c => c.Replica).Distinct())
        {
            foreach (var alert in Values["site"].SelectMany(s => ((string[])["CameraOffline\",severity=\"critical\",camera=\"c1", "StorageNearFull\",severity=\"warning\",path=\"/"]).Select(a => $"{a}\",site=\"{s}"))
                .Append("VeroluxExporterDown\",severity=\"critical").Append("StorageFillingUp\",severity=\"info\",runbook=\"RUNBOOK_STORAGE_FULL").Append("Watchdog\",severity=\"none"))
            {
                Append(text, $"ALERTS{{alertname=\"{alert}\",alertstate=\"firing\",replica=\"{replica}\"}}", _ => 1);
                Append(text, $"ALERTS_FOR_STATE{{alertname=\"{alert}\",replica=\"{replica}\"}}", _ => Start);
            }
            foreach (var name in (string[])["up", "scrape_duration_seconds", "scrape_samples_scraped"])
            {
                foreach (var instance in copies.Select(c => c.Instance).Distinct())
                    Append(text, $"{name}{{job=\"verolux-exporter\",instance=\"{instance}\",replica=\"{replica}\"}}", _ => instance == "a:9877" ? 1 : 0);
            }
        }
        return text.Append("# EOF\n").ToString();
    }

    static void Add(StringBuilder text, IReadOnlyList<(string Instance, string Replica)> copies, int cameras, string name, IReadOnlyList<string> labels)
    {
        IEnumerable<IReadOnlyList<(string Label, int Index)>> all = [[]];
        foreach (var label in labels)
            all = all.SelectMany(one => Of(name, label, cameras).Select((_, i) => (IReadOnlyList<(string, int)>)[.. one, (label, i)])).ToList();
        foreach (var one in all)
        {
            // A camera is good or bad whoever tells of it.
            var isBad = one.Where(l => Identities.Contains(l.Label) && (l.Label != "backend" || !labels.Contains("camera"))).Sum(l => l.Index) % 2 == 1;
            var le = one.FirstOrDefault(l => l.Label == "le").Index;
            foreach (var (instance, replica) in name.Contains(':') ? copies.Select(c => ("", c.Replica)).Distinct() : copies)
            {
                var series = string.Join(',', one.Select(l => $"{l.Label}=\"{Of(name, l.Label, cameras)[l.Index]}\""));
                Append(text, $"{name}{{job=\"verolux-exporter\",{(instance.Length > 0 ? $"instance=\"{instance}\"," : "")}replica=\"{replica}\"{(series.Length > 0 ? "," + series : "")}}}", at => Value(name, isBad, le, at));
            }
        }
    }

    static string[] Of(string name, string label, int cameras) => (name, label) switch
    {
        (_, "camera") => [.. Enumerable.Range(1, cameras).Select(i => i == 2 ? "c.2 [x]" : $"c{i}")],
        ("verolux_incidents", "state") => ["firing", "acknowledged"],
        ("verolux_sla_incidents_total", "outcome") => ["met_ack", "breached_unacked"],
        _ => Values.GetValueOrDefault(label, [$"{label}-1", $"{label}-2"]),
    };

    // Counters rise by one a minute.
    static double Value(string name, bool isBad, int le, long at) => name switch
    {
        _ when name.EndsWith("_bucket") => (at - Start) / 60.0 * (le + 1),
        _ when name.EndsWith("_count") => (at - Start) / 60.0 * 3,
        _ when name.EndsWith("_sum") => (at - Start) / 60.0 * 3 * 120,
        _ when BoardTests.Golden.GetValueOrDefault(name) == "counter" => (at - Start) / 60.0,
        "verolux_camera_tls_certificate_expiry_timestamp_seconds" or "verolux_sla_next_breach_timestamp_seconds" => End + 600,
        _ when name.Contains("timestamp_seconds") || name == "process_start_time_seconds" => Start - 300,
        _ when name.EndsWith("_threshold") => 10,
        _ when name.EndsWith("_info") || name.EndsWith("_failure") || name.EndsWith("_enabled") || name.EndsWith(":group") => 1,
        _ when name.Contains("available_bytes") => 1e9 - (at - Start) * 1e4,
        "slo:verolux_slo_objective:ratio" => 0.99,
        _ when name.Contains("slo_bad") => 0.005,
        _ when IsGood(name) => isBad ? 0 : 1,
        _ when IsTrouble(name) => isBad ? 1 : 0,
        _ when name.EndsWith("frames_per_second") => isBad ? 5 : 20,
        "verolux_rabbitmq_queue_consumers" => isBad ? 0 : 2,
        "verolux_incidents" => 2,
        _ => isBad ? 20 : 5,
    };

    static bool IsGood(string name) => name.EndsWith("_up") || name.EndsWith("_up:max") || name.EndsWith("_available:max") || name.EndsWith("_target:max") || name.EndsWith("_streaming") || name.EndsWith("_decodable")
        || name.EndsWith("_reachable") || name.EndsWith("_healthy") || name.EndsWith("_loaded") || name.EndsWith("_exists") || name.EndsWith("_valid") || name.EndsWith("_successful");

    static bool IsTrouble(string name) => name.EndsWith("_maintenance") || name.EndsWith("_frozen") || name.EndsWith("_black") || name.EndsWith("_read_only") || name.EndsWith("_throttled") || name.EndsWith("_alarm")
        || name.EndsWith("_in_recovery") || name.EndsWith("_overdue");

    static void Append(StringBuilder text, string series, Func<long, double> valueAt)
    {
        for (var at = Start; at <= End; at += Step)
            text.Append(CultureInfo.InvariantCulture, $"{series} {valueAt(at)} {at}\n");
    }
}
