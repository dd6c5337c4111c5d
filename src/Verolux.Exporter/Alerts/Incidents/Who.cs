namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>Where somebody acts on an incident: the label <c>source</c> of <c>verolux_acks_total</c>.</summary>
enum Source
{
    Api,
    Page,
    PagerDuty,

    /// <summary>The command line.</summary>
    Command,

    /// <summary>A silence at Alertmanager.</summary>
    Silence,
}

/// <summary>Somebody who acts.</summary>
/// <param name="Name">As they say, or as their tool says; it comes from outside.</param>
/// <param name="Destination">The destination that told us, which need not be told back; null where none did.</param>
sealed record Who(string Name, Source Source, string? Destination = null);

static class SourceNames
{
    public static string Label(this Source source) => source switch
    {
        Source.Api => "api",
        Source.Page => "page",
        Source.PagerDuty => "pagerduty",
        Source.Silence => "silence",
        _ => "command",
    };
}
