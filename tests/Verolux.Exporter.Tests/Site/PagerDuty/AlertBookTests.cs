using NUnit.Framework;
using Verolux.Exporter.Site.PagerDuty;

namespace Verolux.Exporter.Tests.Site.PagerDuty;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class AlertBookTests
{
    readonly AlertBook book = new();

    [Test]
    public void A_trigger_opens_an_alert_and_a_further_one_is_merged_into_it()
    {
        Assert.That(Apply("trigger"), Is.EqualTo(Effect.Opened));
        Assert.That(Apply("trigger"), Is.EqualTo(Effect.Merged));
        Assert.That(book.Alerts, Is.EqualTo([new Alert("key", "a", AlertState.Triggered, 2)]));
    }

    [Test]
    public void A_further_trigger_leaves_an_acknowledged_alert_acknowledged()
    {
        Apply("trigger");
        Assert.That(Apply("acknowledge"), Is.EqualTo(Effect.Acknowledged));
        Apply("trigger");
        Assert.That(book.Alerts, Is.EqualTo([new Alert("key", "a", AlertState.Acknowledged, 2)]));
    }

    [TestCase("acknowledge")]
    [TestCase("resolve")]
    public void Without_an_open_alert_what_follows_is_dropped(string action)
    {
        Assert.That(Apply(action), Is.EqualTo(Effect.Dropped));
        Apply("trigger");
        Assert.That(Apply("resolve"), Is.EqualTo(Effect.Resolved));
        Assert.That(Apply(action), Is.EqualTo(Effect.Dropped));
    }

    [Test]
    public void A_resolve_through_another_routing_key_is_dropped()
    {
        Apply("trigger");
        Assert.That(book.Apply("other", "a", "resolve"), Is.EqualTo(Effect.Dropped));
        Assert.That(book.Alerts.Single().State, Is.EqualTo(AlertState.Triggered));
    }

    [Test]
    public void A_trigger_after_the_resolve_opens_a_new_alert()
    {
        Apply("trigger");
        Apply("resolve");
        Assert.That(Apply("trigger"), Is.EqualTo(Effect.Opened));
        Assert.That(book.Alerts.Select(a => a.State), Is.EqualTo([AlertState.Resolved, AlertState.Triggered]));
    }

    Effect Apply(string action) => book.Apply("key", "a", action);
}
