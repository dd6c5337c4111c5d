using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

public class PagerDutyEventTests
{
    const int Largest = 512_000;
    static readonly HashSet<string> Keys = [SiteHost.RoutingKey];

    [Test]
    public void A_trigger_tells_what_is_wrong_where_and_until_when()
    {
        Assert.That(Event(PageSamples.Sample).ToString(), Is.EqualTo(
            """
            {"routing_key":"0123456789abcdef0123456789abcdef","event_action":"trigger","dedup_key":"vx1-00112233445566778899aabbccddeeff","client":"Verolux Exporter","client_url":"http://exporter/incidents/VX-K3Q7M2","links":[{"href":"http://exporter/runbooks/RUNBOOK_DISK","text":"Runbook"},{"href":"http://grafana/d/x","text":"Dashboard"},{"href":"http://prom/graph?g0.expr=x","text":"Graph"}],"payload":{"summary":"[VX-K3Q7M2] DiskFull: nearly full - respond by 11:00 UTC, 55 min left","source":"path=/recordings, site=north","severity":"warning","timestamp":"2026-11-24T10:00:00.0000000Z","class":"DiskFull","group":"north","custom_details":{"incident":"VX-K3Q7M2","runbook_url":"http://exporter/runbooks/RUNBOOK_DISK","response_sla_seconds":3600,"respond_by":"2026-11-24T11:00:00Z","labels":{"alertname":"DiskFull","path":"/recordings","severity":"warning","site":"north"},"annotations":{"summary":"nearly full","dashboard_url":"http://grafana/d/x"}}}}
            """));
    }

    [TestCase("Acknowledge", "acknowledge")]
    [TestCase("Resolve", "resolve")]
    public void What_follows_tells_nothing_but_what_it_concerns(string action, string expected) => Assert.That(
        Event(PageSamples.Sample with { Action = Enum.Parse<PageAction>(action) }).ToString(),
        Is.EqualTo($$"""{"routing_key":"0123456789abcdef0123456789abcdef","event_action":"{{expected}}","dedup_key":"vx1-00112233445566778899aabbccddeeff"}"""));

    [Test]
    public void An_escalation_says_to_whom()
    {
        var payload = Payload(PageSamples.Sample with { Level = 2, Who = "Senior SRE" });
        Assert.That(payload.GetProperty("summary").GetString(), Is.EqualTo("[VX-K3Q7M2] DiskFull: nearly full - escalated to level 2: Senior SRE - respond by 11:00 UTC, 55 min left"));
        Assert.That(payload.GetProperty("custom_details").GetProperty("escalation").GetString(), Is.EqualTo("escalated to level 2: Senior SRE"));
    }

    [TestCase("Critical", "critical")]
    [TestCase("Warning", "warning")]
    [TestCase("Info", "info")]
    [TestCase("None", "info")]
    public void Severities_are_PagerDutys(string severity, string expected) =>
        Assert.That(Payload(PageSamples.Sample with { Severity = Enum.Parse<Severity>(severity) }).GetProperty("severity").GetString(), Is.EqualTo(expected));

    [TestCase(0.5, "respond by 10:05 UTC, 1 min left")]
    [TestCase(0, "response overdue since 2026-11-24 10:05 UTC")]
    [TestCase(-1440, "response overdue since 2026-11-23 10:05 UTC")]
    public void The_summary_counts_the_minutes_left(double minutes, string expected) =>
        Assert.That(Summary(PageSamples.Sample with { RespondBy = Workbench.Now.AddMinutes(minutes) }), Does.EndWith($" - {expected}"));

    [Test]
    public void Without_an_SLA_there_is_no_word_of_a_deadline()
    {
        var payload = Payload(PageSamples.Sample with { ResponseSla = null, RespondBy = null });
        Assert.That(payload.GetProperty("summary").GetString(), Is.EqualTo("[VX-K3Q7M2] DiskFull: nearly full"));
        Assert.That(payload.GetProperty("custom_details").TryGetProperty("respond_by", out _), Is.False);
        Assert.That(payload.GetProperty("custom_details").TryGetProperty("response_sla_seconds", out _), Is.False);
    }

    [Test]
    public void Without_a_summary_the_labels_say_what_is_wrong() => Assert.That(
        Summary(PageSamples.Sample with { Annotations = PageSamples.Texts(), RespondBy = null }), Is.EqualTo("[VX-K3Q7M2] DiskFull: path=/recordings, site=north"));

    [Test]
    public void Without_any_label_the_alert_is_the_source() =>
        Assert.That(Payload(PageSamples.Sample with { Labels = PageSamples.Texts(("alertname", "DiskFull")) }).GetProperty("source").GetString(), Is.EqualTo("DiskFull"));

    [TestCase("x")]
    [TestCase("😀")]
    [TestCase("x😀")]
    [TestCase("\u0001")]
    public void A_summary_is_cut_to_1024_characters_before_the_deadline_and_never_within_one(string text)
    {
        for (var shift = 0; shift < 3; shift++)
        {
            var summary = Summary(PageSamples.Sample with { Annotations = PageSamples.Texts(("summary", new string('y', shift) + string.Concat(Enumerable.Repeat(text, 2000)))) });
            Assert.That(summary, Has.Length.InRange(1022, 1024).And.Contains("… - respond by ").And.EndsWith(" min left"));
            Assert.That(summary.EnumerateRunes(), Has.None.EqualTo(System.Text.Rune.ReplacementChar));
        }
    }

