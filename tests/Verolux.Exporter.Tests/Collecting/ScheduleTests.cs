using NUnit.Framework;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>When looks start.</summary>
[CancelAfter(120_000)]
public class ScheduleTests
{
    [Test]
    public async Task First_looks_are_spread_over_the_interval()
    {
        await using var engine = new Engine();
        var start = engine.Time.GetUtcNow();
        var times = new double[4];
        Watch Of(int i) => Things.Watch(
            _ =>
            {
                times[i] = (engine.Time.GetUtcNow() - start).TotalSeconds;
                return Task.FromResult(Things.Good());
            }, $"{i}", interval: 60);
        await engine.ApplyAsync(new Things([.. Enumerable.Range(0, 4).Select(Of)]));
        await engine.Time.TurnsAsync();
        for (var i = 1; i < 4; i++)
            await engine.PassAsync(15);

        Assert.That(times, Is.EqualTo(new[] { 0d, 15, 30, 45 }));
    }

    [Test]
    public async Task A_look_starts_every_interval_however_long_looks_take()
    {
        await using var engine = new Engine();
        var start = engine.Time.GetUtcNow();
        var times = new List<double>();
        var answer = new TaskCompletionSource<Look>();
        await engine.ApplyAsync(new Things(Things.Watch(_ =>
        {
            times.Add((engine.Time.GetUtcNow() - start).TotalSeconds);
            answer = new TaskCompletionSource<Look>();
            started.Release();
            return answer.Task;
        })));
        foreach (var seconds in (double[])[0, 1, 4])
        {
            await started.WaitAsync();
            engine.Time.Advance(TimeSpan.FromSeconds(seconds));
            answer.SetResult(Things.Good());
            await engine.Time.TurnsAsync();
            engine.Time.Advance(TimeSpan.FromSeconds(15 - seconds));
        }
        await started.WaitAsync();
        Assert.That(times, Is.EqualTo(new[] { 0d, 15, 30, 45 }));
        answer.SetResult(Things.Good());
    }

    readonly SemaphoreSlim started = new(0);

    [Test]
    public async Task A_watch_never_has_two_turns_at_once()
    {
        await using var engine = new Engine();
        var turns = 0;
        var look = new Watch
        {
            Target = new Target("a", "north"),
            Options = "slow",
            Interval = TimeSpan.FromSeconds(15),
            Timeout = TimeSpan.FromSeconds(60),
            LookAsync = _ =>
            {
                Interlocked.Increment(ref turns);
                started.Release();
                return new TaskCompletionSource<Look>().Task;
            },
        };
        await engine.ApplyAsync(new Things(look));
        await started.WaitAsync();
        for (var seconds = 0; seconds < 45; seconds += 15)
            engine.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.That((turns, engine.Time.TurnsLeft), Is.EqualTo((1, 0)));

        // The turns that it missed are not made up for: it starts one, at once.
        engine.Time.Advance(TimeSpan.FromSeconds(15));
        await engine.Time.TurnsAsync();
        await started.WaitAsync();
        Assert.That(turns, Is.EqualTo(2));
    }

    [Test]
    public async Task How_late_a_look_starts_is_measured()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(Things.Giving(() => Things.Good()));
        await engine.Time.TurnsAsync();
        await engine.PassAsync(17);

        var page = await engine.ScrapeAsync();
        Assert.That(page["""verolux_exporter_look_delay_seconds_count{site="north"}"""], Is.EqualTo(2));
        Assert.That(page["""verolux_exporter_look_delay_seconds_sum{site="north"}"""], Is.EqualTo(2).Within(0.01));
    }

    [Test]
    public async Task Ten_thousand_watches_start_and_look()
    {
        const int Many = 10_000;
        await using var engine = new Engine(TimeProvider.System);
        using var looked = new CountdownEvent(Many);
        Watch Of(int i)
        {
            var first = 1;
            return Things.Watch(
                _ =>
                {
                    if (Interlocked.Exchange(ref first, 0) == 1)
                        looked.Signal();
                    return Task.FromResult(new Look([Things.Of(Things.Value, i, $"{i}")]));
                }, $"{i}", interval: 2);
        }
        await engine.ApplyAsync(new Things([.. Enumerable.Range(0, Many).Select(Of)]));

        Assert.That(engine.Loop.Watches, Has.Count.EqualTo(Many));
        Assert.That(await Task.Run(() => looked.Wait(TimeSpan.FromSeconds(60))), Is.True, $"{looked.CurrentCount} have not looked");
        await engine.UntilAsync(p => p.Of("verolux_thing_up").Count == Many);
        Assert.That((await engine.ScrapeAsync())["""verolux_exporter_watches{site="north"}"""], Is.EqualTo(Many));
    }
}
