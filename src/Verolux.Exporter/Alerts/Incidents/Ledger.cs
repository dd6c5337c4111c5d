using System.Text;
using System.Text.Json;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>What an alert did to the incidents.</summary>
enum Effect
{
    Opened,
    Updated,
    Resolved,

    /// <summary>A resolve for what was not open: the alert fired and ended unheard, and is recorded so.</summary>
    Missed,

    /// <summary>A resolve that was told before.</summary>
    Duplicate,
}

/// <summary>An incident that opened over samples which are no longer fresh: its pages wait a moment for a look at the target.</summary>
/// <param name="Known">What was known.</param>
/// <param name="Labels">The alert's.</param>
sealed record Unsettled(Incident Incident, Runbook Runbook, Known Known, IReadOnlyDictionary<string, string> Labels);

/// <summary>
/// The open incidents, one per series, in memory and in the store alike. Used by the writing task alone: what it concludes in memory is either committed
/// with its rows or, after a roll-back, read anew.
/// </summary>
sealed class Ledger(ResponsePlan plan, Outbox.Outbox outbox)
{
    readonly Dictionary<SeriesKey, Incident> open = [];
    readonly int[] counts = new int[Enum.GetValues<Severity>().Length];
    bool stale = true;

    /// <summary>Raised on the writing task once the incident is on the disk.</summary>
    public event Action<Unsettled>? Opened;

    /// <summary>Has the next write read everything anew, because what was concluded since the last commit is void.</summary>
    public void Invalidate() => stale = true;

    /// <summary>How many incidents of a severity are open. May be read by anyone at any time; a write in progress may already show.</summary>
    public int OpenOf(Severity severity) => Volatile.Read(ref counts[(int)severity]);

