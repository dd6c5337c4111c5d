using System.Text.RegularExpressions;

namespace Verolux.Exporter.Runbooks;

/// <summary>The newest value of one series.</summary>
/// <param name="Value">In the metric's base unit.</param>
/// <param name="Before">The value five minutes earlier; null where that is not known.</param>
sealed record Observation(string Metric, IReadOnlyList<KeyValuePair<string, string>> Labels, double Value, double? Before = null)
{
    /// <summary>A label's value; empty where there is no such label, as Prometheus has it.</summary>
    public string this[string label]
    {
        get
        {
            foreach (var (name, value) in Labels)
            {
                if (name == label)
                    return value;
            }
            return "";
        }
    }
}

/// <summary>
/// What is known at one moment about what an alert is about. An observation counts if every label that it shares with the alert has the same value there;
/// labels that only one of the two has don't matter. Where the alert says of which <c>kind</c> its target is (<c>postgres</c>, <c>redis</c>), what has the same
/// name and is of another kind is something else.
/// </summary>
sealed partial class Evidence
{
    const string Site = "site";
    const string Kind = "kind";
    readonly ILookup<string, Observation> observations;
    readonly ILookup<string, Observation> everything;
    readonly IReadOnlyDictionary<string, string> labels;

    /// <param name="observations">By metric; the same ones serve any number of alerts.</param>
    /// <param name="labels">The alert's.</param>
    /// <param name="now">Unix seconds.</param>
    public Evidence(ILookup<string, Observation> observations, IReadOnlyDictionary<string, string> labels, double now)
        : this(observations, observations, labels, now)
    {
    }

    Evidence(ILookup<string, Observation> observations, ILookup<string, Observation> everything, IReadOnlyDictionary<string, string> labels, double now) =>
        (this.observations, this.everything, this.labels, Now) = (observations, everything, labels, now);

    public double Now { get; }

    /// <summary>Whether a metric says how the looks of a slice went, from which <c>reason</c> is answered.</summary>
    public static bool IsHealth(string metric) => Health().IsMatch(metric);

    /// <summary>The observations of a metric that count.</summary>
    public IEnumerable<Observation> Of(string metric) => observations[metric].Where(Counts);

    /// <summary>
    /// How the looks at the alert's own target went: the observations of every slice's health that count and name a target, or its kind, as the alert does.
    /// Sharing the site alone is not enough, or a failing disk would tell why a camera fails.
    /// </summary>
    public IEnumerable<Observation> OfHealth() =>
        // All of a metric have labels of the same names, so the first tells whether any can be about what the alert names.
        observations.Where(metric => IsHealth(metric.Key) && metric.FirstOrDefault() is { } first && (first.Labels.Any(IsShared) || IsOfKind(first)))
            .SelectMany(metric => metric).Where(o => Counts(o) && (Named(o) || IsOfKind(o)));

    bool IsOfKind(Observation observation) => labels.GetValueOrDefault(Kind) == KindOf(observation.Metric);

    /// <summary>Whether the alert has a label of this name, beside the site's.</summary>
    bool IsShared(KeyValuePair<string, string> label) => label.Key != Site && labels.ContainsKey(label.Key);

    /// <summary>
    /// The evidence for each value of a label, whatever the alert says of that label: its neighbours. Observations without it are taken by that of their
    /// target's <c>_info</c>, and belong to every value where that has none either.
    /// </summary>
    /// <param name="isNamed">Which metrics matter.</param>
    public IEnumerable<Evidence> By(string label, Func<string, bool> isNamed)
    {
        // Neighbours are of any kind: one machine's PostgreSQL and Redis fail together.
        var lifted = new Evidence(observations, everything, labels.Where(l => l.Key != label && l.Key != Kind).ToDictionary(), Now);
        var (parts, shared, counted) = (new Dictionary<string, List<Observation>>(StringComparer.Ordinal), new List<Observation>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var metric in observations.Where(metric => isNamed(metric.Key)))
        {
            var labelled = Labelled(metric, label);
            foreach (var observation in metric.SelectMany(o => labelled(o).DefaultIfEmpty(o)))
            {
                if (observation[label] is not { Length: > 0 } value)
                {
                    shared.Add(observation);
                    continue;
                }
                if (!parts.TryGetValue(value, out var part))
                    parts[value] = part = [];
                // Those that don't count go along, because a count inside this one may lift what keeps them from counting.
                part.Add(observation);
                if (lifted.Counts(observation))
                    counted.Add(value);
            }
        }
        return counted.Select(value => new Evidence(
            parts[value].Concat(shared).ToLookup(o => o.Metric), everything, new Dictionary<string, string>(lifted.labels) { [label] = value }, Now));
    }

    /// <summary>Gives an observation of a metric the label that its target's <c>_info</c> carries: none, one, or more where that has just changed.</summary>
    Func<Observation, IEnumerable<Observation>> Labelled(IGrouping<string, Observation> metric, string label)
    {
        var infos = everything[InfoOf(metric.Key)].Where(info => info[label].Length > 0).ToList();
        // Of a family without a series, too, a snapshot has the name.
        if (infos.Count == 0 || metric.FirstOrDefault() is not { } first || first[label].Length > 0)
            return _ => [];
        var join = Join.Of(first.Labels, infos[0].Labels);
        var byKey = infos.ToLookup(info => join.KeyOf(info.Labels), info => info[label]);
        return observation => byKey[join.KeyOf(observation.Labels)].Distinct().Select(value => observation with { Labels = [.. observation.Labels, KeyValuePair.Create(label, value)] });
    }

    bool Counts(Observation observation)
    {
        if (double.IsNaN(observation.Value))
            return false;
        foreach (var (name, value) in observation.Labels)
        {
            // A label without a value is none.
            if (value.Length > 0 && labels.TryGetValue(name, out var wanted) && wanted != value)
                return false;
        }
        return !labels.TryGetValue(Kind, out var kind) || kind == KindOf(observation.Metric) || !Named(observation);
    }

    /// <summary>Whether it is about something that the alert names, beside the site.</summary>
    bool Named(Observation observation) => observation.Labels.Any(l => l.Value.Length > 0 && IsShared(l));

    static string KindOf(string metric) => Slice().Match(metric).Groups[1].Value;

    static string InfoOf(string metric) => Slice().Match(metric) is { Success: true } slice ? $"{slice.Value}info" : "";

    [GeneratedRegex("^verolux_[a-z]+_(?:up|probe_duration_seconds|failure)$")]
    private static partial Regex Health();

    [GeneratedRegex("^verolux_([a-z]+)_")]
    private static partial Regex Slice();
}
