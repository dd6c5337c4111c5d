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
}
