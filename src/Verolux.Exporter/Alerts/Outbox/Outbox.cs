using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Outbox;

/// <summary>Puts what has to be told into the store, in the same transaction as the change it tells of, and hands it on once that is on the disk.</summary>
/// <param name="levels">Names of the destinations of each level, the first one's first; those of the first hear of an incident at once.</param>
/// <param name="destinations">Names of all that are configured.</param>
/// <param name="quiet">Names of those that wake nobody.</param>
sealed class Outbox(IReadOnlyList<IReadOnlyList<string>> levels, IReadOnlyList<string> destinations, IReadOnlyList<string>? quiet = null)
{
    /// <summary>How long a critical page may take before it goes elsewhere as well.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Critical pages that wait for longer than <c>$1</c> allows or were refused, of incidents that are not over and that nobody is at, with each of the
    /// destinations <c>$2</c> that was told nothing of the incident.
    /// </summary>
    const string Stuck = $"""
        SELECT stuck.{Columns}, other.value FROM (
          SELECT * FROM outbox WHERE state = 'pending' AND created_at <= $1 UNION ALL SELECT * FROM outbox WHERE state = 'dead'
        ) AS stuck, json_each($2) AS other
        WHERE severity = 'critical' AND action = 'trigger' AND failover_of IS NULL
          AND NOT EXISTS (SELECT 1 FROM outbox AS later WHERE later.incident = stuck.incident AND later.action != 'trigger' AND later.id > stuck.id)
          AND NOT EXISTS (SELECT 1 FROM outbox AS told WHERE told.incident = stuck.incident AND told.action = 'trigger' AND told.destination = other.value)
        ORDER BY stuck.id
        """;

    const string Columns = "id, destination, incident, series, severity, action, dedup_key, attempts, created_at, due_at, level, failover_of";

    /// <summary>Raised on the writing task for each row that has been committed.</summary>
    public event Action<OutboxRow>? Added;

    /// <summary>Raised on the writing task for each dead letter that is pending again.</summary>
    public event Action<OutboxRow>? Resent;

    /// <summary>Raised on the writing task for each series whose pages may go earlier than they were due, and when.</summary>
    public event Action<SeriesKey, DateTimeOffset>? Hastened;

    /// <summary>Tells the first level of an incident.</summary>
    /// <param name="raised">Whether it became critical after it was told: that needs a page of its own, since one that is acknowledged wakes nobody.</param>
    /// <param name="due">From when on it may be told; at once without.</param>
    public void Trigger(Session session, Incident incident, bool raised, DateTimeOffset now, DateTimeOffset? due = null)
    {
        // Severities without an SLA are recorded and never delivered; a drill tries every way there is.
        foreach (var destination in incident.IsDrill ? destinations : incident.ResponseSla is null ? [] : Level(1))
            Add(session, incident, PageAction.Trigger, new Told(destination, incident.Series.DedupKey() + (raised ? "-crit" : ""), 1), now, due ?? now);
    }

    /// <summary>Tells what nobody has to act on: the first level that has destinations which wake nobody, and those of it alone.</summary>
    public void Inform(Session session, Incident incident, DateTimeOffset now)
    {
        foreach (var destination in levels.Select(level => level.Where(d => quiet?.Contains(d) == true).ToList()).FirstOrDefault(level => level.Count > 0) ?? [])
            Add(session, incident, PageAction.Trigger, new Told(destination, incident.Series.DedupKey(), 1), now, now);
    }

