using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Site.Slack;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

/// <summary>What becomes of a critical page while PagerDuty is down and Slack is not, over a real store and against their stand-ins.</summary>
[CancelAfter(60_000)]
public class FailOverTests
{
    const string Critical = """{"alertname":"DiskFull","path":"/recordings","severity":"critical"}""";

    Workbench bench = null!;
    SiteHost site = null!;
    Courier courier = null!;
    RunningReceiver receiver = null!;

    [SetUp]
    public async Task Start()
    {
        bench = new Workbench();
        site = await SiteHost.StartAsync(new PagerDutySite(bench.Time, SiteHost.RoutingKey), clock: bench.Time);
        courier = new Courier(null, TimeProvider.System);
        receiver = await StartAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        await receiver.DisposeAsync();
        courier.Dispose();
        await site.DisposeAsync();
        bench.Dispose();
    }

    [Test]
    public async Task A_critical_page_that_does_not_get_through_goes_to_Slack_as_well_and_so_does_its_end(CancellationToken cancellationToken)
    {
        site.PagerDuty.Faults.Always(Faults.Answer(503));
        await receiver.PostAsync(Bodies.Alert(Critical), Bodies.Alert("""{"alertname":"DiskFull","path":"/"}""", fingerprint: "w"));
        await receiver.UntilAsync(site.Slack.Posted.ItemAsync(1, cancellationToken));
        Assert.That(bench.Time.GetUtcNow() - Workbench.Now, Is.GreaterThanOrEqualTo(TimeSpan.FromMinutes(3)));
        Assert.That(site.Slack.Posted.Items[0].Text, Does.StartWith("CRITICAL [VX-"));
        await receiver.PostAsync(Bodies.Resolved(Critical));
        await receiver.UntilAsync(site.Slack.Posted.ItemAsync(2, cancellationToken));
        Assert.That(site.Slack.Posted.Items[1].Text, Does.StartWith("RESOLVED VX-"));
        Assert.That(site.Slack.Posted.Items[1].Thread, Is.EqualTo(site.Slack.Posted.Items[0].Timestamp), "in the thread of the first");
        site.PagerDuty.Faults.Clear();
        await receiver.UntilAsync(site.PagerDuty.Accepted.ItemAsync(3, cancellationToken));
        Assert.That(site.PagerDuty.Alerts.Select(a => a.State), Is.EquivalentTo([AlertState.Resolved, AlertState.Triggered]));
        Assert.That(receiver.Store.Rows("SELECT destination, action, failover_of FROM outbox WHERE severity = 'critical' ORDER BY id"), Is.EqualTo(new[]
        {
            "pagerduty|trigger|", "slack|trigger|1", "pagerduty|resolve|", "slack|resolve|",
        }));
        Assert.That(site.Slack.Posted.Items, Has.Count.EqualTo(2), "a warning waits for PagerDuty");
    }

    [Test]
    public async Task A_restart_neither_forgets_nor_repeats_it(CancellationToken cancellationToken)
    {
        site.PagerDuty.Faults.Always(Faults.Answer(503));
        await receiver.PostAsync(Bodies.Alert(Critical));
        await site.PagerDuty.Requests.ItemAsync(1, cancellationToken);
        await receiver.DisposeAsync();
        Assert.That(site.Slack.Posted.Items, Is.Empty);
        bench.Time.Advance(TimeSpan.FromMinutes(5));
        receiver = await StartAsync();
        await receiver.UntilAsync(site.Slack.Posted.ItemAsync(1, cancellationToken));
        await receiver.DisposeAsync();
        receiver = await StartAsync();
        var before = site.PagerDuty.Requests.Items.Count;
        await receiver.UntilAsync(site.PagerDuty.Requests.ItemAsync(before + 3, cancellationToken));
        Assert.That(receiver.Store.Rows("SELECT count(*) FROM outbox WHERE destination = 'slack'"), Is.EqualTo(["1"]));
    }

    [Test]
    public async Task What_PagerDuty_refuses_goes_to_Slack_at_once(CancellationToken cancellationToken)
    {
        site.PagerDuty.Faults.Always(Faults.Answer(400));
        await receiver.PostAsync(Bodies.Alert(Critical));
        // Before any time passes: what is on its way for three minutes goes to Slack as well.
        await Eventually.FoundAsync("the refusal", () => receiver.Store.Rows("SELECT destination, state FROM outbox") is ["pagerduty|dead"] ? receiver : null, cancellationToken);
        await receiver.UntilAsync(site.Slack.Posted.ItemAsync(1, cancellationToken));
        Assert.That(bench.Log.Warnings, Has.One.Contains("does not get through and goes to slack as well"));
    }

    Task<RunningReceiver> StartAsync() => RunningReceiver.StartAsync(
        bench,
        [
            new PagerDuty("pagerduty", new Uri($"{site.Url}/v2/enqueue"), bench.SecretOf(SiteHost.RoutingKey), courier, new PagerDutyLimits(), bench.Time),
            new Slack(new SlackOptions("slack", null, null, bench.SecretOf(SlackSite.Token, "token"), SlackSite.Channel, new Uri($"{site.Url}/api/")), courier),
        ],
        "pagerduty");
}
