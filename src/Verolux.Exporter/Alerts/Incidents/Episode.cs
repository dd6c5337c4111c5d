using System.Collections.Immutable;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>Where an incident stands. Who moves it from one to another is the table of <see cref="Episode"/>.</summary>
enum IncidentState
{
    Firing,

    /// <summary>Its end was told, and nobody knows yet whether Prometheus said so or only fell silent. Still open, and nothing of it is told.</summary>
    Resolving,

    /// <summary>Nothing proved that in time. Still open, and as urgent as if it fired.</summary>
    Unverified,

    Resolved,

    /// <summary>It was heard of when it was over.</summary>
    Missed,
}

/// <summary>What moves an incident.</summary>
enum Word
{
    /// <summary>Alertmanager says that an alert of it fires.</summary>
    Fires,

    /// <summary>Alertmanager says that one has ended.</summary>
    Ends,

    /// <summary>The reconciler: Prometheus itself said that the last one has ended.</summary>
    Proven,

    /// <summary>The reconciler: every Alertmanager and Prometheus are well, and for longer than a rule takes to fire none of them has known it.</summary>
    Gone,

    /// <summary>The clock: nothing has proven its end in time.</summary>
    Overdue,

    /// <summary>A person says that it is over, or its last incident of a storm is.</summary>
    Closed,
}

/// <summary>What a word did to an incident.</summary>
enum Effect
{
    Opened,

    /// <summary>It goes on: a repeat, another severity beside the one that fires, or the end of one of several.</summary>
    Updated,

    /// <summary>It fires again so soon after its end that it is the same incident.</summary>
    Reopened,

    /// <summary>Its end was told, and waits to be proven.</summary>
    Resolving,

    /// <summary>It fires after all: the end that was told was none.</summary>
    Resumed,

    /// <summary>Its end could not be proven in time.</summary>
    Unverified,

    Resolved,

    /// <summary>A resolve for what was not open: the alert fired and ended unheard, and is recorded so.</summary>
    Missed,

    /// <summary>A resolve that was told before, or of a time before what fires now.</summary>
    Duplicate,

    /// <summary>Word of the time before an end that is known already, as from a slower Alertmanager.</summary>
    Stale,
}

/// <summary>One of the alerts of a series, which differ in their severity or by replica.</summary>
/// <param name="Key">Alertmanager's fingerprint; where the sender gave none, the severity.</param>
/// <param name="StartsAt">The earliest start heard: a second Prometheus may have seen it before the first.</param>
/// <param name="LatestStart">The latest one: after a restart of Prometheus a firing alert begins anew.</param>
/// <param name="EndsAt">Null while it fires.</param>
/// <param name="EndHeardAt">When its end was heard, by our clock.</param>
/// <param name="ValidUntil">Until when an Alertmanager last held it to be in force if Prometheus says nothing more, by Prometheus' clock; null where none was asked.</param>
sealed record Signal(
    string Key, Severity Severity, DateTimeOffset StartsAt, DateTimeOffset LatestStart, DateTimeOffset? EndsAt = null, DateTimeOffset? EndHeardAt = null, DateTimeOffset? ValidUntil = null)
{
    public bool Fires => EndsAt is null;
}

/// <summary>One word as it was heard, of one alert.</summary>
/// <param name="StartsAt">By the sender's clock, which is compared with itself alone.</param>
/// <param name="EndsAt">Of an end; by the sender's clock too, and <paramref name="At"/> where it gave none.</param>
/// <param name="At">When, by our clock.</param>
/// <param name="Sure">Of an end: whether it needs no proof, because there is nobody to ask. Of what fires: whether it was looked up and does now, so that it can't be late word.</param>
readonly record struct Heard(string Key, Severity Severity, bool Fires, DateTimeOffset StartsAt, DateTimeOffset EndsAt, DateTimeOffset At, bool Sure = false);

