using System.Net;
using System.Net.Sockets;

namespace Verolux.Exporter.Benchmarks;

/// <summary>Ports for programs that can't be told to have the kernel pick one.</summary>
static class FreePort
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
