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
    public async Task An_acknowledgement_goes_to_whoever_heard_of_the_start_but_not_back_to_where_it_came_from()
    {
        var outbox = new Exporter.Alerts.Outbox.Outbox([["a", "b"], ["c"]], ["a", "b", "c"]);
        await AddAsync(outbox, PageAction.Trigger);
        await store.WriteAsync(session => outbox.Escalate(session, incident, 2, Workbench.Now));
        await AddAsync(outbox, PageAction.Acknowledge);
        await AddAsync(outbox, PageAction.Acknowledge, except: "a");
        Assert.That((await PendingAsync()).Where(r => r.Action == PageAction.Acknowledge).Select(r => (r.Destination, r.Level)), Is.EqualTo([("a", 1), ("b", 1), ("c", 2), ("b", 1), ("c", 2)]));
    }

    [Test]
    public async Task A_further_level_has_a_page_of_its_own_and_the_end_closes_them_all()
    {
        var outbox = new Exporter.Alerts.Outbox.Outbox([["a"], ["b", "a"], [], ["c"]], ["a", "b", "c"]);
        await AddAsync(outbox, PageAction.Trigger);
        var told = await store.WriteAsync(session => (outbox.Escalate(session, incident, 2, Workbench.Now), outbox.Escalate(session, incident, 3, Workbench.Now), outbox.Escalate(session, incident, 4, Workbench.Now)));
        Assert.That(told, Is.EqualTo((2, 0, 1)));
        await AddAsync(outbox, PageAction.Resolve);
        var key = incident.Series.DedupKey();
        (string Destination, string DedupKey, int Level)[] pages = [("a", key, 1), ("b", $"{key}-L2", 2), ("a", $"{key}-L2", 2), ("c", $"{key}-L4", 4)];
        var pending = await PendingAsync();
        foreach (var action in (PageAction[])[PageAction.Trigger, PageAction.Resolve])
            Assert.That(pending.Where(r => r.Action == action).Select(r => (r.Destination, r.DedupKey, r.Level)), Is.EqualTo(pages), $"{action}");
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

    Task<int> AddAsync(Exporter.Alerts.Outbox.Outbox outbox, PageAction action, string? except = null) => store.WriteAsync(session =>
    {
        if (action == PageAction.Trigger)
            outbox.Trigger(session, incident, raised: false, Workbench.Now);
        else if (action == PageAction.Acknowledge)
            outbox.Acknowledge(session, incident, except, Workbench.Now);
        else
            outbox.Resolve(session, incident, Workbench.Now);
        return 0;
    });

    Task<IReadOnlyList<OutboxRow>> PendingAsync() => store.WriteAsync(Exporter.Alerts.Outbox.Outbox.Pending);
}
