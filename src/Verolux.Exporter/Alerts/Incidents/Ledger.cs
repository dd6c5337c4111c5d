using System.Text.Json;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>An incident that opened over samples which are no longer fresh: its pages wait a moment for a look at the target.</summary>
/// <param name="Known">What was known.</param>
/// <param name="Labels">The alert's.</param>
sealed record Unsettled(Incident Incident, Runbook Runbook, Known Known, IReadOnlyDictionary<string, string> Labels);

/// <summary>
/// The incidents that are open or may be reopened, one per series, in memory and in the store alike. Used by the writing task alone: what it concludes in memory
/// is either committed with its rows or, after a roll-back, read anew.
/// </summary>
sealed class Ledger(ResponsePlan plan, Outbox.Outbox outbox, Tallies tallies)
{
    readonly Dictionary<SeriesKey, Incident> current = [];
    readonly Dictionary<long, Incident> byId = [];
    readonly Storms storms = new();
    readonly PriorityQueue<Incident, DateTimeOffset> ended = new();
    readonly int[] counts = new int[Enum.GetValues<Severity>().Length];
    bool stale = true;

    /// <summary>Raised on the writing task once the incident is on the disk.</summary>
    public event Action<Unsettled>? Opened;

    /// <summary>Raised on the writing task once a change of an incident is on the disk, with its id. A repeat changes nothing.</summary>
    public event Action<long>? Changed;

    /// <summary>Raised on the writing task once it is on the disk that something falls due then.</summary>
    public event Action<DateTimeOffset>? Due;

    /// <summary>Has the next write read everything anew, because what was concluded since the last commit is void.</summary>
    public void Invalidate() => stale = true;

    /// <summary>How many incidents of a severity are open. May be read by anyone at any time; a write in progress may already show.</summary>
    public int OpenOf(Severity severity) => Volatile.Read(ref counts[(int)severity]);

    /// <summary>Reads what is open if that is not in memory, and forgets what can't be reopened any more. To be called first in every write.</summary>
    public void Load(Session session, DateTimeOffset now)
    {
        while (ended.TryPeek(out var incident, out var at) && now - at > Episode.ReopenWindow)
        {
            ended.Dequeue();
            // It may have been reopened since, and have ended once more.
            if (incident.Episode.EndHeardAt == at)
                Forget(incident);
        }
        if (!stale)
            return;
        current.Clear();
        byId.Clear();
        ended.Clear();
        storms.Clear();
        Array.Clear(counts);
        foreach (var incident in IncidentRows.Current(session, now))
        {
            Keep(incident);
            if (incident.State == IncidentState.Firing && StormOf(incident) is { } storm)
                storm.Sharing++;
            if (incident is { IsStorm: false, ResponseSla: not null })
                storms.Count(incident.AlertName, incident.OpenedAt);
        }
        stale = false;
    }

    /// <summary>Tells of every open incident that nobody was told of, as when it opened before a destination was configured.</summary>
    public void TriggerUntold(Session session, DateTimeOffset now)
    {
        foreach (var incident in Open.Where(i => i is { ResponseSla: not null, Storm: null } && !Outbox.Outbox.IsTriggered(session, i.Id)))
            outbox.Trigger(session, incident, raised: false, now);
    }

    /// <summary>Applies one alert, received <paramref name="now"/>.</summary>
    /// <param name="known">What the exporter knows of its targets; without, nothing.</param>
    /// <returns>What it did, and the incident it concerns.</returns>
    public (Effect Effect, Incident Incident) Apply(Session session, in Alert alert, DateTimeOffset now, Known? known = null)
    {
        var incident = current.GetValueOrDefault(alert.Series);
        // Most of what comes are repeats.
        if (incident is { State: IncidentState.Firing, Episode.AllFire: true } && alert.Raw.Span.SequenceEqual(incident.Alert))
        {
            incident.UpdatedAt = now;
            IncidentRows.Touch(session, incident);
            return (Effect.Updated, incident);
        }
        // What isn't in memory has ended too long ago to be reopened, but a resolve may be told again.
        if (incident is null && !alert.Firing)
            incident = IncidentRows.Newest(session, alert.Series);
        var response = plan.For(alert);
        var heard = HeardOf(alert, response.Severity, now);
        var (effect, episode) = (incident?.Episode ?? Episode.None).Hear(heard);
        return (effect, effect switch
        {
            Effect.Opened => OpenNew(session, alert, response, episode, heard, known ?? Known.Nothing),
            Effect.Missed => Add(session, NewIncident(alert, response, episode, heard, IncidentState.Missed, LabelsOf(alert)), null),
            Effect.Updated => Go(session, incident!, alert, episode, heard),
            Effect.Reopened => Reopen(session, incident!, alert, episode, heard),
            Effect.Resolved => Resolve(session, incident!, episode, now, alert),
            _ => incident!,
        });
    }