/// <summary>
/// What was heard of one series from its first alert to its end: a value that each word makes a new one of. Alertmanager is at-least-once for the state of
/// groups, not for events: alerts come again and again, from several of them in any order, and their starts move either way. And it tells an end of everything
/// when Prometheus has died.
/// </summary>
/// <param name="Signals">At most <see cref="MostSignals"/>; none before the first alert.</param>
/// <param name="State">Null before the first alert.</param>
/// <param name="EndHeardAt">When the end of the last one was heard, and once that is proven, when it was; null while any fires.</param>
sealed record Episode(ImmutableArray<Signal> Signals, IncidentState? State, DateTimeOffset? EndHeardAt)
{
    public const int MostSignals = 64;

    /// <summary>How soon after its end an alert that fires again is the same incident.</summary>
    public static readonly TimeSpan ReopenWindow = TimeSpan.FromMinutes(5);

    /// <summary>How much later than an end word of the time before it may come, which means nothing any more. Whatever still says so later than that is believed.</summary>
    public static readonly TimeSpan Lateness = TimeSpan.FromMinutes(2);

    public static readonly Episode None = new([], null, null);

    /// <summary>All there is to decide: who may move an incident from where to where. Of the lines for what is, and for what was heard, the first that holds counts.</summary>
    static readonly (IncidentState? From, Word Word, Condition Condition, Effect Effect, IncidentState? To)[] Table =
    [
        (null, Word.Fires, Always, Effect.Opened, IncidentState.Firing),
        (null, Word.Ends, Always, Effect.Missed, IncidentState.Missed),

        (IncidentState.Firing, Word.Fires, IsOlderThanItsRecentEnd, Effect.Stale, IncidentState.Firing),
        (IncidentState.Firing, Word.Fires, Always, Effect.Updated, IncidentState.Firing),
        (IncidentState.Firing, Word.Ends, HasEndedAlready, Effect.Duplicate, IncidentState.Firing),
        (IncidentState.Firing, Word.Ends, EndedBeforeWhatFires, Effect.Duplicate, IncidentState.Firing),
        (IncidentState.Firing, Word.Ends, AnotherFires, Effect.Updated, IncidentState.Firing),
        (IncidentState.Firing, Word.Ends, IsSure, Effect.Resolved, IncidentState.Resolved),
        (IncidentState.Firing, Word.Ends, Always, Effect.Resolving, IncidentState.Resolving),
        (IncidentState.Firing, Word.Gone, Always, Effect.Resolved, IncidentState.Resolved),
        (IncidentState.Firing, Word.Closed, Always, Effect.Resolved, IncidentState.Resolved),

        (IncidentState.Resolving, Word.Fires, IsOlderThanItsRecentEnd, Effect.Stale, IncidentState.Resolving),
        (IncidentState.Resolving, Word.Fires, Always, Effect.Resumed, IncidentState.Firing),
        (IncidentState.Resolving, Word.Ends, BeganBeforeTheEnd, Effect.Duplicate, IncidentState.Resolving),
        (IncidentState.Resolving, Word.Ends, Always, Effect.Updated, IncidentState.Resolving),
        (IncidentState.Resolving, Word.Proven, Always, Effect.Resolved, IncidentState.Resolved),
        (IncidentState.Resolving, Word.Gone, Always, Effect.Resolved, IncidentState.Resolved),
        (IncidentState.Resolving, Word.Overdue, Always, Effect.Unverified, IncidentState.Unverified),
        (IncidentState.Resolving, Word.Closed, Always, Effect.Resolved, IncidentState.Resolved),

        (IncidentState.Unverified, Word.Fires, IsOlderThanItsRecentEnd, Effect.Stale, IncidentState.Unverified),
        (IncidentState.Unverified, Word.Fires, Always, Effect.Resumed, IncidentState.Firing),
        (IncidentState.Unverified, Word.Ends, BeganBeforeTheEnd, Effect.Duplicate, IncidentState.Unverified),
        (IncidentState.Unverified, Word.Ends, Always, Effect.Updated, IncidentState.Unverified),
        (IncidentState.Unverified, Word.Proven, Always, Effect.Resolved, IncidentState.Resolved),
        (IncidentState.Unverified, Word.Gone, Always, Effect.Resolved, IncidentState.Resolved),
        (IncidentState.Unverified, Word.Closed, Always, Effect.Resolved, IncidentState.Resolved),

        .. new[] { IncidentState.Resolved, IncidentState.Missed }.SelectMany(over => new (IncidentState?, Word, Condition, Effect, IncidentState?)[]
        {
            (over, Word.Fires, IsOlderThanItsRecentEnd, Effect.Stale, over),
            (over, Word.Fires, IsWithinReopenWindow, Effect.Reopened, IncidentState.Firing),
            (over, Word.Fires, Always, Effect.Opened, IncidentState.Firing),
            (over, Word.Ends, BeganBeforeTheEnd, Effect.Duplicate, over),
            (over, Word.Ends, Always, Effect.Missed, IncidentState.Missed),
        }),
    ];

