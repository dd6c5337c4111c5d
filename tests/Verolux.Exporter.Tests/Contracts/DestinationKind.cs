using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A kind of destination: how one is made, and its counterpart in the simulated site.</summary>
/// <param name="Path">Of the address that pages go to.</param>
/// <param name="Credential">What must never be told to anybody else.</param>
/// <param name="Delivered">How many pages the site has taken.</param>
sealed record DestinationKind(
    string Path,
    string Credential,
    Func<SiteHost, FaultPlan> Faults,
    Func<SiteHost, Journal<RecordedRequest>> Requests,
    Func<SiteHost, int> Delivered,
    Func<Uri, Secret, HttpClient, TimeProvider, IDestination> Make)
{
    public const string PagerDuty = "pagerduty";

    public static DestinationKind Of(string name) => name switch
    {
        PagerDuty => new DestinationKind(
            "/v2/enqueue", SiteHost.RoutingKey, site => site.PagerDuty.Faults, site => site.PagerDuty.Requests, site => site.PagerDuty.Accepted.Items.Count,
            (url, key, http, time) => new PagerDuty(name, url, key, http, time)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such kind of destination"),
    };
}
