using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>What people do with an incident: a warning that began at 10:00, was received at 10:05 and has to be responded to until 11:00.</summary>
[CancelAfter(30_000)]
public class ResponderTests
{
    static readonly Who Kim = new("Kim", Source.Page);
    static readonly Who Robin = new("Robin", Source.PagerDuty, "pagerduty");

    Workbench bench = null!;
    OpenLedger ledger = null!;
    Incident incident = null!;

    [SetUp]
    public async Task Start()
    {
        bench = new Workbench();
        ledger = new OpenLedger(bench);
        incident = await ledger.IncidentAsync(Bodies.Alert());
        ledger.Added.Clear();
    }

    [TearDown]
    public async Task Stop()
    {
        await ledger.DisposeAsync();
        bench.Dispose();
    }

    [Test]
    public async Task An_acknowledgement_stops_the_clock_and_is_told()
    {
        Assert.That(await ledger.Responder.AcknowledgeAsync(incident.Id, Kim, "looking"), Is.EqualTo(Acted.Done));
        Assert.That(incident.Acknowledgement, Is.EqualTo(new Acknowledgement(bench.Time.GetUtcNow(), "Kim")));
        Assert.That(ledger.Added, Is.EqualTo(["Acknowledge Warning"]));
        Assert.That(ledger.Counted, Is.EquivalentTo(new[] { "verolux_sla_incidents_total warning met_ack", "verolux_sla_response_seconds warning 300", "verolux_acks_total page " }));
        Assert.That(Happened(), Is.EqualTo(new[] { "acknowledged|Kim|page|looking" }));
    }

    [Test]
    public async Task It_is_not_told_to_where_it_came_from()
    {
        await ledger.Responder.AcknowledgeAsync(incident.Id, Robin);
        Assert.That(ledger.Added, Is.Empty);
    }

