using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

[CancelAfter(30_000)]
public class LedgerTests
{
    const string Critical = """{"alertname":"DiskFull","path":"/recordings","severity":"critical"}""";
    const string CriticalPrint = "cccccccccccccccc";

    static readonly Who Somebody = new("Kim", Source.Api);

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

    [Test]
    public async Task The_first_alert_of_a_series_opens_an_incident()
    {
        var (effect, incident) = (await ledger.ApplyAsync([Bodies.Alert()]))[0];
        Assert.Multiple(() =>
        {
            Assert.That(effect, Is.EqualTo(Effect.Opened));
            Assert.That(incident.Id, Is.GreaterThan(IncidentNumber.Lowest));
            Assert.That(incident.RunbookUrl, Is.EqualTo("http://exporter/runbooks/RUNBOOK_DISK"));
            Assert.That(incident.RespondBy, Is.EqualTo(new DateTimeOffset(2026, 11, 24, 11, 0, 0, 123, TimeSpan.Zero)));
            Assert.That(OpenOf(Severity.Warning), Is.EqualTo(1));
            Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning"]));
            Assert.That(Incidents(), Is.EqualTo(["firing|DiskFull|warning||3600"]));
        });
    }

    [Test]
    public async Task A_repeat_updates_and_pages_nobody_again()
    {
        var opened = await ledger.IncidentAsync(Bodies.Alert());
        bench.Time.Advance(TimeSpan.FromMinutes(5));
        var (effect, repeated) = (await ledger.ApplyAsync([Bodies.Alert()]))[0];
        Assert.That((effect, repeated.Id, repeated.UpdatedAt), Is.EqualTo((Effect.Updated, opened.Id, bench.Time.GetUtcNow())));
        Assert.That(await ledger.ApplyAsync(Bodies.Alert(start: "\"2026-11-24T10:04:00Z\"")), Is.EqualTo(Effect.Updated), "startsAt moves and is no identity");
        Assert.That(repeated.RespondBy, Is.EqualTo(opened.RespondBy));
        Assert.That(ledger.Added, Has.Count.EqualTo(1));
        Assert.That(Incidents(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_resolve_ends_it_and_is_a_duplicate_from_then_on()
    {
        await ledger.ApplyAsync(Bodies.Alert());
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Resolved));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Duplicate));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Duplicate));
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning", "Resolve Warning"]));
        Assert.That(OpenOf(Severity.Warning), Is.Zero);
        Assert.That(Incidents(), Is.EqualTo([$"resolved|DiskFull|warning|{Workbench.Now.ToUnixTimeMilliseconds()}|3600"]), "the sender's end lies in our future");
    }

    [Test]
    public async Task A_resolve_is_a_duplicate_too_when_it_names_a_later_start()
    {
        // As after a restart of Prometheus, which gives a firing alert a new start.
        await ledger.ApplyAsync(Bodies.Alert());
        await ledger.ApplyAsync(Bodies.Alert(start: "\"2026-11-24T10:15:00Z\""));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved(start: "\"2026-11-24T10:15:00Z\"")), Is.EqualTo(Effect.Resolved));
        bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved(start: "\"2026-11-24T10:15:00Z\"")), Is.EqualTo(Effect.Duplicate));
    }

    [Test]
    public async Task A_resolve_of_what_was_never_heard_is_recorded_as_missed_once()
    {
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Missed));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Duplicate));
        bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved(start: "\"2026-11-24T10:30:00Z\"", end: "\"2026-11-24T10:40:00Z\"")), Is.EqualTo(Effect.Missed), "a later one of the series");
        Assert.That(ledger.Added, Is.Empty);
        Assert.That(Incidents(), Has.Count.EqualTo(2).And.All.StartsWith("missed|"));
    }

    [Test]
    public async Task Firing_again_long_after_the_resolve_is_a_new_incident()
    {
        var first = await ledger.IncidentAsync(Bodies.Alert());
        await ledger.ApplyAsync(Bodies.Resolved());
        bench.Time.Advance(Episode.ReopenWindow + TimeSpan.FromSeconds(1));
        var (effect, second) = (await ledger.ApplyAsync([Bodies.Alert()]))[0];
        Assert.That(effect, Is.EqualTo(Effect.Opened));
        Assert.That(second.Id, Is.GreaterThan(first.Id));
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning", "Resolve Warning", "Trigger Warning"]));
    }

    [Test]
    public async Task A_higher_severity_raises_the_incident_and_pages_again()
    {
        await ledger.ApplyAsync(Bodies.Alert());
        var raised = await ledger.IncidentAsync(Bodies.Alert(Critical, fingerprint: CriticalPrint, start: "\"2026-11-24T10:02:00Z\""));
        Assert.Multiple(() =>
        {
            Assert.That(raised.Severity, Is.EqualTo(Severity.Critical));
            Assert.That(raised.RespondBy, Is.EqualTo(new DateTimeOffset(2026, 11, 24, 10, 17, 0, TimeSpan.Zero)));
            Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning", "Trigger Critical"]));
            Assert.That((OpenOf(Severity.Warning), OpenOf(Severity.Critical)), Is.EqualTo((0, 1)));
            Assert.That(Incidents(), Is.EqualTo(["firing|DiskFull|critical||900"]));
        });
        await ledger.ApplyAsync(Bodies.Alert());
        Assert.That((raised.Severity, ledger.Added.Count), Is.EqualTo((Severity.Critical, 2)), "the lower one again takes nothing back");
    }

    [Test]
    public async Task A_higher_severity_never_gives_more_time()
    {
        var opened = await ledger.IncidentAsync(Bodies.Alert());
        var before = opened.RespondBy;
        bench.Time.Advance(TimeSpan.FromHours(2));
        await ledger.ApplyAsync(Bodies.Alert(Critical, fingerprint: CriticalPrint, start: "\"2026-11-24T12:00:00Z\""));
        Assert.That((opened.Severity, opened.RespondBy), Is.EqualTo((Severity.Critical, before)));
    }

    [Test]
    public async Task A_resolve_of_the_severity_it_had_before_closes_nothing()
    {
        await ledger.ApplyAsync([Bodies.Alert(), Bodies.Alert(Critical, fingerprint: CriticalPrint)]);
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Updated));
        Assert.That(OpenOf(Severity.Critical), Is.EqualTo(1));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved(Critical, CriticalPrint)), Is.EqualTo(Effect.Resolved));
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning", "Trigger Critical", "Resolve Critical", "Resolve Critical"]), "each of the two pages");
    }

    [Test]
    public async Task When_the_higher_severity_ends_it_is_as_severe_as_what_goes_on_and_nobody_gets_time_back()
    {
        await ledger.ApplyAsync([Bodies.Alert(), Bodies.Alert(Critical, fingerprint: CriticalPrint)]);
        var incident = await ledger.IncidentAsync(Bodies.Resolved(Critical, CriticalPrint));
        Assert.That((incident.Severity, incident.ResponseSla, incident.RespondBy), Is.EqualTo((Severity.Warning, 900, new DateTimeOffset(2026, 11, 24, 10, 15, 0, 123, TimeSpan.Zero))));
        Assert.That((OpenOf(Severity.Warning), OpenOf(Severity.Critical)), Is.EqualTo((1, 0)));
        Assert.That(Happened(incident), Is.EqualTo(new[] { "severity_raised|||warning to critical", "severity_lowered|||critical to warning" }));
        await ledger.ApplyAsync(Bodies.Resolved());
        Assert.That(incident.Severity, Is.EqualTo(Severity.Critical), "it was critical once");
    }

    [Test]
    public async Task What_fires_again_right_after_its_end_is_the_same_incident_and_is_told_again()
    {
        var incident = await ledger.IncidentAsync(Bodies.Alert());
        await ledger.Responder.AcknowledgeAsync(incident.Id, Somebody);
        await ledger.ApplyAsync(Bodies.Resolved());
        bench.Time.Advance(TimeSpan.FromMinutes(4));
        var (effect, again) = (await ledger.ApplyAsync([Bodies.Alert(start: "\"2026-11-24T10:21:00Z\"")]))[0];
        Assert.That((effect, again.Id, again.Acknowledgement, again.Reopened), Is.EqualTo((Effect.Reopened, incident.Id, (Acknowledgement?)null, 1)));
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning", "Acknowledge Warning", "Resolve Warning", "Trigger Warning"]));
        Assert.That(Incidents(), Is.EqualTo(["firing|DiskFull|warning||3600"]));
        await ledger.ApplyAsync(Bodies.Resolved(start: "\"2026-11-24T10:21:00Z\"", end: "\"2026-11-24T10:22:00Z\""));
        Assert.That(ledger.Counted, Is.EquivalentTo(
            new[] { "verolux_sla_incidents_total warning met_ack", "verolux_sla_response_seconds warning 300", "verolux_acks_total api ", "verolux_sla_resolution_seconds warning 300" }), "each once");
    }

    [Test]
    public async Task A_hundred_copies_in_any_order_are_one_incident_and_one_page()
    {
        var random = new Random(1);
        await ledger.ApplyAsync(Enumerable.Range(0, 100).Select(_ => Bodies.Alert(start: $"\"2026-11-24T10:00:{random.Next(60):00}Z\"")));
        Assert.That(Incidents(), Has.Count.EqualTo(1));
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning"]));
    }

    [Test]
    public async Task A_resolve_that_overtakes_its_alert_leaves_no_ghost()
    {
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Missed));
        Assert.That(await ledger.ApplyAsync(Bodies.Alert()), Is.EqualTo(Effect.Stale));
        Assert.That(ledger.Added, Is.Empty);
        Assert.That(Incidents(), Has.Count.EqualTo(1).And.All.StartsWith("missed|"));
    }

    [Test]
    public async Task The_outcome_of_the_sla_is_counted_once_when_it_is_final()
    {
        await ledger.ApplyAsync(Bodies.Alert());
        Assert.That(ledger.Counted, Is.Empty);
        bench.Time.Advance(TimeSpan.FromHours(2));
        await ledger.ApplyAsync(Bodies.Alert(start: "\"2026-11-24T10:01:00Z\""));
        Assert.That(ledger.Counted, Is.Empty, "somebody may still acknowledge it, too late");
        await ledger.ApplyAsync([Bodies.Resolved(end: "\"2026-11-24T12:00:00Z\""), Bodies.Resolved(end: "\"2026-11-24T12:00:00Z\"")]);
        Assert.That(ledger.Counted, Is.EqualTo(["verolux_sla_incidents_total warning breached_unacked", "verolux_sla_resolution_seconds warning 7200"]));
        Assert.That(ledger.Store.Rows("SELECT outcome FROM incidents"), Is.EqualTo(new[] { "breached_unacked" }));
    }

    [TestCase("2026-11-24T09:00:00Z", "breached_on_arrival")]
    [TestCase("2026-11-24T09:30:00Z", "")]
    public async Task What_was_too_late_when_it_came_is_nobody_s_fault(string start, string outcome)
    {
        await ledger.ApplyAsync(Bodies.Alert(start: $"\"{start}\""));
        Assert.That(ledger.Store.Rows("SELECT coalesce(outcome, '') FROM incidents"), Is.EqualTo(new[] { outcome }));
    }

    [TestCase("2026-11-24T10:03:00Z", "met_self_resolved")]
    [TestCase("2026-11-24T09:03:00Z", "met_self_resolved")]
    [TestCase("2026-11-24T08:00:00Z", "breached_on_arrival")]
    public async Task What_was_missed_has_an_outcome_too(string start, string outcome)
    {
        await ledger.ApplyAsync(Bodies.Resolved(start: $"\"{start}\"", end: "\"2026-11-24T10:02:00Z\""));
        Assert.That(ledger.Counted, Is.EqualTo([$"verolux_sla_incidents_total warning {outcome}"]));
    }

    [Test]
    public async Task A_write_that_fails_counts_nothing()
    {
        await Assert.ThatAsync(() => ledger.ApplyAsync([Bodies.Alert(), Bodies.Resolved()], () => throw new InvalidOperationException("on purpose")), Throws.InvalidOperationException);
        Assert.That((ledger.Counted.Count, ledger.Store.Rows("SELECT * FROM tallies").Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task A_start_in_the_future_is_now()
    {
        var incident = await ledger.IncidentAsync(Bodies.Alert(start: "\"2026-11-24T10:35:00Z\""));
        Assert.That((incident.StartsAt, incident.RespondBy), Is.EqualTo((Workbench.Now, Workbench.Now.AddHours(1))));
    }

    [TestCase("null")]
    [TestCase("\"soon\"")]
    [TestCase("\"9999-12-31T23:59:59Z\"")]
    public async Task A_start_that_is_none_is_now(string start) => Assert.That((await ledger.IncidentAsync(Bodies.Alert(start: start))).StartsAt, Is.EqualTo(Workbench.Now));

    [Test]
    public async Task A_start_long_ago_is_taken_as_it_is()
    {
        var incident = await ledger.IncidentAsync(Bodies.Alert(start: "\"0002-01-01T00:00:00Z\""));
        Assert.That(incident.RespondBy, Is.EqualTo(new DateTimeOffset(2, 1, 1, 1, 0, 0, TimeSpan.Zero)));
    }

    [Test]
    public async Task What_is_only_recorded_pages_nobody_at_its_end_either()
    {
        const string Info = """{"alertname":"DiskFull","severity":"info"}""";
        Assert.That(await ledger.ApplyAsync(Bodies.Alert(Info)), Is.EqualTo(Effect.Opened));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved(Info)), Is.EqualTo(Effect.Resolved));
        Assert.That(ledger.Added, Is.Empty);
    }

    [Test]
    public async Task A_write_that_fails_leaves_the_memory_as_the_disk_is()
    {
        const string Other = """{"alertname":"DiskFull","path":"/"}""";
        await ledger.ApplyAsync(Bodies.Alert());
        // It resolves, opens and raises, and then comes to nothing.
        await Assert.ThatAsync(
            () => ledger.ApplyAsync([Bodies.Alert(Critical, fingerprint: CriticalPrint), Bodies.Resolved(Critical, CriticalPrint), Bodies.Alert(Other)], () => throw new InvalidOperationException("on purpose")),
            Throws.InvalidOperationException);
        Assert.That(Incidents(), Is.EqualTo(["firing|DiskFull|warning||3600"]));
        Assert.That(await ledger.ApplyAsync(Bodies.Alert()), Is.EqualTo(Effect.Updated));
        Assert.That((OpenOf(Severity.Warning), OpenOf(Severity.Critical)), Is.EqualTo((1, 0)));
        Assert.That(await ledger.ApplyAsync(Bodies.Alert(Other)), Is.EqualTo(Effect.Opened));
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning", "Trigger Warning"]));
    }

    [Test]
    public async Task After_a_restart_everything_goes_on()
    {
        var opened = await ledger.IncidentAsync(Bodies.Alert());
        await ledger.ApplyAsync(Bodies.Alert("""{"alertname":"Ended"}"""));
        await ledger.ApplyAsync(Bodies.Resolved("""{"alertname":"Ended"}"""));
        await ledger.DisposeAsync();
        ledger = new OpenLedger(bench);
        var (effect, incident) = (await ledger.ApplyAsync([Bodies.Alert()]))[0];
        Assert.Multiple(() =>
        {
            Assert.That((effect, incident.Id), Is.EqualTo((Effect.Updated, opened.Id)));
            Assert.That((incident.StartsAt, incident.RespondBy, incident.ResponseSla), Is.EqualTo((opened.StartsAt, opened.RespondBy, opened.ResponseSla)));
            Assert.That((incident.RunbookUrl, incident.Severity, incident.Fingerprint), Is.EqualTo((opened.RunbookUrl, opened.Severity, opened.Fingerprint)));
            Assert.That(incident.Alert, Is.EqualTo(opened.Alert));
            Assert.That(OpenOf(Severity.Warning), Is.EqualTo(1));
        });
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved("""{"alertname":"Ended"}""")), Is.EqualTo(Effect.Duplicate));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Resolved));
        Assert.That(ledger.Added, Is.EqualTo(["Resolve Warning"]), "whoever heard of the start hears of the end");
    }

    int OpenOf(Severity severity) => ledger.Ledger.Open.Count(i => i.Severity == severity);

    IReadOnlyList<string> Happened(Incident incident) => ledger.Store.Rows($"SELECT event, who, source, text FROM timeline WHERE incident = {incident.Id} ORDER BY id");

    IReadOnlyList<string> Incidents() => ledger.Store.Rows("SELECT state, alertname, severity, ends_at, response_sla_seconds FROM incidents ORDER BY id");

    static long Milliseconds(string time) => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
}
