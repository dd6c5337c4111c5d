using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Triage;

/// <summary>
/// What the watches publish, by metric. Each watch is read once, when somebody first asks for a metric that it may publish, and a metric's observations are made
/// then, too: of a large site a runbook names little, and whoever asks is often the writing task, which every alert waits for.
/// </summary>
sealed class Snapshot(Roster roster) : ILookup<string, Observation>
{
    readonly Dictionary<Watched, IReadOnlyList<Sample>> read = [];
    readonly Dictionary<string, Observation[]> made = new(StringComparer.Ordinal);
    readonly Lock making = new();

    public int Count => roster.Metrics.Count;

    public IEnumerable<Observation> this[string key]
    {
        get
        {
            lock (making)
                return made.TryGetValue(key, out var known) ? known : made[key] = [.. Make(key)];
        }
    }

    public bool Contains(string key) => this[key].Any();

    public IEnumerator<IGrouping<string, Observation>> GetEnumerator() => roster.Metrics.Select(name => new Metric(this, name)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    IEnumerable<Observation> Make(string metric)
    {
        foreach (var watched in roster.Publishing(metric))
        {
            foreach (var sample in Read(watched))
            {
                if (sample.Family.Name == metric)
                    yield return Observations.Of(sample, watched.History?.Before(sample));
            }
        }
    }

    IReadOnlyList<Sample> Read(Watched watched) => read.TryGetValue(watched, out var samples) ? samples : read[watched] = watched.Read();

    /// <summary>The first that is made, which costs little where all of them would cost much.</summary>
    Observation? First(string metric)
    {
        lock (making)
            return made.TryGetValue(metric, out var known) ? known.FirstOrDefault() : Make(metric).FirstOrDefault();
    }

    [SuppressMessage("Naming", "CA1710", Justification = "a metric is not a collection to those who read this")]
    sealed class Metric(Snapshot snapshot, string name) : IGrouping<string, Observation>
    {
        public string Key => name;

        public IEnumerator<Observation> GetEnumerator()
        {
            // Whoever only wants to know what its labels are asks for no more.
            if (snapshot.First(name) is not { } first)
                yield break;
            yield return first;
            foreach (var rest in snapshot[name].Skip(1))
                yield return rest;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
