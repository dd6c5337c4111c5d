using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary><c>GET /api/v1/incidents</c> and <c>/api/v1/incidents/{number}</c>: what is stored, as JSON. Times are RFC 3339 in UTC.</summary>
sealed class IncidentApi(Store store)
{
    /// <summary>How many the list holds at most: what fires comes first, then what does not, each with the newest first.</summary>
    public const int Longest = 200;

    const string Columns = "id, state, alertname, severity, fingerprint, runbook_url, response_sla_seconds, respond_by, starts_at, ends_at, opened_at, updated_at, alert, runbook, match, scenario, triage";

    public Task ListAsync(HttpContext context)
    {
        var answer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(answer))
        using (var reader = store.OpenReader())
        using (var command = new SqliteCommand(
            $"""
            SELECT * FROM (SELECT {Columns} FROM incidents WHERE state = 'firing' ORDER BY id DESC LIMIT {Longest})
            UNION ALL SELECT * FROM (SELECT {Columns} FROM incidents WHERE state <> 'firing' ORDER BY id DESC LIMIT {Longest})
            LIMIT {Longest}
            """, reader))
        using (var rows = command.ExecuteReader())
        {
            json.WriteStartObject();
            json.WriteStartArray("incidents");
            while (rows.Read())
            {
                json.WriteStartObject();
                Write(json, rows);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return SendAsync(context, answer);
    }

    public Task OneAsync(HttpContext context)
    {
        var number = context.GetRouteValue("number") as string ?? "";
        var answer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(answer))
        using (var reader = store.OpenReader())
        using (var command = new SqliteCommand($"SELECT {Columns} FROM incidents WHERE id = $1", reader))
        {
            command.Parameters.AddWithValue("$1", IncidentNumber.Parse(number) ?? 0);
            using var rows = command.ExecuteReader();
            if (!rows.Read())
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return context.Response.WriteAsync("There is no such incident; GET /api/v1/incidents lists the newest.\n");
            }
            json.WriteStartObject();
            Write(json, rows);
            WriteDeliveries(json, reader, rows.GetInt64(0));
            json.WriteEndObject();
        }
        return SendAsync(context, answer);
    }

    static void Write(Utf8JsonWriter json, SqliteDataReader rows)
    {
        json.WriteString("incident", IncidentNumber.Format(rows.GetInt64(0)));
        json.WriteString("state", rows.GetString(1));
        json.WriteString("alertname", rows.GetString(2));
        json.WriteString("severity", rows.GetString(3));
        json.WriteString("fingerprint", rows.GetString(4));
        json.WriteString("runbook_url", rows.GetString(5));
        if (rows.IsDBNull(6))
            json.WriteNull("response_sla_seconds");
        else
            json.WriteNumber("response_sla_seconds", rows.GetInt64(6));
        WriteTime(json, "respond_by", rows, 7);
        WriteTime(json, "starts_at", rows, 8);
        WriteTime(json, "ends_at", rows, 9);
        WriteTime(json, "opened_at", rows, 10);
        WriteTime(json, "updated_at", rows, 11);
        json.WriteString("runbook", Text(rows, 13));
        json.WriteString("runbook_match", Text(rows, 14));
        json.WriteString("scenario", Text(rows, 15));
        json.WriteString("scenario_url", Scenario.Link(rows.GetString(5), Text(rows, 15)));
        WriteRaw(json, "triage", Text(rows, 16));
        WriteRaw(json, "alert", rows.GetString(12));
    }

    static void WriteDeliveries(Utf8JsonWriter json, SqliteConnection reader, long incident)
    {
        using var command = new SqliteCommand("SELECT destination, action, dedup_key, state, attempts, created_at, ended_at, last_error FROM outbox WHERE incident = $1 ORDER BY id", reader);
        command.Parameters.AddWithValue("$1", incident);
        using var rows = command.ExecuteReader();
        json.WriteStartArray("deliveries");
        while (rows.Read())
        {
            json.WriteStartObject();
            json.WriteString("destination", rows.GetString(0));
            json.WriteString("action", rows.GetString(1));
            json.WriteString("dedup_key", rows.GetString(2));
            json.WriteString("state", rows.GetString(3));
            json.WriteNumber("attempts", rows.GetInt32(4));
            WriteTime(json, "created_at", rows, 5);
            WriteTime(json, "ended_at", rows, 6);
            json.WriteString("last_error", rows.IsDBNull(7) ? null : rows.GetString(7));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteTime(Utf8JsonWriter json, string name, SqliteDataReader rows, int column)
    {
        if (rows.IsDBNull(column))
            json.WriteNull(name);
        else
            json.WriteString(name, DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(column)).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
    }

    static string? Text(SqliteDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    static void WriteRaw(Utf8JsonWriter json, string name, string? value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value ?? "null");
    }

    static Task SendAsync(HttpContext context, ArrayBufferWriter<byte> answer)
    {
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(answer.WrittenMemory, context.RequestAborted).AsTask();
    }
}