    /// <summary>An incident by its id, open or long closed; null where there is none.</summary>
    public Incident? Find(Session session, long id) => byId.GetValueOrDefault(id) ?? IncidentRows.Of(session, id);

    /// <summary>Ends an incident.</summary>
    /// <param name="alert">The alert that says so; without, somebody did.</param>
    public Incident Resolve(Session session, Incident incident, Episode episode, DateTimeOffset now, in Alert? alert = null)
    {
        if (!incident.IsStorm)
        {
            counts[(int)incident.Severity]--;
            incident.Severity = episode.Severity;
        }
        incident.Episode = episode;
        incident.State = IncidentState.Resolved;
        End(incident, now);
        if (alert is { } word)
            Say(incident, word);
        outbox.Resolve(session, incident, now);
        Save(session, incident, now);
        Remember(incident);
        if (incident is { Reopened: 0, ResponseSla: not null, IsStorm: false })
            tallies.Observe(session, Tallies.Resolutions, incident.Severity.Label(), incident.EndsAt!.Value - incident.StartsAt);
        if (incident.IsStorm)
            storms.End(incident);
        else if (StormOf(incident) is { } storm && --storm.Sharing == 0)
            Resolve(session, storm, storm.Episode.End(now), now);
        return incident;
    }

    /// <summary>What is open and shares an incident's page; nothing where it is no storm.</summary>
    public IReadOnlyList<Incident> SharedBy(Incident storm) => storm.IsStorm ? [.. Open.Where(i => i.Storm == storm.Id)] : [];

    /// <summary>Has the destinations of a level told, and writes down why.</summary>
    public void Escalate(Session session, Incident incident, int level, EscalationReason reason, DateTimeOffset now, Who? who = null, string text = "")
    {
        if (incident.IsDrill)
            return;
        incident.Level = Math.Max(incident.Level, level);
        outbox.Escalate(session, incident, level, now);
        Timeline.Write(session, incident, now, Timeline.Escalated, who, $"to level {level}: {reason.Label()}{(text.Length > 0 ? $" ({text})" : "")}");
        tallies.Count(session, Tallies.Escalations, $"L{level}", reason.Label());
        Save(session, incident, now);
    }

    /// <summary>Has those told whose time has come.</summary>
    /// <returns>When the next is due; null where none is.</returns>
    public DateTimeOffset? EscalateDue(Session session, DateTimeOffset now)
    {
        Load(session, now);
        DateTimeOffset? next = null;
        foreach (var incident in Open.ToList())
        {
            if (Escalation.ToLevelTwo(incident, plan) is not { } due)
                continue;
            if (due.At <= now)
                Escalate(session, incident, 2, due.Reason, now);
            else if (!(next < due.At))
                next = due.At;
        }
        return next;
    }

    /// <summary>Judges the SLA, sets the timer and writes the incident down.</summary>
    public void Save(Session session, Incident incident, DateTimeOffset now)
    {
        incident.UpdatedAt = now;
        Judge(session, incident);
        SetTimer(session, incident);
        IncidentRows.Update(session, incident);
        Tell(session, incident);
    }

    /// <summary>Writes down what an open incident was found to be, and lets its pages go.</summary>
    public void Settle(Session session, Incident incident, Verdict verdict, DateTimeOffset now)
    {
        Load(session, now);
        // After a roll-back it is another object than the one that was opened.
        foreach (var one in new[] { incident, byId.GetValueOrDefault(incident.Id) })
        {
            if (one is not null)
                one.Scenario = verdict.Scenario;
        }
        IncidentRows.Triaged(session, incident, VerdictJson.Write(verdict));
        Tell(session, incident);
        outbox.Hasten(session, incident, now);
    }

    IEnumerable<Incident> Open => current.Values.Where(i => i.State == IncidentState.Firing);

    static Heard HeardOf(in Alert alert, Severity severity, DateTimeOffset now) => new(
        IncidentRows.KeyOf(alert.Fingerprint, severity), severity, alert.Firing, alert.StartsAt ?? now, alert.EndsAt ?? now, now);

    /// <summary>Not in the future, since the sender's clock is not ours: where ours is behind, time counts from the receipt.</summary>
    static DateTimeOffset Past(DateTimeOffset time, DateTimeOffset now) => time < now ? time : now;

    static Dictionary<string, string> LabelsOf(in Alert alert)
    {
        using var json = JsonDocument.Parse(alert.Raw);
        return AlertJson.Texts(json.RootElement, "labels");
    }

