using Microsoft.Data.Sqlite;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>The open incidents of one severity, counted.</summary>
/// <param name="States">How many there are in each of <see cref="Labels"/>.</param>
/// <param name="NextBreach">The earliest deadline of those whose SLA isn't decided; may have passed. Null where there is none.</param>
/// <param name="Overdue">Those that the next level should have heard of by now.</param>
sealed record OpenIncidents(Severity Severity, IReadOnlyList<int> States, DateTimeOffset? NextBreach, int Overdue)
{
    /// <summary>Values of the label <c>state</c>. Of those that hold for an incident the last one counts.</summary>
    public static readonly IReadOnlyList<string> Labels = ["firing", "acknowledged", "muted", "resolving", "unverified"];

    /// <returns>One for each severity.</returns>
    public static IReadOnlyList<OpenIncidents> Read(SqliteConnection reader, DateTimeOffset now)
    {
        using var command = new SqliteCommand(
            $"""
            SELECT severity, sum(stands = 0), sum(stands = 1), sum(stands = 2), sum(stands = 3), sum(stands = 4), min(CASE WHEN outcome IS NULL AND stands IN (0, 4) THEN respond_by END), total(escalate_at < $1)
            FROM (
              SELECT severity, outcome, respond_by, escalate_at,
                CASE WHEN state = 'unverified' THEN 4 WHEN state = 'resolving' THEN 3 WHEN mute IS NOT NULL THEN 2 ELSE acknowledged_at IS NOT NULL END AS stands
              FROM incidents WHERE state IN {IncidentStates.Open} AND NOT is_storm
            ) GROUP BY severity
            """, reader);
        command.Parameters.AddWithValue("$1", now.ToUnixTimeMilliseconds());
        using var rows = command.ExecuteReader();
        var open = Enum.GetValues<Severity>().ToDictionary(s => s, s => new OpenIncidents(s, [0, 0, 0, 0, 0], null, 0));
        while (rows.Read())
        {
            if (SeverityNames.TryParse(rows.GetString(0), out var severity))
                open[severity] = new OpenIncidents(severity, [.. Enumerable.Range(1, Labels.Count).Select(rows.GetInt32)], rows.TimeAt(6), (int)rows.GetDouble(7));
        }
        return [.. open.Values];
    }
}
