using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Triage;

/// <summary>
/// What the exporter half knows of what an alert is about, held against the alert's runbook: a page then says what is wrong, and which scenario to open.
/// </summary>
sealed class Triage(CollectorLoop loop, TimeProvider time, ILogger<Triage> logger)
{
    /// <summary>What was looked at longer ago is worth another look before somebody is woken over it.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>In an alert storm all alerts of a second share one reading of the site.</summary>
    static readonly TimeSpan Shared = TimeSpan.FromSeconds(1);

    Known last = Known.Nothing;
    Roster roster = new([]);

    /// <summary>What is known at this moment, or was within the last second.</summary>
    public Known Recent()
    {
        var known = last;
        // Neither from before nor, where the clock was set back, from after.
        return (time.GetUtcNow() - known.At).Duration() < Shared ? known : last = Read();
    }

    /// <summary>What is known at this very moment.</summary>
    public Known Read()
    {
        var (known, watches) = (roster, loop.Watches);
        if (!ReferenceEquals(known.Watches, watches))
            roster = known = new Roster(watches);
        return new Known(known, time.GetUtcNow(), logger);
    }
}

/// <summary>What was known at one moment.</summary>
/// <param name="logger">Is told of a fault of ours; null for what knows nothing.</param>
sealed partial class Known(Roster roster, DateTimeOffset at, ILogger? logger)
{
    const string Site = "site";
    const string Kind = "kind";
    readonly Snapshot snapshot = new(roster);

    public static Known Nothing { get; } = new(new Roster([]), DateTimeOffset.MinValue, null);

    public DateTimeOffset At => at;

    /// <summary>Holds a runbook against what was known about an alert.</summary>
    /// <param name="labels">The alert's.</param>
    public Verdict Weigh(Runbook runbook, IReadOnlyDictionary<string, string> labels) => new(
        Tried(runbook, () => runbook.Weigh(new Evidence(snapshot, labels, at.ToUnixTimeMilliseconds() / 1000.0))),
        [.. Targets(labels).Select(w => (Watched: w, w.Newest)).Where(w => w.Newest is not null).Select(w => new Looked(w.Watched.Slice, w.Watched.Name, w.Newest!))],
        at);

    /// <summary>The same for a target of ours that nobody has alerted about.</summary>
    public Weighing Weigh(Runbook runbook, Target target, string targetLabel) => Tried(runbook, () => runbook.Weigh(target, targetLabel, snapshot, at));

    /// <summary>A fault of ours in what only explains an alert must never keep the alert itself from the disk: nothing is known then.</summary>
    Weighing Tried(Runbook runbook, Func<Weighing> weigh)
    {
        try
        {
            return weigh();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            if (logger is not null)
                Log.Fault(logger, runbook.Name, error.GetType().FullName, error.StackTrace);
            return new Weighing([.. runbook.Scenarios.Select(s => new WeighedScenario(s, Answer.Unknown, []))]);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Holding {Runbook} against what is measured failed by a fault of the exporter, so no scenario is known to fit: {Exception}\n{Trace}")]
        public static partial void Fault(ILogger logger, string runbook, string? exception, string? trace);
    }

    /// <summary>Those of the alert's own watches that say whether the target is up and did not do so within <see cref="Triage.Fresh"/>.</summary>
    public IReadOnlyList<Watched> Stale(IReadOnlyDictionary<string, string> labels) =>
        [.. Targets(labels).Where(w => w.Watch.DecidesUp && w.Watch.Interval != Watch.Never && !(at - w.Newest?.At <= Triage.Fresh))];

    /// <summary>Whether there are any.</summary>
    public bool IsStale(IReadOnlyDictionary<string, string> labels) => Stale(labels).Count > 0;

    /// <summary>The watches of what the alert names: the same site, and the target by its own label (<c>camera</c>, <c>server</c>, …).</summary>
    public IEnumerable<Watched> Targets(IReadOnlyDictionary<string, string> labels) => labels.SelectMany(l => roster.Of(l.Key, l.Value)).Where(w =>
        (!labels.TryGetValue(Site, out var site) || site == w.Watch.Target.Site)
        && (!labels.TryGetValue(Kind, out var kind) || kind == w.Slice));
}

/// <summary>The newest look at the alert's own target.</summary>
/// <param name="Slice">Such as <c>camera</c>.</param>
/// <param name="Name">The target's name, and which of its watches it is where it has several.</param>
sealed record Looked(string Slice, string Name, Seen Seen);

/// <summary>What became of holding an alert against its runbook.</summary>
/// <param name="Looks">At its own target; none where the alert is not about one that is watched.</param>
/// <param name="At">As of when.</param>
sealed record Verdict(Weighing Weighing, IReadOnlyList<Looked> Looks, DateTimeOffset At)
{
    /// <summary>The likeliest scenario's, which is its anchor on the runbook's page; null where none is known to hold.</summary>
    public string? Scenario => Weighing.Likeliest?.Scenario.Id;

    /// <summary>What the likeliest scenario rests on; where none is known to hold, all that was found.</summary>
    public IReadOnlyList<Finding> Findings => Weighing.Likeliest?.Findings ?? [.. Weighing.Scenarios.SelectMany(s => s.Findings).Distinct().Take(Runbooks.Scenario.MostFindings)];
}
