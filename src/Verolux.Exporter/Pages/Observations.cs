using System.Globalization;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Pages;

/// <summary>Samples as runbooks weigh them.</summary>
static class Observations
{
    public static Observation Of(Sample sample, double? before = null) => new(sample.Family.Name, [.. sample.Family.Labels.Zip(sample.Labels, KeyValuePair.Create)], sample.Value, before);

    /// <summary>Holds a runbook against what is published: everything of the target, and of its neighbours what the runbook asks for.</summary>
    public static async Task<Weighing> WeighAsync(this Runbook runbook, Target target, string targetLabel, IEnumerable<Watched> neighbours, TimeProvider time)
    {
        var observations = new List<Observation>();
        var asked = new Dictionary<Family, bool>();
        foreach (var watched in neighbours)
        {
            var own = (watched.Watch.Target.Site, watched.Watch.Target.Name) == (target.Site, target.Name);
            foreach (var sample in await watched.ReadAsync())
            {
                if (!asked.TryGetValue(sample.Family, out var matters))
                    asked[sample.Family] = matters = sample.Family.Name.EndsWith("_info", StringComparison.Ordinal) || runbook.Scenarios.Any(s => s.When?.Names(sample.Family.Name) == true);
                if (own || matters)
                    observations.Add(Of(sample, watched.History?.Before(sample)));
            }
        }
        return runbook.Weigh(target, targetLabel, observations, time);
    }

    /// <summary>Holds a runbook against observations, as for an alert about this target.</summary>
    public static Weighing Weigh(this Runbook runbook, Target target, string targetLabel, IEnumerable<Observation> observations, TimeProvider time) =>
        runbook.Weigh(new Evidence(
            observations.ToLookup(o => o.Metric),
            new Dictionary<string, string> { ["site"] = target.Site, [targetLabel] = target.Name },
            time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0));

    /// <summary>A finding as people read it: the series, its value, and how long ago where it is a time.</summary>
    public static string Text(this Finding finding)
    {
        var labels = string.Join(",", finding.Observation.Labels.Where(l => l.Value.Length > 0).Select(l => $"{l.Key}=\"{l.Value}\""));
        var value = finding.Age is { } age
            ? string.Create(CultureInfo.InvariantCulture, $"was {age:0} s ago")
            : string.Create(CultureInfo.InvariantCulture, $"is {finding.Observation.Value:0.####}");
        return $"{finding.Observation.Metric}{{{labels}}} {value}";
    }
}
