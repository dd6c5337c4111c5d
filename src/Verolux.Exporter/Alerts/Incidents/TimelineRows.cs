using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>Something that happened to an incident.</summary>
/// <param name="Event">Of a closed set: those of <see cref="Timeline"/>, and <c>started</c>, <c>opened</c>, <c>missed</c>, <c>delivered</c>, <c>refused</c>, <c>ended</c>.</param>
/// <param name="Who">Who did it; null for what happened by itself.</param>
/// <param name="Source">Where they did it.</param>
sealed record Happened(DateTimeOffset At, string Event, string? Who, string? Source, string Text)
{
    /// <summary>What happened, for people.</summary>
    public string Words => Event switch
    {
        "resolving" => "end told",
        "unverified" => "end can't be verified",
        Timeline.Proven => "end proven",
        Timeline.Resumed => "fires after all",
        Timeline.Found => "found firing",
        Timeline.Gone => "found gone",
        Timeline.Unmuted => "muted no more",
        _ => Event.Replace('_', ' '),
    };
}

/// <summary>The whole story of an incident: its own times, what was written down, and what became of its deliveries.</summary>
static class TimelineRows
{
    const string Sql =
        """
        SELECT at, event, who, source, text, 1 AS kind, id FROM timeline WHERE incident = $1
        UNION ALL SELECT starts_at, 'started', NULL, NULL, alertname || ' (' || severity || ')', 0, 0 FROM incidents WHERE id = $1
        UNION ALL SELECT opened_at, CASE state WHEN 'missed' THEN 'missed' ELSE 'opened' END, NULL, NULL, CASE WHEN scenario IS NULL THEN '' ELSE 'likeliest scenario: ' || scenario END, 0, 1 FROM incidents WHERE id = $1
        UNION ALL SELECT ended_at, CASE state WHEN 'delivered' THEN 'delivered' ELSE 'refused' END, NULL, destination,
          action || CASE WHEN level > 1 THEN ' to level ' || level ELSE '' END || CASE WHEN attempts > 1 THEN ', attempt ' || attempts ELSE '' END || CASE WHEN last_error IS NULL THEN '' ELSE ': ' || last_error END, 2, id
          FROM outbox WHERE incident = $1 AND ended_at IS NOT NULL
        UNION ALL SELECT ends_at, 'ended', NULL, NULL, CASE WHEN outcome IS NULL THEN '' ELSE outcome END, 3, 0 FROM incidents WHERE id = $1 AND ends_at IS NOT NULL
        ORDER BY 1, 6, 7
        """;

    /// <returns>In the order in which it happened.</returns>
    public static IReadOnlyList<Happened> Read(SqliteConnection reader, long incident)
    {
        using var command = new SqliteCommand(Sql, reader);
        command.Parameters.AddWithValue("$1", incident);
        using var rows = command.ExecuteReader();
        var happened = new List<Happened>();
        while (rows.Read())
            happened.Add(new Happened(rows.TimeAt(0)!.Value, rows.GetString(1), rows.TextAt(2), rows.TextAt(3), rows.GetString(4)));
        return happened;
    }
}
