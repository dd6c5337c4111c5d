using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;

namespace Verolux.Exporter.Tests.Site.PagerDuty;

/// <summary>A site of its own, and what sends events to it as they are, right or wrong.</summary>
sealed class Sender : IAsyncDisposable
{
    readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    Sender(SiteHost site) => Site = site;

    public SiteHost Site { get; }

    public static async Task<Sender> StartAsync() => new(await SiteHost.StartAsync());

    public static async Task<Sender> StartAsync(PagerDutySite pagerDuty) => new(await SiteHost.StartAsync(pagerDuty));

    /// <summary>A valid event: what its <paramref name="change"/> does to it is the test's matter.</summary>
    public static JsonObject Trigger(string? dedupKey = "camera-1", Action<JsonObject>? change = null)
    {
        var sent = new JsonObject
        {
            ["routing_key"] = SiteHost.RoutingKey,
            ["event_action"] = "trigger",
            ["payload"] = new JsonObject { ["summary"] = "camera offline", ["source"] = "gate_a1", ["severity"] = "critical" },
        };
        if (dedupKey is not null)
            sent["dedup_key"] = dedupKey;
        change?.Invoke(sent);
        return sent;
    }

    public static JsonObject Follow(string action, string dedupKey = "camera-1") =>
        new() { ["routing_key"] = SiteHost.RoutingKey, ["event_action"] = action, ["dedup_key"] = dedupKey };

    public Task<HttpResponseMessage> PostAsync(JsonNode sent) => PostAsync(Encoding.UTF8.GetBytes(sent.ToJsonString()));

    public async Task<HttpResponseMessage> PostAsync(byte[] body, string contentType = "application/json", CancellationToken cancellationToken = default)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await client.PostAsync(new Uri($"{Site.Url}/v2/enqueue"), content, cancellationToken);
    }

    public async Task<(int Status, JsonElement Body)> AnswerAsync(JsonNode sent)
    {
        using var response = await PostAsync(sent);
        return ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    public async Task<IReadOnlyList<string?>> ErrorsAsync(JsonNode sent)
    {
        var (status, body) = await AnswerAsync(sent);
        return status == 400 ? [.. body.GetProperty("errors").EnumerateArray().Select(e => e.GetString())] : [$"answered with {status}"];
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return Site.DisposeAsync();
    }
}
