using System.Collections.Concurrent;
using NUnit.Framework;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>Looks that do not come back in time.</summary>
[CancelAfter(60_000)]
public class OverrunTests
{
    const string Thing = """{site="north",thing="a"}""";
    const string Up = $"verolux_thing_up{Thing}";
    const string Value = $"verolux_thing_value{Thing}";
    const string Timeouts = """verolux_thing_failures_total{site="north",thing="a",reason="timeout"}""";
    const string InFlight = """verolux_exporter_looks_in_flight{site="north"}""";
    const string WrittenOff = """verolux_exporter_looks_abandoned_total{site="north"}""";

    /// <summary>Looks that hang until they are let go, whatever their token says.</summary>
    sealed class Hanging
    {
        readonly SemaphoreSlim started = new(0);

        public ConcurrentQueue<(TaskCompletionSource<Look> Answer, CancellationToken Token)> Looks { get; } = new();

        public Task<Look> LookAsync(CancellationToken token)
        {
            var answer = new TaskCompletionSource<Look>();
            Looks.Enqueue((answer, token));
            started.Release();
            return answer.Task;
        }

        public async Task StartedAsync() => Assert.That(await started.WaitAsync(TimeSpan.FromSeconds(30)), "no look has started");

        public void LetGo(Look? answer = null)
        {
            while (Looks.TryDequeue(out var look))
                look.Answer.SetResult(answer ?? Things.Good(99));
        }
    }

    [Test]
    public async Task A_slice_can_say_what_it_means_that_a_look_is_not_back()
    {
        await using var engine = new Engine();
        var watch = new Watch
        {
            Target = new Target("a", "north"),
            Options = "a",
            Interruptible = false,
            Overran = detail => new Look([Things.Of(Things.Status, 0)], new Failure(Things.Gone, detail)),
            LookAsync = new Hanging().LookAsync,
        };
        await engine.ApplyAsync(new Things(watch));
        await engine.PassAsync(5);
        await engine.PassAsync(10);
        var page = await engine.ScrapeAsync();
        Assert.That((page[Up], page[$"verolux_thing_status_code{Thing}"]), Is.EqualTo((0d, 0d)));
        Assert.That(page["""verolux_thing_failures_total{site="north",thing="a",reason="gone"}"""], Is.EqualTo(2), "the second one only finds that the first is still out");
        Assert.That(engine.Loop.Watches.Single().Newest?.Failure, Is.EqualTo(new Failure(Things.Gone, "1 earlier look(s) still hang, so no new one is started")));
    }

    [Test]
    public async Task A_look_that_ignores_its_token_is_abandoned_at_its_timeout_and_unheard_later()
    {
        await using var engine = new Engine();
        var hanging = new Hanging();
        await engine.ApplyAsync(new Things(Things.Watch(hanging.LookAsync)));
        await hanging.StartedAsync();
        engine.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.That((await engine.ScrapeAsync())[Up], Is.Null);
        Assert.That(hanging.Looks.Single().Token.IsCancellationRequested, Is.False);

        await engine.PassAsync(0.1);
        var page = await engine.ScrapeAsync();
        Assert.That((page[Up], page[Timeouts], page[InFlight]), Is.EqualTo((0d, 1d, 1d)));
        Assert.That(page["""verolux_thing_probe_duration_seconds{site="north",thing="a"}"""], Is.EqualTo(5).Within(0.01));
        Assert.That(hanging.Looks.Single().Token.IsCancellationRequested, Is.True);
        Assert.That(engine.Loop.Watches.Single().Newest?.Failure, Is.EqualTo(new Failure(FailureReason.Timeout, "no answer within 5 s")));

        hanging.LetGo();
        await engine.UntilAsync(p => p[InFlight] == 0);
        Assert.That((await engine.ScrapeAsync())[Up], Is.Zero);
        Assert.That((await engine.ScrapeAsync())[Value], Is.Null);
    }

    [Test]
    public async Task A_look_that_blocks_its_thread_is_abandoned_too()
    {
        await using var engine = new Engine();
        using var release = new ManualResetEventSlim();
        await engine.ApplyAsync(new Things(Things.Watch(_ =>
        {
            release.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
            return Task.FromResult(Things.Good());
        })));
        await engine.PassAsync(5);
        Assert.That((await engine.ScrapeAsync())[Timeouts], Is.EqualTo(1));
        release.Set();
        await engine.UntilAsync(p => p[InFlight] == 0);
    }

