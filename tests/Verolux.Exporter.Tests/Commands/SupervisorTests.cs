using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Commands;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

/// <summary>What systemd is told over its socket, which a test reads as systemd does (sd_notify(3)).</summary>
[CancelAfter(60_000)]
public class SupervisorTests
{
    TemporaryFolder folder = null!;
    Socket systemd = null!;

    [SetUp]
    public void Listen()
    {
        folder = new TemporaryFolder();
        systemd = Listening(folder["notify"]);
    }

    [TearDown]
    public void Close()
    {
        systemd.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task It_is_told_of_the_start_once_all_is_watched_of_each_reload_and_of_the_end(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder["a"]);
        var config = Write("storage: { targets: [] }");
        await using var exporter = await ExporterProgram.StartAsync(config, new Dictionary<string, string> { ["NOTIFY_SOCKET"] = folder["notify"] }, cancellationToken);
        var before = TimeProvider.System.GetElapsedTime(0).TotalMicroseconds;
        Assert.That(await HearAsync(cancellationToken), Is.EqualTo($"READY=1\nSTATUS=0 watches, {exporter.Url}"));

        Write($"storage: {{ targets: [{{ path: {folder["a"]} }}] }}");
        exporter.Program.Signal("HUP");
        var reloading = (await HearAsync(cancellationToken)).Split('\n');
        Assert.That((reloading[0], reloading[2]), Is.EqualTo(("RELOADING=1", "STATUS=reads its configuration again")));
        Assert.That(double.Parse(reloading[1].Replace("MONOTONIC_USEC=", "")), Is.InRange(before, TimeProvider.System.GetElapsedTime(0).TotalMicroseconds));
        Assert.That(await HearAsync(cancellationToken), Is.EqualTo($"READY=1\nSTATUS=1 watches, {exporter.Url}"));

        Write("storage: 7");
        exporter.Program.Signal("HUP");
        Assert.That(await HearAsync(cancellationToken), Does.StartWith("RELOADING=1"));
        Assert.That(await HearAsync(cancellationToken), Is.EqualTo("READY=1\nSTATUS=keeps its configuration, for what was read last has mistakes"));

        Assert.That(await exporter.Program.StopAsync(cancellationToken), Is.Zero);
        Assert.That(await HearAsync(cancellationToken), Is.EqualTo("STOPPING=1\nSTATUS=stops"));
    }

    [Test]
    public async Task What_does_not_start_says_nothing(CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.RunToEndAsync(["--config", Write("storage: 7")], cancellationToken, ("NOTIFY_SOCKET", folder["notify"]));
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(systemd.Available, Is.Zero);
    }

    [Test]
    public async Task A_sign_of_life_comes_twice_in_the_time_that_the_watchdog_waits(CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        using var supervisor = Find(time, watchdog: "30000000");
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.That(systemd.Available, Is.Zero);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await HearAsync(cancellationToken), Is.EqualTo("WATCHDOG=1"));
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.That(await HearAsync(cancellationToken), Is.EqualTo("WATCHDOG=1"));
    }

    [TestCase(null, null)]
    [TestCase("0", null)]
    [TestCase("soon", null)]
    [TestCase("30000000", "1")]
    public void No_sign_of_life_comes_where_none_is_waited_for(string? watchdog, string? whose)
    {
        var time = new FakeTimeProvider();
        using var supervisor = Find(time, watchdog, whose);
        time.Advance(TimeSpan.FromHours(1));
        Assert.That(systemd.Available, Is.Zero);
    }

    [Test]
    public async Task Its_socket_may_have_an_abstract_name(CancellationToken cancellationToken)
    {
        var name = $"verolux-{Guid.NewGuid():n}";
        using var listening = Listening($"\0{name}");
        using var supervisor = Supervisor.Find(variable => variable == "NOTIFY_SOCKET" ? $"@{name}" : null, 7, TimeProvider.System);
        supervisor.Ready("fine");
        Assert.That(await HearAsync(listening, cancellationToken), Is.EqualTo("READY=1\nSTATUS=fine"));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("@")]
    [TestCase("vsock:2:1234")]
    public void Without_a_socket_nobody_is_told(string? address) =>
        Assert.That(Supervisor.Find(variable => variable == "NOTIFY_SOCKET" ? address : null, 7, TimeProvider.System), Is.SameAs(Supervisor.None));

    [Test]
    public void An_address_that_is_too_long_for_a_socket_is_nobodys() =>
        Assert.That(Supervisor.Find(variable => variable == "NOTIFY_SOCKET" ? $"/{new string('a', 200)}" : null, 7, TimeProvider.System), Is.SameAs(Supervisor.None));

    [TestCase("9223372036854775807")]
    [TestCase("99999999999999")]
    public void A_watchdog_that_waits_for_years_breaks_nothing(string watchdog) =>
        Assert.That(() => Find(TimeProvider.System, watchdog).Dispose(), Throws.Nothing);

    [Test]
    public void One_that_does_not_read_holds_nothing_up()
    {
        using var supervisor = Find(TimeProvider.System);
        // One more than may wait to be read.
        var telling = Task.Run(() =>
        {
            for (var i = 0; i < Queued() + 2; i++)
                supervisor.Ready("fine");
        });
        Assert.That(telling.Wait(30_000), Is.True);
    }

    [Test]
    public void One_that_is_gone_changes_nothing()
    {
        using var supervisor = Find(TimeProvider.System);
        systemd.Dispose();
        Assert.That(() => supervisor.Ready("fine"), Throws.Nothing);
    }

    /// <summary>How many datagrams may wait in a socket.</summary>
    static int Queued() => int.Parse(File.ReadAllText("/proc/sys/net/unix/max_dgram_qlen"));

    Supervisor Find(TimeProvider time, string? watchdog = null, string? whose = "7") => Supervisor.Find(
        variable => variable switch { "NOTIFY_SOCKET" => folder["notify"], "WATCHDOG_USEC" => watchdog, "WATCHDOG_PID" => whose, _ => null }, 7, time);

    string Write(string yaml) => folder.Write("verolux.yml", $"listen: 127.0.0.1:0\nalerts: {{ store: verolux.db }}\ngpu: {{ enabled: false }}\n{yaml}\n");

    Task<string> HearAsync(CancellationToken cancellationToken) => HearAsync(systemd, cancellationToken);

    static async Task<string> HearAsync(Socket socket, CancellationToken cancellationToken)
    {
        var datagram = new byte[4096];
        return Encoding.UTF8.GetString(datagram, 0, await socket.ReceiveAsync(datagram, cancellationToken));
    }

    static Socket Listening(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }
}
