using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>What Alertmanager is answered, over HTTP.</summary>
[CancelAfter(60_000)]
public class WebhookTests
{
    RunningExporter exporter = null!;

    [SetUp]
    public async Task Start() => exporter = await RunningExporter.StartAsync(time: new FakeTimeProvider(Workbench.Now));

    [TearDown]
    public ValueTask Stop() => exporter.DisposeAsync();

    [Test]
    public async Task An_alert_with_a_runbook_is_answered_with_all_that_is_known_about_it()
    {
        var receipt = (await exporter.ReceiptsAsync(Bodies.Alert()))[0];
        Assert.That(receipt.ToString(), Is.EqualTo(
            $$"""{"alertname":"DiskFull","fingerprint":"2d51927bce8169b0","status":"firing","incident":"{{Incident(receipt)}}","severity":"warning","runbook_url":"http://exporter/runbooks/RUNBOOK_DISK","scenario":null,"scenario_url":null,"response_sla_seconds":3600,"respond_by":"2026-11-24T11:00:00Z","result":"opened"}"""));
        Assert.That(Incident(receipt), Does.Match("^VX-[0-9A-Z]{6}$"));
        Assert.That(exporter.Rows("SELECT state, alertname, alert FROM incidents"), Is.EqualTo([$"firing|DiskFull|{Bodies.Alert()}"]), "answered means stored");
    }

    [Test]
    public async Task Each_alert_s_result_tells_what_became_of_it()
    {
        var opened = (await exporter.ReceiptsAsync(Bodies.Alert()))[0];
        var receipts = await exporter.ReceiptsAsync(Bodies.Alert(), Bodies.Resolved(), Bodies.Resolved(), Bodies.Resolved("""{"alertname":"Unheard"}"""));
        Assert.That(receipts.Select(r => (r.GetProperty("status").GetString(), r.GetProperty("result").GetString())), Is.EqualTo([("firing", "updated"), ("resolved", "resolved"), ("resolved", "duplicate"), ("resolved", "missed")]));
        Assert.That(receipts.Take(3).Select(Incident), Is.All.EqualTo(Incident(opened)));
        foreach (var result in (string[])["opened", "updated", "resolved", "duplicate", "missed"])
            Assert.That(await exporter.MetricAsync($$"""verolux_webhook_alerts_total{result="{{result}}"}"""), Is.EqualTo("1"), result);
    }

