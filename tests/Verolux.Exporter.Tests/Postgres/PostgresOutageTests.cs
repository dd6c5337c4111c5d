using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Postgres;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;
using static Verolux.Exporter.Tests.Postgres.PostgresPeer;

namespace Verolux.Exporter.Tests.Postgres;

/// <summary>A day and more of outages: each is noticed, each is over at the next look, and nothing is left behind. Not beside other tests, since the process is counted as a whole.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public class PostgresOutageTests
{
    const int Outages = 500;

    TemporaryFolder folder = null!;

    [SetUp]
    public void Make() => folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    static IEnumerable<TestCaseData> Kinds =>
    [
        Kind("refused", null, "refused"),
        Kind("dropped", Say(), "protocol"),
        Kind("reset", ResetAsync, "protocol"),
        Kind("a web server", SayAndWait(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n")), "protocol"),
        Kind("starting up", WithoutTls(Fatal("57P03", "the database system is starting up")), "starting_up"),
        Kind("cut in the middle", CutAsync, "protocol"),
    ];

    [TestCaseSource(nameof(Kinds))]
    public async Task Five_hundred_outages_leave_nothing_behind(object? talk, string reason, CancellationToken cancellationToken)
    {
        await using var peer = new PostgresPeer(AnswerAsync);
        await using var engine = new Engine();
        var dead = $"postgresql://u:p@127.0.0.1:{FreePort.Next()}/x";
        await engine.ApplyAsync(Looking.At(folder.Write("connection", peer.Url), time: engine.Time));
        await engine.Time.TurnsAsync();
        async Task OutagesAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                if (talk is null)
                    folder.Write("connection", dead);
                else
                    peer.TalkAsync = (Func<NetworkStream, CancellationToken, Task>)talk;
                await engine.PassAsync(15);
                folder.Write("connection", peer.Url);
                peer.TalkAsync = AnswerAsync;
                await engine.PassAsync(15);
            }
        }
        await OutagesAsync(Outages / 5);
        var before = await MeasureAsync(engine, peer, cancellationToken);
        await OutagesAsync(Outages - (Outages / 5));
        var after = await MeasureAsync(engine, peer, cancellationToken);

        TestContext.Out.WriteLine($"after {Outages / 5}: {before}; after {Outages}: {after}");
        var page = await engine.ScrapeAsync();
        Assert.That((page.Of("verolux_postgres_up").Single(), page.Of("verolux_postgres_failures_total").Single()), Is.EqualTo((1, Outages)));
        Assert.That(page.Series, Has.One.Match($"^verolux_postgres_failures_total{{.*reason=\"{reason}\""));
        AssertNothingIsLeft(before, after);
    }

    /// <summary>Looks that hang end by themselves, a hundred at a time.</summary>
    [Test]
    public async Task Five_hundred_silences_leave_nothing_behind(CancellationToken cancellationToken)
    {
        const int Servers = 100;
        await using var peer = new PostgresPeer(AnswerAsync);
        await using var engine = new Engine();
        var file = Secret.FromFile(folder.Write("connection", peer.Url));
        await engine.ApplyAsync(new PostgresCollector(
            [.. Enumerable.Range(0, Servers).Select(i => new PostgresTarget($"{i}", "north", file, null, Watch.DefaultInterval, TimeSpan.FromSeconds(1)))], engine.Time));
        engine.Time.Advance(TimeSpan.FromSeconds(15));
        await engine.UntilAsync(page => page.Of("verolux_postgres_up").Sum() == Servers);
        await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 0);
        var before = await MeasureAsync(engine, peer, cancellationToken);
        // On a busy machine a first look may have failed already.
        var failed = (await engine.ScrapeAsync()).Of("verolux_postgres_failures_total").Count;
        for (var i = 0; i < Outages / Servers; i++)
        {
            peer.TalkAsync = SayAndWait();
            // By and by, as the looks start, and each is given up a second later.
            for (var second = 0; second < 15; second++)
                await engine.PassAsync(1, turns: 0);
            await engine.UntilAsync(page => page.Of("verolux_postgres_up").Sum() == 0);
            peer.TalkAsync = AnswerAsync;
            await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 0);
            engine.Time.Advance(TimeSpan.FromSeconds(16));
            await engine.UntilAsync(page => page.Of("verolux_postgres_up").Sum() == Servers);
        }
        var after = await MeasureAsync(engine, peer, cancellationToken);
        TestContext.Out.WriteLine($"before: {before}; after {Outages}: {after}");
        Assert.That((await engine.ScrapeAsync()).Of("verolux_postgres_failures_total"), Has.Count.EqualTo(Servers).And.All.GreaterThanOrEqualTo(Outages / Servers));
        // Each server has its failures by now.
        AssertNothingIsLeft(before with { Series = before.Series + Servers - failed }, after);
    }

    [Test]
    public async Task A_real_server_that_is_restarted_killed_and_paused_leaves_nothing_behind(CancellationToken cancellationToken)
    {
        await using var server = await PostgresServer.StartAsync(cancellationToken);
        await using var engine = new Engine();
        await engine.ApplyAsync(Looking.At(folder.Write("connection", server.Url()), time: engine.Time, timeout: 1));
        await engine.Time.TurnsAsync();
        for (var i = 0; i < 5; i++)
        {
            await server.StopAsync();
            await UpIsAsync(engine, 0);
            await server.RestartAsync(cancellationToken);
            await UpIsAsync(engine, 1);
            await server.CrashAsync(cancellationToken);
            await UpIsAsync(engine, 1);
        }
        await server.PauseAsync(cancellationToken);
        engine.Time.Advance(TimeSpan.FromSeconds(15));
        await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 1);
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        await engine.UntilAsync(page => page.Of("verolux_postgres_up").Single() == 0);
        server.Continue();
        await UpIsAsync(engine, 1);
        await Eventually.FoundAsync(
            "the end of every connection of ours",
            async () => await server.AskAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'verolux-exporter'", cancellationToken) == 0 ? "it" : null, cancellationToken);
    }

    /// <summary>Looks until it is so: a server that recovers from a crash is <c>starting_up</c> meanwhile.</summary>
    static async Task UpIsAsync(Engine engine, double up)
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(30)), $"{up} wanted: {engine.Loop.Watches.Single().Newest?.Failure}");
            await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 0);
            await engine.Loop.Watches.Single().LookNowAsync();
        }
        while ((await engine.ScrapeAsync()).Of("verolux_postgres_up").Single() != up);
    }

    static async Task<Left> MeasureAsync(Engine engine, PostgresPeer peer, CancellationToken cancellationToken)
    {
        await Eventually.FoundAsync("the end of every connection", () => peer.Open == 0 ? "it" : null, cancellationToken);
        var page = await engine.ScrapeAsync();
        Assert.That(page.Of("verolux_exporter_looks_in_flight").Single(), Is.Zero);
        using var process = Process.GetCurrentProcess();
        var files = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        return new Left(page.Series.Count, files, process.Threads.Count, Timer.ActiveCount, Heap.Held() / 1e6);
    }

    static void AssertNothingIsLeft(Left before, Left after)
    {
        Assert.That(after.Series, Is.EqualTo(before.Series));
        // The pool and whatever runs beside may have a few more by chance; a leak would have hundreds.
        Assert.That(after.Files, Is.LessThan(before.Files + 20));
        Assert.That(after.Threads, Is.LessThan(before.Threads + 20));
        Assert.That(after.Timers, Is.LessThan(before.Timers + 20));
        Assert.That(after.Megabytes, Is.LessThan(before.Megabytes + 10));
    }

    static async Task CutAsync(NetworkStream stream, CancellationToken stop)
    {
        await DeclineTlsAsync(stream, stop);
        await stream.WriteAsync(Welcome, stop);
        await HearAsync(stream, stop);
    }

    static TestCaseData Kind(string name, Func<NetworkStream, CancellationToken, Task>? talk, string reason) => new TestCaseData(talk, reason).SetArgDisplayNames(name);

    sealed record Left(int Series, int Files, int Threads, long Timers, double Megabytes);
}
