using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Alerts.Triage;

/// <summary>Who is watched, found by what an alert and a runbook say: made once for a set of watches, which changes with the configuration and with what is found.</summary>
sealed class Roster
{
    readonly ILookup<(string Label, string Name), Watched> byTarget;
    readonly ILookup<string, Watched[]> byMetric;

    public Roster(IReadOnlyCollection<Watched> watches)
    {
        Watches = watches;
        byTarget = watches.ToLookup(w => (w.Collector.TargetLabel, w.Watch.Target.Name));
        byMetric = watches.GroupBy(w => w.Collector)
            .SelectMany(g => new Health(g.Key).Families.Concat(g.Key.Families).Select(f => f.Name).Distinct().Select(name => (Name: name, Watches: g.ToArray())))
            .ToLookup(m => m.Name, m => m.Watches);
        Metrics = [.. byMetric.Select(m => m.Key)];
    }

    public IReadOnlyCollection<Watched> Watches { get; }

    /// <summary>The metrics that any of them may publish.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>The watches of a target.</summary>
    /// <param name="label">What names it: <c>camera</c>, <c>server</c>, …</param>
    public IEnumerable<Watched> Of(string label, string name) => byTarget[(label, name)];

    /// <summary>Those that may publish a metric.</summary>
    public IEnumerable<Watched> Publishing(string metric) => byMetric[metric].SelectMany(watches => watches);
}
