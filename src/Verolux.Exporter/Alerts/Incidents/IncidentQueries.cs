using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>An incident with all that belongs to it.</summary>
/// <param name="Sharing">Of a storm, those that share its page, the open ones first; at most <see cref="IncidentQueries.MostSharing"/>.</param>
sealed record WholeIncident(StoredIncident Incident, IReadOnlyList<Happened> Timeline, IReadOnlyList<StoredIncident> Sharing);

/// <summary>Which open incidents somebody wants to see. Empty for all.</summary>
readonly record struct Wanted(string AlertName, string Site)
{
    public static readonly Wanted All = new("", "");
}

/// <summary>How many incidents of one alert and site are open.</summary>
/// <param name="Unanswered">Of these, those with a deadline that nobody has in hand and Alertmanager does not mute.</param>
/// <param name="Overdue">Of those, the ones whose deadline has passed.</param>
sealed record OpenCount(string AlertName, string Site, int Count, int Unanswered, int Overdue)
{
    /// <summary>Of all alerts and sites.</summary>
    public static OpenCount Total(IReadOnlyList<OpenCount> counts) => new("", "", counts.Sum(c => c.Count), counts.Sum(c => c.Unanswered), counts.Sum(c => c.Overdue));
}

/// <summary>What is open, what was, and what is left to put right.</summary>
/// <param name="Open">The most urgent first: what nobody has in hand by its deadline, what somebody has, what Alertmanager mutes, what seems to be over. What shares a storm's page is left out, unless its alert is asked for.</param>
/// <param name="Counts">How many there are, those that are left out among them; drills are not.</param>
/// <param name="Drills">Those that are under way.</param>
/// <param name="Ended">The newest.</param>
/// <param name="DeadLetters">The oldest.</param>
sealed record Board(
    IReadOnlyList<StoredIncident> Open, IReadOnlyList<OpenCount> Counts, IReadOnlyList<StoredIncident> Drills, IReadOnlyList<StoredIncident> Ended, IReadOnlyList<FailedRunbook> FailedRunbooks, IReadOnlyList<DeadLetter> DeadLetters);

/// <summary>Reads incidents for people.</summary>
sealed class IncidentQueries(Store store)
{
    public const int MostSharing = 500;
    const int MostOpen = 500;
    const int MostEnded = 20;
    const int MostDeadLetters = 20;

    const string Urgent =
        $"""
        SELECT {StoredIncident.Columns} FROM incidents
        WHERE state IN {IncidentStates.Open} AND alertname <> '{Drill.AlertName}' AND ($3 IN ('', alertname)) AND ($4 IN ('', site))
          AND ($3 <> '' OR NOT EXISTS (SELECT 1 FROM incidents AS shared WHERE shared.id = incidents.storm AND shared.state IN {IncidentStates.Open}))
        ORDER BY state = 'resolving', mute IS NOT NULL, acknowledged_at IS NOT NULL, ifnull(respond_by, $2), severity <> 'critical', id LIMIT $1
        """;

    /// <param name="runbooks">As they were last read.</param>
    public Board Board(Catalogue runbooks, Wanted wanted, DateTimeOffset now)
    {
        using var reader = store.OpenReader();
        return new Board(
            Read(reader, Urgent, MostOpen, long.MaxValue, wanted.AlertName, wanted.Site),
            Counts(reader, now),
            Read(reader, $"SELECT {StoredIncident.Columns} FROM incidents WHERE state IN {IncidentStates.Open} AND alertname = '{Drill.AlertName}' ORDER BY id LIMIT $1", MostOpen),
            Read(reader, $"SELECT {StoredIncident.Columns} FROM incidents WHERE ended_at IS NOT NULL AND state NOT IN {IncidentStates.Open} ORDER BY ended_at DESC LIMIT $1", MostEnded),
            Feedback.Unreviewed(reader, runbooks),
            [.. Outbox.Outbox.DeadLetters(reader).Take(MostDeadLetters)]);
    }

    /// <summary>The first few of the board, and how many there are.</summary>
    public (IReadOnlyList<StoredIncident> First, IReadOnlyList<OpenCount> Counts) Urgently(int most, DateTimeOffset now)
    {
        using var reader = store.OpenReader();
        return (Read(reader, Urgent, most, long.MaxValue, "", ""), Counts(reader, now));
    }

    /// <summary>When this runbook failed somebody and was not gone through since, the longest due first.</summary>
    public IReadOnlyList<FailedRunbook> Failures(Runbook runbook, Catalogue runbooks)
    {
        using var reader = store.OpenReader();
        return [.. Feedback.Unreviewed(reader, runbooks).Where(f => f.Runbook == runbook)];
    }

    /// <returns>Null where there is none.</returns>
    public WholeIncident? Find(long id)
    {
        using var reader = store.OpenReader();
        if (Read(reader, $"SELECT {StoredIncident.Columns} FROM incidents WHERE id = $1", id) is not [var incident])
            return null;
        return new WholeIncident(
            incident,
            TimelineRows.Read(reader, id),
            incident.IsStorm ? Read(reader, $"SELECT {StoredIncident.Columns} FROM incidents WHERE storm = $1 ORDER BY state NOT IN {IncidentStates.Open}, id LIMIT $2", id, MostSharing) : []);
    }

    static List<OpenCount> Counts(SqliteConnection reader, DateTimeOffset now)
    {
        using var command = new SqliteCommand(
            $"""
            SELECT alertname, site, count(*), sum(needs), sum(needs AND respond_by <= $1) FROM (
              SELECT alertname, site, respond_by, state <> 'resolving' AND acknowledged_at IS NULL AND mute IS NULL AND respond_by IS NOT NULL AS needs FROM incidents
              WHERE state IN {IncidentStates.Open} AND NOT is_storm AND alertname <> '{Drill.AlertName}')
            GROUP BY alertname, site ORDER BY sum(needs) DESC, count(*) DESC, alertname, site
            """, reader);
        command.Parameters.AddWithValue("$1", now.ToUnixTimeMilliseconds());
        using var rows = command.ExecuteReader();
        var counts = new List<OpenCount>();
        while (rows.Read())
            counts.Add(new OpenCount(rows.GetString(0), rows.GetString(1), rows.GetInt32(2), rows.GetInt32(3), rows.GetInt32(4)));
        return counts;
    }

    static List<StoredIncident> Read(SqliteConnection reader, string sql, params ReadOnlySpan<object> parameters)
    {
        using var command = new SqliteCommand(sql, reader);
        for (var i = 0; i < parameters.Length; i++)
            command.Parameters.AddWithValue($"${i + 1}", parameters[i]);
        using var rows = command.ExecuteReader();
        var read = new List<StoredIncident>();
        while (rows.Read())
            read.Add(StoredIncident.Of(rows));
        return read;
    }
}
