using System.Text.Json;

namespace Verolux.Exporter.Site.PagerDuty;

/// <summary>An event that was answered with 202, and what it did: 202 is said to dropped events as well.</summary>
sealed record AcceptedEvent(DateTimeOffset At, string RoutingKey, string Action, string DedupKey, Effect Effect, JsonElement Json)
{
    public string? Summary => Payload("summary");

    public string? Severity => Payload("severity");

    /// <summary>For people: one line, whatever the summary holds.</summary>
    public override string ToString()
    {
        var line = $"{At:HH:mm:ss} PagerDuty {Action} {DedupKey} {Effect.ToString().ToLowerInvariant()}";
        if (Summary is not null)
            line += $" [{Severity}] {Summary}";
        return string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c));
    }

    string? Payload(string name) =>
        Json.TryGetProperty("payload", out var payload) && payload.TryGetProperty(name, out var value) ? value.GetString() : null;
}