    /// <summary>Reads the open incidents if they are not in memory. To be called first in every write.</summary>
    public void Load(Session session)
    {
        if (!stale)
            return;
        open.Clear();
        Array.Clear(counts);
        using var rows = session.Query("SELECT id, series, alertname, starts_at, runbook_url, severity, response_sla_seconds, respond_by, fingerprint, alert, updated_at, scenario FROM incidents WHERE state = 'firing'");
        while (rows.Read())
        {
            var incident = new Incident
            {
                Id = rows.GetInt64(0),
                Series = SeriesKey.From((byte[])rows[1]),
                AlertName = rows.GetString(2),
                StartsAt = DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(3)),
                RunbookUrl = rows.GetString(4),
                Severity = Enum.Parse<Severity>(rows.GetString(5), ignoreCase: true),
                ResponseSla = rows.IsDBNull(6) ? null : rows.GetInt64(6),
                RespondBy = rows.IsDBNull(7) ? null : DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(7)),
                Fingerprint = rows.GetString(8),
                Alert = Encoding.UTF8.GetBytes(rows.GetString(9)),
                UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(10)),
                Scenario = rows.IsDBNull(11) ? null : rows.GetString(11),
            };
            Add(incident);
        }
        stale = false;
    }

    /// <summary>Tells of every open incident that nobody was told of, as when it opened before a destination was configured.</summary>
    public void TriggerUntold(Session session, DateTimeOffset now)
    {
        foreach (var incident in open.Values.Where(i => i.ResponseSla is not null && !Outbox.Outbox.IsTriggered(session, i.Id)))
            outbox.Trigger(session, incident, raised: false, now);
    }

    /// <summary>Applies one alert, received <paramref name="now"/>.</summary>
    /// <param name="known">What the exporter knows of its targets; without, nothing.</param>
    /// <returns>What it did, and the incident it concerns.</returns>
    public (Effect Effect, Incident Incident) Apply(Session session, in Alert alert, DateTimeOffset now, Known? known = null) => (alert.Firing, open.GetValueOrDefault(alert.Series)) switch
    {
        (true, null) => (Effect.Opened, OpenNew(session, alert, now, known ?? Known.Nothing)),
        (true, { } incident) => (Effect.Updated, Repeat(session, incident, alert, now)),
        (false, null) => End(session, alert, now),
        // Only the fingerprint that fired last ends the incident: a resolve of another is that of the severity it had before.
        (false, { } incident) when incident.Fingerprint != alert.Fingerprint => (Effect.Updated, incident),
        (false, { } incident) => (Effect.Resolved, Resolve(session, incident, alert, now)),
    };

    /// <summary>Writes down what an open incident was found to be, and lets its pages go.</summary>
    public void Settle(Session session, Incident incident, Verdict verdict, DateTimeOffset now)
    {
        Load(session);
        Conclude(session, incident, verdict);
        // After a roll-back it is another object than the one that was opened.
        if (open.GetValueOrDefault(incident.Series) is { } current && current.Id == incident.Id)
            current.Scenario = verdict.Scenario;
        outbox.Hasten(session, incident, now);
    }

    Incident OpenNew(Session session, in Alert alert, DateTimeOffset now, Known known)
    {
        var incident = Describe(session, alert, now, "firing");
        Add(incident);
        var due = now;
        if (incident.Match?.Runbook is { } runbook)
        {
            using var json = JsonDocument.Parse(alert.Raw);
            var labels = AlertJson.Texts(json.RootElement, "labels");
            Conclude(session, incident, known.Weigh(runbook, labels));
            if (known.IsStale(labels))
            {
                due += SecondLook.Patience;
                session.Afterwards(() => Opened?.Invoke(new Unsettled(incident, runbook, known, labels)));
            }
        }
        outbox.Trigger(session, incident, raised: false, now, due);
        return incident;
    }

    static void Conclude(Session session, Incident incident, Verdict verdict)
    {
        incident.Scenario = verdict.Scenario;
        session.Execute("UPDATE incidents SET scenario = $1, triage = $2 WHERE id = $3", verdict.Scenario, new ReadOnlyMemory<byte>(VerdictJson.Write(verdict)), incident.Id);
    }

    Incident Repeat(Session session, Incident incident, in Alert alert, DateTimeOffset now)
    {
        incident.UpdatedAt = now;
        if (alert.Raw.Span.SequenceEqual(incident.Alert))
        {
            session.Execute("UPDATE incidents SET updated_at = $1 WHERE id = $2", now.ToUnixTimeMilliseconds(), incident.Id);
            return incident;
        }
        incident.Alert = alert.Raw.ToArray();
        incident.Fingerprint = alert.Fingerprint;
        var raised = Raise(incident, plan.For(alert, Start(alert, now)));
        session.Execute(
            "UPDATE incidents SET updated_at = $1, fingerprint = $2, alert = $3, severity = $4, response_sla_seconds = $5, respond_by = $6 WHERE id = $7",
            now.ToUnixTimeMilliseconds(), incident.Fingerprint, alert.Raw, incident.Severity.Label(), incident.ResponseSla,
            incident.RespondBy?.ToUnixTimeMilliseconds(), incident.Id);
        if (raised)
            outbox.Trigger(session, incident, raised: incident.Severity == Severity.Critical, now);
        return incident;
    }

    /// <summary>The severity is the highest one that fired; what is more urgent leaves no more time than was left already.</summary>
    bool Raise(Incident incident, Incident newer)
    {
        if (newer.Severity >= incident.Severity)
            return false;
        counts[(int)incident.Severity]--;
        counts[(int)newer.Severity]++;
        incident.Severity = newer.Severity;
        incident.ResponseSla = newer.ResponseSla;
        if (incident.RespondBy is null || newer.RespondBy < incident.RespondBy)
            incident.RespondBy = newer.RespondBy;
        return true;
    }

    Incident Resolve(Session session, Incident incident, in Alert alert, DateTimeOffset now)
    {
        session.Execute(
            "UPDATE incidents SET state = 'resolved', updated_at = $1, ends_at = $2, alert = $3 WHERE id = $4",
            now.ToUnixTimeMilliseconds(), (alert.EndsAt ?? now).ToUnixTimeMilliseconds(), alert.Raw, incident.Id);
        open.Remove(incident.Series);
        counts[(int)incident.Severity]--;
        outbox.Resolve(session, incident, now);
        return incident;
    }

    (Effect Effect, Incident Incident) End(Session session, in Alert alert, DateTimeOffset now)
    {
        // Alertmanager tells a resolve again with every change of its group. What began before an incident's end was part of it: after a restart of
        // Prometheus, and for the severity that fired second, the resolve names a later start than the incident has.
        var start = Start(alert, now);
        long? known = null;
        using (var rows = session.Query("SELECT id FROM incidents WHERE series = $1 AND max(starts_at, ends_at) >= $2 ORDER BY id DESC LIMIT 1", alert.Series.ToBytes(), start.ToUnixTimeMilliseconds()))
        {
            if (rows.Read())
                known = rows.GetInt64(0);
        }
        if (known is null)
            return (Effect.Missed, Describe(session, alert, now, "missed"));
        var told = plan.For(alert, start);
        told.Id = known.Value;
        return (Effect.Duplicate, told);
    }

    Incident Describe(Session session, in Alert alert, DateTimeOffset now, string state)
    {
        var start = Start(alert, now);
        var incident = plan.For(alert, start);
        incident.UpdatedAt = now;
        incident.Id = session.Insert(
            "INSERT INTO incidents (series, state, alertname, severity, fingerprint, runbook_url, response_sla_seconds, respond_by, starts_at, ends_at, opened_at, updated_at, alert, runbook, match) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14)",
            alert.Series.ToBytes(), state, incident.AlertName, incident.Severity.Label(), incident.Fingerprint, incident.RunbookUrl, incident.ResponseSla, incident.RespondBy?.ToUnixTimeMilliseconds(),
            start.ToUnixTimeMilliseconds(), state == "firing" ? null : (alert.EndsAt ?? now).ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds(), alert.Raw,
            incident.Match?.Runbook?.Name, incident.Match?.How.Label());
        return incident;
    }

    /// <summary>When the alert began: not in the future, since the sender's clock is not ours.</summary>
    static DateTimeOffset Start(in Alert alert, DateTimeOffset now) => alert.StartsAt is { } start && start < now ? start : now;

    void Add(Incident incident)
    {
        open[incident.Series] = incident;
        counts[(int)incident.Severity]++;
    }
}
