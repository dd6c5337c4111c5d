using System.Globalization;
using System.Net.Sockets;

namespace Verolux.Exporter.Commands;

/// <summary>
/// systemd, where that started the service and wants to hear of it (sd_notify(3)): that it is ready, reads its configuration again or stops, and, where the
/// unit has WatchdogSec, that it is alive. It is alive as long as the thread pool does its work, whatever is watched.
/// </summary>
sealed class Supervisor : IDisposable
{
    /// <summary>Longer ones there are none of (sockaddr_un), the 0 behind it among them.</summary>
    const int LongestPath = 107;

    /// <summary>Whoever does not read for as long hears nothing: neither the start nor a thread of the pool waits for them.</summary>
    const int Patience = 1000;

    static readonly TimeSpan LongestWatchdog = TimeSpan.FromDays(30);
    readonly UnixDomainSocketEndPoint? address;
    readonly Socket? socket;
    readonly ITimer? pulse;
    readonly TimeProvider time;

    Supervisor(string? path, TimeSpan watchdog, TimeProvider time)
    {
        this.time = time;
        if (path is null)
            return;
        // An abstract name, which is written with @ and begins with 0.
        address = new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path);
        socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = Patience };
        if (watchdog > TimeSpan.Zero)
            pulse = time.CreateTimer(_ => Tell("WATCHDOG=1"), null, watchdog / 2, watchdog / 2);
    }

    /// <summary>Nobody.</summary>
    public static Supervisor None { get; } = new(null, TimeSpan.Zero, TimeProvider.System);

    /// <summary>Whoever the environment names.</summary>
    /// <param name="of">The value of a variable of the environment.</param>
    /// <param name="process">Our own, which the watchdog may be for or not.</param>
    /// <param name="time">Paces the signs of life.</param>
    public static Supervisor Find(Func<string, string?> of, int process, TimeProvider time)
    {
        var path = of("NOTIFY_SOCKET");
        if (path is not (['/', _, ..] or ['@', _, ..]) || System.Text.Encoding.UTF8.GetByteCount(path) > LongestPath)
            return None;
        var ours = of("WATCHDOG_PID") is not { } who || who == process.ToString(CultureInfo.InvariantCulture);
        var microseconds = ours && long.TryParse(of("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        return new Supervisor(path, TimeSpan.FromMicroseconds(Math.Min(microseconds, (long)LongestWatchdog.TotalMicroseconds)), time);
    }

    public void Ready(string status) => Tell($"READY=1\nSTATUS={status}");

    public void Reloading() => Tell(string.Create(
        CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={(long)time.GetElapsedTime(0).TotalMicroseconds}\nSTATUS=reads its configuration again"));

    public void Stopping() => Tell("STOPPING=1\nSTATUS=stops");

    public void Dispose()
    {
        pulse?.Dispose();
        socket?.Dispose();
    }

    void Tell(string state)
    {
        try
        {
            if (socket is not null)
                lock (socket)
                    _ = socket.SendTo(System.Text.Encoding.UTF8.GetBytes(state), address!);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Whether somebody listens changes nothing for the service.
        }
    }
}
