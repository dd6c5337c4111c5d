using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Alerts.Api;

/// <summary><c>/api/v1/dead-letters…</c>: what destinations have refused for good, and sending it again once they would take it.</summary>
/// <param name="resendAsync">Has one told once more.</param>
sealed class DeadLetterApi(Store store, Func<long, Task<Resending>> resendAsync)
{
    public void Map(WebApplication app)
    {
        var api = app.MapGroup("/api/v1/dead-letters").RequireRole(Role.Operator);
        api.MapGet("", Refusal.Guard(ListAsync));
        api.MapPost("/{delivery}/resend", Refusal.Guard(ResendAsync));
    }

    /// <summary>The oldest first.</summary>
    async Task ListAsync(HttpContext context)
    {
        var answer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(answer))
        using (var reader = store.OpenReader())
        {
            json.WriteStartObject();
            json.WriteStartArray("dead_letters");
            foreach (var letter in Outbox.Outbox.DeadLetters(reader))
            {
                json.WriteStartObject();
                json.WriteNumber("delivery", letter.Id);
                json.WriteString("incident", IncidentNumber.Format(letter.Incident));
                json.WriteString("destination", letter.Destination);
                json.WriteString("action", letter.Action.Label());
                json.WriteNumber("level", letter.Level);
                json.WriteString("ended_at", Rfc3339.Milliseconds(letter.EndedAt));
                json.WriteString("last_error", letter.Error);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        await IncidentJson.SendAsync(context, answer);
    }

    async Task ResendAsync(HttpContext context)
    {
        var text = context.GetRouteValue("delivery") as string;
        var resending = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? await resendAsync(id) : Resending.Unknown;
        if (resending == Resending.Unknown)
            throw new Refusal(StatusCodes.Status404NotFound, "There is no such dead letter", "there is no such dead letter; GET /api/v1/dead-letters lists them");
        if (resending == Resending.Overtaken)
            throw new Refusal(StatusCodes.Status409Conflict, "It is overtaken", "what came after it has been told since, so telling it now would say what isn't so any more");
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }
}
