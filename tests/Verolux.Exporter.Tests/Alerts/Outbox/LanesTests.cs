using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Outbox;

public class LanesTests
{
    static readonly DateTimeOffset Now = Workbench.Now;
    Lanes lanes = null!;

    [SetUp]
    public void Make() => lanes = new Lanes();

    [Test]
    public void A_lane_keeps_its_order_and_has_one_row_under_way()
    {
        lanes.Add(Row(1, series: 1));
        lanes.Add(Row(2, series: 1));
        var first = lanes.Take(Now)!;
        Assert.That((first.Id, lanes.Take(Now)), Is.EqualTo((1, (OutboxRow?)null)));
        lanes.End(first);
        Assert.That(lanes.Take(Now)!.Id, Is.EqualTo(2));
    }

    [Test]
    public void The_most_urgent_goes_first_then_the_oldest()
    {
        lanes.Add(Row(1, series: 1, Severity.Warning));
        lanes.Add(Row(2, series: 2, Severity.Warning));
        lanes.Add(Row(3, series: 3, Severity.Critical));
        lanes.Add(Row(4, series: 4, Severity.Critical));
        Assert.That(Enumerable.Range(0, 4).Select(_ => lanes.Take(Now)!.Id), Is.EqualTo([3, 4, 1, 2]));
    }

    [Test]
    public void Among_the_lanes_what_wakes_somebody_goes_first_then_what_takes_work_off()
    {
        OutboxRow[] rows =
        [
            Row(1, series: 1, Severity.Info),
            Row(2, series: 2, Severity.Warning),
            Row(3, series: 3, Severity.Critical) with { Action = PageAction.Resolve },
            Row(4, series: 4, Severity.Warning) with { Action = PageAction.Acknowledge },
            Row(5, series: 5, Severity.Warning) with { Level = 2 },
            Row(6, series: 6, Severity.Critical),
            Row(7, series: 7, Severity.Critical) with { Level = 3 },
            Row(8, series: 6, Severity.Critical) with { Action = PageAction.Resolve },
        ];
        foreach (var row in rows)
            lanes.Add(row);
        var order = new List<long>();
        while (lanes.Peek(Now) is { } next)
        {
            Assert.That(lanes.Take(Now), Is.EqualTo(next));
            order.Add(next.Id);
            lanes.End(next);
        }
        Assert.That(order, Is.EqualTo([6, 5, 7, 3, 4, 8, 2, 1]));
    }

    [Test]
    public void Looking_takes_nothing()
    {
        lanes.Add(Row(1, series: 1) with { DueAt = Now.AddSeconds(1) });
        Assert.That(lanes.Peek(Now), Is.Null);
        Assert.That((lanes.Peek(Now.AddSeconds(1))!.Id, lanes.Peek(Now.AddSeconds(1))!.Id, lanes.Take(Now.AddSeconds(1))!.Id), Is.EqualTo((1, 1, 1)));
        Assert.That(lanes.Peek(Now.AddSeconds(1)), Is.Null);
    }

    [Test]
    public void What_is_urgent_and_comes_late_overtakes_what_is_ready()
    {
        lanes.Add(Row(1, series: 1));
        lanes.Add(Row(2, series: 2));
        lanes.Take(Now);
        lanes.Add(Row(3, series: 3, Severity.Critical));
        Assert.That(lanes.Take(Now)!.Id, Is.EqualTo(3));
    }

    [Test]
    public void What_waits_for_its_first_attempt_can_be_let_go_earlier()
    {
        lanes.Add(Row(1, series: 1) with { DueAt = Now.AddSeconds(2) });
        lanes.Add(Row(2, series: 2) with { DueAt = Now.AddSeconds(2) });
        var key = Row(1, series: 1).Series;
        lanes.Hasten(key, Now.AddSeconds(1));
        Assert.That((lanes.Take(Now), lanes.NextDue), Is.EqualTo(((OutboxRow?)null, Now.AddSeconds(1))));
        var first = lanes.Take(Now.AddSeconds(1))!;
        lanes.Hasten(key, Now);
        Assert.That((first.Id, lanes.Take(Now.AddSeconds(1))), Is.EqualTo((1, (OutboxRow?)null)), "what is under way is not sent twice");
        lanes.Postpone(first with { Attempts = 1, DueAt = Now.AddMinutes(1) });
        lanes.Hasten(key, Now);
        Assert.That(lanes.Take(Now.AddSeconds(1)), Is.Null, "a destination that is to be left alone is");
        Assert.That(lanes.Take(Now.AddSeconds(2))!.Id, Is.EqualTo(2), "another series keeps its time");
        lanes.Hasten(Row(3, series: 3).Series, Now);
    }

