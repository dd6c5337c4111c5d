using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>What is expected of the incidents of one series, written down as plainly as can be: with everything that was ever heard, and no thought for memory.</summary>
sealed class NaiveSeries
{
    readonly Dictionary<string, (Severity Severity, DateTimeOffset LatestStart, DateTimeOffset? End, DateTimeOffset EndHeard)> alerts = [];
    readonly bool asksForProof;
    DateTimeOffset? overSince;
    Severity before;

    public NaiveSeries(bool asksForProof) => this.asksForProof = asksForProof;

    /// <summary>While its end was told and is not proven: <c>resolving</c>, then <c>unverified</c>.</summary>
    public string? Doubt { get; private set; }

    public bool IsOpen => Fires || Doubt is not null;

    /// <summary>While its end is in doubt it is as urgent as it was.</summary>
    public Severity Severity => Doubt is not null ? before : alerts.Values.Where(a => a.End is null || !Fires).Min(a => a.Severity);

    bool Fires => alerts.Values.Any(a => a.End is null);

    public DateTimeOffset? RespondBy { get; private set; }

    /// <summary>How many pages are open, by their keys.</summary>
    public HashSet<string> Pages { get; } = [];

    public Effect Hear(string print, Severity severity, bool fires, DateTimeOffset start, DateTimeOffset end, DateTimeOffset now)
    {
        var known = alerts.TryGetValue(print, out var own);
        if (fires)
        {
            if (known && own.End is { } over && start <= over && now - own.EndHeard <= TimeSpan.FromMinutes(2))
                return Effect.Stale;
            var effect = Doubt is not null ? Effect.Resumed : alerts.Count == 0 || (overSince is { } since && now - since > TimeSpan.FromMinutes(5)) ? Effect.Opened : overSince is null ? Effect.Updated : Effect.Reopened;
            if (effect == Effect.Opened)
                Begin();
            var latest = known && effect != Effect.Opened && own.End is null && own.LatestStart > start ? own.LatestStart : start;
            alerts[print] = (severity, latest, null, default);
            (overSince, Doubt) = (null, null);
            Tighten(severity, start < now ? start : now);
            return effect;
        }
        if (!Fires)
        {
            if (alerts.Values.Any(a => start <= a.End))
                return Effect.Duplicate;
            if (Doubt is not null)
            {
                alerts[print] = (severity, start, end, now);
                return Effect.Updated;
            }
            Begin();
            alerts[print] = (severity, start, end, now);
            overSince = now;
            Tighten(severity, start < now ? start : now);
            return Effect.Missed;
        }
        if (known && (own.End is null ? end < own.LatestStart : start <= own.End))
            return Effect.Duplicate;
        var was = Severity;
        alerts[print] = (severity, known ? own.LatestStart : start, end, now);
        if (Fires)
            return Effect.Updated;
        if (asksForProof)
        {
            (Doubt, before) = ("resolving", was);
            return Effect.Resolving;
        }
        overSince = now;
        return Effect.Resolved;
    }

    /// <returns>What a word does that no alert says; null where it means nothing.</returns>
    public Effect? Hear(Word word, DateTimeOffset now)
    {
        if (!IsOpen || (word == Word.Proven && Doubt is null) || (word == Word.Overdue && Doubt != "resolving"))
            return null;
        if (word == Word.Overdue)
        {
            Doubt = "unverified";
            return Effect.Unverified;
        }
        foreach (var (print, alert) in alerts.Where(a => a.Value.End is null).ToList())
            alerts[print] = (alert.Severity, alert.LatestStart, alert.LatestStart > now ? alert.LatestStart : now, now);
        (Doubt, overSince) = (null, now);
        return Effect.Resolved;
    }

    void Begin()
    {
        alerts.Clear();
        RespondBy = null;
    }

    void Tighten(Severity severity, DateTimeOffset start)
    {
        DateTimeOffset? by = severity switch { Severity.Critical => start.AddMinutes(15), Severity.Warning => start.AddHours(1), _ => null };
        if (by is not null && (RespondBy is null || by < RespondBy))
            RespondBy = by;
    }
}
