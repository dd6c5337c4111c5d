using Microsoft.Data.Sqlite;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>The open incidents of one severity, counted.</summary>
/// <param name="Firing">Those that nobody has in hand.</param>
/// <param name="NextBreach">The earliest deadline of those whose SLA isn't decided; may have passed. Null where there is none.</param>
/// <param name="Overdue">Those that the next level should have heard of by now.</param>
sealed record OpenIncidents(Severity Severity, int Firing, int Acknowledged, DateTimeOffset? NextBreach, int Overdue)
{
    /// <returns>One for each severity.</returns>
    public static IReadOnlyList<OpenIncidents> Read(SqliteConnection reader, DateTimeOffset now)
    {
        using var command = new SqliteCommand(
            """
            SELECT severity, sum(acknowledged_at IS NULL), sum(acknowledged_at IS NOT NULL), min(CASE WHEN outcome IS NULL THEN respond_by END), total(escalate_at < $1)
            FROM incidents WHERE state = 'firing' AND NOT is_storm GROUP BY severity
            """, reader);
        command.Parameters.AddWithValue("$1", now.ToUnixTimeMilliseconds());
        using var rows = command.ExecuteReader();
        var open = Enum.GetValues<Severity>().ToDictionary(s => s, s => new OpenIncidents(s, 0, 0, null, 0));
        while (rows.Read())
        {
            if (SeverityNames.TryParse(rows.GetString(0), out var severity))
                open[severity] = new OpenIncidents(severity, rows.GetInt32(1), rows.GetInt32(2), rows.TimeAt(3), (int)rows.GetDouble(4));
        }
        return [.. open.Values];
    }
}
