using Verolux.Exporter.Alerts.Drills;
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
/// <param name="asksForProof">Whether the end of an alert is believed only once it is proven, because there are Alertmanagers to ask.</param>
sealed class Ledger(ResponsePlan plan, Outbox.Outbox outbox, Tallies tallies, bool asksForProof = false)
{
    readonly CurrentIncidents current = new();
    readonly Storms storms = new();
    bool stale = true;

    /// <summary>Raised on the writing task once the incident is on the disk.</summary>
    public event Action<Unsettled>? Opened;

    /// <summary>Raised on the writing task once a change of an incident is on the disk, with its id. A repeat changes nothing.</summary>
    public event Action<long>? Changed;

    /// <summary>Raised on the writing task once it is on the disk that something falls due then.</summary>
    public event Action<DateTimeOffset>? Due;

    /// <summary>Raised on the writing task once it is on the disk that the Alertmanagers are to be asked about an incident.</summary>
    public event Action? Doubtful;

    /// <summary>Has the next write read everything anew, because what was concluded since the last commit is void.</summary>
    public void Invalidate() => stale = true;

    /// <summary>Those that aren't over, storms among them.</summary>
    public IEnumerable<Incident> Open => current.Open;

    /// <summary>Reads what is open if that is not in memory, and forgets what can't be reopened any more. To be called first in every write.</summary>
    public void Load(Session session, DateTimeOffset now)
    {
        current.Prune(now);
        if (!stale)
            return;
        current.Clear();
        storms.Clear();
        foreach (var incident in IncidentRows.Current(session, now))
        {
            Keep(incident);
            if (incident is { IsStorm: false, ResponseSla: not null, Mute: not { Untold: true } })
                storms.Count(incident.AlertName, incident.OpenedAt);
        }
        // A storm may be younger than what shares its page.
        foreach (var incident in current.Open)
        {
            if (StormOf(incident) is { } storm)
                storm.Sharing++;
        }
        stale = false;
    }

    /// <summary>Where there is nobody to ask any more, the ends that were told count, and nothing is muted.</summary>
    public void TrustAlone(Session session, DateTimeOffset now)
    {
        if (asksForProof)
            return;
        foreach (var incident in current.Open.ToList())
        {
            if (incident.State != IncidentState.Firing)
                Decide(session, incident, Word.Proven, now, now, verified: false);
            else
                Unmute(session, incident, now);
        }
    }

    /// <summary>Tells of every open incident that nobody was told of, as when it opened before a destination was configured.</summary>
    public void TriggerUntold(Session session, DateTimeOffset now)
    {
        foreach (var incident in Open.Where(i => i is { ResponseSla: not null, Storm: null, Mute: not { Untold: true } } && !Outbox.Outbox.IsTriggered(session, i.Id)))
            outbox.Trigger(session, incident, raised: false, now);
    }

    /// <summary>Applies one alert, received <paramref name="now"/>.</summary>
    /// <param name="known">What triage has to go by; null for nothing.</param>
    /// <param name="sure">Whether it was looked up and is so now, so that it can't be late word.</param>
    /// <param name="mute">Why Alertmanager tells nobody of it; null where it does.</param>
    /// <returns>What it did, and the incident that it did it to.</returns>
    public (Effect Effect, Incident Incident) Apply(Session session, in Alert alert, DateTimeOffset now, Known? known = null, bool sure = false, Mute? mute = null)
    {
        var incident = current.Of(alert.Series);
        // Most of what comes are repeats.
        if (incident is { State: IncidentState.Firing, Mute: null, Episode.AllFire: true } && alert.Raw.Span.SequenceEqual(incident.Alert))
        {
            incident.UpdatedAt = now;
            IncidentRows.Touch(session, incident);
            return (Effect.Updated, incident);
        }
        // What isn't in memory has ended too long ago to be reopened, but a resolve may be told again.
        if (incident is null && !alert.Firing)
            incident = IncidentRows.Newest(session, alert.Series);
        var response = plan.For(alert);
        // What nobody is told of makes nothing more urgent that somebody was told of.
        if (mute is not null && incident is { Mute: null } && incident.State.IsOpen() && response.Severity < incident.Severity)
            return (Effect.Stale, incident);
        var heard = HeardOf(alert, response.Severity, now, sure || (!alert.Firing && !NeedsProof(alert)));
        var (effect, episode) = (incident?.Episode ?? Episode.None).Hear(heard);
        return (effect, effect switch
        {
            Effect.Opened => OpenNew(session, alert, response, episode, heard, known ?? Known.Nothing, mute),
            Effect.Missed => Add(session, NewIncident(alert, response, episode, heard, AlertJson.Labels(alert.Raw)), null),
            Effect.Updated or Effect.Resumed => Go(session, incident!, alert, episode, heard, effect, mute),
            Effect.Reopened => Reopen(session, incident!, alert, episode, heard, mute),
            Effect.Resolving => Doubt(session, incident!, alert, episode, now),
            Effect.Resolved => Resolve(session, incident!, episode, now, alert: alert),
            _ => incident!,
        });
    }

