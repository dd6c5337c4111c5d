using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Slack;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

[CancelAfter(30_000)]
public class SlackTests
{
    readonly FakeTimeProvider time = new(Workbench.Now);
    TemporaryFolder folder = null!;
    SiteHost site = null!;
    Courier courier = null!;

    [SetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        site = await SiteHost.StartAsync(null, clock: time);
        courier = new Courier(null, time);
    }

    [TearDown]
    public async Task Stop()
    {
        courier.Dispose();
        await site.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task A_page_says_first_how_bad_it_is_what_is_wrong_how_long_is_left_and_where_to_read_on()
    {
        var message = await PostAsync(PageSamples.Sample with
        {
            Severity = Severity.Critical,
            Level = 2,
            Who = "Senior SRE",
            Diagnosis = new Diagnosis("exact", "b", "Scenario B: credentials changed", ["camera gate_a1: auth: 401"], ["verolux_camera_up is 0"]),
        });
        Assert.That(message.Text, Is.EqualTo(
            "CRITICAL [VX-K3Q7M2] DiskFull: nearly full (camera gate_a1: auth: 401) → Scenario B: credentials changed - escalated to level 2: Senior SRE - respond by 11:00 UTC, 55 min left"));
        Assert.That(message.Texts, Is.EqualTo(new[]
        {
            "CRITICAL VX-K3Q7M2: DiskFull",
            "nearly full",
            "*escalated to level 2: Senior SRE* - *respond by 11:00 UTC, 55 min left*\n"
                + "<http://exporter/runbooks/RUNBOOK_DISK#b|Scenario B: credentials changed> · <http://exporter/runbooks/RUNBOOK_DISK|Runbook> · <http://exporter/incidents/VX-K3Q7M2|VX-K3Q7M2>",
            "camera gate_a1: auth: 401\nverolux_camera_up is 0",
            "path: /recordings",
            "site: north",
            "<http://grafana/d/x|Dashboard> · <http://prom/graph?g0.expr=x|Graph>",
        }));
        Assert.That(message.Json.GetProperty("blocks")[2].GetProperty("text").GetProperty("type").GetString(), Is.EqualTo("mrkdwn"));
        Assert.That(message.Json.GetProperty("blocks").EnumerateArray().Select(b => b.GetProperty("type").GetString()), Is.EqualTo(["header", "section", "section", "section", "section", "section"]));
    }

    [TestCase("Acknowledge", "ACKNOWLEDGED VX-K3Q7M2: DiskFull")]
    [TestCase("Resolve", "RESOLVED VX-K3Q7M2: DiskFull")]
    public async Task What_follows_is_short(string action, string header)
    {
        var message = await PostAsync(PageSamples.Sample with { Action = Enum.Parse<PageAction>(action) });
        Assert.That(message.Texts, Is.EqualTo(new[] { header, "nearly full", "<http://exporter/runbooks/RUNBOOK_DISK|Runbook> · <http://exporter/incidents/VX-K3Q7M2|VX-K3Q7M2>" }));
        Assert.That(message.Text, Is.EqualTo(header));
    }

    [Test]
    public async Task Labels_from_outside_are_shown_and_do_nothing()
    {
        var message = await PostAsync(PageSamples.Sample with
        {
            AlertName = "<!channel>",
            Labels = PageSamples.Texts(("path", "<@U012345> & <http://evil.example|Runbook>"), ("site", "\u202Egnp.exe\u0007\u200B\nx")),
            Annotations = PageSamples.Texts(("summary", "<!here> look"), ("dashboard_url", "javascript:alert(1)")),
            GeneratorUrl = "http://prom/a|b<c>&d",
        });
        Assert.That(message.Texts[0], Is.EqualTo("WARNING VX-K3Q7M2: &lt;!channel&gt;"));
        Assert.That(message.Texts[1], Is.EqualTo("&lt;!here&gt; look"));
        Assert.That(message.Texts.Skip(3), Is.EqualTo(new[] { "path: &lt;@U012345&gt; &amp; &lt;http://evil.example|Runbook&gt;", "site: gnp.exe  x", "<http://prom/a%7Cb%3Cc%3E&amp;d|Graph>" }));
        Assert.That(message.Text, Does.StartWith("WARNING [VX-K3Q7M2] &lt;!channel&gt;: &lt;!here&gt; look"));
    }

    [Test]
    public async Task Of_many_labels_ten_are_shown_and_the_rest_counted()
    {
        var message = await PostAsync(PageSamples.Sample with { Labels = PageSamples.Texts(Enumerable.Range(0, 64).Select(i => ($"label_{i:D2}", "x"))) });
        Assert.That(message.Texts.Where(t => t.StartsWith("label_", StringComparison.Ordinal)), Has.Exactly(9).Items);
        Assert.That(message.Texts, Has.One.EqualTo("and 55 more labels"));
    }

    [Test]
    public async Task All_texts_together_stay_below_ten_thousand_characters()
    {
        var much = string.Concat(Enumerable.Repeat("&", 5000));
        var message = await PostAsync(PageSamples.Sample with
        {
            AlertName = much,
            Level = 3,
            Who = much,
            RunbookUrl = "http://exporter/" + new string('r', 770),
            IncidentUrl = "http://exporter/" + new string('i', 770),
            GeneratorUrl = "http://exporter/" + new string('g', 770),
            Labels = PageSamples.Texts(Enumerable.Range(0, 64).Select(i => ($"label_{i}", much))),
            Annotations = PageSamples.Texts(("summary", much), ("dashboard_url", "http://exporter/" + new string('d', 770))),
            Diagnosis = new Diagnosis("exact", "b", much, [much, much], [.. Enumerable.Repeat(much, 20)]),
        });
        Assert.That(message.Texts.Sum(t => t.Length) + message.Text.Length, Is.InRange(8000, 10_000));
    }

    [Test]
    public async Task What_follows_an_incident_s_first_message_goes_into_its_thread_and_the_end_is_shown_in_both()
    {
        var first = await AppAsync(PageSamples.Sample);
        Assert.That(first, Is.TypeOf<Outcome.Delivered>().With.Property("Reference").StartsWith(SlackSite.Channel + " "));
        var reference = ((Outcome.Delivered)first).Reference;
        foreach (var page in (Page[])[PageSamples.Sample with { Level = 2 }, PageSamples.Sample with { Action = PageAction.Acknowledge }, PageSamples.Sample with { Action = PageAction.Resolve }])
            Assert.That(await AppAsync(page with { Reference = reference }), Is.EqualTo(new Outcome.Delivered()), "the first one stays the one that is referred to");
        var root = site.Slack.Posted.Items[0].Timestamp;
        Assert.That(site.Slack.Posted.Items.Select(m => m.Thread), Is.EqualTo(new[] { null, root, root, root }));
        Assert.That(site.Slack.Posted.Items.Select(m => m.Json.TryGetProperty("reply_broadcast", out _)), Is.EqualTo([false, true, false, false]), "an escalation is news for the channel");
        Assert.That(site.Slack[root].Texts[0], Is.EqualTo("RESOLVED VX-K3Q7M2: DiskFull"));
    }

    [Test]
    public async Task Who_deletes_the_first_message_hears_of_the_end_all_the_same()
    {
        var reference = ((Outcome.Delivered)await AppAsync(PageSamples.Sample)).Reference;
        site.Slack.Delete(site.Slack.Posted.Items[0].Timestamp);
        Assert.That(await AppAsync(PageSamples.Sample with { Action = PageAction.Resolve, Reference = reference }), Is.TypeOf<Outcome.Delivered>());
        Assert.That(site.Slack.Posted.Items[1].Thread, Is.Null);
        Assert.That(await AppAsync(PageSamples.Sample with { Action = PageAction.Resolve, Reference = "C0000000000 1.2" }), Is.TypeOf<Outcome.Delivered>(), "nor does another channel lose it");
    }

    [Test]
    public async Task An_end_that_can_t_be_shown_at_once_is_told_once()
    {
        var reference = ((Outcome.Delivered)await AppAsync(PageSamples.Sample)).Reference;
        site.Slack.Faults.Next(Faults.Answer(503));
        var end = PageSamples.Sample with { Action = PageAction.Resolve, Reference = reference };
        Assert.That(await AppAsync(end), Is.TypeOf<Outcome.Retry>().With.Property("Result").EqualTo("server_error"));
        Assert.That(await AppAsync(end), Is.TypeOf<Outcome.Delivered>());
        Assert.That(site.Slack.Posted.Items, Has.Count.EqualTo(2));
    }

    [TestCase(400, "invalid_payload", "rejected")]
    [TestCase(400, "invalid_blocks", "rejected")]
    [TestCase(400, "no_text", "rejected")]
    [TestCase(400, "msg_too_long", "rejected")]
    [TestCase(400, "user_not_found", "unexpected")]
    [TestCase(403, "invalid_token", "unauthorized")]
    [TestCase(403, "action_prohibited", "unauthorized")]
    [TestCase(404, "channel_not_found", "unexpected")]
    [TestCase(404, "no_service", "unexpected")]
    [TestCase(410, "channel_is_archived", "unexpected")]
    [TestCase(500, "rollup_error", "server_error")]
    public async Task A_webhook_s_errors_are_tried_again_unless_nothing_can_be_put_right(int status, string error, string result)
    {
        site.Slack.Faults.Always(Faults.Answer(status, error));
        var outcome = await WebhookAsync(PageSamples.Sample);
        Assert.That((outcome.Result, outcome.Detail, outcome is Outcome.Refused), Is.EqualTo((result, $"answered {status}: {error}", result == "rejected")));
        Assert.That(site.Slack.Requests.Items, Has.Count.EqualTo(result == "rejected" ? 2 : 1));
    }

    [TestCase("invalid_blocks", "rejected")]
    [TestCase("msg_too_long", "rejected")]
    [TestCase("invalid_auth", "unauthorized")]
    [TestCase("token_revoked", "unauthorized")]
    [TestCase("missing_scope", "unauthorized")]
    [TestCase("channel_not_found", "unexpected")]
    [TestCase("not_in_channel", "unexpected")]
    [TestCase("is_archived", "unexpected")]
    [TestCase("some_new_error", "unexpected")]
    [TestCase("internal_error", "server_error")]
    [TestCase("ratelimited", "rate_limited")]
    public async Task An_error_is_one_although_it_is_answered_with_200(string error, string result)
    {
        site.Slack.Faults.Always(Faults.Answer(200, $$"""{"ok":false,"error":"{{error}}"}"""));
        var outcome = await AppAsync(PageSamples.Sample);
        Assert.That((outcome.Result, outcome is Outcome.Refused), Is.EqualTo((result, result == "rejected")));
        Assert.That(outcome.Detail, Does.Contain(error));
    }

    [Test]
    public async Task The_time_to_wait_is_read_from_the_body_as_well([Values] bool app)
    {
        site.Slack.Faults.Next(Faults.Answer(429, """{"retry_after":7,"ok":false,"error":"rate_limited"}"""));
        var outcome = app ? await AppAsync(PageSamples.Sample) : await WebhookAsync(PageSamples.Sample);
        Assert.That(outcome, Is.TypeOf<Outcome.Retry>().With.Property("After").EqualTo(TimeSpan.FromSeconds(7)).And.Property("Result").EqualTo("rate_limited"));
    }

    [TestCase("http://hooks.slack.example/services/T/B/X")]
    [TestCase("hooks.slack.com/services/T/B/X")]
    [TestCase("ftp://hooks.slack.com/services/T/B/X")]
    public async Task A_webhook_s_address_is_sent_over_TLS_alone(string address)
    {
        var outcome = await new Slack(new SlackOptions("sre", null, Secret.FromFile(folder.Write("url", address)), null, "", new Uri("http://unused/")), courier).SendAsync(PageSamples.Sample, CancellationToken.None);
        Assert.That(outcome, Is.EqualTo(new Outcome.Retry("config", "webhook URL: what is there is no https address")));
    }

    [Test]
    public async Task A_webhook_s_answer_may_repeat_its_address_in_any_form_and_none_is_told()
    {
        var address = site.Url + SlackSite.WebhookPath;
        site.Slack.Faults.Next(Faults.Answer(404, $$"""{"url":"{{address.Replace("/", "\\/")}}","path":"{{SlackSite.WebhookPath}}","all":"{{address}}"}"""));
        Assert.That((await WebhookAsync(PageSamples.Sample)).Detail, Does.Not.Contain(SlackSite.WebhookSecret));
    }

    [Test]
    public void Five_messages_go_at_once_and_then_one_a_second()
    {
        var limit = new Slack(new SlackOptions("sre", null, null, Secret.FromEnvironment("TOKEN", "x"), "C", new Uri("http://unused/")), courier).Limit;
        var now = Workbench.Now;
        for (var i = 0; i < 100; i++)
        {
            while (limit.Take(false, now) is { } wait)
                now = wait;
        }
        Assert.That(now - Workbench.Now, Is.EqualTo(TimeSpan.FromSeconds(95)));
    }

    async Task<PostedMessage> PostAsync(Page page)
    {
        Assert.That(await WebhookAsync(page), Is.EqualTo(new Outcome.Delivered()));
        return site.Slack.Posted.Items[^1];
    }

    Task<Outcome> WebhookAsync(Page page) =>
        new Slack(new SlackOptions("sre", null, Secret.FromFile(folder.Write("url", site.Url + SlackSite.WebhookPath)), null, "", new Uri("http://unused/")), courier).SendAsync(page, CancellationToken.None);

    Task<Outcome> AppAsync(Page page) =>
        new Slack(new SlackOptions("sre", null, null, Secret.FromFile(folder.Write("token", SlackSite.Token)), SlackSite.Channel, new Uri($"{site.Url}/api/")), courier).SendAsync(page, CancellationToken.None);
}
