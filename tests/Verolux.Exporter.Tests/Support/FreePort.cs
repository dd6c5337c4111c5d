using System.Net;
using System.Net.Sockets;

namespace Verolux.Exporter.Tests.Support;

static class FreePort
{
    /// <summary>A loopback port that nobody listened on a moment ago: for programs that can't be told to pick one themselves.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>
    /// A port that stays free while nobody listens on it, for what is stopped and comes back. One that the kernel hands out itself would not: whoever tries to
    /// reach it meanwhile may be given it.
    /// </summary>
    public static int Kept()
    {
        while (true)
        {
            var port = System.Random.Shared.Next(20_000, 30_000);
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
