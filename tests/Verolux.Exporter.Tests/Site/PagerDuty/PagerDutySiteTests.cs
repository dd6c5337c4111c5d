using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;

namespace Verolux.Exporter.Tests.Site.PagerDuty;

public class PagerDutySiteTests
{
    const string OtherKey = "ffffffffffffffffffffffffffffffff";

    [Test, CancelAfter(30_000)]
    public async Task Accepted_events_can_be_awaited_one_after_the_other(CancellationToken cancellationToken)
    {
        await using var sender = await Sender.StartAsync();
        var first = sender.Site.PagerDuty.NextAsync(cancellationToken);
        Assert.That(first.IsCompleted, Is.False);
        await sender.AnswerAsync(Sender.Trigger());
        await sender.AnswerAsync(Sender.Follow("resolve"));
        var second = await sender.Site.PagerDuty.Accepted.ItemAsync(2, cancellationToken);

        Assert.That((await first).Summary, Is.EqualTo("camera offline"));
        Assert.That((await first).Json.GetProperty("payload").GetProperty("source").GetString(), Is.EqualTo("gate_a1"));
        Assert.That(second.Effect, Is.EqualTo(Effect.Resolved));
        Assert.That(await sender.Site.PagerDuty.NextAsync(cancellationToken), Is.SameAs(second));
    }

    [Test]
    public async Task A_dropped_event_is_answered_with_202_all_the_same()
    {
        await using var sender = await Sender.StartAsync();
        Assert.That((await sender.AnswerAsync(Sender.Follow("resolve"))).Status, Is.EqualTo(202));
        Assert.That(sender.Site.PagerDuty.Accepted.Items.Single().Effect, Is.EqualTo(Effect.Dropped));
        Assert.That(sender.Site.PagerDuty.Alerts, Is.Empty);
    }

    [Test]
    public async Task Every_request_is_recorded_with_its_time_and_answer()
    {
        var clock = new FakeTimeProvider();
        await using var sender = await Sender.StartAsync(new PagerDutySite(clock, SiteHost.RoutingKey));
        await sender.AnswerAsync(Sender.Trigger());
        clock.Advance(TimeSpan.FromSeconds(5));
        (await sender.PostAsync("{"u8.ToArray())).Dispose();

        Assert.That(sender.Site.PagerDuty.Requests.Items.Select(r => r.Status), Is.EqualTo([202, 400]));
        Assert.That(sender.Site.PagerDuty.Requests.Items[1].Body, Is.EqualTo("{"));
        Assert.That(sender.Site.PagerDuty.Requests.Items[1].At, Is.EqualTo(clock.GetUtcNow()));
    }

    [Test]
    public async Task More_than_120_calls_in_60_seconds_are_refused_per_routing_key()
    {
        var clock = new FakeTimeProvider();
        await using var sender = await Sender.StartAsync(new PagerDutySite(clock, SiteHost.RoutingKey, OtherKey));
        await SendAsync(sender, 1, 202);
        clock.Advance(TimeSpan.FromSeconds(59));
        await SendAsync(sender, 119, 202);
        await SendAsync(sender, 2, 429);
        Assert.That((await sender.AnswerAsync(Sender.Trigger(change: e => e["routing_key"] = OtherKey))).Status, Is.EqualTo(202));

        // The window slides: the first call has left it, and the refused ones were never in it.
        clock.Advance(TimeSpan.FromSeconds(1));
        await SendAsync(sender, 1, 202);
        await SendAsync(sender, 1, 429);
        Assert.That(sender.Site.PagerDuty.Alerts[0].Occurrences, Is.EqualTo(121));
    }

    [Test]
    public void An_accepted_event_is_one_line_for_people()
    {
        var json = System.Text.Json.JsonElement.Parse("""{"payload":{"summary":"camera\noffline","severity":"critical"}}""");
        var accepted = new AcceptedEvent(new DateTimeOffset(2026, 11, 24, 10, 0, 5, TimeSpan.Zero), OtherKey, "trigger", "vx1-a", Effect.Opened, json);
        Assert.That(accepted.ToString(), Is.EqualTo("10:00:05 PagerDuty trigger vx1-a opened [critical] camera offline"));
    }

    [Test]
    public void What_is_told_first_is_where_to_read_on_what_was_found_and_by_when()
    {
        var json = System.Text.Json.JsonElement.Parse("""
            {"links":[{"href":"http://x/runbooks/R#b","text":"Runbook: credentials\nchanged"},{"href":"http://x/graph","text":"Graph"}],
            "payload":{"summary":"camera offline","severity":"critical","custom_details":{"findings":["up is 0","it\u001b[31m says 401"],"respond_by":"2026-11-24T10:15:00Z"}}}
            """);
        var accepted = new AcceptedEvent(new DateTimeOffset(2026, 11, 24, 10, 0, 5, TimeSpan.Zero), OtherKey, "trigger", "vx1-a", Effect.Opened, json);
        Assert.That(accepted.Told().Split('\n'), Is.EqualTo(new[]
        {
            "10:00:05 PagerDuty trigger vx1-a opened [critical] camera offline",
            "         Runbook: credentials changed: http://x/runbooks/R#b",
            "         found: up is 0",
            "         found: it [31m says 401",
            "         respond by 2026-11-24T10:15:00Z",
        }));
    }

    [TestCase("{}")]
    [TestCase("""{"links":[],"payload":{"summary":"camera offline","severity":"critical"}}""")]
    [TestCase("""{"links":["x"],"payload":{"summary":"camera offline","severity":"critical","custom_details":"none"}}""")]
    public void What_is_not_there_is_not_told(string sent)
    {
        var accepted = new AcceptedEvent(default, OtherKey, "resolve", "vx1-a", Effect.Resolved, System.Text.Json.JsonElement.Parse(sent));
        Assert.That(accepted.Told(), Is.EqualTo(accepted.ToString()));
    }

    [Test]
    public async Task Whoever_looks_on_sees_what_was_accepted()
    {
        await using var sender = await Sender.StartAsync();
        await sender.AnswerAsync(Sender.Trigger());
        using var client = new HttpClient();
        Assert.That(await client.GetStringAsync(new Uri($"{sender.Site.Url}/pages")), Is.EqualTo($"{sender.Site.PagerDuty.Accepted.Items.Single().Told()}\n"));
    }

    static async Task SendAsync(Sender sender, int times, int status)
    {
        for (var i = 0; i < times; i++)
            Assert.That((await sender.AnswerAsync(Sender.Trigger())).Status, Is.EqualTo(status));
    }
}