    [Test]
    public void A_postponed_row_blocks_its_own_lane_alone()
    {
        lanes.Add(Row(1, series: 1));
        lanes.Add(Row(2, series: 1));
        lanes.Add(Row(3, series: 2));
        lanes.Postpone(lanes.Take(Now)! with { Attempts = 1, DueAt = Now.AddMinutes(1) });
        Assert.That(lanes.Take(Now)!.Id, Is.EqualTo(3));
        Assert.That((lanes.Take(Now.AddSeconds(59)), lanes.NextDue), Is.EqualTo(((OutboxRow?)null, Now.AddMinutes(1))));
        Assert.That(lanes.Take(Now.AddMinutes(1)), Is.EqualTo(Row(1, series: 1) with { Attempts = 1, DueAt = Now.AddMinutes(1) }));
        Assert.That(lanes.NextDue, Is.Null);
    }

    [Test]
    public void All_that_is_pending_counts_whatever_its_state()
    {
        Assert.That((lanes.Count, lanes.Oldest), Is.EqualTo((0, (DateTimeOffset?)null)));
        lanes.Add(Row(1, series: 1));
        lanes.Add(Row(2, series: 1));
        lanes.Add(Row(3, series: 2) with { CreatedAt = Now.AddMinutes(-1) });
        var taken = lanes.Take(Now)!;
        Assert.That((lanes.Count, lanes.Oldest), Is.EqualTo((3, Now.AddMinutes(-1))));
        lanes.Postpone(taken);
        Assert.That(lanes.Count, Is.EqualTo(3));
        lanes.End(lanes.Take(Now)!);
        Assert.That(lanes.Count, Is.EqualTo(2));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Whatever_happens_each_lane_is_told_in_order_and_to_its_end(int seed)
    {
        var random = new Random(seed);
        var (now, id) = (Now, 0);
        var expected = new Dictionary<int, Queue<long>>();
        var underway = new Dictionary<int, OutboxRow>();
        for (var step = 0; step < 20_000 || expected.Values.Any(q => q.Count > 0); step++)
        {
            now += TimeSpan.FromSeconds(random.Next(2));
            var series = random.Next(8);
            if (step < 20_000 && random.Next(3) == 0)
            {
                lanes.Add(Row(++id, series, (Severity)random.Next(2)) with { DueAt = now.AddSeconds(random.Next(-1, 2)), CreatedAt = now });
                expected.TryAdd(series, new Queue<long>());
                expected[series].Enqueue(id);
            }
            else if (underway.Remove(series, out var row))
            {
                if (random.Next(3) == 0)
                    lanes.Postpone(row with { DueAt = now.AddSeconds(random.Next(5)) });
                else
                {
                    lanes.End(row);
                    expected[series].Dequeue();
                }
            }
            else if (lanes.Take(now) is { } taken)
            {
                var lane = (int)taken.Series.Low;
                Assert.That((taken.DueAt <= now, taken.Id, underway.TryAdd(lane, taken)), Is.EqualTo((true, expected[lane].Peek(), true)), $"seed {seed}, step {step}");
            }
            else
                Assert.That(lanes.NextDue, Is.Null.Or.GreaterThan(now), $"seed {seed}, step {step}: what is due is given");
            Assert.That(lanes.Count, Is.EqualTo(expected.Values.Sum(q => q.Count)), $"seed {seed}, step {step}");
        }
    }

    static OutboxRow Row(long id, int series, Severity severity = Severity.Warning) =>
        new(id, "pagerduty", id, new SeriesKey(0, (ulong)series), severity, PageAction.Trigger, "vx1-x", 0, Now, Now);
}
