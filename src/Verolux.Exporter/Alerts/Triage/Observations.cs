using System.Globalization;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Triage;

/// <summary>Samples as runbooks weigh them, and findings as people read them.</summary>
static class Observations
{
    public static Observation Of(Sample sample, double? before = null) => new(sample.Family.Name, [.. sample.Family.Labels.Zip(sample.Labels, KeyValuePair.Create)], sample.Value, before);

    /// <summary>Holds a runbook against observations, as for an alert about this target.</summary>
    public static Weighing Weigh(this Runbook runbook, Target target, string targetLabel, ILookup<string, Observation> observations, DateTimeOffset now) => runbook.Weigh(new Evidence(
        observations, new Dictionary<string, string> { ["site"] = target.Site, [targetLabel] = target.Name }, now.ToUnixTimeMilliseconds() / 1000.0));

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
