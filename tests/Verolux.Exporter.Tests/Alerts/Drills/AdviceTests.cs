using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Tests.Alerts.Drills;

/// <summary>What a hop that fails is told as. Each answer names what to change.</summary>
public class AdviceTests
{
    const string Id = "0a1b2c3d";
    static readonly AlertmanagerOptions Options = new("main", new Uri("http://am:9093/"), "verolux-exporter");
    static readonly Uri PublicUrl = new("http://exporter/");

    [Test]
    public void Routed_here_it_is_fine() => Assert.That(Told(Seen() with { IsOurs = true }), Is.EqualTo(new Advice.Verdict(true, "alertmanager main routes it to verolux-exporter", null)));

    [Test]
    public void Routed_elsewhere_it_says_to_whom_and_which_lines_to_add()
    {
        var verdict = Told(Seen() with { Receivers = ["slack", "mail\nbox"] });
        Assert.That((verdict.Expected, verdict.What), Is.EqualTo(((bool?)false, "alertmanager main routes the alert to \"slack\", \"mail box\", and not to \"verolux-exporter\"")));
        Assert.That(verdict.Remedy, Does.Contain("- { receiver: verolux-exporter, continue: true, group_by: ['...']").And.Contain("alerts.alertmanagers.main.receiver"));
    }

    [Test]
    public void Muted_it_says_by_whose_silence_and_how_to_end_it()
    {
        var silence = new Silence("s-1", "Kim", "maintenance", Workbench.Now, new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        var verdict = Told(Seen() with { IsOurs = true, SilencedBy = ["s-1"] }, silence);
        Assert.That((verdict.Expected, verdict.What), Is.EqualTo(((bool?)false, "alertmanager main mutes the alert by silence s-1, made by Kim (maintenance) until 2026-11-24 12:00 UTC")));
        Assert.That(verdict.Remedy, Does.Contain("amtool silence expire s-1 --alertmanager.url=http://am:9093/"));
    }

    [Test]
    public void Inhibited_it_says_by_what()
    {
        var verdict = Told(Seen() with { IsOurs = true, InhibitedBy = ["other"] });
        Assert.That((verdict.Expected, verdict.What), Is.EqualTo(((bool?)false, "alertmanager main mutes the alert because of SiteDown")));
        Assert.That(verdict.Remedy, Does.Contain("inhibit_rules"));
    }

    [Test]
    public void An_Alertmanager_that_cannot_be_asked_or_does_not_show_it_may_send_it_all_the_same()
    {
        var failed = Advice.Routing(Options, View.Failed("main", Workbench.Now, "api/v2/alerts is answered 502"), Id);
        Assert.That((failed.Expected, failed.What), Is.EqualTo(((bool?)null, "alertmanager main took the alert and can't be asked where it goes: api/v2/alerts is answered 502")));
        Assert.That(Told(Seen("ffffffff")).Expected, Is.Null, "another drill's");
        Assert.That(Told(Seen("ffffffff")).Remedy, Does.Contain("alerts.alertmanagers.main.url"));
    }

    [TestCase(401, true, "write the token in /run/am or /run/am2 into the credentials_file of receiver verolux-exporter")]
    [TestCase(403, true, "it needs the role alertmanager")]
    [TestCase(503, true, "503 is a store that takes no writes")]
    [TestCase(null, false, "put right first where Alertmanager sends it")]
    [TestCase(null, true, "webhook_configs with the url http://exporter/api/v1/alertmanager")]
    public void Where_no_webhook_comes_it_says_what_to_look_at(int? refused, bool expected, string remedy) =>
        Assert.That(Advice.NotReceived(refused, expected, DrillRun.Patience, "verolux-exporter", ["/run/am", "/run/am2"], PublicUrl).Remedy, Does.Contain(remedy));

    [Test]
    public void Where_there_is_no_token_file_it_says_how_to_add_one() =>
        Assert.That(Advice.NotReceived(401, true, DrillRun.Patience, "verolux-exporter", [], PublicUrl).Remedy, Does.Contain("access: { tokens: [{ role: alertmanager, file:"));

    [TestCase("network", "events.pagerduty.com:443", false, "have this machine reach events.pagerduty.com:443 (name, port, firewall, proxy, certificate); it is tried again until it is taken")]
    [TestCase("timeout", null, false, "have this machine reach it")]
    [TestCase("unauthorized", "h", false, "write a key or token that is valid there into the file of alerts.destinations.pagerduty")]
    [TestCase("config", "h", false, "write what is missing into the file of alerts.destinations.pagerduty")]
    [TestCase("server_error", "h", false, "see the vendor's status page")]
    [TestCase("rejected", "h", true, "; then POST /api/v1/dead-letters/7/resend")]
    [TestCase(null, "h", false, "verolux_outbox_pending")]
    public void Where_a_destination_is_not_told_it_says_what_to_put_right(string? result, string? host, bool dead, string remedy) =>
        Assert.That(Advice.NotDelivered("pagerduty", result, host, dead, 7), Does.Contain(remedy));

    static Advice.Verdict Told(SeenAlert seen, params Silence[] silences) => Advice.Routing(
        Options,
        new View("main", Workbench.Now, null, Workbench.Now, new Dictionary<string, SeenAlert> { ["own"] = seen, ["other"] = Seen(name: "SiteDown") }, silences.ToDictionary(s => s.Id), []),
        Id);

    static SeenAlert Seen(string drill = Id, string name = Drill.AlertName)
    {
        var raw = Encoding.UTF8.GetBytes(Bodies.Alert(Bodies.LabelsOf(("alertname", name), ("drill", drill))));
        return new SeenAlert(new Alert(default, "own", true, name, "info", null, Workbench.Now, null, raw), Workbench.Now.AddMinutes(5), Workbench.Now, [], [], false);
    }
}
