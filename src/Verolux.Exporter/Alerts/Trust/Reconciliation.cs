using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Triage;

namespace Verolux.Exporter.Alerts.Trust;

/// <summary>
/// Holds what is open against what the Alertmanagers say. Their webhooks tell of changes alone, and not of all: what ends while it is silenced or inhibited they
/// tell nobody, nor what they forgot in a restart; and when Prometheus dies they tell the end of everything. Used by the writing task alone.
/// </summary>
/// <param name="holdOf">How long a rule of that name has to hold before its alert fires; after a restart Prometheus waits as long again.</param>
/// <param name="known">What triage has to go by.</param>
sealed class Reconciliation(Ledger ledger, Responder responder, Tallies tallies, AlertReader reader, Func<string, TimeSpan> holdOf, Func<Known> known)
{
    /// <summary>Values of the label <c>action</c> of <see cref="Tallies.Reconciled"/>.</summary>
    public static readonly IReadOnlyList<string> Actions = ["opened", "closed", "proven", "unverified", "resumed", "silenced", "inhibited", "unmuted", "missed"];

    /// <summary>For how long the end of an incident waits to be proven before people are told that it can't be.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>For how long at least nobody must know of an alert before it counts as gone.</summary>
    static readonly TimeSpan ShortestAbsence = TimeSpan.FromMinutes(3);

    /// <summary>Evaluating a rule, sending what fires and asking for it, after the rule's own time.</summary>
    static readonly TimeSpan Slack = TimeSpan.FromMinutes(2);

    /// <summary>How long an alert fires before the webhook that tells of it is late.</summary>
    static readonly TimeSpan Late = TimeSpan.FromMinutes(1);

    /// <summary>For how long a person who ended an incident knows better than its alert, which may go on for a while (<c>keep_firing_for</c>).</summary>
    static readonly TimeSpan Trusted = TimeSpan.FromMinutes(15);

    /// <summary>In one round, and so in one write: webhooks wait for it meanwhile.</summary>
    const int MostOpened = 2000;

    const int LongestText = 300;

    /// <summary>By incident since when all that should know of it are well and don't.</summary>
    readonly Dictionary<long, DateTimeOffset> missing = [];

    /// <summary>By incident that is muted since when none that can be believed says whether it still is.</summary>
    readonly Dictionary<long, DateTimeOffset> unseen = [];

