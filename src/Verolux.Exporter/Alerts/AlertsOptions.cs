using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts;

/// <summary>A destination of type <c>pagerduty</c>.</summary>
/// <param name="Url">Of the service region: https://events.pagerduty.com/v2/enqueue or https://events.eu.pagerduty.com/v2/enqueue.</param>
sealed record PagerDutyOptions(string Name, Uri Url, Secret RoutingKey);

/// <summary>The section <c>alerts</c>.</summary>
/// <param name="Store">Full path of the SQLite file.</param>
/// <param name="IgnoredLabels">Labels that only tell replicas apart and make no other incident.</param>
/// <param name="FirstLevel">Names of the destinations that hear of an incident at once.</param>
sealed record AlertsOptions(string Store, IReadOnlyList<string> IgnoredLabels, IReadOnlyList<PagerDutyOptions> PagerDuty, IReadOnlyList<string> FirstLevel)
{
    static readonly Uri PagerDutyUrl = new("https://events.pagerduty.com/v2/enqueue");

    /// <param name="directory">Where the store is when the configuration does not say.</param>
    public static AlertsOptions Read(Section alerts, string directory)
    {
        var destinations = new List<PagerDutyOptions>();
        foreach (var (name, section) in alerts.Named("destinations"))
        {
            if (ReadDestination(name, section) is { } destination)
                destinations.Add(destination);
        }
        var levels = alerts.Child("levels");
        var first = levels.Texts("L1");
        foreach (var name in first.Where(name => !destinations.Exists(d => d.Name == name)))
            levels.Refuse("L1", $"\"{name}\" is not a destination", "name one of alerts.destinations");
        if (destinations.Count > 0 && first.Count == 0)
            alerts.Refuse("levels", "gives L1 no destination, so nobody would be paged", $"add `levels: {{ L1: [{destinations[0].Name}] }}`");
        return new AlertsOptions(
            alerts.File("store") ?? Path.Combine(directory, "data", "verolux.db"),
            alerts.Has("ignored_labels") ? alerts.Texts("ignored_labels") : ["replica"],
            destinations, first);
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
