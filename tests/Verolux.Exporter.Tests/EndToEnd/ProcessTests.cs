using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>How the process starts, is refused and ends.</summary>
[CancelAfter(60_000)]
public class ProcessTests
{
    [TestCase("TERM")]
    [TestCase("INT")]
    public async Task It_ends_promptly_with_0_when_told_to_and_loses_nothing(string signal, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var receiver = new Receiver(folder, site);
        site.PagerDuty.Faults.Always(Faults.Hang(new Gate()));
        await using (var exporter = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken))
        {
            await Receiver.PostAsync(exporter, "a", cancellationToken);
            await site.PagerDuty.Requests.ItemAsync(1, cancellationToken);
            // A browser's connection that is kept open must not hold it up.
            using var idle = await ConnectAsync(exporter.Url, cancellationToken);
            var clock = Stopwatch.StartNew();
            exporter.Program.Signal(signal);
            Assert.That(await exporter.Program.WaitForExitAsync(cancellationToken), Is.Zero, exporter.Program.LastLines);
            Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)));
            Assert.That(exporter.Program.Lines, Has.None.Contains("Exception"));
        }
        Assert.That(StoreFile.Outbox(receiver.Store).Select(d => d.State), Is.EqualTo(new[] { "pending" }));
        site.PagerDuty.Faults.Clear();
        await using var again = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken);
        Assert.That((await site.PagerDuty.NextAsync(cancellationToken)).Action, Is.EqualTo("trigger"));
    }

    [TestCase("TERM")]
    [TestCase("INT")]
    public async Task It_ends_with_0_when_there_is_nobody_to_deliver_to(string signal, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var exporter = await ExporterProgram.StartAsync(folder.Write("verolux.yml", "listen: 127.0.0.1:0\nalerts: { store: verolux.db }\n"), cancellationToken);
        exporter.Program.Signal(signal);
        Assert.That(await exporter.Program.WaitForExitAsync(cancellationToken), Is.Zero, exporter.Program.LastLines);
    }

    [Test]
    public async Task A_request_that_never_ends_does_not_keep_it_from_ending_with_0(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        await using var exporter = await ExporterProgram.StartAsync(new Receiver(folder, site).ConfigFile, cancellationToken);
        using var stuck = await ConnectAsync(exporter.Url, cancellationToken);
        await stuck.SendAsync("POST /api/v1/alertmanager HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"u8.ToArray(), cancellationToken);
        // The next request is served, so the one before has begun.
        using var client = new HttpClient();
        Assert.That(await client.GetStringAsync(new Uri($"{exporter.Url}/readyz"), cancellationToken), Is.EqualTo("ready\n"));
        var clock = Stopwatch.StartNew();
        Assert.That(await exporter.Program.StopAsync(cancellationToken), Is.Zero, exporter.Program.LastLines);
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)));
    }

    [Test]
    public async Task A_second_process_on_the_same_store_is_refused(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var receiver = new Receiver(folder, site);
        await using var first = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken);
        var second = await ExporterProgram.RunToEndAsync(["--config", receiver.ConfigFile], cancellationToken);
        Assert.That(second.ExitCode, Is.EqualTo(1));
        Assert.That(second.Errors, Does.Contain(receiver.Store).And.Contain("in use by another exporter").And.Contain("alerts.store").And.Not.Contain("   at "));
        await Receiver.PostAsync(first, "a", cancellationToken);
    }

    [Test]
    public async Task A_port_that_is_in_use_is_named_with_the_remedy(CancellationToken cancellationToken)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var refused = await StartOnAsync($"{taken.LocalEndpoint}", cancellationToken);
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Errors, Does.Contain($"listen: {taken.LocalEndpoint} can't be listened on").And.Contain("another port").And.Not.Contain("   at "));
        Assert.That(refused.Output, Is.Empty);
    }

    [Test]
    public async Task An_address_that_this_machine_does_not_have_is_named_with_the_remedy(CancellationToken cancellationToken)
    {
        // TEST-NET-1, RFC 5737: nobody's.
        var refused = await StartOnAsync("192.0.2.1:9877", cancellationToken);
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Errors, Does.Contain("listen: 192.0.2.1:9877 can't be listened on").And.Not.Contain("   at "));
    }

    [Test]
    public async Task A_store_that_cannot_be_written_is_named_with_the_remedy(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "");
        var config = folder.Write("verolux.yml", "listen: 127.0.0.1:0\nalerts: { store: file/verolux.db }\n");
        var refused = await ExporterProgram.RunToEndAsync(["--config", config], cancellationToken);
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Errors, Does.Contain(folder["file/verolux.db"]).And.Contain("alerts.store").And.Not.Contain("   at "));
    }

    [Test]
    public async Task A_page_s_missing_key_keeps_nothing_from_starting_and_is_named_with_the_remedy(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var exporter = await ExporterProgram.StartAsync(folder.Write("verolux.yml", """
            listen: 127.0.0.1:0
            alerts:
              store: verolux.db
              destinations: { pagerduty: { type: pagerduty, routing_key_file: key } }
              levels: { L1: [pagerduty] }
            """), cancellationToken);
        var line = await exporter.Program.WaitForLineAsync(l => l.Contains("alerts.destinations.pagerduty.routing_key_file"), cancellationToken);
        Assert.That(line, Does.Contain("warn").And.Contain(folder["key"]).And.Contain("write the routing key into it"));
    }

    static async Task<Ended> StartOnAsync(string listen, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        folder.Write("token", "0123456789abcdef");
        var config = folder.Write("verolux.yml", $"listen: {listen}\naccess: {{ tokens: [{{ role: operator, file: token }}] }}\n");
        return await ExporterProgram.RunToEndAsync(["--config", config], cancellationToken);
    }

    static async Task<Socket> ConnectAsync(string url, CancellationToken cancellationToken)
    {
        var address = new Uri(url);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, address.Port, cancellationToken);
        return socket;
    }
}
