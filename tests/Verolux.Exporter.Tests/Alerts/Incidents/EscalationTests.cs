using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Tests.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>Which level hears of an incident, and when. The clock says 10:05; the warning began at 10:00.</summary>
[CancelAfter(30_000)]
public class EscalationTests
{
    const string Critical = """{"alertname":"DiskFull","site":"north","path":"/","severity":"critical"}""";
    const string Burn = """{"alertname":"DiskBurn","site":"north","slo":"disk","severity":"critical"}""";

    Workbench bench = null!;
    OpenLedger ledger = null!;

    [SetUp]
    public void Start()
    {
        bench = new Workbench(RunbookFolder.Replace(RunbookFolder.Sound, "severity: warning\n", "severity: warning\nslo: disk\n"));
        ledger = new OpenLedger(bench);
    }

    [TearDown]
    public async Task Stop()
    {
        await ledger.DisposeAsync();
        bench.Dispose();
    }

    [Test]
    public async Task What_nobody_acknowledges_in_time_goes_to_level_2_at_its_deadline()
    {
        var incident = await ledger.IncidentAsync(Bodies.Alert());
        Assert.That(await DueAsync(), Is.EqualTo(incident.RespondBy));
        bench.Time.Advance(incident.RespondBy!.Value - Workbench.Now - TimeSpan.FromSeconds(1));
        await DueAsync();
        Assert.That(incident.Level, Is.EqualTo(1));
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await DueAsync(), Is.Null);
        Assert.That((incident.Level, incident.EscalateAt), Is.EqualTo((2, (DateTimeOffset?)null)));
        Assert.That(ledger.Counted, Is.EqualTo(["verolux_escalations_total L2 unacknowledged"]));
        Assert.That(Keys(), Is.EqualTo(new[] { "", "-L2" }));
    }

    [TestCase("warning", 90)]
    [TestCase("critical", 30)]
    public async Task What_is_acknowledged_and_not_resolved_goes_there_later(string severity, int minutes)
    {
        var incident = await ledger.IncidentAsync(Bodies.Alert(severity == "critical" ? Critical : Bodies.Labels));
        await ledger.Responder.AcknowledgeAsync(incident.Id, new Who("Kim", Source.Api));
        Assert.That(await DueAsync(), Is.EqualTo(incident.StartsAt.AddMinutes(minutes)));
        bench.Time.Advance(TimeSpan.FromMinutes(minutes));
        await DueAsync();
        Assert.That(ledger.Counted, Has.Member("verolux_escalations_total L2 unresolved"));
    }

    [Test]
    public async Task What_is_over_goes_nowhere()
    {
        await ledger.ApplyAsync([Bodies.Alert(), Bodies.Resolved()]);
        bench.Time.Advance(TimeSpan.FromHours(3));
        Assert.That(await DueAsync(), Is.Null);
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning", "Resolve Warning"]));
    }

    [Test]
    public async Task What_is_only_recorded_goes_nowhere()
    {
        await ledger.ApplyAsync(Bodies.Alert("""{"alertname":"DiskFull","severity":"info"}"""));
        bench.Time.Advance(TimeSpan.FromDays(3));
        Assert.That(await DueAsync(), Is.Null);
        Assert.That(ledger.Added, Is.Empty);
    }

    [Test]
    public async Task After_an_outage_what_fell_due_meanwhile_goes_once()
    {
        var incident = await ledger.IncidentAsync(Bodies.Alert());
        await ledger.DisposeAsync();
        bench.Time.Advance(TimeSpan.FromHours(5));
        ledger = new OpenLedger(bench);
        Assert.That(await DueAsync(), Is.Null);
        Assert.That(await DueAsync(), Is.Null);
        Assert.That(ledger.Counted, Is.EqualTo(["verolux_escalations_total L2 unacknowledged"]));
        Assert.That(ledger.Store.Rows($"SELECT level FROM incidents WHERE id = {incident.Id}"), Is.EqualTo(new[] { "2" }));
    }

    [Test]
    public async Task A_timer_that_could_not_be_written_down_goes_off_the_next_time()
    {
        await ledger.ApplyAsync(Bodies.Alert());
        bench.Time.Advance(TimeSpan.FromHours(5));
        await Assert.ThatAsync(() => ledger.Store.WriteAsync<int>(session =>
        {
            ledger.Ledger.EscalateDue(session, bench.Time.GetUtcNow());
            throw new InvalidOperationException("on purpose");
        }), Throws.InvalidOperationException);
        Assert.That(ledger.Counted, Is.Empty);
        await DueAsync();
        Assert.That(ledger.Counted, Is.EqualTo(["verolux_escalations_total L2 unacknowledged"]));
    }

    [Test]
    public async Task A_fast_burn_takes_what_threatens_the_objective_at_its_site_to_level_3()
    {
        var here = await ledger.IncidentAsync(Bodies.Alert(Critical));
        var elsewhere = await ledger.IncidentAsync(Bodies.Alert("""{"alertname":"DiskFull","site":"south","severity":"critical"}"""));
        var other = await ledger.IncidentAsync(Bodies.Alert("""{"alertname":"CableCut","site":"north","severity":"critical"}"""));
        var burn = await ledger.IncidentAsync(Bodies.Alert(Burn));
        Assert.That((here.Level, elsewhere.Level, other.Level, burn.Level), Is.EqualTo((3, 1, 1, 1)));
        Assert.That(ledger.Counted, Is.EqualTo(["verolux_escalations_total L3 slo_burn"]));
        await ledger.ApplyAsync(Bodies.Alert(Burn));
        Assert.That(ledger.Counted, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_fast_burn_that_nothing_explains_goes_to_level_3_itself()
    {
        var burn = await ledger.IncidentAsync(Bodies.Alert(Burn));
        Assert.That((burn.Level, ledger.Counted.Single()), Is.EqualTo((3, "verolux_escalations_total L3 slo_burn")));
    }

    [Test]
    public async Task A_slow_burn_goes_nowhere()
    {
        var burn = await ledger.IncidentAsync(Bodies.Alert(Burn.Replace("critical", "warning")));
        Assert.That((burn.Level, burn.Severity), Is.EqualTo((1, Severity.Warning)));
    }

    Task<DateTimeOffset?> DueAsync() => ledger.Store.WriteAsync(session => ledger.Ledger.EscalateDue(session, bench.Time.GetUtcNow()));

    IReadOnlyList<string> Keys() => [.. ledger.Store.Rows("SELECT substr(dedup_key, 37) FROM outbox ORDER BY id")];
}