    /// <summary>Takes in what was found out about an incident.</summary>
    /// <param name="end">When what still fires has ended by that.</param>
    /// <param name="verified">Whether it is known when that was.</param>
    /// <returns>What it did; null where it means nothing for where the incident stands.</returns>
    public Effect? Decide(Session session, Incident incident, Word word, DateTimeOffset now, DateTimeOffset end, bool verified = true)
    {
        if (incident.Episode.Hear(word, now, end) is not var (effect, episode))
            return null;
        if (effect == Effect.Resolved)
        {
            Resolve(session, incident, episode, now, verified);
            return effect;
        }
        incident.Episode = episode;
        Timeline.Write(session, incident, now, incident.State.Label());
        Save(session, incident, now);
        return effect;
    }

    /// <summary>Ends an incident because a person says so.</summary>
    public void Close(Session session, Incident incident, DateTimeOffset now)
    {
        incident.ClosedByHand = true;
        Decide(session, incident, Word.Closed, now, now);
    }

    /// <summary>The newest incident of a series, open or long closed; null where there is none.</summary>
    public Incident? Newest(Session session, SeriesKey series) => current.Of(series) ?? IncidentRows.Newest(session, series);

    /// <summary>An incident by its id, open or long closed; null where there is none.</summary>
    public Incident? Find(Session session, long id) => current.Of(id) ?? IncidentRows.Of(session, id);

    /// <param name="alert">The alert that says so; without, something else did.</param>
    Incident Resolve(Session session, Incident incident, Episode episode, DateTimeOffset now, bool verified = true, in Alert? alert = null)
    {
        if (!incident.IsStorm)
            incident.Severity = episode.Severity;
        incident.Episode = episode;
        incident.IsEndVerified = verified;
        End(incident, now);
        Thaw(incident, incident.EndsAt!.Value);
        if (alert is { } word)
            Say(incident, word);
        outbox.Resolve(session, incident, now);
        Save(session, incident, now);
        current.End(incident);
        if (incident is { Reopened: 0, ResponseSla: not null, IsStorm: false, Mute: not { Untold: true } })
            tallies.Observe(session, Tallies.Resolutions, incident.Severity.Label(), incident.EndsAt!.Value - incident.StartsAt);
        if (incident.IsStorm)
            storms.End(incident);
        else if (StormOf(incident) is { } storm && --storm.Sharing == 0)
            Decide(session, storm, Word.Closed, now, now);
        return incident;
    }

    /// <summary>Remembers that Alertmanager mutes an open incident: it doesn't escalate, and its SLA's clock stands still.</summary>
    public void Mute(Session session, Incident incident, Mute mute, DateTimeOffset now)
    {
        var before = incident.Mute;
        // One mute after another is one time in which nobody is told.
        incident.Mute = before is null ? mute : mute with { Since = before.Since, Untold = before.Untold };
        // Of several alerts that inhibit it Alertmanager names any.
        if (before is not { Kind: MuteKind.Inhibition } || mute.Kind != MuteKind.Inhibition)
            Timeline.Write(session, incident, now, mute.Happened, text: mute.Text);
        Save(session, incident, now);
    }

    /// <summary>It is muted no more: the SLA's clock goes on, and who was never told is told now.</summary>
    public void Unmute(Session session, Incident incident, DateTimeOffset now)
    {
        if (incident.Mute is not { } mute)
            return;
        Thaw(incident, now);
        incident.Mute = null;
        incident.UnmutedAt = now;
        Timeline.Write(session, incident, now, Timeline.Unmuted);
        if (mute.Untold)
            Announce(session, incident, now);
        Save(session, incident, now);
        if (!mute.Untold || incident.Storm is not null)
            return;
        outbox.Trigger(session, incident, raised: false, now);
        if (incident.Acknowledgement is not null)
            outbox.Acknowledge(session, incident, null, now);
    }

