using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Outbox;

namespace Verolux.Exporter.Tests.Alerts.Outbox;

[CancelAfter(30_000)]
public class OutboxTests
{
    Workbench bench = null!;
    Store store = null!;
    Incident incident = null!;

    [SetUp]
    public async Task Start()
    {
        bench = new Workbench();
        store = bench.OpenStore();
        var ledger = new Ledger(bench.Plan, new Exporter.Alerts.Outbox.Outbox([]), new Exporter.Alerts.Incidents.Tallies(_ => { }));
        var alert = Notification.Parse(Bodies.Utf8(Bodies.Of(Bodies.Alert())), new AlertReader([])).Alerts[0];
        incident = await store.WriteAsync(session => ledger.Apply(session, alert, Workbench.Now).Incident);
    }

    [TearDown]
    public async Task Stop()
    {
        await store.DisposeAsync();
        bench.Dispose();
    }

    [Test]
    public async Task A_row_is_read_back_as_it_was_told()
    {
        var outbox = new Exporter.Alerts.Outbox.Outbox(["a", "b"]);
        var added = new List<OutboxRow>();
        outbox.Added += added.Add;
        await AddAsync(outbox, PageAction.Trigger);
        var pending = await PendingAsync();
        Assert.That(pending, Is.EqualTo(added));
        Assert.That(pending.Select(r => (r.Destination, r.Incident, r.DedupKey)), Is.EqualTo([("a", incident.Id, incident.Series.DedupKey()), ("b", incident.Id, incident.Series.DedupKey())]));
    }

    [Test]
    public async Task Whoever_heard_of_the_start_hears_of_the_end_and_nobody_else()
    {
        await AddAsync(new Exporter.Alerts.Outbox.Outbox(["a"]), PageAction.Trigger);
        await AddAsync(new Exporter.Alerts.Outbox.Outbox(["b"]), PageAction.Resolve);
        Assert.That((await PendingAsync()).Select(r => (r.Destination, r.Action)), Is.EqualTo([("a", PageAction.Trigger), ("a", PageAction.Resolve)]));
    }

    [Test]
    public async Task Rows_end_delivered_or_dead_and_are_pending_no_more()
    {
        await AddAsync(new Exporter.Alerts.Outbox.Outbox(["a", "b", "c"]), PageAction.Trigger);
        var rows = await PendingAsync();
        await store.WriteAsync(session =>
        {
            Exporter.Alerts.Outbox.Outbox.End(session, rows[0] with { Attempts = 2 }, delivered: true, null, Workbench.Now);
            Exporter.Alerts.Outbox.Outbox.End(session, rows[1] with { Attempts = 3 }, delivered: false, "answered 400", Workbench.Now);
            Exporter.Alerts.Outbox.Outbox.Postpone(session, rows[2] with { Attempts = 4, DueAt = Workbench.Now.AddMinutes(1) }, "answered 500");
            return 0;
        });
        Assert.That(store.Rows("SELECT destination, state, attempts, last_error FROM outbox ORDER BY id"), Is.EqualTo(["a|delivered|2|", "b|dead|3|answered 400", "c|pending|4|answered 500"]));
        Assert.That(await PendingAsync(), Is.EqualTo([rows[2] with { Attempts = 4, DueAt = Workbench.Now.AddMinutes(1) }]));
        Assert.That(await store.WriteAsync(s => (Exporter.Alerts.Outbox.Outbox.DeadLetters(s, "a"), Exporter.Alerts.Outbox.Outbox.DeadLetters(s, "b"))), Is.EqualTo((0, 1)));
    }

    Task<int> AddAsync(Exporter.Alerts.Outbox.Outbox outbox, PageAction action) => store.WriteAsync(session =>
    {
        if (action == PageAction.Trigger)
            outbox.Trigger(session, incident, raised: false, Workbench.Now);
        else
            outbox.Resolve(session, incident, Workbench.Now);
        return 0;
    });

    Task<IReadOnlyList<OutboxRow>> PendingAsync() => store.WriteAsync(Exporter.Alerts.Outbox.Outbox.Pending);
}
