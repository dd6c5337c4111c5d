using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>Where pages are read: the store, and what is the same for all of them.</summary>
/// <param name="publicUrl">What links start with; ends with a slash.</param>
/// <param name="policy">The levels as they were last read.</param>
sealed class PageSource(Store store, Uri publicUrl, Func<Policy> policy)
{
    /// <summary>How many of those that share a storm's page it names, each with so many characters at most.</summary>
    const int MostListed = 50;

    const int LongestListed = 200;

    /// <summary>Reads the incident that a row tells of, as it stands.</summary>
    public async Task<Page> ReadAsync(OutboxRow row, DateTimeOffset now)
    {
        await using var reader = store.OpenReader();
        return Read(reader, row, now);
    }

    Page Read(SqliteConnection reader, OutboxRow row, DateTimeOffset now)
    {
        using var command = new SqliteCommand(
            """
            SELECT alertname, severity, starts_at, response_sla_seconds, respond_by, runbook_url, alert, match, scenario, triage,
              (SELECT reference FROM outbox WHERE incident = incidents.id AND destination = $2 AND reference IS NOT NULL ORDER BY id LIMIT 1), is_storm
            FROM incidents WHERE id = $1
            """, reader);
        command.Parameters.AddWithValue("$1", row.Incident);
        command.Parameters.AddWithValue("$2", row.Destination);
        using var rows = command.ExecuteReader();
        rows.Read();
        using var alert = JsonDocument.Parse(rows.GetString(6));
        var number = IncidentNumber.Format(row.Incident);
        return new Page(
            row.Id, row.Action, row.Level, policy().Levels.FirstOrDefault(l => l.Level == row.Level)?.Who ?? "", now, row.DedupKey, number, rows.GetString(0),
            SeverityNames.TryParse(rows.GetString(1), out var severity) ? severity : Severity.Warning,
            rows.TimeAt(2)!.Value, rows.NumberAt(3), rows.TimeAt(4),
            new Uri(publicUrl, $"incidents/{number}").ToString(), rows.GetString(5), rows.TextAt(10), Diagnosis.Read(rows.TextAt(7), rows.TextAt(8), rows.TextAt(9)),
            AlertJson.Text(alert.RootElement, "generatorURL"), AlertJson.Texts(alert.RootElement, "labels"),
            rows.GetInt64(11) == 0 ? AlertJson.Texts(alert.RootElement, "annotations") : Sharing(reader, row.Incident));
    }

    /// <summary>What a storm's page says: how many share it, and which.</summary>
    static Dictionary<string, string> Sharing(SqliteConnection reader, long storm)
    {
        var (open, subjects, list) = (0L, new List<string>(), new StringBuilder());
        using var command = new SqliteCommand($"SELECT id, alert, count(*) OVER () FROM incidents WHERE storm = $1 AND state IN {IncidentStates.Open} ORDER BY id LIMIT $2", reader);
        command.Parameters.AddWithValue("$1", storm);
        command.Parameters.AddWithValue("$2", MostListed);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            using var alert = JsonDocument.Parse(rows.GetString(1));
            open = rows.GetInt64(2);
            subjects.Add(Page.SubjectOf(AlertJson.Texts(alert.RootElement, "labels")));
            list.Append(CultureInfo.InvariantCulture, $"{IncidentNumber.Format(rows.GetInt64(0))} {Page.Cut(subjects[^1], LongestListed)}\n");
        }
        if (open > subjects.Count)
            list.Append(CultureInfo.InvariantCulture, $"and {open - subjects.Count} more");
        return new Dictionary<string, string>
        {
            ["summary"] = string.Create(CultureInfo.InvariantCulture, $"alert storm: {open} incidents beside those with a page of their own: {Page.Cut(string.Join("; ", subjects.Take(3)), LongestListed)}{(open > 3 ? " …" : "")}"),
            ["incidents"] = list.ToString(),
        };
    }
}
