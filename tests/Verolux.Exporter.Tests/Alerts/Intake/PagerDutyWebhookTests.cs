using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>What people do in PagerDuty is done here, once, and only on PagerDuty's word.</summary>
[CancelAfter(60_000)]
public class PagerDutyWebhookTests
{
    const string Secret = "gGSmVCxbqPc";
    const string Next = "4Jmz0TDBqnE";

    TemporaryFolder folder = null!;
    RunningExporter exporter = null!;

    [SetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        folder.Write("key", new string('k', 32));
        folder.Write("secrets", $"{Secret}\n");
        // Nothing listens where pages go, so they stay where they can be counted.
        const string down = "http://127.0.0.1:9/v2/enqueue";
        exporter = await RunningExporter.StartAsync(folder, alerts: $$"""
            destinations: { main: { type: pagerduty, routing_key_file: key, url: "{{down}}", webhook_secrets_file: secrets }, other: { type: pagerduty, routing_key_file: key, url: "{{down}}" } }, levels: { L1: [main, other] }
            """);
    }

    [TearDown]
    public async Task Stop()
    {
        await exporter.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task Who_acknowledges_there_is_on_the_timeline_here_and_only_the_other_destination_is_told()
    {
        var number = await OpenAsync();
        Assert.That(await TellAsync(new WebhookEvent("incident.acknowledged", Title(number))), Is.EqualTo((202, "done")));
        var incident = await IncidentAsync(number);
        Assert.That((incident.GetProperty("acknowledged_by").GetString(), incident.GetProperty("first_acknowledged_at").ValueKind), Is.EqualTo(("Earline Greenholt", JsonValueKind.String)));
        Assert.That(Deliveries(incident, "acknowledge"), Is.EqualTo(new[] { "other" }));
        Assert.That(await TimelineAsync(number), Does.Contain("acknowledged pagerduty Earline Greenholt"));
        Assert.That(await exporter.MetricAsync("""verolux_acks_total{source="pagerduty"}"""), Is.EqualTo("1"));
        Assert.That(await exporter.MetricAsync("verolux_acks_unmatched_total"), Is.EqualTo("0"));
    }

    [Test]
    public async Task What_times_out_there_is_given_back_and_what_a_person_resolves_is_resolved()
    {
        var number = await OpenAsync();
        await TellAsync(new WebhookEvent("incident.acknowledged", Title(number)));
        Assert.That(await TellAsync(new WebhookEvent("incident.unacknowledged", Title(number)) { Agent = null }), Is.EqualTo((202, "done")));
        Assert.That((await IncidentAsync(number)).GetProperty("acknowledged_at").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(await TimelineAsync(number), Does.Contain("unacknowledged pagerduty PagerDuty"));

        Assert.That(await TellAsync(new WebhookEvent("incident.resolved", Title(number)) { Agent = "Email auto-resolve", AgentType = "service_reference" }), Is.EqualTo((202, "ignored")), "nobody has looked at it");
        Assert.That(await TellAsync(new WebhookEvent("incident.resolved", Title(number))), Is.EqualTo((202, "done")));
        Assert.That((await IncidentAsync(number)).GetProperty("state").GetString(), Is.EqualTo("resolved"));
        Assert.That(await TellAsync(new WebhookEvent("incident.acknowledged", Title(number))), Is.EqualTo((202, "over")));
    }

    [Test]
    public async Task An_event_is_heard_once_however_often_it_is_told()
    {
        var number = await OpenAsync();
        var told = new WebhookEvent("incident.acknowledged", Title(number));
        await TellAsync(told);
        await TellAsync(new WebhookEvent("incident.unacknowledged", Title(number)));
        Assert.That(await TellAsync(told), Is.EqualTo((202, "known")));
        Assert.That((await IncidentAsync(number)).GetProperty("acknowledged_at").ValueKind, Is.EqualTo(JsonValueKind.Null), "a recorded request changes nothing later");
        Assert.That(await TellAsync(new WebhookEvent("incident.acknowledged", Title(number)) { At = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(8) }), Is.EqualTo((202, "ignored: too old")));
    }

    [Test]
    public async Task What_we_ourselves_told_PagerDuty_does_not_come_back_as_somebodys_doing()
    {
        var number = await OpenAsync();
        foreach (var type in (string[])["incident.acknowledged", "incident.resolved"])
            Assert.That(await TellAsync(new WebhookEvent(type, Title(number)) { Agent = "Verolux", AgentType = "events_api_v2_inbound_integration_reference" }), Is.EqualTo((202, "ignored")));
        Assert.That((await IncidentAsync(number)).GetProperty("state").GetString(), Is.EqualTo("firing"));
    }

    [Test]
    public async Task It_is_found_by_its_key_where_the_title_was_rewritten_and_by_PagerDutys_own_number_from_then_on()
    {
        var number = await OpenAsync();
        var key = (await IncidentAsync(number)).GetProperty("deliveries")[0].GetProperty("dedup_key").GetString();
        Assert.That(await TellAsync(new WebhookEvent("incident.acknowledged", "all is lost") { IncidentKey = key }), Is.EqualTo((202, "done")));
        Assert.That(await TellAsync(new WebhookEvent("incident.unacknowledged", "all is lost")), Is.EqualTo((202, "done")));
        Assert.That(await TellAsync(new WebhookEvent("incident.unacknowledged", "all is lost") { Incident = "PXXXXXX" }), Is.EqualTo((202, "unmatched")));
    }

    [Test]
    public async Task An_event_of_an_earlier_incident_of_the_same_alert_does_not_count_for_the_one_that_is_open()
    {
        var start = TimeProvider.System.GetUtcNow();
        var first = await OpenAsync();
        var key = (await IncidentAsync(first)).GetProperty("deliveries")[0].GetProperty("dedup_key").GetString();
        Assert.That(await TellAsync(new WebhookEvent("incident.acknowledged", "rewritten") { IncidentKey = key, At = start - TimeSpan.FromHours(1), Incident = "POLD" }), Is.EqualTo((202, "unmatched")));
        Assert.That((await IncidentAsync(first)).GetProperty("acknowledged_at").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [TestCase("incident.acknowledged", "unmatched", "1")]
    [TestCase("incident.annotated", "ignored", "0")]
    [TestCase("pagey.ping", "ignored", "0")]
    public async Task A_genuine_event_that_means_nothing_to_us_is_taken(string type, string result, string unmatched)
    {
        Assert.That(await TellAsync(new WebhookEvent(type, "[VX-000000] somebody else's")), Is.EqualTo((202, result)));
        Assert.That(await exporter.MetricAsync("verolux_acks_unmatched_total"), Is.EqualTo(unmatched));
    }

    [TestCase("[]")]
    [TestCase("{\"event\":{\"id\":7}}")]
    [TestCase("{\"event\":{\"id\":\"\\ud800\",\"agent\":[],\"data\":3}}")]
    [TestCase("not JSON")]
    public async Task Whatever_is_signed_is_taken(string body) =>
        Assert.That((await PostAsync(System.Text.Encoding.UTF8.GetBytes(body), Secret)).Status, Is.EqualTo(202));

    [Test]
    public async Task Two_secrets_are_good_while_one_replaces_the_other()
    {
        var number = await OpenAsync();
        Assert.That((await PostAsync(Ack(number), Next)).Status, Is.EqualTo(401));
        folder.Write("secrets", $"{Secret}\n{Next}\n");
        Assert.That((await PostAsync(Ack(number), Next)).Status, Is.EqualTo(202), "the file is read again");
        Assert.That((await PostAsync(Ack(number), "gone", Secret)).Status, Is.EqualTo(202), "one of the signatures is enough");
        folder.Write("secrets", $"{Next}\n");
        Assert.That((await PostAsync(Ack(number), Secret)).Status, Is.EqualTo(401));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("v1=")]
    [TestCase("v1=00,v1=zz")]
    [TestCase("v2={0}")]
    [TestCase("{0}")]
    public async Task What_is_not_signed_changes_nothing(string? header)
    {
        var number = await OpenAsync();
        var body = Ack(number);
        var (status, answer) = await SendAsync(body, header is null ? null : string.Format(System.Globalization.CultureInfo.InvariantCulture, header, WebhookEvent.Sign(body, Secret)[3..]));
        Assert.That((status, answer), Is.EqualTo((401, "X-PagerDuty-Signature holds no signature made with a secret of a destination's webhook_secrets_file")));
        var changed = Ack(number);
        Assert.That((await SendAsync([.. changed, (byte)' '], WebhookEvent.Sign(changed, Secret))).Status, Is.EqualTo(401), "every byte is signed");
        Assert.That((await IncidentAsync(number)).GetProperty("acknowledged_at").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(await exporter.MetricAsync("""verolux_webhook_requests_total{route="pagerduty",code="401"}"""), Is.EqualTo("2"));
    }

    [Test]
    public async Task What_is_too_large_is_refused_before_it_is_looked_at() =>
        Assert.That((await PostAsync(new byte[(1024 * 1024) + 1], Secret)).Status, Is.EqualTo(413));

    async Task<string> OpenAsync() => (await exporter.ReceiptsAsync(Bodies.Alert(start: $"\"{TimeProvider.System.GetUtcNow():O}\"")))[0].GetProperty("incident").GetString()!;

    static string Title(string number) => $"[{number}] DiskFull: nearly full - respond by 03:15 UTC";

    static byte[] Ack(string number) => new WebhookEvent("incident.acknowledged", Title(number)).Body();

    Task<(int Status, string Result)> TellAsync(WebhookEvent told) => PostAsync(told.Body(), Secret);

    Task<(int Status, string Result)> PostAsync(byte[] body, params string[] secrets) => SendAsync(body, WebhookEvent.Sign(body, secrets));

    async Task<(int Status, string Result)> SendAsync(byte[] body, string? signature)
    {
        using var content = new ByteArrayContent(body);
        (string, string)[] headers = signature is null ? [] : [(WebhookEvent.Header, signature)];
        var (status, answer) = await exporter.PostAsync(content, "/api/v1/pagerduty", null, headers);
        return (status, JsonElement.Parse(answer).GetProperty("result").GetString()!);
    }

    async Task<JsonElement> IncidentAsync(string number) => JsonElement.Parse(await exporter.Client.GetStringAsync($"/api/v1/incidents/{number}"));

    async Task<string> TimelineAsync(string number) => string.Join('\n', JsonElement.Parse(await exporter.Client.GetStringAsync($"/api/v1/incidents/{number}/timeline")).GetProperty("timeline").EnumerateArray()
        .Select(t => $"{t.GetProperty("event").GetString()} {t.GetProperty("source").GetString()} {t.GetProperty("by").GetString()}"));

    static IEnumerable<string?> Deliveries(JsonElement incident, string action) =>
        incident.GetProperty("deliveries").EnumerateArray().Where(d => d.GetProperty("action").GetString() == action).Select(d => d.GetProperty("destination").GetString());
}
