using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Slack;
using Verolux.Exporter.Site.Webhook;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A kind of destination: how one is made, and its counterpart in the simulated site.</summary>
/// <param name="Path">Of the address that pages go to.</param>
/// <param name="Credential">What must never be told to anybody else.</param>
/// <param name="Delivered">How many pages the site has taken.</param>
/// <param name="Make">Makes one for an address, with the file of its secret.</param>
sealed record DestinationKind(
    string Path,
    string Credential,
    Func<SiteHost, FaultPlan> Faults,
    Func<SiteHost, Journal<RecordedRequest>> Requests,
    Func<SiteHost, int> Delivered,
    Func<Uri, Secret, Courier, TimeProvider, IDestination> Make)
{
    public const string PagerDuty = "pagerduty";
    public const string SlackWebhook = "slack webhook";
    public const string SlackApp = "slack app";
    public const string Webhook = "webhook";

    /// <summary>What its secret's file holds, where it is reached at this address.</summary>
    public Func<Uri, string> Secret { get; init; } = _ => "";

    /// <summary>Whether every 2xx is its OK.</summary>
    public bool TakesAnyOk { get; init; }

    /// <summary>What in the pages that the site has taken would call somebody or lead somewhere that is not meant.</summary>
    public Func<SiteHost, IEnumerable<string>> Harm { get; init; } = _ => [];

    public static DestinationKind Of(string name) => name switch
    {
        PagerDuty => new DestinationKind(
            "/v2/enqueue", SiteHost.RoutingKey, site => site.PagerDuty.Faults, site => site.PagerDuty.Requests, site => site.PagerDuty.Accepted.Items.Count,
            (url, key, courier, time) => new PagerDuty(name, url, key, courier, new PagerDutyLimits(), time))
        {
            Secret = _ => SiteHost.RoutingKey,
        },
        SlackWebhook => new DestinationKind(
            SlackSite.WebhookPath, SlackSite.WebhookSecret, site => site.Slack.Faults, site => site.Slack.Requests, site => site.Slack.Posted.Items.Count,
            (_, secret, courier, _) => new Slack(new SlackOptions(name, null, secret, null, "", new Uri("http://unused/")), courier))
        {
            Secret = url => url.ToString(),
            Harm = Controls,
        },
        SlackApp => new DestinationKind(
            "/api/", SlackSite.Token, site => site.Slack.Faults, site => site.Slack.Requests, site => site.Slack.Posted.Items.Count,
            (url, secret, courier, _) => new Slack(new SlackOptions(name, null, null, secret, SlackSite.Channel, url), courier))
        {
            Secret = _ => SlackSite.Token,
            Harm = Controls,
        },
        Webhook => new DestinationKind(
            WebhookSite.Path, WebhookSite.Secret, site => site.Webhook.Faults, site => site.Webhook.Requests, site => site.Webhook.Accepted.Items.Count,
            (url, secret, courier, time) => new Webhook(name, url, secret, courier, time))
        {
            Secret = _ => WebhookSite.Secret,
            TakesAnyOk = true,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such kind of destination"),
    };

    /// <summary>Links of ours are meant.</summary>
    static IEnumerable<string> Controls(SiteHost site) => site.Slack.Posted.Items.SelectMany(m => m.Controls).Where(c => !c.StartsWith("<http://exporter/", StringComparison.Ordinal));
}
