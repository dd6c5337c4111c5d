using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace Verolux.Exporter.Tests.Support;

/// <summary>The real Alertmanager that tells one webhook of everything it is told, and retries for as long as an alert fires.</summary>
sealed class WebhookAlertmanager : IAsyncDisposable
{
    // Of attempts; its notifications are counted before they are made.
    const string Attempts = "alertmanager_notification_requests_total{integration=\"webhook\"}";
    const string Failed = "alertmanager_notification_requests_failed_total{integration=\"webhook\"";

    readonly AlertmanagerServer server;
    readonly HttpClient client = new() { Timeout = TimeSpan.FromMinutes(2) };
    readonly TemporaryFolder folder;

    WebhookAlertmanager(AlertmanagerServer server, TemporaryFolder folder) => (this.server, this.folder) = (server, folder);

    /// <param name="exporter">Without a slash at the end.</param>
    /// <param name="groupBy">Labels; <c>...</c> tells each alert by itself.</param>
    public static async Task<WebhookAlertmanager> StartAsync(string exporter, string groupBy, string groupWait, string groupInterval, CancellationToken cancellationToken)
    {
        var folder = new TemporaryFolder();
        try
        {
            // An alert without an end must not end by itself while a long test runs.
            var configuration = folder.Write("alertmanager.yml", $$"""
                global: { resolve_timeout: 1h }
                route: { receiver: exporter, group_by: ['{{groupBy}}'], group_wait: {{groupWait}}, group_interval: {{groupInterval}}, repeat_interval: 4h }
                receivers:
                  - name: exporter
                    webhook_configs: [{ url: '{{exporter}}/api/v1/alertmanager', send_resolved: true, max_alerts: 0 }]
                """);
            return new WebhookAlertmanager(await AlertmanagerServer.StartAsync(configuration, folder.Path, cancellationToken), folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Posts alerts as Prometheus does, all in one request.</summary>
    public async Task PostAsync(IEnumerable<PostedAlert> alerts, CancellationToken cancellationToken)
    {
        using var response = await client.PostAsJsonAsync($"{server.Url}/api/v2/alerts", alerts, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>
    /// Waits until so many of its webhooks were answered with success. Only then does it send the end of an alert: one that it takes for never told it
    /// forgets.
    /// </summary>
    public async Task ToldAsync(int webhooks, CancellationToken cancellationToken)
    {
        // An attempt is counted a moment before its failure is, so one look could take one for the other.
        var (before, now) = (0.0, 0.0);
        await Eventually.FoundAsync(
            $"success number {webhooks} at Alertmanager",
            async () =>
            {
                (before, now) = (now, await SuccessesAsync(cancellationToken));
                return Math.Min(before, now) >= webhooks ? this : null;
            },
            cancellationToken,
            () => $"{now}, its last lines:\n{server.Program.LastLines}");
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
        folder.Dispose();
    }

    async Task<double> SuccessesAsync(CancellationToken cancellationToken)
    {
        var lines = (await client.GetStringAsync($"{server.Url}/metrics", cancellationToken)).Split('\n');
        return Sum(lines, Attempts) - Sum(lines, Failed);
    }

    static double Sum(IEnumerable<string> lines, string series) =>
        lines.Where(l => l.StartsWith(series, StringComparison.Ordinal)).Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}

/// <summary>An alert as Prometheus posts it to Alertmanager. Without an end it fires.</summary>
sealed record PostedAlert(
    [property: JsonPropertyName("labels")] IReadOnlyDictionary<string, string> Labels,
    [property: JsonPropertyName("annotations")] IReadOnlyDictionary<string, string> Annotations,
    [property: JsonPropertyName("startsAt")] DateTimeOffset StartsAt,
    [property: JsonPropertyName("endsAt"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? EndsAt = null);
