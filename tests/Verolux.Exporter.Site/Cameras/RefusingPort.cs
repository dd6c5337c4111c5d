using System.Net;
using System.Net.Sockets;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>A loopback port that is taken and refuses connections, so that nobody else begins to listen on it meanwhile.</summary>
sealed class RefusingPort : IDisposable
{
    readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RefusingPort() => socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Port => ((IPEndPoint)socket.LocalEndPoint!).Port;

    public void Dispose() => socket.Dispose();
}