    [Test]
    public async Task A_look_that_gives_itself_up_is_a_timeout()
    {
        await using var engine = new Engine();
        await engine.ApplyAsync(new Things(Things.Watch(_ => Task.FromCanceled<Look>(new CancellationToken(true)))));
        await engine.Time.TurnsAsync();

        var page = await engine.ScrapeAsync();
        Assert.That((page[Timeouts], page[InFlight]), Is.EqualTo((1d, 0d)));
    }

    [TestCase(true, 3)]
    [TestCase(false, 1)]
    public async Task Only_so_many_looks_hang_at_once_and_looking_goes_on_when_they_are_back(bool interruptible, int most)
    {
        await using var engine = new Engine();
        var hanging = new Hanging();
        await engine.ApplyAsync(new Things(Things.Watch(hanging.LookAsync, interruptible: interruptible)));
        for (var turn = 1; turn <= most; turn++)
        {
            await hanging.StartedAsync();
            await engine.PassAsync(5);
            engine.Time.Advance(TimeSpan.FromSeconds(10));
        }
        // The next turns start none, and say so at once.
        await engine.Time.TurnsAsync();
        await engine.PassAsync(15);
        var full = await engine.ScrapeAsync();
        Assert.That(hanging.Looks, Has.Count.EqualTo(most));
        Assert.That((full[Timeouts], full[InFlight], full[Up]), Is.EqualTo((most + 2d, (double)most, 0d)));

        hanging.LetGo();
        await engine.UntilAsync(p => p[InFlight] == 0);
        Assert.That((await engine.ScrapeAsync())[Value], Is.Null, "a late answer was heard");
        engine.Time.Advance(TimeSpan.FromSeconds(15));
        await hanging.StartedAsync();
        hanging.LetGo(Things.Good(7));
        await engine.Time.TurnsAsync();
        var back = await engine.ScrapeAsync();
        Assert.That((back[Up], back[Value]), Is.EqualTo((1d, 7d)));
    }

    [Test]
    public async Task What_is_not_back_a_minute_later_is_written_off_once_and_counted()
    {
        await using var engine = new Engine();
        var hanging = new Hanging();
        await engine.ApplyAsync(new Things(Things.Watch(hanging.LookAsync, interval: 3600)));
        await hanging.StartedAsync();
        await engine.PassAsync(5);
        engine.Time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.That((await engine.ScrapeAsync())[WrittenOff], Is.Zero);
        engine.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That((await engine.ScrapeAsync())[WrittenOff], Is.EqualTo(1));
        engine.Time.Advance(TimeSpan.FromSeconds(600));
        Assert.That((await engine.ScrapeAsync())[WrittenOff], Is.EqualTo(1));
        hanging.LetGo();
    }

    [Test]
    public async Task What_is_back_within_the_minute_is_not_counted()
    {
        await using var engine = new Engine();
        var hanging = new Hanging();
        await engine.ApplyAsync(new Things(Things.Watch(hanging.LookAsync, interval: 3600)));
        await hanging.StartedAsync();
        await engine.PassAsync(5);
        hanging.LetGo();
        await engine.UntilAsync(p => p[InFlight] == 0);
        engine.Time.Advance(TimeSpan.FromSeconds(120));
        Assert.That((await engine.ScrapeAsync())[WrittenOff], Is.Zero);
    }

    [Test]
    public async Task A_watch_that_hangs_delays_no_other()
    {
        await using var engine = new Engine();
        var hanging = new Hanging();
        await engine.ApplyAsync(new Things(Things.Watch(hanging.LookAsync), Things.Watch(_ => Task.FromResult(new Look([Things.Of(Things.Value, 1, "b")])), "b")));
        await hanging.StartedAsync();
        engine.Time.Advance(TimeSpan.FromSeconds(4));
        engine.Time.Advance(TimeSpan.FromSeconds(3.5));
        await engine.Time.TurnsAsync(2);

        var page = await engine.ScrapeAsync();
        Assert.That(page["""verolux_thing_up{site="north",thing="b"}"""], Is.EqualTo(1));
        Assert.That(page[InFlight], Is.EqualTo(1));
        hanging.LetGo();
    }

    [Test]
    public async Task What_comes_back_after_the_watch_was_removed_changes_nothing_and_stops_nothing()
    {
        await using var engine = new Engine();
        var hanging = new Hanging();
        await engine.ApplyAsync(new Things(Things.Watch(hanging.LookAsync)));
        await hanging.StartedAsync();
        await engine.ApplyAsync();
        hanging.LetGo(Look.Failed(Things.Broken, "it was removed"));
        await engine.UntilAsync(p => p[InFlight] == 0);

        Assert.That((await engine.ScrapeAsync()).Series, Has.None.StartsWith("verolux_thing"));
        Assert.That(engine.HasStopped, Is.False);
        Assert.That(engine.Log.All, Is.Empty);
    }
}
