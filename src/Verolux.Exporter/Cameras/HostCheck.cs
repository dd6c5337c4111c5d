using System.Net.Sockets;

namespace Verolux.Exporter.Cameras;

/// <summary>After a failed describe: is it the host, or only what should answer on it?</summary>
static class HostCheck
{
    /// <summary>Connects to the host's web port.</summary>
    /// <returns>Whether anything answered, a refusal included, and whether the port accepts; null for both where the host's name has no address.</returns>
    public static async Task<(bool? Host, bool? Web)> ConnectAsync(string host, int port, TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            var addresses = await HostNames.ResolveAsync(host, either.Token);
            using var socket = new Socket(addresses[0].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(addresses, port, either.Token);
            return (true, true);
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode switch
            {
                SocketError.ConnectionRefused or SocketError.ConnectionReset => (true, false),
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => (null, null),
                _ => (false, false),
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (false, false);
        }
    }
}
