using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Alerts.Drills;

/// <summary>What a drill goes through, in this order.</summary>
/// <param name="Destinations">Names of all that are configured, and the host and port of those that have one that may be told.</param>
/// <param name="PublicUrl">Where others reach the exporter; ends with a slash.</param>
sealed record DrillPath(
    string Site,
    Uri PublicUrl,
    IReadOnlyList<Alertmanager> Alertmanagers,
    AlertReader Reader,
    Intake.Intake Intake,
    Store Store,
    Responder Responder,
    IReadOnlyDictionary<string, string?> Destinations)
{
    /// <summary>Where a destination is, for people; null where the address is a secret.</summary>
    public static string? HostOf(DestinationOptions? destination) => destination switch
    {
        PagerDutyOptions pagerDuty => pagerDuty.Url.Authority,
        WebhookOptions webhook => webhook.Url.Authority,
        SlackOptions { Token: not null } app => app.Api.Authority,
        _ => null,
    };
}
