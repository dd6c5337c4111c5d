using System.Text.Json;
using System.Text.Unicode;

namespace Verolux.Exporter.Site.PagerDuty;

/// <summary>PagerDuty's Events API v2 as documented (https://developer.pagerduty.com/docs/events-api-v2-overview), with faults on demand.</summary>
sealed class PagerDutySite(TimeProvider clock, params IEnumerable<string> routingKeys)
{
    // The vendor says 512 KB and not which; this is the smaller reading, which Alertmanager keeps to as well.
    const int LargestEvent = 512_000;

    readonly HashSet<string> known = [.. routingKeys];
    readonly Desk desk = new(clock);
    readonly Lock gate = new();
    readonly AlertBook book = new();
    readonly RateLimit limit = new(clock);
    int seen;

    public FaultPlan Faults => desk.Faults;

    public Journal<RecordedRequest> Requests => desk.Requests;

    public Journal<AcceptedEvent> Accepted { get; } = new();

    public IReadOnlyList<Alert> Alerts
    {
        get
        {
            lock (gate)
                return book.Alerts;
        }
    }

    /// <summary>The next accepted event that this method hasn't returned yet; for one reader.</summary>
    public async Task<AcceptedEvent> NextAsync(CancellationToken cancellationToken)
    {
        var next = await Accepted.ItemAsync(seen + 1, cancellationToken);
        seen++;
        return next;
    }

    public Task AnswerAsync(HttpContext context) => desk.AnswerAsync(context, (request, body) => Judge(request, context.Request.GetTypedHeaders().ContentType?.MediaType.Value, body));

    Reply Judge(RecordedRequest request, string? contentType, byte[] body)
    {
        // No documented status fits; a gateway says 413, and a sender has to live with either (400 and 413 alike: shrink, never repeat as it is).
        if (body.Length > LargestEvent)
            return Error(413, "invalid event", "Event object is too large", [$"the event is larger than {LargestEvent} bytes"]);
        if (!"application/json".Equals(contentType, StringComparison.OrdinalIgnoreCase))
            return Unrecognized("Content-Type must be application/json");
        if (!Utf8.IsValid(body) || Parse(body) is not { } sent)
            return Unrecognized("JSON parse error");
        if (sent.ValueKind != JsonValueKind.Object)
            return Unrecognized("the event must be a JSON object");
        try
        {
            lock (gate)
                return Judge(request, sent);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair behind a \u: JSON by its grammar, but no text.
            return Unrecognized("JSON parse error");
        }
    }

    Reply Judge(RecordedRequest request, JsonElement sent)
    {
        // The limit is kept before the event is looked into, as for any API behind a gateway. The body of a 429 is not documented; the schema of errors is.
        var key = sent.TryGetProperty("routing_key", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (known.Contains(key) && !limit.Admit(key))
            return Error(429, "throttle exceeded", "Requests for this service are arriving too quickly. Please retry later.", []);
        var errors = EventRules.Violations(sent, known);
        return errors.Count > 0 ? Error(400, "invalid event", "Event object is invalid", errors) : Accept(request, key, sent);
    }

    Reply Accept(RecordedRequest request, string routingKey, JsonElement sent)
    {
        var action = sent.GetProperty("event_action").GetString()!;
        var dedupKey = sent.TryGetProperty("dedup_key", out var value) ? value.GetString()! : Guid.NewGuid().ToString("N");
        var effect = book.Apply(routingKey, dedupKey, action);
        // Before those who wait for the event look at its request.
        request.Status = 202;
        Accepted.Add(new AcceptedEvent(request.At, routingKey, action, dedupKey, effect, sent));
        return new Reply(202, JsonSerializer.Serialize(new { status = "success", message = "Event processed", dedup_key = dedupKey }));
    }

    static JsonElement? Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static Reply Unrecognized(string error) => Error(400, "Unrecognized object", "Event object format is unrecognized", [error]);

    static Reply Error(int status, string name, string message, IReadOnlyList<string> errors) =>
        new(status, JsonSerializer.Serialize(new { status = name, message, errors }));
}
