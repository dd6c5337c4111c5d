using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Site.PagerDuty;

/// <summary>
/// The rules for an event, from https://developer.pagerduty.com/docs/send-alert-event and the OpenAPI document in the vendor's repository
/// PagerDuty/api-schema (reference/events-v2/openapiv3.json). The vendor documents that errors are listed, not their wording: the wording is ours.
/// </summary>
static partial class EventRules
{
    const int RoutingKeyLength = 32;

    /// <summary>Every violation; none means that the event is valid.</summary>
    public static IReadOnlyList<string> Violations(JsonElement sent, IReadOnlySet<string> routingKeys)
    {
        List<string> errors = [];
        var fields = new Fields(sent, "", errors);
        RoutingKey(fields, routingKeys);
        var action = fields.OneOf("event_action", "trigger", "acknowledge", "resolve");
        _ = fields.Text("dedup_key", required: action is "acknowledge" or "resolve", longest: 255);
        _ = fields.Text("client");
        fields.Address("client_url", schemes: ["http", "https"]);
        if (fields.Object("payload", required: action == "trigger") is { } payload)
            Payload(payload);
        foreach (var link in fields.Objects("links"))
        {
            link.Address("href", required: true, "http", "https");
            _ = link.Text("text");
        }
        foreach (var image in fields.Objects("images"))
        {
            image.Address("src", required: true, "https");
            image.Address("href", schemes: ["http", "https"]);
            _ = image.Text("alt");
        }
        return errors;
    }

    static void RoutingKey(Fields fields, IReadOnlySet<string> known)
    {
        if (fields.Text("routing_key", required: true) is not { } key)
            return;
        if (key.Length != RoutingKeyLength)
            fields.Complain("routing_key", $"must be {RoutingKeyLength} characters long");
        else if (!known.Contains(key))
            fields.Complain("routing_key", "is not known");
    }

    static void Payload(Fields payload)
    {
        _ = payload.Text("summary", required: true, longest: 1024);
        _ = payload.Text("source", required: true);
        _ = payload.OneOf("severity", "critical", "error", "warning", "info");
        if (payload.Text("timestamp") is { } time && !IsTime(time))
            payload.Complain("timestamp", "must be a time in ISO 8601");
        foreach (var name in (ReadOnlySpan<string>)["component", "group", "class"])
            _ = payload.Text(name);
        _ = payload.Object("custom_details");
    }

    // RFC 3339, and the offset without a colon that the vendor's own examples have.
    static bool IsTime(string text) =>
        Iso8601().Match(text) is { Success: true } match
        && DateTime.TryParseExact(match.Groups["time"].Value, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    [GeneratedRegex(@"^(?<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])\z")]
    private static partial Regex Iso8601();
}
