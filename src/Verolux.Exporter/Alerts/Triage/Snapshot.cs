using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Triage;

/// <summary>
/// Everything that the watches publish, as of one moment and by metric. A metric's observations are made when somebody first asks for them: of a large site's
/// series a runbook names a few.
/// </summary>
/// <param name="published">All of the same moment.</param>
sealed class Snapshot(IReadOnlyList<PublishedBy> published) : ILookup<string, Observation>
{
    readonly Dictionary<string, Observation[]> made = new(StringComparer.Ordinal);
    readonly Lock making = new();
    string[]? names;

    public int Count => Names.Count;

    public IEnumerable<Observation> this[string key]
    {
        get
        {
            lock (making)
                return made.TryGetValue(key, out var known) ? known : made[key] = [.. Make(key)];
        }
    }

    public bool Contains(string key) => Names.Contains(key);

    public IEnumerator<IGrouping<string, Observation>> GetEnumerator() => Names.Select(name => new Metric(this, name)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    IReadOnlyList<string> Names
    {
        get
        {
            lock (making)
                return names ??= [.. published.SelectMany(p => p.Samples).Select(s => s.Family).Distinct().Select(f => f.Name).Distinct(StringComparer.Ordinal)];
        }
    }

    IEnumerable<Observation> Make(string metric)
    {
        foreach (var (watched, samples) in published)
        {
            foreach (var sample in samples)
            {
                if (sample.Family.Name == metric)
                    yield return Observations.Of(sample, watched.History?.Before(sample));
            }
        }
    }

    [SuppressMessage("Naming", "CA1710", Justification = "a metric is not a collection to those who read this")]
    sealed class Metric(Snapshot snapshot, string name) : IGrouping<string, Observation>
    {
        public string Key => name;

        public IEnumerator<Observation> GetEnumerator() => snapshot[name].GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