    /// <param name="views">What each configured Alertmanager said, or why it said nothing to be believed.</param>
    public void Apply(Session session, IReadOnlyList<View> views, DateTimeOffset now)
    {
        ledger.Load(session, now);
        // Not in the write that ends them, which may fail.
        foreach (var since in new[] { missing, unseen })
        {
            foreach (var id in since.Keys.Where(id => ledger.Find(session, id)?.State.IsOpen() != true).ToList())
                since.Remove(id);
        }
        View[] believable = [.. views.Where(v => v.Problem is null)];
        var askedAt = views.Min(v => v.AskedAt);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var incident in ledger.Open.Where(i => i is { IsStorm: false, Fingerprint.Length: > 0 }).ToList())
        {
            keys.UnionWith(incident.Episode.Signals.Select(s => s.Key));
            // What was heard after the question is newer than the answer.
            if (incident.UpdatedAt <= askedAt)
                Hold(session, incident, views, believable, now);
            if (incident.State == IncidentState.Resolving && now - incident.Episode.EndHeardAt >= Patience)
                Note(session, incident, ledger.Decide(session, incident, Word.Overdue, now, now), now);
        }
        foreach (var storm in ledger.Open.Where(i => i.IsStorm).ToList())
            Follow(session, storm, now);
        // A drill is to come by its webhook, or it has found out something.
        foreach (var (view, alert) in believable.SelectMany(v => v.Alerts.Values.Where(a => a.IsOurs && !Drill.Is(a.Alert.Name) && !keys.Contains(a.Alert.Fingerprint)).Select(a => (v, a))).DistinctBy(a => a.a.Alert.Fingerprint).Take(MostOpened))
            Open(session, view, alert, believable, now);
    }

    /// <summary>Opens or ends the incident that says that no alert gets here any more.</summary>
    /// <param name="alert">Which says so.</param>
    public void Tell(Session session, ReadOnlyMemory<byte> alert, bool dead, DateTimeOffset now)
    {
        ledger.Load(session, now);
        if (dead != ledger.Open.Any(i => i is { AlertName: SelfAlert.PathDeadName, Fingerprint: "" }))
            ledger.Apply(session, Notification.Parse(alert, reader).Alerts[0], now);
    }

    void Hold(Session session, Incident incident, IReadOnlyList<View> views, View[] believable, DateTimeOffset now)
    {
        (View View, SeenAlert Alert)[] seen = [.. believable.SelectMany(v => incident.Episode.Signals.Where(s => v.Alerts.ContainsKey(s.Key)).Select(s => (v, v.Alerts[s.Key])))];
        if (incident.State == IncidentState.Firing)
        {
            if (seen.Length == 0)
                Miss(session, incident, views, now);
            else
                missing.Remove(incident.Id);
        }
        else
            Prove(session, incident, seen, views, believable, now);
        // While nobody knows whether it has ended nothing of it is told.
        if (incident.State is IncidentState.Firing or IncidentState.Unverified)
            Weigh(session, incident, seen, believable, now);
        Ledger.Extend(session, incident, seen.Select(s => (s.Alert.Alert.Fingerprint, s.Alert.ValidUntil)));
    }

    /// <summary>
    /// An end was told. Prometheus said so itself where the alert had been held to be in force for longer than that (https://prometheus.io/docs/alerting/latest/clients/:
    /// Alertmanager ends by itself, at just that time, what it hears nothing more of). What was heard of again since then goes on.
    /// </summary>
    void Prove(Session session, Incident incident, (View View, SeenAlert Alert)[] seen, IReadOnlyList<View> views, View[] believable, DateTimeOffset now)
    {
        var labels = AlertJson.Labels(incident.Alert);
        var end = incident.Episode.EndsAt!.Value;
        // What an Alertmanager that Prometheus can't reach holds to be in force is old.
        var inForce = seen.Where(s => s.View.IsFreshFor(labels)).Select(s => s.Alert).MaxBy(a => a.ValidUntil);
        if (inForce is not null)
        {
            missing.Remove(incident.Id);
            if (inForce.ValidUntil > end && !(inForce.ValidUntil <= incident.Episode.ValidUntil))
            {
                var (effect, _) = ledger.Apply(session, inForce.Alert, now, sure: true, mute: IsMuted(inForce) ? incident.Mute : null);
                Count(session, effect == Effect.Resumed ? "resumed" : null);
            }
            return;
        }
        if (incident.Episode.WasEnded(end) && believable.Any(v => v.IsFreshFor(labels)))
            Note(session, incident, ledger.Decide(session, incident, Word.Proven, now, now), now);
        else
            Miss(session, incident, views, now);
    }

    /// <summary>Nobody knows of it: gone, once that has been so for longer than a restarted Prometheus takes to fire again, with all of them well all the time.</summary>
    void Miss(Session session, Incident incident, IReadOnlyList<View> views, DateTimeOffset now)
    {
        var labels = AlertJson.Labels(incident.Alert);
        if (!views.All(v => v.IsFreshFor(labels)))
        {
            missing.Remove(incident.Id);
            return;
        }
        if (!missing.TryGetValue(incident.Id, out var since))
            missing[incident.Id] = since = now;
        var absence = holdOf(incident.AlertName) + Slack;
        if (now - since < (absence > ShortestAbsence ? absence : ShortestAbsence))
            return;
        Timeline.Write(session, incident, now, Timeline.Gone, text: "none of alerts.alertmanagers holds it");
        // It vanished while it was still in force: then Prometheus ended it. Else it ended in the dark.
        var theirs = views.Max(v => v.Now!.Value);
        var vanished = theirs - DateTimeOffset.MinValue > now - since ? theirs - (now - since) : theirs;
        ledger.Decide(session, incident, Word.Gone, now, since, verified: incident.Episode.WasEnded(vanished));
        Count(session, "closed");
    }

    /// <summary>Takes over whether it is muted. What any of them tells of is not.</summary>
    void Weigh(Session session, Incident incident, (View View, SeenAlert Alert)[] seen, View[] believable, DateTimeOffset now)
    {
        if (seen.Length == 0)
        {
            // Nobody holds it, nor can all be asked whether it is gone: a silence ends when it was to end, and an inhibition is believed for a while.
            if (incident.Mute is not { } old || missing.ContainsKey(incident.Id))
                return;
            var isLongAgo = IsLongAgo(incident, now);
            if (old.Until < now || (old.Until is null && isLongAgo))
                Unmute(session, incident, now);
            return;
        }
        if (!seen.All(s => IsMuted(s.Alert)))
        {
            // When Prometheus has died, what inhibits may end a moment before what it inhibits, which is then told for nothing.
            if (incident.Mute is { Kind: MuteKind.Inhibition } && AlertJson.Labels(incident.Alert) is var labels && !seen.Any(s => !IsMuted(s.Alert) && s.View.IsFreshFor(labels)) && !IsLongAgo(incident, now))
                return;
            unseen.Remove(incident.Id);
            if (incident.Mute is not null)
                Unmute(session, incident, now);
            return;
        }
        unseen.Remove(incident.Id);
        var (view, alert) = seen[0];
        var mute = MuteOf(session, view, alert, believable, now);
        if (incident.Mute is { } before && before.IsLike(mute))
            return;
        // Who silences what is open has seen it. One that was made before, and began now, says nothing of the kind.
        if (SilenceOf(view, alert) is { } silence && incident.Acknowledgement is null && silence.MadeAt - incident.OpenedAt > (view.Skew ?? TimeSpan.Zero) && incident.Mute is not { Untold: true })
            responder.Acknowledge(session, incident.Id, new Who(mute.By, Source.Silence), mute.Comment);
        var isNews = incident.Mute?.Kind != mute.Kind || mute.Kind == MuteKind.Silence;
        ledger.Mute(session, incident, mute, now);
        Count(session, isNews ? mute.Happened : null);
    }

    /// <summary>Whether nobody could be believed about what mutes an incident for so long that it is mute no more.</summary>
    bool IsLongAgo(Incident incident, DateTimeOffset now)
    {
        if (!unseen.TryGetValue(incident.Id, out var since))
            unseen[incident.Id] = since = now;
        return now - since >= Patience;
    }

    /// <summary>A storm is muted, and in somebody's hands by a silence, where all are that share its page.</summary>
    void Follow(Session session, Incident storm, DateTimeOffset now)
    {
        var sharing = ledger.SharedBy(storm).Where(i => i.State != IncidentState.Resolving).ToList();
        if (sharing is [] || sharing.Find(i => i.Mute is null) is not null)
        {
            if (sharing is not [])
                ledger.Unmute(session, storm, now);
            return;
        }
        var mute = sharing[0].Mute! with { Since = now, Untold = false };
        if (storm.Mute is { } before && before.IsLike(mute))
            return;
        if (mute.Kind == MuteKind.Silence && storm.Acknowledgement is null && sharing.TrueForAll(i => i.Acknowledgement is not null))
            responder.Acknowledge(session, storm.Id, new Who(mute.By, Source.Silence), mute.Comment);
        ledger.Mute(session, storm, mute, now);
    }

    void Unmute(Session session, Incident incident, DateTimeOffset now)
    {
        ledger.Unmute(session, incident, now);
        Count(session, "unmuted");
    }

    /// <summary>It is in force and routed to us, and not open here.</summary>
    void Open(Session session, View view, SeenAlert alert, View[] believable, DateTimeOffset now)
    {
        var isMuted = believable.Where(v => v.Alerts.ContainsKey(alert.Alert.Fingerprint)).All(v => IsMuted(v.Alerts[alert.Alert.Fingerprint]));
        // Younger, and its webhook is on the way.
        if (!isMuted && alert.Alert.StartsAt is { } startsAt && view.Now - startsAt < Late)
            return;
        if (ledger.Newest(session, alert.Alert.Series) is { } last && !last.State.IsOpen() && alert.Alert.StartsAt <= last.Episode.EndsAt)
        {
            // It ended here, and this is what it was before: either Prometheus has said so once more since, or somebody is slow to hear of the end.
            if (!(alert.ValidUntil > (last.Episode.ValidUntil ?? last.Episode.EndsAt)) || (last.ClosedByHand && now - last.Episode.EndHeardAt < Trusted))
                return;
        }
        var mute = isMuted ? MuteOf(session, view, alert, believable, now) with { Untold = true } : null;
        var (effect, incident) = ledger.Apply(session, alert.Alert, now, known(), sure: true, mute);
        if (effect is not (Effect.Opened or Effect.Reopened or Effect.Updated or Effect.Resumed))
            return;
        // One too many to be kept apart is found again and again.
        if (!incident.Episode.Signals.Any(s => s.Key == alert.Alert.Fingerprint))
            return;
        Timeline.Write(session, incident, now, Timeline.Found, text: $"at Alertmanager {view.Alertmanager}");
        Ledger.Extend(session, incident, [(alert.Alert.Fingerprint, alert.ValidUntil)]);
        Count(session, mute?.Happened ?? "opened");
    }

    static bool IsMuted(SeenAlert alert) => alert.SilencedBy.Count > 0 || alert.InhibitedBy.Count > 0;

    /// <summary>The silence that mutes it for longest; null where none is known.</summary>
    static Silence? SilenceOf(View view, SeenAlert alert) => alert.SilencedBy.Select(view.Silences.GetValueOrDefault).OfType<Silence>().MaxBy(s => s.EndsAt);

    /// <summary>What mutes it.</summary>
    Mute MuteOf(Session session, View view, SeenAlert alert, View[] believable, DateTimeOffset now)
    {
        if (SilenceOf(view, alert) is { } silence)
            return new Mute(MuteKind.Silence, Short(silence.By), Short(silence.Comment), silence.EndsAt, now);
        if (alert.SilencedBy.Count > 0)
            return new Mute(MuteKind.Silence, "", "", null, now);
        var source = believable.SelectMany(v => alert.InhibitedBy.Select(v.Alerts.GetValueOrDefault)).OfType<SeenAlert>().FirstOrDefault();
        var by = source is null ? "another alert" : ledger.Newest(session, source.Alert.Series) is { } incident && incident.State.IsOpen() ? $"{source.Alert.Name} ({IncidentNumber.Format(incident.Id)})" : source.Alert.Name;
        return new Mute(MuteKind.Inhibition, Short(by), "", null, now);
    }

    /// <summary>What others wrote, on one line and not too long.</summary>
    static string Short(string text) => Delivery.Page.Cut(OneLine.Of(text), LongestText);

    void Note(Session session, Incident incident, Effect? effect, DateTimeOffset now)
    {
        if (effect == Effect.Resolved)
            Timeline.Write(session, incident, now, Timeline.Proven);
        Count(session, effect switch { Effect.Resolved => "proven", Effect.Unverified => "unverified", _ => null });
    }

    void Count(Session session, string? action)
    {
        if (action is not null)
            tallies.Count(session, Tallies.Reconciled, action);
    }
}