    Incident NewIncident(in Alert alert, in Response response, Episode episode, in Heard heard, IncidentState state, Dictionary<string, string> labels)
    {
        var incident = new Incident
        {
            Series = alert.Series,
            AlertName = alert.Name,
            Site = labels.GetValueOrDefault("site", ""),
            Slo = response.Match.Runbook?.Slo,
            Match = response.Match,
            RunbookUrl = response.RunbookUrl,
            State = state,
            Episode = episode,
            Severity = episode.Severity,
            StartsAt = Past(heard.StartsAt, heard.At),
            OpenedAt = heard.At,
            UpdatedAt = heard.At,
            Fingerprint = alert.Fingerprint,
            Alert = alert.Raw.ToArray(),
        };
        Tighten(incident, heard);
        if (state == IncidentState.Missed)
            End(incident, heard.At);
        return incident;
    }

    Incident OpenNew(Session session, in Alert alert, in Response response, Episode episode, in Heard heard, Known known)
    {
        var labels = LabelsOf(alert);
        var incident = NewIncident(alert, response, episode, heard, IncidentState.Firing, labels);
        var due = heard.At;
        Unsettled? unsettled = null;
        ReadOnlyMemory<byte>? triage = null;
        if (response.Match.Runbook is { } runbook)
        {
            var verdict = known.Weigh(runbook, labels);
            (incident.Scenario, triage) = (verdict.Scenario, VerdictJson.Write(verdict));
            if (known.IsStale(labels))
            {
                due += SecondLook.Patience;
                unsettled = new Unsettled(incident, runbook, known, labels);
            }
        }
        if (incident.ResponseSla is not null && storms.Count(incident.AlertName, heard.At))
            Share(session, incident, heard.At);
        Add(session, incident, triage);
        if (unsettled is not null)
            session.Afterwards(() => Opened?.Invoke(unsettled));
        if (incident.Storm is null)
            outbox.Trigger(session, incident, raised: false, heard.At, due);
        if (incident.Severity == Severity.Critical && labels.TryGetValue("slo", out var slo))
            Burn(session, incident, slo, heard.At);
        return incident;
    }

    /// <summary>The storm whose page an incident shares, while that goes on.</summary>
    Incident? StormOf(Incident incident) => incident.Storm is { } id && byId.GetValueOrDefault(id) is { State: IncidentState.Firing } storm ? storm : null;

    /// <summary>Has an incident share the page of its storm, which begins with it where there is none.</summary>
    void Share(Session session, Incident incident, DateTimeOffset now)
    {
        if (storms.Of(incident.AlertName) is not { } storm)
        {
            storm = Add(session, Storms.Begin(incident, now), null);
            outbox.Trigger(session, storm, raised: false, now, now + Storms.Patience);
        }
        incident.Storm = storm.Id;
        storm.Sharing++;
        Weigh(session, storm, incident, now);
    }

    /// <summary>A storm is as urgent as the most urgent of what shares its page; getting more so is told anew.</summary>
    void Weigh(Session session, Incident storm, Incident incident, DateTimeOffset now)
    {
        var (raised, sooner) = (incident.Severity < storm.Severity, incident.RespondBy < storm.RespondBy);
        if (!raised && !sooner)
            return;
        if (raised)
            storm.Severity = incident.Severity;
        if (!(storm.ResponseSla <= incident.ResponseSla))
            storm.ResponseSla = incident.ResponseSla;
        if (sooner)
            storm.RespondBy = incident.RespondBy;
        Save(session, storm, now);
        if (raised)
            outbox.Trigger(session, storm, raised: storm.Severity == Severity.Critical, now);
    }

    /// <summary>
    /// An objective's error budget burns fast: what is open at its site and threatens it goes to level 3. Where nothing of that is open the burn itself does,
    /// for then nobody knows why.
    /// </summary>
    void Burn(Session session, Incident burn, string slo, DateTimeOffset now)
    {
        var threatening = Open.Where(i => i.Slo == slo && i.Site == burn.Site && i != burn && i.AlertName != burn.AlertName).ToList();
        foreach (var incident in threatening is [] ? [burn] : threatening.Where(i => i.Level < 3))
            Escalate(session, incident, 3, EscalationReason.SloBurn, now);
    }

    /// <param name="triage">What triage made of it; null for nothing.</param>
    Incident Add(Session session, Incident incident, ReadOnlyMemory<byte>? triage)
    {
        // What is judged at once is counted with the row that says so.
        Judge(session, incident);
        SetTimer(session, incident);
        IncidentRows.Insert(session, incident, triage);
        Tell(session, incident);
        Keep(incident);
        return incident;
    }

