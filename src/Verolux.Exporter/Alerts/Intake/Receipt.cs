using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>The answer to a webhook: for each alert its incident, its runbook and until when someone has to respond.</summary>
static class Receipt
{
    /// <param name="number">The receipt's own number, for the log.</param>
    public static void Write(IBufferWriter<byte> destination, string number, Notification notification, (Effect Effect, Incident Incident)[] effects)
    {
        using var json = new Utf8JsonWriter(destination, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteString("receipt"u8, number);
        json.WriteStartArray("alerts"u8);
        for (var i = 0; i < effects.Length; i++)
            Write(json, notification.Alerts[i], effects[i].Effect, effects[i].Incident);
        json.WriteEndArray();
        if (notification.Unreadable.Count > 0)
        {
            json.WriteStartArray("quarantined"u8);
            foreach (var part in notification.Unreadable)
                json.WriteStringValue(part.Why);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, in Alert alert, Effect effect, Incident incident)
    {
        json.WriteStartObject();
        json.WriteString("alertname"u8, alert.Name);
        json.WriteString("fingerprint"u8, alert.Fingerprint);
        json.WriteString("status"u8, alert.Firing ? "firing"u8 : "resolved"u8);
        json.WriteString("incident"u8, IncidentNumber.Format(incident.Id));
        json.WriteString("severity"u8, incident.Severity.Label());
        json.WriteString("runbook_url"u8, incident.RunbookUrl);
        json.WriteNull("scenario"u8);
        json.WriteNull("scenario_url"u8);
        if (incident.ResponseSla is { } sla)
            json.WriteNumber("response_sla_seconds"u8, sla);
        else
            json.WriteNull("response_sla_seconds"u8);
        if (incident.RespondBy is { } by)
            json.WriteString("respond_by"u8, by.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        else
            json.WriteNull("respond_by"u8);
        json.WriteString("result"u8, Label(effect));
        json.WriteEndObject();
    }

    public static ReadOnlySpan<byte> Label(Effect effect) => effect switch
    {
        Effect.Opened => "opened"u8,
        Effect.Updated => "updated"u8,
        Effect.Resolved => "resolved"u8,
        Effect.Missed => "missed"u8,
        _ => "duplicate"u8,
    };
}
