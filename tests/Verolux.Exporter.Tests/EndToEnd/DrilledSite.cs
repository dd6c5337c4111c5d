using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>
/// The real Alertmanager with the shipped configuration, PagerDuty's stand-in, and between them a whole exporter whose clock the test moves. It is an hour
/// behind, so that what ends by it has ended for Alertmanager however far it is moved.
/// </summary>
sealed class DrilledSite : IAsyncDisposable
{
    static readonly TimeSpan Behind = TimeSpan.FromHours(1);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    readonly TemporaryFolder folder;
    readonly ExporterHost host;
    readonly FakeTimeProvider time;

    DrilledSite(TemporaryFolder folder, ShippedAlertmanager alertmanager, ExporterHost host, FakeTimeProvider time) => (this.folder, Alertmanager, this.host, this.time) = (folder, alertmanager, host, time);

    public ShippedAlertmanager Alertmanager { get; }

    public SiteHost Site => Alertmanager.Site;

    /// <summary>The one of the role alertmanager.</summary>
    public string TokenFile => folder["alertmanager_token"];

    /// <param name="token">That the exporter takes; without one, Alertmanager's.</param>
    /// <param name="pagerDuty">Where PagerDuty is sought; without one, where the stand-in is.</param>
    /// <param name="mistakes">In Alertmanager's configuration.</param>
    public static async Task<DrilledSite> StartAsync(CancellationToken cancellationToken, string token = ShippedAlertmanager.Token, string? pagerDuty = null, params IEnumerable<(string Old, string New)> mistakes)
    {
        var port = FreePort.Next();
        var alertmanager = await ShippedAlertmanager.StartAsync("alertmanager.yml", Versions.Oldest, cancellationToken, $"http://127.0.0.1:{port}", mistakes);
        var folder = new TemporaryFolder();
        try
        {
            var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow() - Behind);
            var host = await ExporterHost.ReadAsync(Configure(folder, port, alertmanager, token, pagerDuty), time, null);
            host.Client.DefaultRequestHeaders.Authorization = new("Bearer", OperatorToken);
            return new DrilledSite(folder, alertmanager, host, time);
        }
        catch
        {
            await alertmanager.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    const string OperatorToken = "0123456789-operator";

    /// <returns>The configuration's full path.</returns>
    public static string Configure(TemporaryFolder folder, int port, ShippedAlertmanager alertmanager, string token = ShippedAlertmanager.Token, string? pagerDuty = null)
    {
        folder.Write("alertmanager_token", token);
        folder.Write("operator_token", $"# of the operators\n{OperatorToken}\n");
        folder.Write("routing_key", SiteHost.RoutingKey);
        return folder.Write("verolux.yml", $$"""
            listen: 127.0.0.1:{{port}}
            site: north
            runbooks: { path: {{RepositoryRoot.Of("runbooks")}} }
            access: { tokens: [{ role: alertmanager, file: alertmanager_token }, { role: operator, file: operator_token }] }
            alerts:
              store: verolux.db
              alertmanagers: { main: { url: {{alertmanager.Url}} } }
              destinations: { pagerduty: { type: pagerduty, routing_key_file: routing_key, url: {{pagerDuty ?? alertmanager.Site.Url}}/v2/enqueue } }
              levels: { L1: [pagerduty] }
            """);
    }

    /// <summary>Has the alerting path tested.</summary>
    /// <param name="goesOnAsync">Whether all has happened by now that does before the clock goes on; told the steps so far.</param>
    /// <returns>The steps, without the result.</returns>
    public async Task<IReadOnlyList<Step>> DrillAsync(Func<IReadOnlyList<Step>, Task<bool>> goesOnAsync, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/drill") { Content = new StringContent("{\"by\":\"Kim\"}", Encoding.UTF8, "application/json") };
        using var answer = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var lines = new StreamReader(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken));
        var steps = new List<Step>();
        while (true)
        {
            var next = lines.ReadLineAsync(cancellationToken).AsTask();
            while (!next.IsCompleted)
            {
                if (await goesOnAsync(steps))
                    time.Advance(TimeSpan.FromSeconds(1));
                await Task.WhenAny(next, Task.Delay(Pause, cancellationToken));
            }
            var line = JsonElement.Parse((await next)!);
            if (line.TryGetProperty("result", out _))
                return steps;
            steps.Add(new Step(line));
        }
    }

    public Task<Exposition> ScrapeAsync(CancellationToken cancellationToken) => host.ScrapeAsync(cancellationToken);

    public IReadOnlyList<StoredDelivery> Outbox => StoreFile.Outbox(folder["verolux.db"]);

    public IReadOnlyList<StoredIncident> Incidents => StoreFile.Incidents(folder["verolux.db"]);

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await Alertmanager.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>A line of the answer.</summary>
    public sealed record Step(JsonElement Json)
    {
        public string Name => Json.GetProperty("name").GetString()!;

        public bool Ok => Json.GetProperty("ok").GetBoolean();

        public string What => Json.GetProperty("what").GetString()!;

        public string Remedy => Json.GetProperty("remedy").GetString() ?? "";

        public double Seconds => Json.GetProperty("seconds").GetDouble();

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {(Ok ? "ok" : "FAIL")}");
    }
}
