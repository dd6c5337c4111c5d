using NUnit.Framework;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>Looks that somebody asks for, looks that a target asks to be spared, and what is kept of them for people.</summary>
[CancelAfter(60_000)]
public class OnDemandTests
{
    static readonly Failure Broken = new(Things.Broken, "it is broken");

    static Look Told(Failure? failure = null) => new([], failure) { Steps = [new Step("connect", TimeSpan.FromSeconds(1), "accepted")] };

    [Test]
    public async Task A_target_that_asks_for_rest_is_left_alone_so_long()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(() => Things.Good(1) with { Rest = TimeSpan.FromSeconds(60) }, () => Things.Good(2) with { Rest = TimeSpan.FromSeconds(1) }, () => Things.Good(3)));
        await engine.Time.TurnsAsync();
        engine.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.That((await engine.ScrapeAsync()).Of("verolux_thing_value"), Is.EqualTo(new[] { 1d }));
        Assert.That(engine.Time.TurnsLeft, Is.Zero);

        await engine.PassAsync(1);
        Assert.That((await engine.ScrapeAsync()).Of("verolux_thing_value"), Is.EqualTo(new[] { 2d }));
        await engine.PassAsync(15);
        Assert.That((await engine.ScrapeAsync()).Of("verolux_thing_value"), Is.EqualTo(new[] { 3d }), "a rest shorter than the interval changes nothing");
    }

    [Test]
    public async Task A_watch_that_never_looks_publishes_its_constants()
    {
        await using var engine = new Engine();
        var looks = 0;
        await engine.ApplyAsync(new Things(new Watch
        {
            Target = new Target("a", "north"),
            Options = "a",
            Interval = Watch.Never,
            Constants = [Things.Of(Things.Threshold, 0.9)],
            LookAsync = _ =>
            {
                looks++;
                return Task.FromResult(Things.Good());
            },
        }));
        engine.Time.Advance(TimeSpan.FromDays(1));

        Assert.That((await engine.ScrapeAsync()).Series.Where(s => s.StartsWith("verolux_thing_")), Is.EqualTo(new[] { """verolux_thing_value_threshold{site="north",thing="a"}""" }));
        Assert.That((looks, engine.Time.TurnsLeft), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Whoever_asks_while_a_look_is_under_way_gets_that_one()
    {
        await using var engine = new Engine();
        var (looks, started, answer) = (0, new SemaphoreSlim(0), new TaskCompletionSource<Look>());
        await engine.ApplyAsync(new Things(Things.Watch(_ =>
        {
            looks++;
            started.Release();
            return answer.Task;
        })));
        // The timer's.
        await started.WaitAsync();
        var watched = engine.Loop.Watches.Single();
        var (one, other) = (watched.LookNowAsync(), watched.LookNowAsync());
        Assert.That((one.IsCompleted, other.IsCompleted), Is.EqualTo((false, false)));
        answer.SetResult(Told());
        await engine.Time.TurnsAsync();
        Assert.That(await one, Is.SameAs(await other).And.SameAs(watched.Newest));
        Assert.That(looks, Is.EqualTo(1));

        answer = new TaskCompletionSource<Look>();
        answer.SetResult(Told(Broken));
        Assert.That((await watched.LookNowAsync()).Failure, Is.EqualTo(Broken));
        Assert.That(looks, Is.EqualTo(2));
        await engine.PassAsync(15);
        Assert.That(looks, Is.EqualTo(3), "the timer keeps its cadence");
    }

    [Test]
    public async Task A_look_that_was_asked_for_is_published_at_once()
    {
        await using var engine = new Engine();
        var value = 0;
        await engine.ApplyAsync(new Things(Things.Watch(_ => Task.FromResult(Things.Good(++value)))));
        await engine.Time.TurnsAsync();
        var watched = engine.Loop.Watches.Single();
        await watched.LookNowAsync();

        Assert.That((await engine.ScrapeAsync()).Of("verolux_thing_value"), Is.EqualTo(new[] { 2d }));
        Assert.That(watched.Read().Single(s => s.Family == Things.Value), Is.EqualTo(Things.Of(Things.Value, 2)).Using<Sample>((a, b) => a.Value == b.Value && a.Labels.SequenceEqual(b.Labels)));
    }

    [Test]
    public async Task What_is_published_can_be_read_and_is_what_a_scrape_shows()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(() => new Look([Things.Of(Things.Value, 0.5), Things.Of(Things.Events, 7), Things.Of(Things.Status, double.NaN)], Broken)));
        await engine.Time.TurnsAsync();
        var page = await engine.ScrapeAsync();
        var read = engine.Loop.Watches.Single().Read();

        Assert.That(read.Select(s => (s.Family.Name, s.Value)), Is.SupersetOf(new[] { ("verolux_thing_value", 0.5), ("verolux_thing_events_total", 7d), ("verolux_thing_up", 0d) }));
        Assert.That(read.Select(s => s.Value), Is.EquivalentTo(page.Series.Where(s => s.StartsWith("verolux_thing_")).Select(s => page[s])));
    }

    [Test]
    public async Task The_last_looks_are_kept_newest_first_and_good_ones_push_out_no_failures()
    {
        await using var engine = new Engine();
        // b: bad, g: good, and some that have nothing to tell.
        var looks = new Queue<char>("bbbbbbbbbbbbgbgggg.gb");
        await engine.ApplyAsync(new Things(new Watch
        {
            Target = new Target("a", "north"),
            Options = "a",
            Interval = Watch.Never,
            LookAsync = _ => Task.FromResult(looks.Dequeue() switch { 'b' => Told(Broken), 'g' => Told(), _ => Things.Good() }),
        }));
        var watched = engine.Loop.Watches.Single();
        while (looks.Count > 0)
        {
            engine.Time.Advance(TimeSpan.FromSeconds(1));
            await watched.LookNowAsync();
        }

        Assert.That(string.Concat(watched.Recent.Select(s => s.Failure is null ? 'g' : 'b')), Is.EqualTo("bgggbbbbbbbbb"));
        Assert.That(watched.Recent.Select(s => s.At), Is.Ordered.Descending);
        Assert.That(watched.Recent[0], Is.SameAs(watched.Newest));
        Assert.That(watched.Recent[0].Steps.Single().Said, Is.EqualTo("accepted"));
    }

    [Test]
    public async Task The_last_picture_is_kept_while_looks_bring_none()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(() => Things.Good(), () => Things.Good() with { Picture = [1] }, () => Things.Good() with { Picture = [2] }, () => new Look([], Broken)));
        await engine.Time.TurnsAsync();
        var watched = engine.Loop.Watches.Single();
        var kept = new List<byte[]?> { watched.Picture };
        for (var i = 0; i < 3; i++)
        {
            await engine.PassAsync(15);
            kept.Add(watched.Picture);
        }
        Assert.That(kept, Is.EqualTo(new byte[]?[] { null, [1], [2], [2] }));
    }
}