    [Test]
    public async Task A_second_acknowledgement_moves_nothing()
    {
        await ledger.Responder.AcknowledgeAsync(incident.Id, Kim);
        bench.Time.Advance(TimeSpan.FromHours(3));
        Assert.That(await ledger.Responder.AcknowledgeAsync(incident.Id, Robin), Is.EqualTo(Acted.Unchanged));
        Assert.That((incident.FirstAcknowledgedAt, incident.Acknowledgement!.By, incident.Outcome), Is.EqualTo((Workbench.Now, "Kim", SlaOutcome.MetAck)));
        Assert.That(Happened(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Given_back_it_goes_to_the_next_level_in_time_and_the_clock_stays_stopped()
    {
        await ledger.Responder.AcknowledgeAsync(incident.Id, Kim);
        Assert.That(incident.EscalateAt, Is.EqualTo(incident.StartsAt.AddMinutes(90)), "acknowledged, but not resolved");
        Assert.That(await ledger.Responder.UnacknowledgeAsync(incident.Id, Kim, "can't"), Is.EqualTo(Acted.Done));
        Assert.That(incident.EscalateAt, Is.EqualTo(incident.RespondBy));
        Assert.That(await ledger.Responder.UnacknowledgeAsync(incident.Id, Kim), Is.EqualTo(Acted.Unchanged));
        bench.Time.Advance(TimeSpan.FromHours(3));
        await ledger.Responder.AcknowledgeAsync(incident.Id, Robin);
        Assert.That((incident.FirstAcknowledgedAt, incident.Outcome), Is.EqualTo((Workbench.Now, SlaOutcome.MetAck)));
        Assert.That(Happened(), Is.EqualTo(new[] { "acknowledged|Kim|page|", "unacknowledged|Kim|page|can't", "acknowledged|Robin|pagerduty|" }));
    }

    [Test]
    public async Task Resolved_by_hand_it_is_over_and_its_pages_end()
    {
        Assert.That(await ledger.Responder.ResolveAsync(incident.Id, Kim, "mended"), Is.EqualTo(Acted.Done));
        Assert.That(ledger.Store.Rows("SELECT state, ends_at, outcome FROM incidents"), Is.EqualTo(new[] { $"resolved|{bench.Time.GetUtcNow().ToUnixTimeMilliseconds()}|met_self_resolved" }));
        Assert.That(ledger.Added, Is.EqualTo(["Resolve Warning"]));
        Assert.That(Happened(), Is.EqualTo(new[] { "resolved|Kim|page|mended" }));
        Assert.That(await ledger.ApplyAsync(Bodies.Alert()), Is.EqualTo(Effect.Stale), "a repeat right after it opens nothing");
        bench.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.That(await ledger.ApplyAsync(Bodies.Alert()), Is.EqualTo(Effect.Reopened), "an alert that goes on firing is no more resolved than before");
    }

    [Test]
    public async Task What_is_over_can_be_written_about_and_nothing_else()
    {
        await ledger.ApplyAsync(Bodies.Resolved());
        bench.Time.Advance(TimeSpan.FromDays(2));
        await ledger.ApplyAsync(Bodies.Alert("""{"alertname":"Other"}"""));
        ledger.Added.Clear();
        Assert.That(await ledger.Responder.AcknowledgeAsync(incident.Id, Kim), Is.EqualTo(Acted.Over));
        Assert.That(await ledger.Responder.ResolveAsync(incident.Id, Kim), Is.EqualTo(Acted.Over));
        Assert.That(await ledger.Responder.EscalateAsync(incident.Id, Kim, 3), Is.EqualTo(Acted.Over));
        Assert.That(await ledger.Responder.NoteAsync(incident.Id, Kim, "it was the cable"), Is.EqualTo(Acted.Done));
        Assert.That(await ledger.Responder.FlagAsync(incident.Id, Kim, IncidentFlags.Security, IncidentFlags.None), Is.EqualTo(Acted.Done));
        Assert.That(Happened(), Is.EqualTo(new[] { "noted|Kim|page|it was the cable", "flagged|Kim|page|Security" }));
        Assert.That(ledger.Added, Is.Empty, "nobody is woken for what is over");
        Assert.That(ledger.Store.Rows($"SELECT state, security FROM incidents WHERE id = {incident.Id}"), Is.EqualTo(new[] { "resolved|1" }));
    }

    [Test]
    public async Task Of_what_there_is_not_nothing_can_be_said() => Assert.That(await ledger.Responder.NoteAsync(1, Kim, "hm"), Is.EqualTo(Acted.Unknown));

    [TestCase("CustomerFacing", 3, "customer_facing")]
    [TestCase("Security", 4, "security")]
    [TestCase("MajorOutage", 4, "major_outage")]
    public async Task A_flag_has_its_level_told_once(string flag, int level, string reason)
    {
        var set = Enum.Parse<IncidentFlags>(flag);
        Assert.That(await ledger.Responder.FlagAsync(incident.Id, Kim, set, IncidentFlags.None), Is.EqualTo(Acted.Done));
        Assert.That(await ledger.Responder.FlagAsync(incident.Id, Kim, set, IncidentFlags.None), Is.EqualTo(Acted.Unchanged));
        Assert.That(incident.Level, Is.EqualTo(level));
        Assert.That(ledger.Counted, Is.EqualTo([$"verolux_escalations_total L{level} {reason}"]));
        await ledger.Responder.FlagAsync(incident.Id, Kim, IncidentFlags.None, set);
        await ledger.Responder.FlagAsync(incident.Id, Kim, set, IncidentFlags.None);
        Assert.That(ledger.Counted, Has.Count.EqualTo(1), "they know");
    }

    [Test]
    public async Task By_hand_it_goes_to_the_next_level_or_to_any()
    {
        await ledger.Responder.EscalateAsync(incident.Id, Kim, null, "help");
        await ledger.Responder.EscalateAsync(incident.Id, Kim, 4);
        await ledger.Responder.EscalateAsync(incident.Id, Kim, null);
        Assert.That(ledger.Counted, Is.EqualTo(["verolux_escalations_total L2 manual", "verolux_escalations_total L4 manual", "verolux_escalations_total L4 manual"]));
        Assert.That(Happened(), Is.EqualTo(new[] { "escalated|Kim|page|to level 2: manual (help)", "escalated|Kim|page|to level 4: manual", "escalated|Kim|page|to level 4: manual" }));
        Assert.That(incident.EscalateAt, Is.Null, "level 2 knows");
    }

    IReadOnlyList<string> Happened() => ledger.Store.Rows($"SELECT event, who, source, text FROM timeline WHERE incident = {incident.Id} ORDER BY id");
}
