using System.Collections.Immutable;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>What an alert did to the incidents.</summary>
enum Effect
{
    Opened,

    /// <summary>It goes on: a repeat, another severity beside the one that fires, or the end of one of several.</summary>
    Updated,

    /// <summary>It fires again so soon after its end that it is the same incident.</summary>
    Reopened,

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
sealed record Signal(string Key, Severity Severity, DateTimeOffset StartsAt, DateTimeOffset LatestStart, DateTimeOffset? EndsAt = null, DateTimeOffset? EndHeardAt = null)
{
    public bool Fires => EndsAt is null;
}

/// <summary>One alert as it was heard.</summary>
/// <param name="StartsAt">By the sender's clock, which is compared with itself alone.</param>
/// <param name="EndsAt">Of a resolve; by the sender's clock too, and <paramref name="At"/> where it gave none.</param>
/// <param name="At">When, by our clock.</param>
readonly record struct Heard(string Key, Severity Severity, bool Fires, DateTimeOffset StartsAt, DateTimeOffset EndsAt, DateTimeOffset At);

/// <summary>
/// What was heard of one series from its first alert to its end: a value that each alert makes a new one of. Alertmanager is at-least-once for the state of
/// groups, not for events: alerts come again and again, from several of them in any order, and their starts move either way.
/// </summary>
/// <param name="Signals">At most <see cref="MostSignals"/>; none before the first alert.</param>
/// <param name="EndHeardAt">When the end of the last one was heard; null while any fires.</param>
sealed record Episode(ImmutableArray<Signal> Signals, DateTimeOffset? EndHeardAt)
{
    public const int MostSignals = 64;

    /// <summary>How soon after its end an alert that fires again is the same incident.</summary>
    public static readonly TimeSpan ReopenWindow = TimeSpan.FromMinutes(5);

    /// <summary>How much later than an end word of the time before it may come, which means nothing any more. Whatever still says so later than that is believed.</summary>
    public static readonly TimeSpan Lateness = TimeSpan.FromMinutes(2);

    public static readonly Episode None = new([], null);

    /// <summary>All there is to decide. Of the lines for what is, and for what was heard, the first that holds counts.</summary>
    static readonly (State State, bool Fires, Condition Condition, Effect Effect)[] Table =
    [
        (State.None, true, Always, Effect.Opened),
        (State.None, false, Always, Effect.Missed),

        (State.Open, true, IsOlderThanItsRecentEnd, Effect.Stale),
        (State.Open, true, Always, Effect.Updated),
        (State.Open, false, HasEndedAlready, Effect.Duplicate),
        (State.Open, false, EndedBeforeWhatFires, Effect.Duplicate),
        (State.Open, false, AnotherFires, Effect.Updated),
        (State.Open, false, Always, Effect.Resolved),

        (State.Ended, true, IsOlderThanItsRecentEnd, Effect.Stale),
        (State.Ended, true, IsWithinReopenWindow, Effect.Reopened),
        (State.Ended, true, Always, Effect.Opened),
        (State.Ended, false, BeganBeforeTheEnd, Effect.Duplicate),
        (State.Ended, false, Always, Effect.Missed),
    ];

    enum State
    {
        None,
        Open,
        Ended,
    }

    /// <param name="own">The signal that the alert is one of; null where it is new.</param>
    delegate bool Condition(Episode episode, Signal? own, in Heard heard);

    public bool IsOpen => Now == State.Open;

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
    public Severity Severity => (IsOpen ? Signals.Where(s => s.Fires) : Signals).Min(s => s.Severity);

    /// <summary>When what ended last did; null while any fires.</summary>
    public DateTimeOffset? EndsAt => EndHeardAt is null ? null : Signals.Max(s => s.EndsAt);

    State Now => Signals.IsEmpty ? State.None : EndHeardAt is null ? State.Open : State.Ended;

    /// <returns>What this alert does, and the episode from then on; one that opens or is missed begins a new one.</returns>
    public (Effect Effect, Episode Episode) Hear(in Heard heard)
    {
        var own = Of(heard.Key);
        var state = Now;
        foreach (var (when, fires, condition, effect) in Table)
        {
            if (when == state && fires == heard.Fires && condition(this, own, heard))
                return (effect, After(effect, heard));
        }
        throw new InvalidOperationException("unreachable: each state has a line that always holds");
    }

    /// <summary>Ended by hand: whatever fires counts as ended.</summary>
    public Episode End(DateTimeOffset at) => new([.. Signals.Select(s => s.Fires ? s with { EndsAt = Later(s.LatestStart, at), EndHeardAt = at } : s)], at);

    Episode After(Effect effect, in Heard heard) => effect switch
    {
        Effect.Opened or Effect.Missed => None.With(heard),
        Effect.Updated or Effect.Reopened or Effect.Resolved => With(heard),
        _ => this,
    };

    Episode With(in Heard heard)
    {
        var signals = Put(Renew(Of(heard.Key), heard));
        return new Episode(signals, signals.Any(s => s.Fires) ? null : heard.At);
    }

    static Signal Renew(Signal? own, in Heard heard) => (heard.Fires, own) switch
    {
        (true, { Fires: true }) => own with { Severity = heard.Severity, StartsAt = Earlier(own.StartsAt, heard.StartsAt), LatestStart = Later(own.LatestStart, heard.StartsAt) },
        (true, _) => new Signal(heard.Key, heard.Severity, heard.StartsAt, heard.StartsAt),
        (false, { Fires: true }) => own with { EndsAt = Later(own.StartsAt, heard.EndsAt), EndHeardAt = heard.At },
        (false, _) => new Signal(heard.Key, heard.Severity, heard.StartsAt, heard.StartsAt, Later(heard.StartsAt, heard.EndsAt), heard.At),
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
        own is { EndsAt: { } end, EndHeardAt: { } at } && heard.StartsAt <= end && heard.At - at <= Lateness;

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

    static bool BeganBeforeTheEnd(Episode episode, Signal? own, in Heard heard) => heard.StartsAt <= episode.EndsAt;

    static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
