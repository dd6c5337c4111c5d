using System.Text.Json;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>
/// An event of PagerDuty's V3 webhooks (https://developer.pagerduty.com/docs/webhooks-overview), as far as it concerns us. Signed, and still not ours: every
/// field may be absent or of another kind.
/// </summary>
/// <param name="Id">The same however often the event is told.</param>
/// <param name="Type">Such as <c>incident.acknowledged</c>.</param>
/// <param name="Who">The name of whoever did it; empty where nobody did.</param>
/// <param name="IsEcho">Whether it was done through an integration, as by what we ourselves have sent.</param>
/// <param name="Incident">PagerDuty's own id of the incident.</param>
/// <param name="Title">The incident's, which begins as the summary that we sent unless somebody has rewritten it.</param>
/// <param name="Key">The <c>dedup_key</c> of what was sent; PagerDuty leaves it out of an incident that holds several alerts.</param>
sealed record PagerDutyNews(string Id, string Type, DateTimeOffset? At, string Who, bool IsPerson, bool IsEcho, string Incident, string Title, string Key)
{
    const int LongestId = 200;
    const int LongestName = 200;

    /// <returns>Null where it is no event with an id.</returns>
    public static PagerDutyNews? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var told = Object(json.RootElement, "event");
            var (agent, data) = (Object(told, "agent"), Object(told, "data"));
            var (id, kind) = (Text(told, "id"), Text(agent, "type"));
            return id.Length is 0 or > LongestId ? null : new PagerDutyNews(
                id, Text(told, "event_type"), DateTimeOffset.TryParse(Text(told, "occurred_at"), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at) ? at : null,
                Delivery.Page.Cut(Text(agent, "summary"), LongestName), kind.StartsWith("user", StringComparison.Ordinal), kind.Contains("integration", StringComparison.Ordinal),
                Text(data, "id"), Text(data, "title"), Text(data, "incident_key"));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static JsonElement Object(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : default;

    static string Text(JsonElement of, string name)
    {
        try
        {
            return of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
            return "";
        }
    }
}
