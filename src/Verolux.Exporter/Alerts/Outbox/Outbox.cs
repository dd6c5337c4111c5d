using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Outbox;

/// <summary>Puts what has to be told into the store, in the same transaction as the change it tells of, and hands it on once that is on the disk.</summary>
/// <param name="firstLevel">Names of the destinations that hear of an incident at once.</param>
sealed class Outbox(IReadOnlyList<string> firstLevel)
{
    /// <summary>Raised on the writing task for each row that has been committed.</summary>
    public event Action<OutboxRow>? Added;

    /// <summary>Raised on the writing task for each series whose pages may go earlier than they were due, and when.</summary>
    public event Action<SeriesKey, DateTimeOffset>? Hastened;

    /// <summary>Tells the first level of an incident.</summary>
    /// <param name="raised">Whether it became critical after it was told: that needs a page of its own, since one that is acknowledged wakes nobody.</param>
    /// <param name="due">From when on it may be told; at once without.</param>
    public void Trigger(Session session, Incident incident, bool raised, DateTimeOffset now, DateTimeOffset? due = null)
    {
        // Severities without an SLA are recorded and never delivered.
        foreach (var destination in incident.ResponseSla is null ? [] : firstLevel)
            Add(session, incident, PageAction.Trigger, destination, incident.Series.DedupKey() + (raised ? "-crit" : ""), now, due ?? now);
    }

    public void Acknowledge(Session session, Incident incident, string? exceptDestination, DateTimeOffset now)
    {
    }

    public void Escalate(Session session, Incident incident, int level, DateTimeOffset now)
    {
        foreach (var destination in incident.ResponseSla is null ? [] : firstLevel)
            Add(session, incident, PageAction.Trigger, destination, $"{incident.Series.DedupKey()}-L{level}", now, now);
    }

    /// <summary>Tells whoever heard of the start that it is over, also after the levels were configured otherwise.</summary>
    public void Resolve(Session session, Incident incident, DateTimeOffset now)
    {
        foreach (var (destination, dedupKey) in Triggered(session, incident.Id))
            Add(session, incident, PageAction.Resolve, destination, dedupKey, now, now);
    }

    /// <summary>Lets an incident's pages go that wait for their first attempt.</summary>
    public void Hasten(Session session, Incident incident, DateTimeOffset now)
    {
        session.Execute("UPDATE outbox SET due_at = $1 WHERE incident = $2 AND state = 'pending' AND attempts = 0 AND due_at > $1", now.ToUnixTimeMilliseconds(), incident.Id);
        session.Afterwards(() => Hastened?.Invoke(incident.Series, now));
    }

    public static bool IsTriggered(Session session, long incident) => Triggered(session, incident).Count > 0;

    void Add(Session session, Incident incident, PageAction action, string destination, string dedupKey, DateTimeOffset now, DateTimeOffset due)
    {
        var id = session.Insert(
            "INSERT INTO outbox (destination, incident, series, severity, action, dedup_key, created_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            destination, incident.Id, incident.Series.ToBytes(), incident.Severity.Label(), Label(action), dedupKey, now.ToUnixTimeMilliseconds(), due.ToUnixTimeMilliseconds());
        var row = new OutboxRow(id, destination, incident.Id, incident.Series, incident.Severity, action, dedupKey, 0, now, due);
        session.Afterwards(() => Added?.Invoke(row));
    }

    public static IReadOnlyList<OutboxRow> Pending(Session session)
    {
        var pending = new List<OutboxRow>();
        using var rows = session.Query("SELECT id, destination, incident, series, severity, action, dedup_key, attempts, created_at, due_at FROM outbox WHERE state = 'pending' ORDER BY id");
        while (rows.Read())
        {
            pending.Add(new OutboxRow(
                rows.GetInt64(0), rows.GetString(1), rows.GetInt64(2), SeriesKey.From((byte[])rows[3]), SeverityNames.TryParse(rows.GetString(4), out var severity) ? severity : Severity.Warning,
                rows.GetString(5) == "resolve" ? PageAction.Resolve : PageAction.Trigger, rows.GetString(6), rows.GetInt32(7),
                DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(8)), DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(9))));
        }
        return pending;
    }

    public static int DeadLetters(Session session, string destination)
    {
        using var rows = session.Query("SELECT count(*) FROM outbox WHERE state = 'dead' AND destination = $1", destination);
        return rows.Read() ? rows.GetInt32(0) : 0;
    }

    /// <summary>Ends a row: it was told, or never will be.</summary>
    public static void End(Session session, OutboxRow row, bool delivered, string? error, DateTimeOffset now) => session.Execute(
        "UPDATE outbox SET state = $1, attempts = $2, ended_at = $3, last_error = $4 WHERE id = $5",
        delivered ? "delivered" : "dead", row.Attempts, now.ToUnixTimeMilliseconds(), error, row.Id);

    public static void Postpone(Session session, OutboxRow row, string error) => session.Execute(
        "UPDATE outbox SET attempts = $1, due_at = $2, last_error = $3 WHERE id = $4", row.Attempts, row.DueAt.ToUnixTimeMilliseconds(), error, row.Id);

    static List<(string Destination, string DedupKey)> Triggered(Session session, long incident)
    {
        var triggered = new List<(string, string)>();
        using var rows = session.Query("SELECT DISTINCT destination, dedup_key FROM outbox WHERE incident = $1 AND action = 'trigger'", incident);
        while (rows.Read())
            triggered.Add((rows.GetString(0), rows.GetString(1)));
        return triggered;
    }

    static string Label(PageAction action) => action == PageAction.Trigger ? "trigger" : "resolve";
}