    [Test]
    public async Task Without_credentials_a_name_that_only_leads_here_is_not_answered()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/incidents") { Headers = { Host = "evil.example:9877" } };
        using var response = await exporter.Client.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(421));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("public_url"));
    }

    [Test]
    public async Task What_is_kept_in_quarantine_is_bounded_in_size_and_number()
    {
        await exporter.PostAsync($$"""{"filler":"{{new string('x', 200_000)}}"}""");
        Assert.That(exporter.Rows("SELECT length(raw) FROM quarantine"), Is.EqualTo(["65536"]));
        await exporter.PostAsync($$"""{"alerts":[{{string.Join(',', Enumerable.Range(0, 1200))}}]}""");
        Assert.That(exporter.Rows("SELECT count(*), max(raw) FROM quarantine"), Is.EqualTo(["1000|999"]));
    }

    [TestCase("""{"alertname":"DiskFull"}""", "warning", "3600", "http://exporter/runbooks/RUNBOOK_DISK", TestName = "Without_a_severity_the_runbook_s_is_taken")]
    [TestCase("""{"alertname":"DiskFull","severity":"critical"}""", "critical", "900", "http://exporter/runbooks/RUNBOOK_DISK", TestName = "The_label_s_severity_comes_before_the_runbook_s")]
    [TestCase("""{"alertname":"Unknown"}""", "warning", "3600", "http://exporter/runbooks", TestName = "Without_severity_and_runbook_it_is_a_warning")]
    [TestCase("""{"alertname":"Unknown","severity":"page"}""", "warning", "3600", "http://exporter/runbooks", TestName = "A_severity_that_is_not_known_is_a_warning")]
    [TestCase("""{"alertname":"Unknown","severity":""}""", "warning", "3600", "http://exporter/runbooks", TestName = "An_empty_severity_is_none_given")]
    [TestCase("""{"alertname":"DiskFull","severity":"info"}""", "info", "", "http://exporter/runbooks/RUNBOOK_DISK", TestName = "What_informs_has_no_deadline")]
    [TestCase("""{"alertname":"Unknown","severity":"none"}""", "none", "", "http://exporter/runbooks", TestName = "What_has_no_severity_has_no_deadline")]
    public async Task Severity(string labels, string severity, string sla, string runbook)
    {
        var receipt = (await exporter.ReceiptsAsync(Bodies.Alert(labels)))[0];
        Assert.That(
            (receipt.GetProperty("severity").GetString(), receipt.GetProperty("response_sla_seconds").ToString(), receipt.GetProperty("runbook_url").GetString()),
            Is.EqualTo((severity, sla, runbook)));
        Assert.That(receipt.GetProperty("respond_by").ValueKind, Is.EqualTo(sla.Length > 0 ? JsonValueKind.String : JsonValueKind.Null));
        Assert.That(await exporter.MetricAsync($$"""verolux_incidents{state="firing",severity="{{severity}}"}"""), Is.EqualTo("1"));
        Assert.That(await exporter.MetricAsync($$"""verolux_webhook_matched_total{match="{{(runbook.EndsWith("DISK", StringComparison.Ordinal) ? "exact" : "none")}}"}"""), Is.EqualTo("1"));
    }

    [TestCase("""{"alertname":"HostDiskFull"}""", "alias", TestName = "By_an_alias_the_runbook_is_found")]
    [TestCase("""{"alertname":"RecorderSlow","runbook":"https://wiki.example/RUNBOOK_DISK.md"}""", "label", TestName = "By_the_label_runbook_the_runbook_is_found")]
    [TestCase("""{"alertname":"node_disk_full"}""", "tree", TestName = "By_a_symptom_in_its_name_the_runbook_is_found")]
    public async Task Runbook(string labels, string match)
    {
        var receipt = (await exporter.ReceiptsAsync(Bodies.Alert(labels)))[0];
        Assert.That(
            (receipt.GetProperty("runbook_url").GetString(), receipt.GetProperty("severity").GetString(), receipt.GetProperty("response_sla_seconds").GetInt32()),
            Is.EqualTo(("http://exporter/runbooks/RUNBOOK_DISK", "warning", 3600)));
        foreach (var kind in (string[])["exact", "alias", "label", "tree", "none"])
            Assert.That(await exporter.MetricAsync($$"""verolux_webhook_matched_total{match="{{kind}}"}"""), Is.EqualTo(kind == match ? "1" : "0"), kind);
    }

    [TestCase("hello", "The body is not JSON (line 1, byte 0); send Alertmanager's webhook payload, version 4.\n")]
    [TestCase("", "The body is not JSON (line 1, byte 0); send Alertmanager's webhook payload, version 4.\n")]
    [TestCase("{\"alerts\":[]\n!", "The body is not JSON (line 2, byte 0); send Alertmanager's webhook payload, version 4.\n")]
    public async Task What_is_not_JSON_is_answered_400_with_a_sentence(string body, string sentence)
    {
        Assert.That(await exporter.PostAsync(body), Is.EqualTo((400, sentence)));
        Assert.That(exporter.Rows("SELECT 1 FROM quarantine"), Is.Empty);
        Assert.That(await exporter.MetricAsync("""verolux_webhook_requests_total{route="alertmanager",code="400"}"""), Is.EqualTo("1"));
    }

    [TestCase("[1,2]")]
    [TestCase("null")]
    [TestCase("{\"version\":\"4\"}")]
    [TestCase("{\"alerts\":{\"labels\":{}}}")]
    public async Task A_body_without_alerts_is_taken_and_kept_whole(string body)
    {
        var (status, answer) = await exporter.PostAsync(body);
        Assert.That(status, Is.EqualTo(200));
        Assert.That(JsonElement.Parse(answer).GetProperty("quarantined").ToString(), Is.EqualTo("""["holds no list \u0022alerts\u0022"]"""));
        Assert.That(exporter.Rows("SELECT why, raw FROM quarantine"), Is.EqualTo([$"holds no list \"alerts\"|{body}"]));
        Assert.That(await exporter.MetricAsync("""verolux_webhook_alerts_total{result="quarantined"}"""), Is.EqualTo("1"));
    }

    [Test]
    public async Task A_bad_alert_among_good_ones_is_kept_raw_and_counted()
    {
        const string Bad = """{"status":"firing","labels":{"alertname":7}}""";
        var receipts = await exporter.ReceiptsAsync(Bodies.Alert(), Bad, Bodies.Alert("""{"alertname":"Other"}"""));
        Assert.That(receipts.Select(r => r.GetProperty("alertname").GetString()), Is.EqualTo(["DiskFull", "Other"]));
        Assert.That(exporter.Rows("SELECT why, raw FROM quarantine"), Is.EqualTo([$"has a label alertname that is not a text|{Bad}"]));
        Assert.That(await exporter.MetricAsync("""verolux_webhook_alerts_total{result="quarantined"}"""), Is.EqualTo("1"));
    }

    [Test]
    public async Task A_name_that_is_no_text_is_not_answered_503_for_ever() =>
        Assert.That((await exporter.PostAsync(Bodies.With("\"\\ud800lerts\":1,", Bodies.Alert()))).Status, Is.EqualTo(200));

    [Test]
    public async Task Another_version_and_no_alerts_at_all_are_taken()
    {
        var (status, body) = await exporter.PostAsync("""{"version":"5","alerts":[]}""");
        Assert.That(status, Is.EqualTo(200));
        Assert.That(body, Does.Match("""^\{"receipt":"[0-9a-f]+-[0-9a-f]+","alerts":\[\]\}$"""));
    }

    [Test]
    public async Task Receipts_have_numbers_of_their_own()
    {
        var numbers = new List<string?>();
        for (var i = 0; i < 3; i++)
            numbers.Add(JsonElement.Parse((await exporter.PostAsync("""{"alerts":[]}""")).Body).GetProperty("receipt").GetString());
        Assert.That(numbers, Is.Unique);
    }

    [TestCase("GET")]
    [TestCase("PUT")]
    [TestCase("DELETE")]
    public async Task Only_POST_is_for_alerts(string method)
    {
        foreach (var path in (string[])["/api/v1/alertmanager", "/api/v1/alertmanager/watchdog"])
        {
            using var response = await exporter.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            Assert.That(((int)response.StatusCode, response.Content.Headers.Allow), Is.EqualTo((405, (string[])["POST"])), path);
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_is_too_large_is_refused_and_an_incident_of_its_own(bool withLength)
    {
        for (var i = 0; i < 2; i++)
        {
            var (status, body) = await exporter.PostAsync(Large(withLength));
            Assert.That((status, body), Is.EqualTo((413, "The body is larger than 32 MiB; make Alertmanager's groups smaller (group_by).\n")));
        }
        Assert.That(exporter.Rows("SELECT state, alertname, severity FROM incidents"), Is.EqualTo(["firing|VeroluxWebhookTooLarge|critical"]));
        Assert.That(await exporter.MetricAsync("""verolux_webhook_requests_total{route="alertmanager",code="413"}"""), Is.EqualTo("2"));
        Assert.That((await exporter.ReceiptsAsync(Bodies.Alert()))[0].GetProperty("result").GetString(), Is.EqualTo("opened"), "it goes on");
    }

    [Test]
    public async Task Ten_thousand_alerts_in_one_body_are_taken()
    {
        var body = Bodies.Of(Enumerable.Range(0, 10_000).Select(i => Bodies.Alert(Bodies.LabelsOf(("alertname", "DiskFull"), ("n", $"{i}"), ("filler", new string('f', 300))))));
        Assert.That((await exporter.PostAsync(body)).Status, Is.EqualTo(200));
        Assert.That(exporter.Rows("SELECT count(*), sum(is_storm), count(storm) FROM incidents"), Is.EqualTo(["10001|1|9980"]));
    }

    static HttpContent Large(bool withLength)
    {
        var bytes = new byte[40 * 1024 * 1024];
        Array.Fill(bytes, (byte)' ');
        var content = new StreamContent(new MemoryStream(bytes));
        content.Headers.ContentLength = withLength ? bytes.Length : null;
        return content;
    }

    static string? Incident(JsonElement receipt) => receipt.GetProperty("incident").GetString();
}
