using System.Buffers;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Api;

/// <summary>An incident as JSON, as <c>openapi.json</c> has it. Times are RFC 3339 in UTC.</summary>
static class IncidentJson
{
    /// <summary>The fields of an object that is open.</summary>
    public static void Write(Utf8JsonWriter json, StoredIncident incident)
    {
        json.WriteString("incident", incident.Number);
        json.WriteString("state", incident.State.Label());
        json.WriteString("alertname", incident.AlertName);
        json.WriteString("site", incident.Site);
        json.WriteString("severity", incident.Severity.Label());
        json.WriteString("fingerprint", incident.Fingerprint);
        WriteNumber(json, "response_sla_seconds", incident.ResponseSla);
        WriteTime(json, "respond_by", incident.RespondBy);
        json.WriteString("sla_outcome", incident.Outcome);
        WriteTime(json, "starts_at", incident.StartsAt);
        WriteTime(json, "ends_at", incident.EndsAt);
        WriteTime(json, "opened_at", incident.OpenedAt);
        WriteTime(json, "updated_at", incident.UpdatedAt);
        WriteTime(json, "acknowledged_at", incident.Acknowledgement?.At);
        json.WriteString("acknowledged_by", incident.Acknowledgement?.By);
        WriteTime(json, "first_acknowledged_at", incident.FirstAcknowledgedAt);
        json.WriteNumber("level", incident.Level);
        WriteTime(json, "escalates_at", incident.EscalateAt);
        json.WriteNumber("reopened", incident.Reopened);
        json.WritePropertyName("mute");
        if (incident.Mute is { } mute)
            mute.Write(json);
        else
            json.WriteNullValue();
        json.WriteBoolean("customer_facing", incident.Flags.HasFlag(IncidentFlags.CustomerFacing));
        json.WriteBoolean("security", incident.Flags.HasFlag(IncidentFlags.Security));
        json.WriteBoolean("major_outage", incident.Flags.HasFlag(IncidentFlags.MajorOutage));
        json.WriteBoolean("is_storm", incident.IsStorm);
        json.WriteString("storm", incident.Storm is { } storm ? IncidentNumber.Format(storm) : null);
        json.WriteString("runbook", incident.Runbook);
        json.WriteString("runbook_match", incident.Match);
        json.WriteString("runbook_url", incident.RunbookUrl);
        if (incident.RunbookWorked is { } worked)
            json.WriteBoolean("runbook_worked", worked);
        else
            json.WriteNull("runbook_worked");
        json.WriteString("scenario", incident.Scenario);
        json.WriteString("scenario_url", incident.ScenarioUrl);
        WriteRaw(json, "triage", incident.Triage);
        WriteRaw(json, "alert", incident.Alert);
    }

    public static void WriteDeliveries(Utf8JsonWriter json, SqliteConnection reader, long incident)
    {
        using var command = new SqliteCommand(
            "SELECT id, destination, action, level, dedup_key, state, attempts, created_at, ended_at, last_error, failover_of FROM outbox WHERE incident = $1 ORDER BY id", reader);
        command.Parameters.AddWithValue("$1", incident);
        using var rows = command.ExecuteReader();
        json.WriteStartArray("deliveries");
        while (rows.Read())
        {
            json.WriteStartObject();
            json.WriteNumber("delivery", rows.GetInt64(0));
            json.WriteString("destination", rows.GetString(1));
            json.WriteString("action", rows.GetString(2));
            json.WriteNumber("level", rows.GetInt64(3));
            json.WriteString("dedup_key", rows.GetString(4));
            json.WriteString("state", rows.GetString(5));
            json.WriteNumber("attempts", rows.GetInt64(6));
            WriteTime(json, "created_at", rows.TimeAt(7));
            WriteTime(json, "ended_at", rows.TimeAt(8));
            json.WriteString("last_error", rows.TextAt(9));
            WriteNumber(json, "instead_of", rows.NumberAt(10));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>What happened to it, the first first: what people and the receiver did, and what was delivered.</summary>
    public static void WriteTimeline(Utf8JsonWriter json, SqliteConnection reader, long incident)
    {
        json.WriteStartArray("timeline");
        foreach (var happened in TimelineRows.Read(reader, incident))
        {
            json.WriteStartObject();
            json.WriteString("at", Rfc3339.Milliseconds(happened.At));
            json.WriteString("event", happened.Event);
            json.WriteString("by", happened.Who);
            json.WriteString("source", happened.Source);
            json.WriteString("text", happened.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static Task SendAsync(HttpContext context, ArrayBufferWriter<byte> answer)
    {
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(answer.WrittenMemory, context.RequestAborted).AsTask();
    }

    static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time) => json.WriteString(name, time is { } at ? Rfc3339.Milliseconds(at) : null);

    static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    static void WriteRaw(Utf8JsonWriter json, string name, string? value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value ?? "null");
    }
}