    [TestCase("javascript:alert(1)")]
    [TestCase("file:///etc/passwd")]
    [TestCase("ftp://host/x")]
    [TestCase("/graph")]
    [TestCase("graph")]
    [TestCase("")]
    [TestCase("http://user:password@host/")]
    [TestCase("http://user@host/")]
    [TestCase("http://")]
    public void What_is_no_plain_web_address_becomes_no_link(string address)
    {
        var links = Event(PageSamples.Sample with { GeneratorUrl = address, Annotations = PageSamples.Texts(("dashboard_url", address)) }).GetProperty("links");
        Assert.That(links.EnumerateArray().Select(l => l.GetProperty("text").GetString()), Is.EqualTo(["Runbook"]));
    }

    [Test]
    public void What_is_too_large_is_shortened_step_by_step()
    {
        var lengths = new List<int>();
        foreach (var (labels, length) in ((int, int)[])[(1, 20_000), (20, 40_000), (200, 40_000), (250, 5000)])
        {
            var written = PagerDutyEvent.Write(PageSamples.Sample with { Labels = Many(labels, length) }, SiteHost.RoutingKey, shrunk: false);
            Assert.That(written, Has.Length.LessThanOrEqualTo(Largest));
            lengths.Add(Json(written).GetProperty("payload").GetProperty("custom_details").GetProperty("labels").GetProperty("label_0").GetString()!.Length);
        }
        Assert.That(lengths, Is.EqualTo([20_000, 1024, 1024, 1024]));
    }

    [Test]
    public void What_triage_found_is_in_the_details_and_its_scenario_is_the_first_link()
    {
        var page = PageSamples.Sample with
        {
            Diagnosis = new Diagnosis("alias", "filling-fast", "Scenario A: filling fast", ["storage /recordings: io: Input/output error"], ["""verolux_storage_used_ratio{path="/recordings"} is 0.97"""]),
        };
        var written = Json(PagerDutyEvent.Write(page, SiteHost.RoutingKey, shrunk: false));
        Assert.That(written.GetProperty("links")[0].ToString(), Is.EqualTo("""{"href":"http://exporter/runbooks/RUNBOOK_DISK#filling-fast","text":"Runbook: Scenario A: filling fast"}"""));
        Assert.That(written.GetProperty("payload").GetProperty("summary").GetString(), Is.EqualTo("[VX-K3Q7M2] DiskFull: nearly full (storage /recordings: io: Input/output error) → Scenario A: filling fast - respond by 11:00 UTC, 55 min left"));
        var details = written.GetProperty("payload").GetProperty("custom_details");
        Assert.That((string[])[.. ((string[])["runbook_match", "scenario", "scenario_title", "scenario_url"]).Select(name => details.GetProperty(name).GetString()!)], Is.EqualTo(new[]
        {
            "alias", "filling-fast", "Scenario A: filling fast", "http://exporter/runbooks/RUNBOOK_DISK#filling-fast",
        }));
        Assert.That(details.GetProperty("looks").EnumerateArray().Select(l => l.GetString()), Is.EqualTo(page.Diagnosis.Failures));
        Assert.That(details.GetProperty("findings").EnumerateArray().Select(f => f.GetString()), Is.EqualTo(page.Diagnosis.Findings));
    }

    [Test]
    public void What_can_t_be_shortened_enough_leaves_the_details_out_but_not_what_matters()
    {
        var details = Details(PagerDutyEvent.Write(PageSamples.Sample with { Labels = Many(100_000, 10) }, SiteHost.RoutingKey, shrunk: false));
        Assert.That(details.EnumerateObject().Select(p => p.Name), Is.EqualTo(["incident", "runbook_url", "response_sla_seconds", "respond_by", "left_out"]));
    }

    [Test]
    public void The_smallest_form_leaves_the_details_out() =>
        Assert.That(Details(PagerDutyEvent.Write(PageSamples.Sample, SiteHost.RoutingKey, shrunk: true)).TryGetProperty("labels", out _), Is.False);

    [Test]
    public void Even_the_worst_event_stays_below_the_limit()
    {
        var worst = new string('\u0001', 100_000);
        var page = PageSamples.Sample with { AlertName = worst, Labels = PageSamples.Texts(("site", worst), ("path", worst)), Annotations = PageSamples.Texts(("summary", worst), ("dashboard_url", "http://h/" + new string('ü', 2000))) };
        var written = PagerDutyEvent.Write(page, SiteHost.RoutingKey, shrunk: true);
        Assert.That(written, Has.Length.LessThan(Largest / 4));
        Assert.That(EventRules.Violations(Json(written), Keys), Is.Empty);
    }

    static Dictionary<string, string> Many(int count, int length) => PageSamples.Texts(Enumerable.Range(0, count).Select(i => ($"label_{i}", new string('x', length))));

    static JsonElement Event(Page page)
    {
        var json = Json(PagerDutyEvent.Write(page, SiteHost.RoutingKey, shrunk: false));
        Assert.That(EventRules.Violations(json, Keys), Is.Empty);
        return json;
    }

    static JsonElement Payload(Page page) => Event(page).GetProperty("payload");

    static string Summary(Page page) => Payload(page).GetProperty("summary").GetString()!;

    static JsonElement Details(byte[] written) => Json(written).GetProperty("payload").GetProperty("custom_details");

    static JsonElement Json(byte[] written) => JsonElement.Parse(written);
}