    /// <summary>Tells a further level of an incident, with a page of its own: one that is acknowledged wakes nobody.</summary>
    /// <param name="level">From 2.</param>
    /// <returns>How many destinations are told; none where the level has none.</returns>
    public int Escalate(Session session, Incident incident, int level, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 2);
        foreach (var destination in Level(level))
            Add(session, incident, PageAction.Trigger, new Told(destination, string.Create(CultureInfo.InvariantCulture, $"{incident.Series.DedupKey()}-L{level}"), level), now, now);
        return Level(level).Count;
    }

    /// <summary>Tells whoever heard of the start that somebody is at it.</summary>
    /// <param name="exceptDestination">Where it was acknowledged, which knows.</param>
    public void Acknowledge(Session session, Incident incident, string? exceptDestination, DateTimeOffset now)
    {
        foreach (var told in Triggered(session, incident.Id).Where(t => t.Destination != exceptDestination))
            Add(session, incident, PageAction.Acknowledge, told, now, now);
    }

    /// <summary>Tells whoever heard of the start that it is over, also after the levels were configured otherwise.</summary>
    public void Resolve(Session session, Incident incident, DateTimeOffset now)
    {
        foreach (var told in Triggered(session, incident.Id))
            Add(session, incident, PageAction.Resolve, told, now, now);
    }

    /// <summary>Whether there is anything to do for <see cref="FailOver"/>.</summary>
    public bool HasStuck(SqliteConnection reader, DateTimeOffset now)
    {
        if (destinations.Count < 2)
            return false;
        using var command = new SqliteCommand(Stuck, reader);
        command.Parameters.AddWithValue("$1", (now - Patience).ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("$2", Names());
        using var rows = command.ExecuteReader();
        return rows.Read();
    }

    /// <summary>Tells the other destinations of an incident whose critical page does not get through, each once.</summary>
    /// <returns>What is told.</returns>
    public IReadOnlyList<OutboxRow> FailOver(Session session, DateTimeOffset now)
    {
        var instead = new List<OutboxRow>();
        using (var rows = session.Query(Stuck, (now - Patience).ToUnixTimeMilliseconds(), Names()))
        {
            while (rows.Read())
            {
                var stuck = Read(rows);
                instead.Add(stuck with { Destination = rows.GetString(12), Attempts = 0, CreatedAt = now, DueAt = now, FailoverOf = stuck.Id });
            }
        }
        // Of an incident that is stuck under two keys, the first is told.
        OutboxRow[] once = [.. instead.DistinctBy(row => (row.Incident, row.Destination))];
        foreach (var row in once)
            Add(session, row);
        return once;
    }

    /// <summary>Lets an incident's pages go that wait for their first attempt.</summary>
    public void Hasten(Session session, Incident incident, DateTimeOffset now)
    {
        session.Execute("UPDATE outbox SET due_at = $1 WHERE incident = $2 AND state = 'pending' AND attempts = 0 AND due_at > $1", now.ToUnixTimeMilliseconds(), incident.Id);
        session.Afterwards(() => Hastened?.Invoke(incident.Series, now));
    }

    public static bool IsTriggered(Session session, long incident) => Triggered(session, incident).Count > 0;

    string Names() => new JsonArray([.. destinations.Select(name => JsonValue.Create(name))]).ToJsonString();

    IReadOnlyList<string> Level(int level) => level <= levels.Count ? levels[level - 1] : [];

    void Add(Session session, Incident incident, PageAction action, Told told, DateTimeOffset now, DateTimeOffset due) =>
        Add(session, new OutboxRow(0, told.Destination, incident.Id, incident.Series, incident.Severity, action, told.DedupKey, 0, now, due, told.Level));

    void Add(Session session, OutboxRow row)
    {
        var id = session.Insert(
            "INSERT INTO outbox (destination, incident, series, severity, action, dedup_key, created_at, due_at, level, failover_of) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            row.Destination, row.Incident, row.Series.ToBytes(), row.Severity.Label(), row.Action.Label(), row.DedupKey, row.CreatedAt.ToUnixTimeMilliseconds(), row.DueAt.ToUnixTimeMilliseconds(),
            row.Level, row.FailoverOf);
        session.Afterwards(() => Added?.Invoke(row with { Id = id }));
    }

    public static IReadOnlyList<OutboxRow> Pending(Session session)
    {
        var pending = new List<OutboxRow>();
        using var rows = session.Query($"SELECT {Columns} FROM outbox WHERE state = 'pending' ORDER BY id");
        while (rows.Read())
            pending.Add(Read(rows));
        return pending;
    }

    /// <summary>What was refused for good, the oldest first.</summary>
    public static IReadOnlyList<DeadLetter> DeadLetters(SqliteConnection reader)
    {
        var letters = new List<DeadLetter>();
        using var command = new SqliteCommand("SELECT id, incident, destination, action, level, last_error, ended_at FROM outbox WHERE state = 'dead' ORDER BY id", reader);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            letters.Add(new DeadLetter(
                rows.GetInt64(0), rows.GetInt64(1), rows.GetString(2), Action(rows.GetString(3)), rows.GetInt32(4), rows.TextAt(5) ?? "", rows.TimeAt(6)!.Value));
        }
        return letters;
    }

    /// <summary>Has a dead letter told once more, behind what is pending of its series; its attempts go on.</summary>
    public Resending Resend(Session session, long id, DateTimeOffset now)
    {
        if (Dead(session, id) is not { } dead)
            return Resending.Unknown;
        var opposite = dead.Action == PageAction.Resolve ? PageAction.Trigger : PageAction.Resolve;
        using (var later = session.Query(
            "SELECT 1 FROM outbox WHERE destination = $1 AND dedup_key = $2 AND action = $3 AND id > $4 AND state != 'dead' LIMIT 1", dead.Destination, dead.DedupKey, opposite.Label(), id))
        {
            if (later.Read())
                return Resending.Overtaken;
        }
        session.Execute("UPDATE outbox SET state = 'pending', due_at = $1, ended_at = NULL WHERE id = $2", now.ToUnixTimeMilliseconds(), id);
        session.Afterwards(() => Resent?.Invoke(dead with { DueAt = now }));
        return Resending.Pending;
    }

    static OutboxRow? Dead(Session session, long id)
    {
        using var rows = session.Query($"SELECT {Columns} FROM outbox WHERE id = $1 AND state = 'dead'", id);
        return rows.Read() ? Read(rows) : null;
    }

    public static int DeadLetters(Session session, string destination)
    {
        using var rows = session.Query("SELECT count(*) FROM outbox WHERE state = 'dead' AND destination = $1", destination);
        return rows.Read() ? rows.GetInt32(0) : 0;
    }

    /// <summary>Ends a row: it was told, or never will be.</summary>
    /// <param name="reference">What the destination calls it.</param>
    public static void End(Session session, OutboxRow row, bool delivered, string? error, DateTimeOffset now, string? reference = null) => session.Execute(
        "UPDATE outbox SET state = $1, attempts = $2, ended_at = $3, last_error = $4, reference = $5 WHERE id = $6",
        delivered ? "delivered" : "dead", row.Attempts, now.ToUnixTimeMilliseconds(), error, reference, row.Id);

    /// <summary>When what a destination was told since then was told, the earliest first.</summary>
    public static IReadOnlyList<DateTimeOffset> Ended(Session session, string destination, DateTimeOffset since)
    {
        var ended = new List<DateTimeOffset>();
        using var rows = session.Query("SELECT ended_at FROM outbox WHERE destination = $1 AND ended_at > $2 ORDER BY ended_at", destination, since.ToUnixTimeMilliseconds());
        while (rows.Read())
            ended.Add(rows.TimeAt(0)!.Value);
        return ended;
    }

    public static void Postpone(Session session, OutboxRow row, string error) => session.Execute(
        "UPDATE outbox SET attempts = $1, due_at = $2, last_error = $3 WHERE id = $4", row.Attempts, row.DueAt.ToUnixTimeMilliseconds(), error, row.Id);

    static OutboxRow Read(SqliteDataReader rows) => new(
        rows.GetInt64(0), rows.GetString(1), rows.GetInt64(2), SeriesKey.From((byte[])rows[3]), SeverityNames.TryParse(rows.GetString(4), out var severity) ? severity : Severity.Warning,
        Action(rows.GetString(5)), rows.GetString(6), rows.GetInt32(7), rows.TimeAt(8)!.Value, rows.TimeAt(9)!.Value,
        rows.GetInt32(10), rows.NumberAt(11));

    static List<Told> Triggered(Session session, long incident)
    {
        var triggered = new List<Told>();
        using var rows = session.Query("SELECT destination, dedup_key, level FROM outbox WHERE incident = $1 AND action = 'trigger' GROUP BY destination, dedup_key, level ORDER BY min(id)", incident);
        while (rows.Read())
            triggered.Add(new Told(rows.GetString(0), rows.GetString(1), rows.GetInt32(2)));
        return triggered;
    }

    static PageAction Action(string label) => label switch
    {
        "trigger" => PageAction.Trigger,
        "acknowledge" => PageAction.Acknowledge,
        _ => PageAction.Resolve,
    };

    /// <summary>Where a page went, and under which key.</summary>
    readonly record struct Told(string Destination, string DedupKey, int Level);
}
