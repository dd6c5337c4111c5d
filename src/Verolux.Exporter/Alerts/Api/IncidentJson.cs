using System.Buffers;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Api;

/// <summary>An incident as JSON, as <c>openapi.json</c> has it. Times are RFC 3339 in UTC.</summary>
static class IncidentJson
{
    /// <summary>What <see cref="Write"/> reads, in its order.</summary>
    public const string Columns =
        """
        id, state, alertname, severity, fingerprint, runbook_url, response_sla_seconds, respond_by, starts_at, ends_at, opened_at, updated_at, alert, runbook, match, scenario, triage,
        site, outcome, acknowledged_at, acknowledged_by, first_acknowledged_at, level, escalate_at, reopened, customer_facing, security, major_outage, is_storm, storm,
        (SELECT worked FROM feedback WHERE feedback.incident = incidents.id) AS runbook_worked
        """;

    /// <summary>The fields of an object that is open.</summary>
    public static void Write(Utf8JsonWriter json, SqliteDataReader row)
    {
        json.WriteString("incident", IncidentNumber.Format(row.GetInt64(0)));
        json.WriteString("state", row.GetString(1));
        json.WriteString("alertname", row.GetString(2));
        json.WriteString("site", row.GetString(17));
        json.WriteString("severity", row.GetString(3));
        json.WriteString("fingerprint", row.GetString(4));
        WriteNumber(json, "response_sla_seconds", row, 6);
        WriteTime(json, "respond_by", row, 7);
        json.WriteString("sla_outcome", row.TextAt(18));
        WriteTime(json, "starts_at", row, 8);
        WriteTime(json, "ends_at", row, 9);
        WriteTime(json, "opened_at", row, 10);
        WriteTime(json, "updated_at", row, 11);
        WriteTime(json, "acknowledged_at", row, 19);
        json.WriteString("acknowledged_by", row.TextAt(20));
        WriteTime(json, "first_acknowledged_at", row, 21);
        json.WriteNumber("level", row.GetInt64(22));
        WriteTime(json, "escalates_at", row, 23);
        json.WriteNumber("reopened", row.GetInt64(24));
        json.WriteBoolean("customer_facing", row.GetInt64(25) != 0);
        json.WriteBoolean("security", row.GetInt64(26) != 0);
        json.WriteBoolean("major_outage", row.GetInt64(27) != 0);
        json.WriteBoolean("is_storm", row.GetInt64(28) != 0);
        json.WriteString("storm", row.NumberAt(29) is { } storm ? IncidentNumber.Format(storm) : null);
        json.WriteString("runbook", row.TextAt(13));
        json.WriteString("runbook_match", row.TextAt(14));
        json.WriteString("runbook_url", row.GetString(5));
        if (row.NumberAt(30) is { } worked)
            json.WriteBoolean("runbook_worked", worked != 0);
        else
            json.WriteNull("runbook_worked");
        json.WriteString("scenario", row.TextAt(15));
        json.WriteString("scenario_url", Scenario.Link(row.GetString(5), row.TextAt(15)));
        WriteRaw(json, "triage", row.TextAt(16));
        WriteRaw(json, "alert", row.GetString(12));
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
            WriteTime(json, "created_at", rows, 7);
            WriteTime(json, "ended_at", rows, 8);
            json.WriteString("last_error", rows.TextAt(9));
            WriteNumber(json, "instead_of", rows, 10);
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

    static void WriteTime(Utf8JsonWriter json, string name, SqliteDataReader rows, int column) =>
        json.WriteString(name, rows.TimeAt(column) is { } time ? Rfc3339.Milliseconds(time) : null);

    static void WriteNumber(Utf8JsonWriter json, string name, SqliteDataReader rows, int column)
    {
        if (rows.NumberAt(column) is { } number)
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
