using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts;

/// <summary>A destination of type <c>pagerduty</c>.</summary>
/// <param name="Url">Of the service region: https://events.pagerduty.com/v2/enqueue or https://events.eu.pagerduty.com/v2/enqueue.</param>
sealed record PagerDutyOptions(string Name, Uri Url, Secret RoutingKey);

/// <summary>The section <c>alerts</c>.</summary>
/// <param name="Store">Full path of the SQLite file.</param>
/// <param name="IgnoredLabels">Labels that only tell replicas apart and make no other incident.</param>
/// <param name="Levels">Names of the destinations of each level; those of the first hear of an incident at once.</param>
sealed record AlertsOptions(string Store, IReadOnlyList<string> IgnoredLabels, IReadOnlyList<PagerDutyOptions> PagerDuty, IReadOnlyList<IReadOnlyList<string>> Levels)
{
    /// <summary>The levels of <c>runbooks/README.md</c>.</summary>
    static readonly string[] LevelNames = ["L1", "L2", "L3", "L4"];

    static readonly Uri PagerDutyUrl = new("https://events.pagerduty.com/v2/enqueue");

    /// <param name="directory">Where the store is when the configuration does not say.</param>
    public static AlertsOptions Read(Section alerts, string directory)
    {
        var destinations = new List<PagerDutyOptions>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, section) in alerts.Named("destinations"))
        {
            names.Add(name);
            if (ReadDestination(name, section) is { } destination)
                destinations.Add(destination);
        }
        var levels = ReadLevels(alerts.Child("levels"), names);
        if (names.Count > 0 && levels[0].Count == 0)
            alerts.Refuse("levels", "gives L1 no destination, so nobody would be paged", $"add `levels: {{ L1: [{names.First()}] }}`");
        return new AlertsOptions(
            alerts.File("store") ?? Path.Combine(directory, "data", "verolux.db"),
            alerts.Has("ignored_labels") ? alerts.Texts("ignored_labels") : ["replica"],
            destinations, levels);
    }

    static IReadOnlyList<IReadOnlyList<string>> ReadLevels(Section section, IReadOnlySet<string> destinations)
    {
        var levels = LevelNames.Select(section.Texts).ToList();
        foreach (var (level, names) in LevelNames.Zip(levels))
        {
            foreach (var name in names.Where(name => !destinations.Contains(name)))
                section.Refuse(level, $"\"{name}\" is not a destination", "name one of alerts.destinations");
            foreach (var name in names.CountBy(name => name).Where(n => n.Value > 1))
                section.Refuse(level, $"\"{name.Key}\" is listed twice", "remove one of them");
        }
        return levels;
    }

    static PagerDutyOptions? ReadDestination(string name, Section section)
    {
        if (section.RequiredText("type", "pagerduty") is var type && type is not ("pagerduty" or ""))
            section.Refuse("type", $"\"{type}\" is not a kind of destination", "write pagerduty");
        var url = section.Url("url") ?? PagerDutyUrl;
        if (section.Secret("routing_key") is { } key)
            return new PagerDutyOptions(name, url, key);
        section.Refuse("routing_key_file", "is missing", "name the file that holds the integration's 32-character routing key");
        return null;
    }
}
