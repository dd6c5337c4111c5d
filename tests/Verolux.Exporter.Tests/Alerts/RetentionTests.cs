using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Tests.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts;

[CancelAfter(60_000)]
public class RetentionTests
{
    static readonly TimeSpan Keep = TimeSpan.FromDays(10);

    Workbench bench = null!;
    OpenLedger ledger = null!;
    Retention retention = null!;

    [SetUp]
    public void Start()
    {
        bench = new Workbench();
        ledger = new OpenLedger(bench);
        retention = new Retention(ledger.Store, Keep, bench.Time, bench.Logs.CreateLogger<Retention>());
    }

    [TearDown]
    public async Task Stop()
    {
        await ledger.DisposeAsync();
        bench.Dispose();
    }

    [Test]
    public async Task What_is_over_for_longer_goes_with_all_that_belongs_to_it_and_what_it_counted_stays()
    {
        var old = await ledger.IncidentAsync(Bodies.Alert());
        await ledger.Responder.NoteAsync(old.Id, new Who("Kim", Source.Api), "hm");
        await ledger.ApplyAsync(Bodies.Resolved());
        await DeliveredAsync();
        bench.Time.Advance(Keep);
        Assert.That(await retention.ForgetAsync(), Is.Zero, "not yet");
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        await ledger.ApplyAsync(Bodies.Resolved("""{"alertname":"New"}"""));
        Assert.That(await retention.ForgetAsync(), Is.EqualTo(1));
        Assert.That(Rows("SELECT alertname FROM incidents"), Is.EqualTo(new[] { "New" }));
        Assert.That(Rows("SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM timeline)"), Is.EqualTo(new[] { "0|0" }));
        Assert.That(Rows($"SELECT sum(count) FROM tallies WHERE metric = '{Tallies.SlaOutcomes}'"), Is.EqualTo(new[] { "2" }));
    }

    [Test]
    public async Task What_is_open_and_what_is_still_to_be_told_stays_however_old()
    {
        await ledger.ApplyAsync(Bodies.Alert());
        await ledger.ApplyAsync([Bodies.Alert("""{"alertname":"Untold"}"""), Bodies.Resolved("""{"alertname":"Untold"}""")]);
        bench.Time.Advance(Keep * 10);
        Assert.That(await retention.ForgetAsync(), Is.Zero);
        await DeliveredAsync();
        Assert.That(await retention.ForgetAsync(), Is.EqualTo(1));
        Assert.That(Rows("SELECT state FROM incidents"), Is.EqualTo(new[] { "firing" }));
        Assert.That(await ledger.ApplyAsync(Bodies.Resolved()), Is.EqualTo(Effect.Resolved));
    }

    [Test]
    public async Task However_many_there_are_they_all_go()
    {
        const int Many = Retention.MostAtOnce * 2 + 1;
        await ledger.ApplyAsync(Enumerable.Range(0, Many).Select(n => Bodies.Resolved(Bodies.LabelsOf(("alertname", "Unheard"), ("n", $"{n}")))));
        bench.Time.Advance(Keep * 2);
        Assert.That(await retention.ForgetAsync(), Is.EqualTo(Many));
        Assert.That(Rows("SELECT * FROM incidents"), Is.Empty);
    }

    [Test]
    public async Task A_store_that_takes_no_writes_is_tried_again_later()
    {
        await ledger.ApplyAsync(Bodies.Resolved());
        bench.Time.Advance(Keep * 2);
        await ledger.Store.WriteAsync(session =>
        {
            session.Execute("CREATE TRIGGER refuse BEFORE DELETE ON incidents BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
            return 0;
        });
        Assert.That(await retention.ForgetAsync(), Is.Zero);
        Assert.That(bench.Log.All.Select(l => l.Text), Has.Some.Contains("can't be forgotten"));
    }

    Task DeliveredAsync() => ledger.Store.WriteAsync(session =>
    {
        session.Execute("UPDATE outbox SET state = 'delivered', ended_at = 1");
        return 0;
    });

    IReadOnlyList<string> Rows(string sql) => ledger.Store.Rows(sql);
}
