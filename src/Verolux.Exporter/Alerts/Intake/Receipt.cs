using System.Buffers;
using System.Text.Json;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>What is told of one alert, as it stood in the transaction that stored it: the incident itself may go on changing.</summary>
readonly record struct Told(Effect Effect, long Incident, Severity Severity, RunbookMatch? Match, string RunbookUrl, string? Scenario, string? ScenarioUrl, long? ResponseSla, DateTimeOffset? RespondBy)
{
    public static Told Of((Effect Effect, Incident Incident) done) => new(
        done.Effect, done.Incident.Id, done.Incident.Severity, done.Incident.Match, done.Incident.RunbookUrl, done.Incident.Scenario, done.Incident.ScenarioUrl, done.Incident.ResponseSla, done.Incident.RespondBy);
}

/// <summary>The answer to a webhook: for each alert its incident, its runbook and until when someone has to respond.</summary>
static class Receipt
{
    /// <param name="number">The receipt's own number, for the log.</param>
    public static void Write(IBufferWriter<byte> destination, string number, Notification notification, Told[] told)
    {
        using var json = new Utf8JsonWriter(destination, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteString("receipt"u8, number);
        json.WriteStartArray("alerts"u8);
        for (var i = 0; i < told.Length; i++)
            Write(json, notification.Alerts[i], told[i]);
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

    static void Write(Utf8JsonWriter json, in Alert alert, in Told told)
    {
        json.WriteStartObject();
        json.WriteString("alertname"u8, alert.Name);
        json.WriteString("fingerprint"u8, alert.Fingerprint);
        json.WriteString("status"u8, alert.Firing ? "firing"u8 : "resolved"u8);
        json.WriteString("incident"u8, IncidentNumber.Format(told.Incident));
        json.WriteString("severity"u8, told.Severity.Label());
        json.WriteString("runbook_url"u8, told.RunbookUrl);
        json.WriteString("scenario"u8, told.Scenario);
        json.WriteString("scenario_url"u8, told.ScenarioUrl);
        if (told.ResponseSla is { } sla)
            json.WriteNumber("response_sla_seconds"u8, sla);
        else
            json.WriteNull("response_sla_seconds"u8);
        if (told.RespondBy is { } by)
            json.WriteString("respond_by"u8, Rfc3339.Seconds(by));
        else
            json.WriteNull("respond_by"u8);
        json.WriteString("result"u8, Label(told.Effect));
        json.WriteEndObject();
    }

    public static ReadOnlySpan<byte> Label(Effect effect) => effect switch
    {
        Effect.Opened => "opened"u8,
        Effect.Updated => "updated"u8,
        Effect.Resolved => "resolved"u8,
        Effect.Reopened => "reopened"u8,
        Effect.Missed => "missed"u8,
        Effect.Stale => "stale"u8,
        Effect.Resolving => "resolving"u8,
        Effect.Resumed => "resumed"u8,
        _ => "duplicate"u8,
    };
}
