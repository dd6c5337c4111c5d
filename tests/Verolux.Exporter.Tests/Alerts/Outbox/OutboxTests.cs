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
        var ledger = new Ledger(bench.Plan, new Exporter.Alerts.Outbox.Outbox([[]], []), new Exporter.Alerts.Incidents.Tallies(_ => { }));
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
        var outbox = new Exporter.Alerts.Outbox.Outbox([["a", "b"]], ["a", "b"]);
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
        await AddAsync(new Exporter.Alerts.Outbox.Outbox([["a"]], ["a"]), PageAction.Trigger);
        await AddAsync(new Exporter.Alerts.Outbox.Outbox([["b"]], ["b"]), PageAction.Resolve);
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
        await AddAsync(new Exporter.Alerts.Outbox.Outbox([["a", "b", "c"]], ["a", "b", "c"]), PageAction.Trigger);
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

    [Test]
    public async Task A_dead_letter_is_listed_and_can_be_told_once_more()
    {
        var outbox = new Exporter.Alerts.Outbox.Outbox([["a"]], ["a"]);
        var resent = new List<OutboxRow>();
        outbox.Resent += resent.Add;
        await AddAsync(outbox, PageAction.Trigger);
        var row = (await PendingAsync())[0];
        Assert.That(await ResendAsync(outbox, row.Id), Is.EqualTo(Resending.Unknown), "it is pending");
        await KillAsync(row with { Attempts = 3 });
        Assert.That(Letters(), Is.EqualTo([new DeadLetter(row.Id, incident.Id, "a", PageAction.Trigger, 1, "answered 400", Workbench.Now)]));
        Assert.That(await ResendAsync(outbox, row.Id), Is.EqualTo(Resending.Pending));
        var again = row with { Attempts = 3, DueAt = Later };
        Assert.That(await PendingAsync(), Is.EqualTo([again]));
        Assert.That(resent, Is.EqualTo([again]));
        Assert.That(Letters(), Is.Empty);
        Assert.That(await ResendAsync(outbox, row.Id), Is.EqualTo(Resending.Unknown), "once is once");
    }

    [Test]
    public async Task A_dead_letter_that_was_overtaken_stays_dead()
    {
        var outbox = new Exporter.Alerts.Outbox.Outbox([["a"]], ["a"]);
        await AddAsync(outbox, PageAction.Trigger);
        await AddAsync(outbox, PageAction.Resolve);
        var (start, end) = ((await PendingAsync())[0], (await PendingAsync())[1]);
        await KillAsync(start);
        Assert.That(await ResendAsync(outbox, start.Id), Is.EqualTo(Resending.Overtaken), "a page that nothing closes");
        await KillAsync(end);
        Assert.That(await ResendAsync(outbox, start.Id), Is.EqualTo(Resending.Pending));
        await AddAsync(outbox, PageAction.Trigger);
        Assert.That(await ResendAsync(outbox, end.Id), Is.EqualTo(Resending.Overtaken), "it would close the next one's page");
    }

    [Test]
    public async Task A_critical_page_that_is_stuck_goes_to_whoever_was_told_nothing_and_only_once()
    {
        incident.Severity = Verolux.Exporter.Runbooks.Severity.Critical;
        var outbox = new Exporter.Alerts.Outbox.Outbox([["a"], ["b"]], ["a", "b", "c"]);
        await AddAsync(outbox, PageAction.Trigger);
        await store.WriteAsync(session => outbox.Escalate(session, incident, 2, Workbench.Now));
        Assert.That(await FailOverAsync(outbox, Later.AddMilliseconds(-1)), Is.Empty, "not before three minutes");
        var told = await FailOverAsync(outbox, Later);
        var stuck = (await PendingAsync())[0];
        Assert.That(told.Select(r => (r.Destination, r.DedupKey, r.Level, r.FailoverOf, r.DueAt)), Is.EqualTo([("c", stuck.DedupKey, 1, stuck.Id, Later)]));
        Assert.That((await PendingAsync())[^1], Is.EqualTo(told[0] with { Id = stuck.Id + 2 }));
        Assert.That(await FailOverAsync(outbox, Later.AddHours(1)), Is.Empty, "once");
        await AddAsync(outbox, PageAction.Resolve);
        Assert.That((await PendingAsync()).Where(r => r.Action == PageAction.Resolve).Select(r => r.Destination), Is.EqualTo(["a", "b", "c"]));
    }

    [Test]
    public async Task What_is_refused_goes_elsewhere_at_once_and_what_is_over_or_taken_care_of_never([Values("Trigger", "Acknowledge", "Resolve")] string follows)
    {
        var then = Enum.Parse<PageAction>(follows);
        incident.Severity = Verolux.Exporter.Runbooks.Severity.Critical;
        var outbox = new Exporter.Alerts.Outbox.Outbox([["a"]], ["a", "b"]);
        await AddAsync(outbox, PageAction.Trigger);
        await KillAsync((await PendingAsync())[0]);
        if (then != PageAction.Trigger)
            await AddAsync(outbox, then);
        Assert.That((await FailOverAsync(outbox, Workbench.Now)).Select(r => r.Destination), Is.EqualTo(then == PageAction.Trigger ? ["b"] : Array.Empty<string>()));
        Assert.That(await FailOverAsync(outbox, Later), Is.Empty);
    }

    [Test]
    public async Task What_is_delivered_or_not_critical_goes_nowhere_else()
    {
        var outbox = new Exporter.Alerts.Outbox.Outbox([["a"]], ["a", "b"]);
        await AddAsync(outbox, PageAction.Trigger);
        Assert.That(await FailOverAsync(outbox, Later), Is.Empty, "a warning can wait");
        incident.Severity = Verolux.Exporter.Runbooks.Severity.Critical;
        await AddAsync(outbox, PageAction.Trigger);
        await store.WriteAsync(session =>
        {
            Exporter.Alerts.Outbox.Outbox.End(session, Exporter.Alerts.Outbox.Outbox.Pending(session)[^1], delivered: true, null, Workbench.Now);
            return 0;
        });
        Assert.That(await FailOverAsync(outbox, Later), Is.Empty);
    }

    static DateTimeOffset Later => Workbench.Now + Exporter.Alerts.Outbox.Outbox.Patience;

    /// <summary>Looks as it does every few seconds, and then does what is to be done.</summary>
    async Task<IReadOnlyList<OutboxRow>> FailOverAsync(Exporter.Alerts.Outbox.Outbox outbox, DateTimeOffset now)
    {
        await using var reader = store.OpenReader();
        var stuck = outbox.HasStuck(reader, now);
        var told = await store.WriteAsync(session => outbox.FailOver(session, now));
        Assert.That(told.Count > 0, Is.EqualTo(stuck));
        return told;
    }

    IReadOnlyList<DeadLetter> Letters()
    {
        using var reader = store.OpenReader();
        return Exporter.Alerts.Outbox.Outbox.DeadLetters(reader);
    }

    Task<Resending> ResendAsync(Exporter.Alerts.Outbox.Outbox outbox, long id) => store.WriteAsync(session => outbox.Resend(session, id, Later));

    Task<int> KillAsync(OutboxRow row) => store.WriteAsync(session =>
    {
        Exporter.Alerts.Outbox.Outbox.End(session, row, delivered: false, "answered 400", Workbench.Now);
        return 0;
    });

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
