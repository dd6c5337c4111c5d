using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>Many incidents of one alert within a minute.</summary>
[CancelAfter(30_000)]
public class StormTests
{
    static readonly Who Kim = new("Kim", Source.Page);

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
    public async Task The_first_20_have_a_page_each_and_all_others_share_one()
    {
        await OpenAsync(0, 500);
        Assert.That(ledger.Added, Is.EqualTo(Enumerable.Repeat("Trigger Warning", 21)));
        Assert.That(Rows("SELECT count(*), sum(is_storm), count(storm), count(DISTINCT storm) FROM incidents"), Is.EqualTo(new[] { "501|1|480|1" }));
        Assert.That(Rows("SELECT count(DISTINCT dedup_key) FROM outbox"), Is.EqualTo(new[] { "21" }));
        Assert.That(Rows("SELECT max(due_at - created_at) FROM outbox"), Is.EqualTo(new[] { "5000" }), "the storm's waits a little for what belongs to it");
    }

    [Test]
    public async Task What_comes_slowly_or_of_other_alerts_is_no_storm()
    {
        await OpenAsync(0, 20);
        bench.Time.Advance(Storms.Window);
        await OpenAsync(20, 20);
        await ledger.ApplyAsync(Bodies.Alert("""{"alertname":"Other"}"""));
        Assert.That(Rows("SELECT count(*), sum(is_storm) FROM incidents"), Is.EqualTo(new[] { "41|0" }));
    }

    [Test]
    public async Task When_it_calms_down_an_incident_has_its_own_page_again_and_the_next_gust_joins_the_storm()
    {
        await OpenAsync(0, 30);
        bench.Time.Advance(Storms.Window);
        await OpenAsync(30, 1);
        Assert.That(Rows("SELECT count(*) FROM incidents WHERE storm IS NULL AND NOT is_storm"), Is.EqualTo(new[] { "21" }));
        await OpenAsync(31, 25);
        Assert.That(Rows("SELECT sum(is_storm), count(storm) FROM incidents"), Is.EqualTo(new[] { "1|16" }));
    }

    [Test]
    public async Task A_storm_ends_with_the_last_that_shares_its_page()
    {
        await OpenAsync(0, 22);
        ledger.Added.Clear();
        await ledger.ApplyAsync(Resolved(20));
        Assert.That(ledger.Added, Is.Empty);
        await ledger.ApplyAsync(Resolved(21));
        Assert.That(ledger.Added, Is.EqualTo(["Resolve Warning"]));
        Assert.That(Rows("SELECT state FROM incidents WHERE is_storm"), Is.EqualTo(new[] { "resolved" }));
        Assert.That(ledger.Counted, Is.EqualTo(Enumerable.Repeat(new[] { "verolux_sla_incidents_total warning met_self_resolved", "verolux_sla_resolution_seconds warning 300" }, 2).SelectMany(c => c)), "each keeps its own SLA, the storm has none");
    }

    [Test]
    public async Task Acknowledging_a_storm_acknowledges_all_of_it_and_what_has_its_own_page_not()
    {
        await OpenAsync(0, 25);
        ledger.Added.Clear();
        Assert.That(await ledger.Responder.AcknowledgeAsync(long.Parse(Rows("SELECT id FROM incidents WHERE is_storm").Single()), Kim), Is.EqualTo(Acted.Done));
        Assert.That(Rows("SELECT count(acknowledged_at), count(outcome) FROM incidents"), Is.EqualTo(new[] { "6|5" }));
        Assert.That(ledger.Added, Is.EqualTo(["Acknowledge Warning"]));
    }

    [Test]
    public async Task It_escalates_once_for_all()
    {
        await OpenAsync(0, 40);
        ledger.Added.Clear();
        bench.Time.Advance(TimeSpan.FromHours(1));
        await ledger.Store.WriteAsync(session => ledger.Ledger.EscalateDue(session, bench.Time.GetUtcNow()));
        Assert.That(ledger.Added, Has.Count.EqualTo(21));
    }

    [Test]
    public async Task One_that_becomes_critical_makes_the_storm_critical()
    {
        await OpenAsync(0, 25);
        ledger.Added.Clear();
        await ledger.ApplyAsync(Bodies.Alert(Labels(24, "critical"), fingerprint: "c"));
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Critical"]));
        Assert.That(Rows("SELECT severity, response_sla_seconds FROM incidents WHERE is_storm"), Is.EqualTo(new[] { "critical|900" }));
    }

    [Test]
    public async Task A_storm_begins_with_the_first_of_what_shares_its_page_or_it_would_be_overdue_for_longer_than_it_lasts()
    {
        await OpenAsync(0, 21);
        await ledger.ApplyAsync(Bodies.Alert(Labels(21, "warning"), start: "\"2026-11-24T08:00:00Z\""));
        await OpenAsync(22, 3);
        var start = new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        Assert.That(Rows("SELECT starts_at, respond_by FROM incidents WHERE is_storm"), Is.EqualTo(new[] { $"{start}|{start + 3_600_000}" }));
    }

    [Test]
    public async Task A_restart_in_its_midst_forgets_nothing()
    {
        await OpenAsync(0, 22);
        await ledger.DisposeAsync();
        ledger = new OpenLedger(bench);
        await ledger.Store.WriteAsync(session =>
        {
            ledger.Ledger.Load(session, bench.Time.GetUtcNow());
            ledger.Ledger.TriggerUntold(session, bench.Time.GetUtcNow());
            return 0;
        });
        await OpenAsync(22, 3);
        Assert.That(ledger.Added, Is.Empty);
        Assert.That(Rows("SELECT sum(is_storm), count(storm) FROM incidents"), Is.EqualTo(new[] { "1|5" }));
        foreach (var n in Enumerable.Range(20, 5))
            await ledger.ApplyAsync(Resolved(n));
        Assert.That(ledger.Added, Is.EqualTo(["Resolve Warning"]));
    }

    [Test]
    public async Task What_fires_again_after_the_storm_has_its_own_page()
    {
        await OpenAsync(0, 21);
        await ledger.ApplyAsync(Resolved(20));
        ledger.Added.Clear();
        bench.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.That(await ledger.ApplyAsync(Bodies.Alert(Labels(20, "warning"))), Is.EqualTo(Effect.Reopened));
        Assert.That(ledger.Added, Is.EqualTo(["Trigger Warning"]));
    }

    [Test]
    public void Names_by_the_thousand_are_not_kept()
    {
        var storms = new Storms();
        for (var i = 0; i < 100_000; i++)
            storms.Count($"name {i}", Workbench.Now.AddSeconds(i));
        for (var i = 0; i < Storms.OwnPages; i++)
            Assert.That(storms.Count("storm", Workbench.Now.AddDays(2)), Is.False);
        Assert.That(storms.Count("storm", Workbench.Now.AddDays(2)), Is.True);
    }

    Task OpenAsync(int from, int count) => ledger.ApplyAsync(Enumerable.Range(from, count).Select(n => Bodies.Alert(Labels(n, "warning"))));

    static string Labels(int n, string severity) => Bodies.LabelsOf(("alertname", "DiskFull"), ("path", $"/{n}"), ("severity", severity));

    static string Resolved(int n) => Bodies.Resolved(Labels(n, "warning"));

    IReadOnlyList<string> Rows(string sql) => ledger.Store.Rows(sql);
}