    /// <param name="own">The signal that the alert is one of; null where it is new.</param>
    delegate bool Condition(Episode episode, Signal? own, in Heard heard);

    /// <summary>Whether it isn't over: it fires, or its end isn't proven.</summary>
    public bool IsOpen => State.IsOpen();

    /// <summary>Whether nothing of it has ended yet.</summary>
    public bool AllFire
    {
        get
        {
            foreach (var signal in Signals)
            {
                if (!signal.Fires)
                    return false;
            }
            return true;
        }
    }

    /// <summary>The highest severity that fires; of an episode that has ended the highest there was.</summary>
    public Severity Severity => (State == IncidentState.Firing ? Signals.Where(s => s.Fires) : Signals).Min(s => s.Severity);

    /// <summary>When what ended last did; null while any fires.</summary>
    public DateTimeOffset? EndsAt => EndHeardAt is null ? null : Signals.Max(s => s.EndsAt);

    /// <summary>Until when the last of it was held to be in force; null where no Alertmanager has been asked.</summary>
    public DateTimeOffset? ValidUntil => Signals.Max(s => s.ValidUntil);

    /// <summary>Whether Prometheus itself ended all of it: each was to hold for longer than to its end.</summary>
    /// <param name="end">That of what still fires, by Prometheus' clock.</param>
    public bool WasEnded(DateTimeOffset end) => Signals.All(s => s.ValidUntil > (s.EndsAt ?? end));

    /// <summary>One of its alerts is held to be in force until then.</summary>
    public Episode Extend(string key, DateTimeOffset validUntil) =>
        Of(key) is { } own && !(validUntil <= own.ValidUntil) ? this with { Signals = Signals.Replace(own, own with { ValidUntil = validUntil }) } : this;

    /// <returns>What this alert does, and the episode from then on; one that opens or is missed begins a new one.</returns>
    public (Effect Effect, Episode Episode) Hear(in Heard heard)
    {
        var (effect, to) = Look(heard.Fires ? Word.Fires : Word.Ends, Of(heard.Key), heard)!.Value;
        return (effect, effect switch
        {
            Effect.Opened or Effect.Missed => None.With(heard, to),
            Effect.Updated or Effect.Reopened or Effect.Resumed or Effect.Resolving or Effect.Resolved => With(heard, to),
            _ => this,
        });
    }

    /// <summary>What isn't heard of an alert but found out, or said by a person.</summary>
    /// <param name="at">When, by our clock.</param>
    /// <param name="end">When what still fires has ended by that.</param>
    /// <returns>What it does, and the episode from then on; null where this word means nothing for where the incident stands.</returns>
    public (Effect Effect, Episode Episode)? Hear(Word word, DateTimeOffset at, DateTimeOffset end) => Look(word, null, default) switch
    {
        (Effect.Resolved, var to) => (Effect.Resolved, End(at, end) with { State = to }),
        (var effect, var to) => (effect, this with { State = to }),
        null => null,
    };

    (Effect Effect, IncidentState? To)? Look(Word word, Signal? own, in Heard heard)
    {
        foreach (var line in Table)
        {
            if (line.From == State && line.Word == word && line.Condition(this, own, heard))
                return (line.Effect, line.To);
        }
        return null;
    }

    /// <summary>Whatever fires counts as ended.</summary>
    Episode End(DateTimeOffset at, DateTimeOffset end) => this with
    {
        Signals = [.. Signals.Select(s => s.Fires ? s with { EndsAt = Later(s.LatestStart, end), EndHeardAt = at } : s)],
        EndHeardAt = at,
    };

