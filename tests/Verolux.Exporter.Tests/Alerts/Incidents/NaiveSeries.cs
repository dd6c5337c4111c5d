using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>What is expected of the incidents of one series, written down as plainly as can be: with everything that was ever heard, and no thought for memory.</summary>
sealed class NaiveSeries
{
    readonly Dictionary<string, (Severity Severity, DateTimeOffset LatestStart, DateTimeOffset? End, DateTimeOffset EndHeard)> alerts = [];
    DateTimeOffset? overSince;

    public bool IsOpen => alerts.Values.Any(a => a.End is null);

    public Severity Severity => alerts.Values.Where(a => a.End is null || !IsOpen).Min(a => a.Severity);

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
            var effect = alerts.Count == 0 || (overSince is { } since && now - since > TimeSpan.FromMinutes(5)) ? Effect.Opened : overSince is null ? Effect.Updated : Effect.Reopened;
            if (effect == Effect.Opened)
                Begin();
            var latest = known && effect != Effect.Opened && own.End is null && own.LatestStart > start ? own.LatestStart : start;
            alerts[print] = (severity, latest, null, default);
            overSince = null;
            Tighten(severity, start < now ? start : now);
            return effect;
        }
        if (!IsOpen)
        {
            if (alerts.Values.Any(a => start <= a.End))
                return Effect.Duplicate;
            Begin();
            alerts[print] = (severity, start, end, now);
            overSince = now;
            Tighten(severity, start < now ? start : now);
            return Effect.Missed;
        }
        if (known && (own.End is null ? end < own.LatestStart : start <= own.End))
            return Effect.Duplicate;
        alerts[print] = (severity, known ? own.LatestStart : start, end, now);
        if (IsOpen)
            return Effect.Updated;
        overSince = now;
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
