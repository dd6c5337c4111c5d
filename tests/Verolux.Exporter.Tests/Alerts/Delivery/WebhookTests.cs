using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Webhook;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

[CancelAfter(30_000)]
public class WebhookTests
{
    readonly FakeTimeProvider time = new(Workbench.Now);
    SiteHost site = null!;
    Courier courier = null!;

    [SetUp]
    public async Task Start()
    {
        site = await SiteHost.StartAsync(null, clock: time);
        courier = new Courier(null, time);
    }

    [TearDown]
    public async Task Stop()
    {
        courier.Dispose();
        await site.DisposeAsync();
    }

    [Test]
    public void A_page_tells_all_that_there_is()
    {
        var page = PageSamples.Sample with { Diagnosis = new Diagnosis("exact", "b", "Scenario B: full", ["storage /recordings: io: x"], ["used is 0.97"]) };
        Assert.That(Body(page), Is.EqualTo(
            """
            {"version":"1","action":"trigger","incident":"VX-K3Q7M2","incident_url":"http://exporter/incidents/VX-K3Q7M2","dedup_key":"vx1-00112233445566778899aabbccddeeff","alertname":"DiskFull","severity":"warning","drill":false,"level":1,"level_name":"On-call engineer","starts_at":"2026-11-24T10:00:00Z","told_at":"2026-11-24T10:05:00Z","respond_by":"2026-11-24T11:00:00Z","seconds_left":3300,"runbook_url":"http://exporter/runbooks/RUNBOOK_DISK","scenario":"b","scenario_title":"Scenario B: full","scenario_url":"http://exporter/runbooks/RUNBOOK_DISK#b","labels":{"alertname":"DiskFull","path":"/recordings","severity":"warning","site":"north"},"annotations":{"summary":"nearly full","dashboard_url":"http://grafana/d/x"},"looks":["storage /recordings: io: x"],"findings":["used is 0.97"]}
            """));
    }

    [Test]
    public void What_there_is_not_is_null()
    {
        using var body = JsonDocument.Parse(Body(PageSamples.Sample with { Action = PageAction.Acknowledge, ResponseSla = null, RespondBy = null }));
        Assert.That(body.RootElement.GetProperty("action").GetString(), Is.EqualTo("acknowledge"));
        foreach (var name in (string[])["respond_by", "seconds_left", "scenario", "scenario_title", "scenario_url"])
            Assert.That(body.RootElement.GetProperty(name).ValueKind, Is.EqualTo(JsonValueKind.Null), name);
    }

    [Test]
    public async Task Each_attempt_is_signed_anew_and_tells_the_same_number()
    {
        site.Webhook.Faults.Next(Faults.LoseAnswer());
        Assert.That(await SendAsync(), Is.TypeOf<Outcome.Retry>());
        time.Advance(TimeSpan.FromHours(1));
        Assert.That(await SendAsync(), Is.TypeOf<Outcome.Delivered>(), "an old signature would be refused");
        Assert.That(site.Webhook.Accepted.Items.Select(a => a.Delivery), Is.EqualTo(["7", "7"]));
    }

    [Test]
    public async Task Who_does_not_know_the_secret_is_turned_away_and_tried_again()
    {
        Assert.That(await SendAsync("another-secret-0123456789"), Is.TypeOf<Outcome.Retry>().With.Property("Result").EqualTo("unauthorized"));
        Assert.That(await SendAsync("short"), Is.EqualTo(new Outcome.Retry("config", "secret: holds 5 characters where at least 16 are needed")));
    }

    [TestCase(200)]
    [TestCase(201)]
    [TestCase(204)]
    public async Task Every_2xx_is_taken(int status)
    {
        site.Webhook.Faults.Next(Faults.Answer(status));
        Assert.That(await SendAsync(), Is.TypeOf<Outcome.Delivered>());
    }

    [TestCase(410)]
    [TestCase(422)]
    public async Task What_will_never_be_taken_is_sent_once_more_in_its_smallest_form_and_refused(int status)
    {
        site.Webhook.Faults.Always(Faults.Answer(status, "no"));
        Assert.That(await SendAsync(), Is.EqualTo(new Outcome.Refused("rejected", $"answered {status}: no")));
        Assert.That(site.Webhook.Requests.Items, Has.Count.EqualTo(2));
        Assert.That(site.Webhook.Requests.Items[1].Body, Does.Contain("\"left_out\":").And.Not.Contain("\"labels\":"));
    }

    static string Body(Page page) => System.Text.Encoding.UTF8.GetString(WebhookBody.Write(page, shrunk: false));

    Task<Outcome> SendAsync(string secret = WebhookSite.Secret) =>
        new Webhook("hook", new Uri(site.Url + WebhookSite.Path), Secret.FromEnvironment("SECRET", secret), courier, time).SendAsync(PageSamples.Sample, CancellationToken.None);
}