    /// <param name="to">Where nothing fires any more. What fires is firing.</param>
    Episode With(in Heard heard, IncidentState? to)
    {
        var signals = Put(Renew(Of(heard.Key), heard));
        return signals.Any(s => s.Fires) ? new Episode(signals, IncidentState.Firing, null) : new Episode(signals, to, heard.At);
    }

    static Signal Renew(Signal? own, in Heard heard) => (heard.Fires, own) switch
    {
        (true, { Fires: true }) => own with { Severity = heard.Severity, StartsAt = Earlier(own.StartsAt, heard.StartsAt), LatestStart = Later(own.LatestStart, heard.StartsAt) },
        (true, _) => new Signal(heard.Key, heard.Severity, heard.StartsAt, heard.StartsAt, ValidUntil: own?.ValidUntil),
        (false, { Fires: true }) => own with { EndsAt = Later(own.StartsAt, heard.EndsAt), EndHeardAt = heard.At },
        (false, _) => new Signal(heard.Key, heard.Severity, heard.StartsAt, heard.StartsAt, Later(heard.StartsAt, heard.EndsAt), heard.At, own?.ValidUntil),
    };

    /// <summary>Where there is no room, one that has ended makes it; where all fire, the new one is not kept: the others hold the incident open.</summary>
    ImmutableArray<Signal> Put(Signal signal)
    {
        for (var i = 0; i < Signals.Length; i++)
        {
            if (Signals[i].Key == signal.Key)
                return Signals.SetItem(i, signal);
        }
        if (Signals.Length < MostSignals)
            return Signals.Add(signal);
        return Signals.FirstOrDefault(s => !s.Fires) is { } ended ? Signals.Replace(ended, signal) : Signals;
    }

    Signal? Of(string key)
    {
        foreach (var signal in Signals)
        {
            if (signal.Key == key)
                return signal;
        }
        return null;
    }

    static bool Always(Episode episode, Signal? own, in Heard heard) => true;

    static bool IsOlderThanItsRecentEnd(Episode episode, Signal? own, in Heard heard) =>
        !heard.Sure && own is { EndsAt: { } end, EndHeardAt: { } at } && heard.StartsAt <= end && heard.At - at <= Lateness;

    static bool HasEndedAlready(Episode episode, Signal? own, in Heard heard) => own is { EndsAt: { } end } && heard.StartsAt <= end;

    static bool EndedBeforeWhatFires(Episode episode, Signal? own, in Heard heard) => own is { Fires: true } && heard.EndsAt < own.LatestStart && heard.EndsAt != heard.At;

    static bool AnotherFires(Episode episode, Signal? own, in Heard heard)
    {
        foreach (var signal in episode.Signals)
        {
            if (signal.Fires && signal != own)
                return true;
        }
        return false;
    }

    static bool IsWithinReopenWindow(Episode episode, Signal? own, in Heard heard) => heard.At - episode.EndHeardAt <= ReopenWindow;

    static bool IsSure(Episode episode, Signal? own, in Heard heard) => heard.Sure;

    static bool BeganBeforeTheEnd(Episode episode, Signal? own, in Heard heard) => heard.StartsAt <= episode.EndsAt;

    static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}

static class IncidentStates
{
    /// <summary>Those of an incident that isn't over.</summary>
    public const string Open = "('firing', 'resolving', 'unverified')";

    /// <summary>Whether an incident isn't over.</summary>
    public static bool IsOpen(this IncidentState? state) => state is IncidentState.Firing or IncidentState.Resolving or IncidentState.Unverified;

    public static bool IsOpen(this IncidentState state) => IsOpen((IncidentState?)state);

    public static string Label(this IncidentState state) => state switch
    {
        IncidentState.Firing => "firing",
        IncidentState.Resolving => "resolving",
        IncidentState.Unverified => "unverified",
        IncidentState.Resolved => "resolved",
        _ => "missed",
    };

    public static IncidentState Of(string label) => label switch
    {
        "firing" => IncidentState.Firing,
        "resolving" => IncidentState.Resolving,
        "unverified" => IncidentState.Unverified,
        "resolved" => IncidentState.Resolved,
        _ => IncidentState.Missed,
    };
}
