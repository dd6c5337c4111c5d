using System.Net;
using System.Net.Sockets;

namespace Verolux.Exporter.Tests.Support;

/// <summary>A loopback port to which no connection is ever made nor refused, like that of a host whose network is down: its queue is full, so the kernel drops what asks for one.</summary>
sealed class BlackHole : IDisposable
{
    // One more than a queue of length 0 holds is enough; the rest makes sure.
    const int Callers = 4;

    readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    readonly List<Socket> callers = [];

    public BlackHole()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        for (var i = 0; i < Callers; i++)
        {
            var caller = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            callers.Add(caller);
            _ = caller.ConnectAsync(listener.LocalEndPoint!).ContinueWith(call => call.Exception, TaskScheduler.Default);
        }
    }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        foreach (var caller in callers)
            caller.Dispose();
        listener.Dispose();
    }
}
