using System.Net;
using System.Net.Sockets;

namespace Verolux.Exporter.Tests.Support;

/// <summary>Ports for programs that can't be told to have the kernel pick one.</summary>
static class FreePort
{
    // Below those that Linux gives to whoever connects, from 32,768 on (ip(7), ip_local_port_range): one of them might be given away before its program listens.
    const int First = 12_000;
    const int Count = 18_000;

    static int given = Random.Shared.Next(Count);

    /// <summary>A loopback port on which nobody listens and that nobody else in this process is given, so that it also stays free for what is stopped and comes back.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref given) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
