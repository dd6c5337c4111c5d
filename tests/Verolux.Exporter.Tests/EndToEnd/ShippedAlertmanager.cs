using System.Net.Http.Json;
using System.Text.Json;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>An alert as Prometheus posts it to Alertmanager.</summary>
sealed record Raised(IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations, DateTimeOffset StartsAt, DateTimeOffset? EndsAt = null);

/// <summary>
/// The real Alertmanager with a configuration that is shipped, its waits cut to a second, and stand-ins for whomever it tells: PagerDuty's, and a mailbox for
/// Slack and the exporter.
/// </summary>
sealed class ShippedAlertmanager : IAsyncDisposable
{
    /// <summary>What it shows the exporter.</summary>
    public const string Token = "0123456789-alertmanager";

    const string SlackPath = "/services/T000/B000/slack";

    readonly ShippedFiles files = new();
    readonly HttpClient client = new();
    AlertmanagerServer server = null!;

    ShippedAlertmanager(SiteHost site, Mailbox mailbox) => (Site, Mailbox) = (site, mailbox);

    public SiteHost Site { get; }

    public Mailbox Mailbox { get; }

    public string Url => server.Url;

    /// <summary>What went wrong on the way to whomever it tells, templates included.</summary>
    public IEnumerable<string> Complaints =>
        server.Program.Lines.Where(line => line.Contains("component=dispatcher") && (line.Contains("level=warn", StringComparison.OrdinalIgnoreCase) || line.Contains("level=error", StringComparison.OrdinalIgnoreCase)));

    public string LastLines => server.Program.LastLines;

    /// <summary>What the exporter was told, each notification being one.</summary>
    public IEnumerable<JsonElement> Webhooks => Mailbox.Posts.Items.Where(IsWebhook).Select(post => post.Json);

    /// <param name="file">In deploy/alertmanager.</param>
    /// <param name="exporter">Who is told in the exporter's place, without a slash at the end; without one, the mailbox.</param>
    /// <param name="mistakes">What else is written otherwise than it is shipped.</param>
    public static async Task<ShippedAlertmanager> StartAsync(string file, Versions versions, CancellationToken cancellationToken, string? exporter = null, params IEnumerable<(string Old, string New)> mistakes)
    {
        // Before anything is started: where it can't be had the test is left out.
        _ = versions.Program("prometheus-alertmanager");
        var alertmanager = new ShippedAlertmanager(await SiteHost.StartAsync(cancellationToken), await Mailbox.StartAsync(cancellationToken));
        try
        {
            alertmanager.server = await AlertmanagerServer.StartAsync(alertmanager.Configure(file, exporter, mistakes), alertmanager.files.Path, cancellationToken, versions);
            return alertmanager;
        }
        catch
        {
            await alertmanager.DisposeAsync();
            throw;
        }
    }

    public static bool IsWebhook(Posted post) => post.Path == "/api/v1/alertmanager";

    public static bool IsSlack(Posted post) => post.Path == SlackPath;

    public static bool IsWatchdog(Posted post) => post.Path == "/api/v1/alertmanager/watchdog";

    public async Task RaiseAsync(CancellationToken cancellationToken, params IEnumerable<Raised> alerts)
    {
        using var response = await client.PostAsJsonAsync(
            $"{server.Url}/api/v2/alerts",
            alerts.Select(a => a.EndsAt is { } end
                ? (object)new { labels = a.Labels, annotations = a.Annotations, startsAt = a.StartsAt, endsAt = end }
                : new { labels = a.Labels, annotations = a.Annotations, startsAt = a.StartsAt }),
            cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Ends it, with nobody to take its place.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        server.Program.Kill();
        return server.Program.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Waits until every group that is there now has been looked at again: each is once a second, and the Watchdog, which must fire, is passed on each time.</summary>
    public async Task FlushesAsync(CancellationToken cancellationToken)
    {
        var seen = Mailbox.Posts.Items.Count(IsWatchdog);
        await Eventually.FoundAsync("the Watchdog", () => Mailbox.Posts.Items.Count(IsWatchdog) > seen + 2 ? this : null, cancellationToken, () => server.Program.LastLines);
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        await Mailbox.DisposeAsync();
        await Site.DisposeAsync();
        client.Dispose();
        files.Dispose();
    }

    string Configure(string file, string? exporter, IEnumerable<(string, string)> mistakes)
    {
        var key = files.Write("routing_key", SiteHost.RoutingKey);
        List<(string, string)> replacements =
        [
            ("http://127.0.0.1:9877/", $"{exporter ?? Mailbox.Url}/"),
            ("      - routing_key_file: /etc/prometheus/pagerduty_routing_key\n", $"      - url: {Site.Url}/v2/enqueue\n        routing_key_file: {key}\n"),
            ("group_interval: 30s", "group_interval: 1s"),
            ("repeat_interval: 25s", "repeat_interval: 900ms"),
            ("group_wait: 10s", "group_wait: 1s"),
            ("group_interval: 5m", "group_interval: 1s"),
            .. mistakes,
        ];
        if (file == "alertmanager-direct.yml")
            replacements.AddRange([("/etc/prometheus/slack_webhook_url", files.Write("slack_webhook_url", Mailbox.Url + SlackPath)), ("group_interval: 1m", "group_interval: 1s")]);
        files.Write("deploy/secrets/alertmanager_token", Token);
        return files.Copy($"deploy/alertmanager/{file}", [.. replacements]);
    }
}
