using System.Diagnostics;
using NUnit.Framework;
using Verolux.Exporter.Redis;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Redis;

/// <summary>A day of outages under the real engine, whose clock the test moves.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public class RedisOutageTests
{
    const int Outages = 500;
    const string Main = """{site="north",server="main"}""";

    [TestCase("auth", "-WRONGPASS invalid username-password pair\r\n")]
    [TestCase("too_many_connections", "-ERR max number of clients reached\r\n")]
    [TestCase("protocol", RedisPeer.Close)]
    [TestCase("protocol", "garbage\r\n")]
    [TestCase("timeout", RedisPeer.Silence)]
    [TestCase("protocol", RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Close, TestName = "Outages_that_the_library_meets_leave_nothing_behind")]
    [TestCase("timeout", RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Silence, TestName = "Outages_that_hold_the_library_leave_nothing_behind")]
    [TestCase("timeout", RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Silence, TestName = "Outages_in_the_middle_of_an_answer_leave_nothing_behind")]
    public async Task Outages_leave_nothing_behind(string reason, params string[] answers)
    {
        await using var peer = new RedisPeer();
        await using var engine = new Engine();
        await engine.ApplyAsync(new RedisCollector([Looking.At(peer.Port)]));
        await engine.Time.TurnsAsync();
        for (var i = 0; i < 20; i++)
            await OutageAsync(engine, peer, reason, answers);
        var before = Held.Now(await engine.ScrapeAsync());
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Outages; i++)
            await OutageAsync(engine, peer, reason, answers);
        await peer.ClosedAsync(TestContext.CurrentContext.CancellationToken);
        // The library's timers see at their next tick that nobody needs them any more.
        var page = await engine.ScrapeAsync();
        var after = await Eventually.FoundAsync<Held>(
            "the end of the timers", () => Held.Now(page) is var now && now.Timers <= before.Timers + 5 ? now : null, TestContext.CurrentContext.CancellationToken);

        await TestContext.Out.WriteLineAsync($"{Outages} outages ({reason}) in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s: {before} -> {after}");
        Assert.That(page[$$"""verolux_redis_failures_total{site="north",server="main",reason="{{reason}}"}"""], Is.EqualTo(Outages + 20));
        Assert.That(page["""verolux_exporter_looks_in_flight{site="north"}"""], Is.Zero);
        AssertNothingIsLeft(before, after);
    }

    [Test]
    public async Task A_long_outage_leaves_nothing_behind_and_ends_by_itself(CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        await using var engine = new Engine();
        await engine.ApplyAsync(new RedisCollector([Looking.At(port)]));
        await engine.Time.TurnsAsync();
        var before = Held.Now(await engine.ScrapeAsync());
        for (var i = 0; i < Outages; i++)
            await engine.PassAsync(15);
        var page = await engine.ScrapeAsync();
        var after = Held.Now(page);
        await TestContext.Out.WriteLineAsync($"{Outages} looks in vain (refused): {before} -> {after}");
        Assert.That(page["""verolux_redis_failures_total{site="north",server="main",reason="refused"}"""], Is.EqualTo(Outages + 1));
        AssertNothingIsLeft(before, after);

        await using var peer = new RedisPeer(port);
        await engine.PassAsync(15);
        Assert.That((await engine.ScrapeAsync())[$"verolux_redis_up{Main}"], Is.EqualTo(1));
    }

    [Test]
    public async Task A_broken_server_delays_no_other(CancellationToken cancellationToken)
    {
        await using var server = await RedisServer.StartAsync(cancellationToken);
        using var silent = new SilentServer();
        await using var engine = new Engine();
        var broken = Enumerable.Range(0, 20).Select(i => Looking.At(silent.Port) with { Name = $"broken{i}" });
        await engine.ApplyAsync(new RedisCollector([.. broken, Looking.At(server)]));
        engine.Time.Advance(TimeSpan.FromSeconds(14.9));
        await engine.UntilAsync(page => page[$"verolux_redis_up{Main}"] == 1);
        Assert.That((await engine.ScrapeAsync()).Of("verolux_redis_up").Count(up => up == 0), Is.LessThanOrEqualTo(20));
    }

    static async Task OutageAsync(Engine engine, RedisPeer peer, string reason, string[] answers)
    {
        peer.Answers = answers;
        var connections = peer.Connections;
        engine.Time.Advance(TimeSpan.FromSeconds(15));
        if (reason == "timeout")
        {
            while (peer.Connections == connections)
                await Task.Yield();
            engine.Time.Advance(TimeSpan.FromSeconds(5));
            // Where three that are left behind have not ended yet, a new one would not start.
            await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 0);
        }
        await engine.Time.TurnsAsync();
        Assert.That(engine.Loop.Watches.Single().Newest?.Failure?.Reason.Name, Is.EqualTo(reason));
        peer.Answers = [];
        await engine.PassAsync(15);
        Assert.That(engine.Loop.Watches.Single().Newest?.Failure, Is.Null);
    }

    static void AssertNothingIsLeft(Held before, Held after)
    {
        Assert.That(after.Series, Is.EqualTo(before.Series));
        Assert.That(after.Files, Is.LessThanOrEqualTo(before.Files + 5));
        Assert.That(after.Threads, Is.LessThanOrEqualTo(before.Threads + 10));
        Assert.That(after.Memory, Is.LessThan(before.Memory + (1024 * 1024)), "2 KB for each outage");
    }

    /// <summary>What this process holds.</summary>
    sealed record Held(int Series, int Files, int Threads, long Timers, long Memory)
    {
        public static Held Now(Exposition page)
        {
            using var process = Process.GetCurrentProcess();
            return new Held(page.Series.Count, Directory.GetFileSystemEntries("/proc/self/fd").Length, process.Threads.Count, Timer.ActiveCount, Heap.Held());
        }
    }
}
