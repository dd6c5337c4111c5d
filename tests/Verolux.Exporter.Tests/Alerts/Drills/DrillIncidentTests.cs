using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Tests.Alerts.Delivery;
using Verolux.Exporter.Tests.Alerts.Incidents;
using Verolux.Exporter.Tests.Alerts.Trust;

namespace Verolux.Exporter.Tests.Alerts.Drills;

/// <summary>An incident of the reserved name is a test, whoever has sent it and whatever it says of itself.</summary>
[CancelAfter(30_000)]
public class DrillIncidentTests
{
    Workbench bench = null!;
    OpenLedger ledger = null!;

    [SetUp]
    public void Start()
    {
        bench = new Workbench();
        ledger = new OpenLedger(bench);
    }

    [TearDown]
    public async Task Stop()
    {
        await ledger.DisposeAsync();
        bench.Dispose();
    }

    [TestCase("info")]
    [TestCase("critical")]
    [TestCase("")]
    public async Task It_is_told_once_and_counts_for_nothing(string severity)
    {
        var incident = await ledger.IncidentAsync(Alert(severity));
        Assert.That((incident.IsDrill, incident.Severity, incident.ResponseSla, incident.RespondBy, incident.EscalateAt), Is.EqualTo((true, Severity.Info, (long?)null, (DateTimeOffset?)null, (DateTimeOffset?)null)));
        Assert.That(ledger.Added, Is.EqualTo(new[] { "Trigger Info" }));

        // What somebody does to it goes no further either.
        await ledger.Responder.FlagAsync(incident.Id, new Who("Kim", Source.Api), IncidentFlags.Security | IncidentFlags.MajorOutage, IncidentFlags.None);
        await ledger.Responder.EscalateAsync(incident.Id, new Who("Kim", Source.Api), 4);
        bench.Time.Advance(TimeSpan.FromDays(1));
        Assert.That(await ledger.Store.WriteAsync(session => ledger.Ledger.EscalateDue(session, bench.Time.GetUtcNow())), Is.Null);
        await ledger.Responder.ResolveAsync(incident.Id, new Who("Kim", Source.Api));
        Assert.That(ledger.Added, Is.EqualTo(new[] { "Trigger Info", "Resolve Info" }));
        Assert.That((incident.Level, incident.Outcome, ledger.Counted.Count), Is.EqualTo((1, (SlaOutcome?)null, 0)));
    }

    [Test]
    public async Task A_hundred_are_no_storm()
    {
        await ledger.ApplyAsync(Enumerable.Range(0, 100).Select(i => Alert("critical", $"{i}")));
        Assert.That(ledger.Added, Has.Count.EqualTo(100));
    }

    [Test]
    public async Task A_burning_budget_takes_no_drill_along()
    {
        var drill = await ledger.IncidentAsync(Alert("critical"));
        await ledger.ApplyAsync(Bodies.Alert("""{"alertname":"Burn","site":"north","slo":"disk","severity":"critical"}"""));
        Assert.That(drill.Level, Is.EqualTo(1));
    }

    [Test]
    public async Task Its_end_needs_no_proof_and_none_is_opened_but_by_its_webhook()
    {
        using var other = new Workbench();
        await using var asked = new AskedAlertmanagers(other);
        const string labels = """{"alertname":"VeroluxDrill","drill":"0a1b2c3d","severity":"info","site":"north"}""";
        asked.Main.Hold(labels: labels);
        other.Time.Advance(TimeSpan.FromMinutes(5));
        asked.Main.Hold(labels: labels);
        await asked.LookAsync();
        Assert.That(asked.Newest, Is.Empty, "one whose webhook is lost has found out just that");
        await asked.HearAsync(labels: labels);
        Assert.That(await asked.HearAsync(endsAt: asked.Now, labels: labels), Is.EqualTo(Effect.Resolved));
    }

    [Test]
    public void Whoever_is_told_reads_first_that_it_is_a_test([Values] bool ends)
    {
        var action = ends ? PageAction.Resolve : PageAction.Trigger;
        var page = PageSamples.Sample with
        {
            AlertName = Drill.AlertName,
            Severity = Severity.Info,
            Action = action,
            ResponseSla = null,
            RespondBy = null,
            Annotations = PageSamples.Texts(("summary", "Test of the alerting path, started by Kim; nothing is wrong.")),
        };
        if (action == PageAction.Trigger)
        {
            var payload = JsonElement.Parse(PagerDutyEvent.Write(page, "key", false)).GetProperty("payload");
            Assert.That(payload.GetProperty("summary").GetString(), Is.EqualTo("TEST, nothing is wrong, nothing to do: [VX-K3Q7M2] VeroluxDrill: Test of the alerting path, started by Kim; nothing is wrong."));
            Assert.That(payload.GetProperty("severity").GetString(), Is.EqualTo("info"));
        }
        var slack = JsonElement.Parse(PageJson.Write(json => SlackMessage.Write(json, page, false)));
        Assert.That(slack.GetProperty("text").GetString(), Does.StartWith("TEST").And.Contain("nothing is wrong, nothing to do"));
        Assert.That(slack.GetProperty("blocks")[0].GetProperty("text").GetProperty("text").GetString(), Does.StartWith("TEST").And.EndWith("VX-K3Q7M2: nothing is wrong, nothing to do"));
        Assert.That(JsonElement.Parse(WebhookBody.Write(page, true)).GetProperty("drill").GetBoolean(), Is.True);
        Assert.That(JsonElement.Parse(WebhookBody.Write(PageSamples.Sample, false)).GetProperty("drill").GetBoolean(), Is.False);
    }

    static string Alert(string severity, string drill = "0a1b2c3d") =>
        Bodies.Alert(Bodies.LabelsOf([("alertname", Drill.AlertName), ("drill", drill), ("site", "north"), .. severity.Length > 0 ? new[] { ("severity", severity) } : []]), fingerprint: drill);
}
