using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>A configuration that pages PagerDuty's stand-in and watches nothing.</summary>
sealed class Receiver
{
    public Receiver(TemporaryFolder folder, SiteHost site, string listen = "127.0.0.1:0")
    {
        Store = folder["verolux.db"];
        folder.Write("routing_key", SiteHost.RoutingKey);
        ConfigFile = folder.Write("verolux.yml", $$"""
            listen: {{listen}}
            runbooks: { path: {{RepositoryRoot.Of("runbooks")}} }
            alerts:
              store: verolux.db
              destinations: { pagerduty: { type: pagerduty, routing_key_file: routing_key, url: {{site.Url}}/v2/enqueue } }
              levels: { L1: [pagerduty] }
            """);
    }

    public string ConfigFile { get; }

    public string Store { get; }

    /// <summary>Posts one alert as Alertmanager does, and has it taken.</summary>
    public static async Task PostAsync(ExporterProgram exporter, string path, CancellationToken cancellationToken, bool firing = true)
    {
        var status = firing ? "firing" : "resolved";
        var body = JsonSerializer.Serialize(new
        {
            version = "4",
            status,
            alerts = new[]
            {
                new
                {
                    status,
                    labels = new { alertname = "StorageNearFull", severity = "warning", site = "north", path },
                    annotations = new { summary = "nearly full" },
                    startsAt = "2026-01-01T00:00:00Z",
                    endsAt = firing ? "0001-01-01T00:00:00Z" : "2026-01-01T01:00:00Z",
                    fingerprint = path,
                },
            },
        });
        using var client = new HttpClient();
        using var content = new StringContent(body, null, "application/json");
        using var response = await client.PostAsync(new Uri($"{exporter.Url}/api/v1/alertmanager"), content, cancellationToken);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>The first delivery in the store, once it is as expected.</summary>
    public Task<StoredDelivery> DeliveryAsync(Predicate<StoredDelivery> fits, CancellationToken cancellationToken) => Eventually.FoundAsync(
        "the expected state of the delivery",
        () => StoreFile.Outbox(Store).FirstOrDefault(d => fits(d)),
        cancellationToken,
        () => string.Join('\n', StoreFile.Outbox(Store)));
}
