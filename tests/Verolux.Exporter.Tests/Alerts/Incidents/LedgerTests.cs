using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

[CancelAfter(30_000)]
public class LedgerTests
{
    const string Critical = """{"alertname":"DiskFull","path":"/recordings","severity":"critical"}""";
    const string CriticalPrint = "cccccccccccccccc";

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
            Assert.That(ledger.Ledger.OpenOf(Severity.Warning), Is.EqualTo(1));
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
        Assert.That(ledger.Ledger.OpenOf(Severity.Warning), Is.Zero);
        Assert.That(Incidents(), Is.EqualTo([$"resolved|DiskFull|warning|{Milliseconds("2026-11-24T10:20:00Z")}|3600"]));
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
    public async Task Firing_again_after_the_resolve_is_a_new_incident()
    {
        var first = await ledger.IncidentAsync(Bodies.Alert());
        await ledger.ApplyAsync(Bodies.Resolved());
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
            Assert.That((ledger.Ledger.OpenOf(Severity.Warning), ledger.Ledger.OpenOf(Severity.Critical)), Is.EqualTo((0, 1)));
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
        Assert.That(ledger.Ledger.OpenOf(Severity.Critical), Is.EqualTo(1));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved(Critical, CriticalPrint)), Is.EqualTo(Effect.Resolved));
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning", "Trigger Critical", "Resolve Critical", "Resolve Critical"]), "each of the two pages");
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
        Assert.That((ledger.Ledger.OpenOf(Severity.Warning), ledger.Ledger.OpenOf(Severity.Critical)), Is.EqualTo((1, 0)));
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
            Assert.That(ledger.Ledger.OpenOf(Severity.Warning), Is.EqualTo(1));
        });
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved("""{"alertname":"Ended"}""")), Is.EqualTo(Effect.Duplicate));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Resolved));
        Assert.That(ledger.Added, Is.EqualTo(["Resolve Warning"]), "whoever heard of the start hears of the end");
    }

    IReadOnlyList<string> Incidents() => ledger.Store.Rows("SELECT state, alertname, severity, ends_at, response_sla_seconds FROM incidents ORDER BY id");

    static long Milliseconds(string time) => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
}
