using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>
/// Webhook bodies of the real Alertmanager, byte for byte but for its own address, as they are kept in <c>Fixtures/webhooks</c>: two alerts of a group, then one of
/// them over, then both; what <c>max_alerts</c> cut off; and texts that need care.
/// </summary>
static partial class CapturedWebhooks
{
    /// <summary>In the order in which they came.</summary>
    public static readonly string[] Names = ["firing", "partly", "resolved", "cut", "texts"];

    /// <summary>With nanoseconds, which Alertmanager passes on.</summary>
    const string Start = "2026-11-24T10:00:00.123456789Z";
    const string End = "2026-11-24T10:04:00.5Z";
    static readonly string Folder = RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "webhooks");

    /// <summary>What each kept version is called, the oldest first.</summary>
    public static IEnumerable<string> Kept => Directory.EnumerateFiles(Folder, $"*-{Names[0]}.json").Select(f => Path.GetFileName(f)[..^$"-{Names[0]}.json".Length]).Order(StringComparer.Ordinal);

    /// <summary>All kept bodies of all versions.</summary>
    public static IEnumerable<byte[]> All => Kept.SelectMany(version => Names.Select(name => Encoding.UTF8.GetBytes(Read(version, name))));

    public static string Read(string version, string name) => File.ReadAllText(FileOf(version, name));

    public static void Keep(string version, IReadOnlyDictionary<string, string> bodies)
    {
        foreach (var (name, body) in bodies)
            File.WriteAllText(FileOf(version, name), body);
    }

    /// <summary>Has a running Alertmanager send one of each.</summary>
    /// <returns>How its version is called, and the bodies by their names.</returns>
    public static async Task<(string Version, IReadOnlyDictionary<string, string> Bodies)> CaptureAsync(Versions versions, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var mailbox = await Mailbox.StartAsync(cancellationToken);
        var config = folder.Write("alertmanager.yml", $$"""
            route:
              receiver: verolux.exporter
              group_by: [alertname]
              group_wait: 1s
              group_interval: 1s
              repeat_interval: 1h
              routes: [{ matchers: [alertname = Cut], receiver: cut }]
            receivers:
              - name: verolux.exporter
                webhook_configs: [{ url: "{{mailbox.Url}}/whole", send_resolved: true, max_alerts: 0 }]
              - name: cut
                webhook_configs: [{ url: "{{mailbox.Url}}/cut", max_alerts: 1 }]
            """);
        await using var server = await AlertmanagerServer.StartAsync(config, folder.Path, cancellationToken, versions);
        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        var bodies = new Dictionary<string, string>();
        await RaiseAsync(Of("DiskFull", "/a"), Of("DiskFull", "/b"));
        await KeepAsync("firing", "DiskFull", json => Statuses(json) is ["firing", "firing"]);
        await RaiseAsync(Of("DiskFull", "/b", End));
        await KeepAsync("partly", "DiskFull", json => Statuses(json) is ["firing", "resolved"]);
        await RaiseAsync(Of("DiskFull", "/a", End));
        await KeepAsync("resolved", "DiskFull", json => json.GetProperty("status").GetString() == "resolved");
        await RaiseAsync(Of("Cut", "/a"), Of("Cut", "/b"), Of("Cut", "/c"));
        await KeepAsync("cut", "Cut", json => json.GetProperty("truncatedAlerts").GetInt32() == 2);
        await RaiseAsync(Of("Texts", "C:\\a \"b\" 'c' {d}"));
        await KeepAsync("texts", "Texts", _ => true);
        var status = await client.GetFromJsonAsync<JsonElement>("/api/v2/status", cancellationToken);
        return ($"alertmanager-{MinorVersion().Match(status.GetProperty("versionInfo").GetProperty("version").GetString()!).Value}", bodies);

        async Task RaiseAsync(params object[] alerts)
        {
            using var response = await client.PostAsJsonAsync("/api/v2/alerts", alerts, cancellationToken);
            response.EnsureSuccessStatusCode();
        }

        async Task KeepAsync(string name, string alert, Predicate<JsonElement> fits)
        {
            var posted = await mailbox.Posts.FirstAsync(p => p.Json.GetProperty("groupLabels").GetProperty("alertname").GetString() == alert && fits(p.Json), cancellationToken);
            bodies[name] = OwnAddress().Replace(posted.Json.GetRawText(), "\"externalURL\":\"http://alertmanager:9093\"");
        }
    }

    static object Of(string name, string path, string? end = null)
    {
        var labels = new Dictionary<string, string> { ["alertname"] = name, ["path"] = path, ["severity"] = "warning" };
        if (name == "Texts")
        {
            foreach (var (label, text) in (ReadOnlySpan<(string, string)>)[("lines", "one\ntwo\r\n\tthree"), ("site", "Zürich 北京 😀"), ("markup", "<b>&amp;</b>\u2028<!channel>"), ("turned", "\u202Egnp.exe\u0001")])
                labels[label] = text;
        }
        return new { labels, annotations = new { summary = $"{path} is nearly full" }, startsAt = Start, endsAt = end, generatorURL = "http://prometheus:9090/graph?g0.expr=up%3D%3D0&g0.tab=1" };
    }

    static string[] Statuses(JsonElement body) => [.. body.GetProperty("alerts").EnumerateArray().Select(a => a.GetProperty("status").GetString()!)];

    static string FileOf(string version, string name) => Path.Combine(Folder, $"{version}-{name}.json");

    [GeneratedRegex("^[0-9]+[.][0-9]+")]
    private static partial Regex MinorVersion();

    [GeneratedRegex("\"externalURL\":\"[^\"]*\"")]
    private static partial Regex OwnAddress();
}
