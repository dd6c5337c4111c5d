using System.Net;
using System.Net.Sockets;

namespace Verolux.Exporter.Tests.Support;

/// <summary>A loopback port on which connections are made (by the kernel) and nothing is ever read or said.</summary>
sealed class SilentServer : IDisposable
{
    readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public SilentServer()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
    }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    public void Dispose() => listener.Dispose();
}
