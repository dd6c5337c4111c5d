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
        return OneLine(line);
    }

    /// <summary>For people who wait for a page: what whoever is paged is told first, a line each, whatever it holds.</summary>
    public string Told()
    {
        var lines = new List<string> { ToString() };
        if (Json.TryGetProperty("links", out var links) && links.ValueKind == JsonValueKind.Array && links.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } first)
            lines.Add($"         {Text(first, "text")}: {Text(first, "href")}");
        if (Json.TryGetProperty("payload", out var payload) && payload.TryGetProperty("custom_details", out var details) && details.ValueKind == JsonValueKind.Object)
        {
            if (details.TryGetProperty("findings", out var findings) && findings.ValueKind == JsonValueKind.Array)
                lines.AddRange(findings.EnumerateArray().Select(finding => $"         found: {finding}"));
            if (Text(details, "respond_by") is { } by)
                lines.Add($"         respond by {by}");
        }
        return string.Join('\n', lines.Select(OneLine));
    }

    string? Payload(string name) => Json.TryGetProperty("payload", out var payload) ? Text(payload, name) : null;

    static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
