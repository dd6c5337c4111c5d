using System.Diagnostics;
using System.Net.Sockets;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.RabbitMq;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.RabbitMq;

/// <summary>Outages by the hundred, and what is left of them.</summary>
[CancelAfter(300_000)]
[NonParallelizable]
public class OutageTests
{
    const int Outages = 500;

    /// <summary>Every so many outages there is a good look between.</summary>
    const int Rhythm = 25;

    RabbitServer server = null!;

    [OneTimeSetUp]
    public async Task Start() => server = await RabbitServer.SharedAsync();

    [TestCase("hangs up", "protocol")]
    [TestCase("talks nonsense", "protocol")]
    [TestCase("is silent", "timeout")]
    [TestCase("refuses", "refused")]
    [TestCase("knows nobody", "auth")]
    [TestCase("has no management", "protocol")]
    public async Task Five_hundred_outages_leave_nothing_behind(string kind, string reason, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var broken = false;
        await using var peer = new ScriptedServer(async (stream, ct) =>
        {
            if (!broken)
                await RelayAsync(stream, kind == "has no management" ? server.ManagementUrl.Port : server.Port, ct);
            else if (kind == "talks nonsense")
                await stream.WriteAsync("220 mail.example ESMTP\r\n"u8.ToArray(), ct);
            if (broken && kind is "talks nonsense" or "is silent")
                await ScriptedServer.UntilClosedAsync(stream, ct);
        });
        var (good, bad) = (RabbitServer.UriOf(peer.Port), RabbitServer.UriOf(kind == "refuses" ? FreePort.Next() : peer.Port, password: kind == "knows nobody" ? "wrong" : RabbitServer.Password));
        if (kind == "has no management")
            (good, bad) = (RabbitServer.UriOf(server.Port), RabbitServer.UriOf(server.Port));
        var broker = Watching.At("") with { Uri = Secret.FromFile(folder.Write("uri", good)) };
        if (kind == "has no management")
            broker = broker.WithManagement(new Uri($"http://127.0.0.1:{peer.Port}/"));

        await using var engine = new Engine();
        await engine.ApplyAsync(new RabbitMqCollector([broker]));
        await engine.Time.TurnsAsync();
        await RoundAsync(2 * Rhythm);
        var before = await LeftAsync();
        await RoundAsync(Outages);
        var after = await LeftAsync();

        TestContext.Out.WriteLine($"{kind}: {Outages} outages; before {before}, after {after}");
        var page = await engine.ScrapeAsync();
        Assert.That(page[$"verolux_rabbitmq_failures_total{{site=\"north\",broker=\"main\",reason=\"{reason}\"}}"], Is.EqualTo(Outages + (2 * Rhythm)), string.Concat(engine.Log.All));
        Assert.That(after.Handles, Is.LessThanOrEqualTo(before.Handles + 8), "of the threads that come and go");
        Assert.That(after.Series, Is.EqualTo(before.Series));
        Assert.That(after.Threads, Is.LessThanOrEqualTo(before.Threads + 8), "the pool's own go and come");
        Assert.That(after.Bytes, Is.LessThan(before.Bytes + 3_000_000));
        Assert.That(peer.Open, Is.Zero);

        async Task RoundAsync(int outages)
        {
            for (var outage = 1; outage <= outages; outage++)
            {
                broken = kind != "knows nobody";
                folder.Write("uri", bad);
                engine.Time.Advance(Watch.DefaultInterval);
                if (kind == "is silent")
                {
                    await engine.UntilAsync(_ => peer.Open == 1);
                    engine.Time.Advance(Watch.DefaultTimeout);
                }
                await engine.Time.TurnsAsync();
                // The look itself is back a moment after it was given up, once its connection is closed.
                if (kind == "is silent")
                    await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 0 && peer.Open == 0);
                broken = false;
                folder.Write("uri", good);
                if (outage % Rhythm == 0)
                {
                    await engine.Loop.Watches.Single().LookNowAsync();
                    Assert.That((await engine.ScrapeAsync()).Of("verolux_rabbitmq_up"), Is.EqualTo(new[] { 1d }), $"after outage {outage}: {engine.Loop.Watches.Single().Newest?.Failure}");
                }
            }
            await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 0 && peer.Open == 0);
        }

        async Task<(int Handles, int Threads, int Series, long Bytes)> LeftAsync()
        {
            // Handles that nobody closed are closed by the collection: that would hide them, so they are counted first.
            var handles = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
            using var process = Process.GetCurrentProcess();
            return (handles, process.Threads.Count, (await engine.ScrapeAsync()).Series.Count(s => s.StartsWith("verolux_")), Heap.Held());
        }
    }

    /// <summary>The end of one direction is that of the other.</summary>
    static async Task CopyAsync(NetworkStream from, NetworkStream to, CancellationTokenSource ended)
    {
        await from.CopyToAsync(to, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ended.CancelAsync();
    }

    static async Task RelayAsync(NetworkStream stream, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        var there = client.GetStream();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(CopyAsync(stream, there, ended), CopyAsync(there, stream, ended)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