    /// <summary>It goes on; the severity is the highest that fires, and what gets more urgent is told anew.</summary>
    Incident Go(Session session, Incident incident, in Alert alert, Episode episode, in Heard heard)
    {
        var before = incident.Severity;
        incident.Episode = episode;
        if (heard.Fires)
        {
            Say(incident, alert);
            Tighten(incident, heard);
        }
        Weigh(incident, episode.Severity);
        Save(session, incident, heard.At);
        if (incident.Severity == before)
            return incident;
        var raised = incident.Severity < before;
        Timeline.Write(session, incident, heard.At, raised ? Timeline.Raised : Timeline.Lowered, text: $"{before.Label()} to {incident.Severity.Label()}");
        if (StormOf(incident) is { } storm)
            Weigh(session, storm, incident, heard.At);
        else if (raised)
            outbox.Trigger(session, incident, raised: incident.Severity == Severity.Critical, heard.At);
        return incident;
    }

    /// <summary>Whoever had it in hand believes it is over: it is told anew, and nobody has it in hand.</summary>
    Incident Reopen(Session session, Incident incident, in Alert alert, Episode episode, in Heard heard)
    {
        incident.Episode = episode;
        incident.State = IncidentState.Firing;
        (incident.Acknowledgement, incident.EndsAt) = (null, null);
        // A storm that is over tells nobody any more.
        if (StormOf(incident) is { } storm)
            storm.Sharing++;
        else
            incident.Storm = null;
        incident.Reopened++;
        Say(incident, alert);
        Tighten(incident, heard);
        incident.Severity = episode.Severity;
        counts[(int)incident.Severity]++;
        Save(session, incident, heard.At);
        Timeline.Write(session, incident, heard.At, Timeline.Reopened);
        if (incident.Storm is null)
            outbox.Trigger(session, incident, raised: false, heard.At);
        return incident;
    }

    /// <summary>By the sender's word, neither before its start nor in the future.</summary>
    static void End(Incident incident, DateTimeOffset now)
    {
        var end = Past(incident.Episode.EndsAt!.Value, now);
        incident.EndsAt = end < incident.StartsAt ? incident.StartsAt : end;
    }

    static void Say(Incident incident, in Alert alert) => (incident.Alert, incident.Fingerprint) = (alert.Raw.ToArray(), alert.Fingerprint);

    void Weigh(Incident incident, Severity severity)
    {
        counts[(int)incident.Severity]--;
        counts[(int)severity]++;
        incident.Severity = severity;
    }

    /// <summary>An earlier start and a stricter SLA leave less time; nothing ever gives any back.</summary>
    void Tighten(Incident incident, in Heard heard)
    {
        var start = Past(heard.StartsAt, heard.At);
        if (start < incident.StartsAt)
            incident.StartsAt = start;
        if (plan.ResponseSla(heard.Severity) is not { } sla)
            return;
        var seconds = (long)sla.TotalSeconds;
        if (!(incident.ResponseSla <= seconds))
            incident.ResponseSla = seconds;
        if (!(incident.RespondBy <= start + sla))
            incident.RespondBy = start + sla;
    }

    void Tell(Session session, Incident incident)
    {
        var id = incident.Id;
        session.Afterwards(() => Changed?.Invoke(id));
    }

    void Judge(Session session, Incident incident)
    {
        if (incident.Outcome is not null || incident.IsStorm || SlaClock.Judge(incident.RespondBy, incident.OpenedAt, incident.FirstAcknowledgedAt, incident.EndsAt) is not { } outcome)
            return;
        incident.Outcome = outcome;
        tallies.Count(session, Tallies.SlaOutcomes, incident.Severity.Label(), outcome.Label());
    }

    void SetTimer(Session session, Incident incident)
    {
        var due = Escalation.ToLevelTwo(incident, plan)?.At;
        if (due is { } at && at != incident.EscalateAt)
            session.Afterwards(() => Due?.Invoke(at));
        incident.EscalateAt = due;
    }

    void Keep(Incident incident)
    {
        current[incident.Series] = incident;
        byId[incident.Id] = incident;
        if (incident.State != IncidentState.Firing)
            Remember(incident);
        else if (incident.IsStorm)
            storms.Add(incident);
        else
            counts[(int)incident.Severity]++;
    }

    void Remember(Incident incident) => ended.Enqueue(incident, incident.Episode.EndHeardAt!.Value);

    /// <summary>Another of its series may have taken its place.</summary>
    void Forget(Incident incident)
    {
        byId.Remove(incident.Id);
        if (current.GetValueOrDefault(incident.Series) == incident)
            current.Remove(incident.Series);
    }
}