    /// <summary>Remembers until when Alertmanager holds alerts to be in force if Prometheus says nothing more.</summary>
    /// <param name="alerts">Those that are held to be, by key.</param>
    public static void Extend(Session session, Incident incident, IEnumerable<(string Key, DateTimeOffset ValidUntil)> alerts)
    {
        var episode = alerts.Aggregate(incident.Episode, (e, a) => e.Extend(a.Key, a.ValidUntil));
        if (episode == incident.Episode)
            return;
        incident.Episode = episode;
        IncidentRows.Extend(session, incident);
    }

    /// <summary>What is open and shares an incident's page; nothing where it is no storm.</summary>
    public IReadOnlyList<Incident> SharedBy(Incident storm) => storm.IsStorm ? [.. current.Open.Where(i => i.Storm == storm.Id)] : [];

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
        foreach (var incident in current.Open.ToList())
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
        foreach (var one in new[] { incident, current.Of(incident.Id) })
        {
            if (one is not null)
                one.Scenario = verdict.Scenario;
        }
        IncidentRows.Triaged(session, incident, VerdictJson.Write(verdict));
        Tell(session, incident);
        outbox.Hasten(session, incident, now);
    }

    static Heard HeardOf(in Alert alert, Severity severity, DateTimeOffset now, bool sure) => new(
        IncidentRows.KeyOf(alert.Fingerprint, severity), severity, alert.Firing, alert.StartsAt ?? now, alert.EndsAt ?? now, now, sure);

    /// <summary>What no Alertmanager can have sent can't be looked up in any, and no Prometheus knows of a drill.</summary>
    bool NeedsProof(in Alert alert) => asksForProof && alert.Fingerprint.Length > 0 && !Drill.Is(alert.Name);

    /// <summary>Not in the future, since the sender's clock is not ours: where ours is behind, time counts from the receipt.</summary>
    static DateTimeOffset Past(DateTimeOffset time, DateTimeOffset now) => time < now ? time : now;

    Incident NewIncident(in Alert alert, in Response response, Episode episode, in Heard heard, Dictionary<string, string> labels, Mute? mute = null)
    {
        var incident = new Incident
        {
            Series = alert.Series,
            AlertName = alert.Name,
            Site = labels.GetValueOrDefault("site", ""),
            Slo = response.Match.Runbook?.Slo,
            Match = response.Match,
            RunbookUrl = response.RunbookUrl,
            Episode = episode,
            Severity = episode.Severity,
            StartsAt = Past(heard.StartsAt, heard.At),
            OpenedAt = heard.At,
            UpdatedAt = heard.At,
            Fingerprint = alert.Fingerprint,
            Alert = alert.Raw.ToArray(),
            Mute = mute,
        };
        Tighten(incident, heard);
        if (incident.State == IncidentState.Missed)
            End(incident, heard.At);
        return incident;
    }

    Incident OpenNew(Session session, in Alert alert, in Response response, Episode episode, in Heard heard, Known known, Mute? mute)
    {
        var labels = AlertJson.Labels(alert.Raw);
        var incident = NewIncident(alert, response, episode, heard, labels, mute);
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
        if (mute is null)
            Announce(session, incident, heard.At);
        Add(session, incident, triage);
        session.Afterwards(() => Doubtful?.Invoke());
        if (unsettled is not null)
            session.Afterwards(() => Opened?.Invoke(unsettled));
        if (mute is not null)
        {
            Timeline.Write(session, incident, heard.At, mute.Happened, text: mute.Text);
            return incident;
        }
        if (incident.Storm is null)
            outbox.Trigger(session, incident, raised: false, heard.At, due);
        if (incident.Severity == Severity.Critical && labels.TryGetValue("slo", out var slo))
            Burn(session, incident, slo, heard.At);
        return incident;
    }

    /// <summary>The storm whose page an incident shares, while that goes on.</summary>
    Incident? StormOf(Incident incident) => incident.Storm is { } id && current.Of(id) is { } storm && storm.State.IsOpen() ? storm : null;

    /// <summary>Counts what somebody is to be told of, and has it share a storm's page where that are too many.</summary>
    void Announce(Session session, Incident incident, DateTimeOffset now)
    {
        if (incident.RespondBy is null && incident.ResponseSla is { } sla)
            incident.RespondBy = now.AddSeconds(sla);
        if (incident is { ResponseSla: not null, Storm: null } && storms.Count(incident.AlertName, now))
            Share(session, incident, now);
    }

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
        // Or it would be overdue for longer than it lasts.
        if (incident.StartsAt < storm.StartsAt)
            storm.StartsAt = incident.StartsAt;
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
        var threatening = current.Open.Where(i => i.Slo == slo && i.Site == burn.Site && i.Mute is null && i != burn && i.AlertName != burn.AlertName).ToList();
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
    Incident Go(Session session, Incident incident, in Alert alert, Episode episode, in Heard heard, Effect effect, Mute? mute)
    {
        var before = incident.Severity;
        incident.Episode = episode;
        if (effect == Effect.Resumed)
            Timeline.Write(session, incident, heard.At, Timeline.Resumed);
        // Alertmanager tells of what it doesn't mute alone. Of an inhibition that proves little: when Prometheus has died, what inhibits may end before what it inhibits.
        if (heard.Fires && mute is null && (incident.Mute?.Kind != MuteKind.Inhibition || episode.Severity < before))
            Unmute(session, incident, heard.At);
        else if (heard.Fires && mute is null)
            session.Afterwards(() => Doubtful?.Invoke());
        if (heard.Fires)
        {
            Say(incident, alert);
            Tighten(incident, heard);
        }
        if (incident.State == IncidentState.Firing)
            incident.Severity = episode.Severity;
        Save(session, incident, heard.At);
        if (incident.Severity == before)
            return incident;
        var raised = incident.Severity < before;
        Timeline.Write(session, incident, heard.At, raised ? Timeline.Raised : Timeline.Lowered, text: $"{before.Label()} to {incident.Severity.Label()}");
        if (StormOf(incident) is { } storm)
            Weigh(session, storm, incident, heard.At);
        else if (raised && incident.Mute is null)
            outbox.Trigger(session, incident, raised: incident.Severity == Severity.Critical, heard.At);
        return incident;
    }

    /// <summary>Its end was told. Alertmanager tells the end of everything when Prometheus has died, so this waits to be proven.</summary>
    Incident Doubt(Session session, Incident incident, in Alert alert, Episode episode, DateTimeOffset now)
    {
        incident.Episode = episode;
        Say(incident, alert);
        Timeline.Write(session, incident, now, incident.State.Label());
        Save(session, incident, now);
        session.Afterwards(() => Doubtful?.Invoke());
        return incident;
    }

    /// <summary>Whoever had it in hand believes it is over: it is told anew, and nobody has it in hand.</summary>
    Incident Reopen(Session session, Incident incident, in Alert alert, Episode episode, in Heard heard, Mute? mute)
    {
        incident.Episode = episode;
        (incident.Acknowledgement, incident.EndsAt, incident.ClosedByHand) = (null, null, false);
        incident.Mute = mute;
        if (mute is not null)
            incident.RespondBy = null;
        // A storm that is over tells nobody any more.
        if (StormOf(incident) is { } storm)
            storm.Sharing++;
        else
            incident.Storm = null;
        incident.Reopened++;
        Say(incident, alert);
        Tighten(incident, heard);
        incident.Severity = episode.Severity;
        if (incident.Mute is null && incident.RespondBy is null)
            Announce(session, incident, heard.At);
        Save(session, incident, heard.At);
        Timeline.Write(session, incident, heard.At, Timeline.Reopened);
        if (mute is null && incident.Storm is null)
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

    /// <summary>While it is muted the clock stands still.</summary>
    /// <param name="until">When that ended.</param>
    public static void Thaw(Incident incident, DateTimeOffset until)
    {
        if (incident is { Mute: { Untold: false, Since: var since }, FirstAcknowledgedAt: null, Outcome: null } && incident.RespondBy > since && until > since)
            incident.RespondBy += until - since;
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
        // What nobody is told of nobody can respond to.
        var from = start < incident.UnmutedAt ? incident.UnmutedAt.Value : start;
        if (incident.Mute is not { Untold: true } && !(incident.RespondBy <= from + sla))
            incident.RespondBy = from + sla;
    }

    void Tell(Session session, Incident incident)
    {
        var id = incident.Id;
        session.Afterwards(() => Changed?.Invoke(id));
    }

    void Judge(Session session, Incident incident)
    {
        if (incident is { Outcome: not null } or { IsStorm: true } or { Mute.Untold: true }
            || SlaClock.Judge(incident.RespondBy, incident.OpenedAt, incident.FirstAcknowledgedAt, incident.EndsAt, incident.IsEndVerified) is not { } outcome)
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
        current.Add(incident);
        if (incident.IsStorm && incident.State.IsOpen())
            storms.Add(incident);
    }
}
