using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>What came of somebody's acting on an incident.</summary>
enum Acted
{
    Done,

    /// <summary>It was so already.</summary>
    Unchanged,

    /// <summary>There is no such incident.</summary>
    Unknown,

    /// <summary>It is over, and this can be done only while it isn't.</summary>
    Over,

    /// <summary>It has no runbook to say anything of.</summary>
    NoRunbook,
}

/// <summary>What people do with incidents. Each is one write: done when the task ends, or not at all.</summary>
sealed class Responder(Store store, Ledger ledger, Outbox.Outbox outbox, Tallies tallies, Feedback feedback, TimeProvider time)
{
    /// <summary>Takes it in hand, with a storm all that share its page. The first time stops the SLA's clock, and nothing moves that again.</summary>
    public Task<Acted> AcknowledgeAsync(long id, Who who, string note = "") => store.WriteAsync(session => Acknowledge(session, id, who, note));

    /// <summary>As <see cref="AcknowledgeAsync"/>, within a write.</summary>
    public Acted Acknowledge(Session session, long id, Who who, string note = "") => Open(session, id, (incident, now) =>
    {
        if (incident.Acknowledgement is not null)
            return Acted.Unchanged;
        foreach (var one in ledger.SharedBy(incident).Where(i => i.Acknowledgement is null).Prepend(incident))
            Acknowledge(session, one, who, note, now);
        return Acted.Done;
    });

    /// <summary>Gives it back: the next level hears of it when its time has come. The SLA's clock stays as it is.</summary>
    public Task<Acted> UnacknowledgeAsync(long id, Who who, string note = "") => store.WriteAsync(session => Unacknowledge(session, id, who, note));

    /// <summary>As <see cref="UnacknowledgeAsync"/>, within a write.</summary>
    public Acted Unacknowledge(Session session, long id, Who who, string note = "") => Open(session, id, (incident, now) =>
    {
        if (incident.Acknowledgement is null)
            return Acted.Unchanged;
        incident.Acknowledgement = null;
        Timeline.Write(session, incident, now, Timeline.Unacknowledged, who, note);
        ledger.Save(session, incident, now);
        return Acted.Done;
    });

    /// <summary>Has a level told.</summary>
    /// <param name="level">2 to 4; null for the next one.</param>
    public Task<Acted> EscalateAsync(long id, Who who, int? level, string note = "") => store.WriteAsync(session => Open(session, id, (incident, now) =>
    {
        ledger.Escalate(session, incident, level ?? Math.Min(incident.Level + 1, Escalation.Highest), EscalationReason.Manual, now, who, note);
        return Acted.Done;
    }));

    /// <summary>Ends it, with a storm all that share its page. An alert that goes on firing opens it again, or another.</summary>
    /// <param name="runbookWorked">What they say of its runbook; null for nothing.</param>
    public Task<Acted> ResolveAsync(long id, Who who, string note = "", bool? runbookWorked = null) => store.WriteAsync(session => Resolve(session, id, who, note, runbookWorked));

    /// <summary>As <see cref="ResolveAsync"/>, within a write.</summary>
    public Acted Resolve(Session session, long id, Who who, string note = "", bool? runbookWorked = null) => Open(session, id, (incident, now) =>
    {
        if (runbookWorked is { } worked && !feedback.Take(session, incident, worked, who, note, now))
            return Acted.NoRunbook;
        Timeline.Write(session, incident, now, Timeline.Resolved, who, note);
        foreach (var one in ledger.SharedBy(incident).Append(incident))
            ledger.Close(session, one, now);
        return Acted.Done;
    });

    /// <summary>Says something about it, at any time.</summary>
    public Task<Acted> NoteAsync(long id, Who who, string note) => store.WriteAsync(session => Any(session, id, (incident, now) =>
    {
        Timeline.Write(session, incident, now, Timeline.Noted, who, note);
        ledger.Save(session, incident, now);
        return Acted.Done;
    }));

    /// <summary>Says whether its runbook helped, at any time; who says something else later has changed their mind.</summary>
    public Task<Acted> JudgeRunbookAsync(long id, Who who, bool worked, string note = "") => store.WriteAsync(session => Any(session, id, (incident, now) =>
    {
        if (!feedback.Take(session, incident, worked, who, note, now))
            return Acted.NoRunbook;
        ledger.Save(session, incident, now);
        return Acted.Done;
    }));

    /// <summary>Sets and clears flags, at any time; one that is set on an open incident has the level told that it names.</summary>
    public Task<Acted> FlagAsync(long id, Who who, IncidentFlags set, IncidentFlags clear) => store.WriteAsync(session => Any(session, id, (incident, now) =>
    {
        var before = incident.Flags;
        incident.Flags = (before | set) & ~clear;
        if (incident.Flags == before)
            return Acted.Unchanged;
        Timeline.Write(session, incident, now, Timeline.Flagged, who, incident.Flags.ToString());
        ledger.Save(session, incident, now);
        foreach (var (level, reason) in Enum.GetValues<IncidentFlags>().Where(f => f != IncidentFlags.None && (incident.Flags & ~before).HasFlag(f)).Select(Escalation.Of).OrderBy(e => e.Level))
        {
            if (incident.State.IsOpen() && incident.Level < level)
                ledger.Escalate(session, incident, level, reason, now, who);
        }
        return Acted.Done;
    }));

    void Acknowledge(Session session, Incident incident, Who who, string note, DateTimeOffset now)
    {
        incident.Acknowledgement = new Acknowledgement(now, who.Name);
        if (incident.FirstAcknowledgedAt is null)
        {
            Ledger.Thaw(incident, now);
            incident.FirstAcknowledgedAt = now;
            if (incident is { ResponseSla: not null, IsStorm: false, Mute: not { Untold: true } })
                tallies.Observe(session, Tallies.Responses, incident.Severity.Label(), now - incident.ClockFrom);
        }
        tallies.Count(session, Tallies.Acknowledgements, who.Source.Label());
        Timeline.Write(session, incident, now, Timeline.Acknowledged, who, note);
        outbox.Acknowledge(session, incident, who.Destination, now);
        ledger.Save(session, incident, now);
    }

    Acted Open(Session session, long id, Func<Incident, DateTimeOffset, Acted> act) =>
        Any(session, id, (incident, now) => incident.State.IsOpen() ? act(incident, now) : Acted.Over);

    Acted Any(Session session, long id, Func<Incident, DateTimeOffset, Acted> act)
    {
        var now = time.GetUtcNow();
        ledger.Load(session, now);
        return ledger.Find(session, id) is { } incident ? act(incident, now) : Acted.Unknown;
    }
}
