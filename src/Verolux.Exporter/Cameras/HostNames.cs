using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Verolux.Exporter.Cameras;

/// <summary>
/// Asks for the addresses of host names on a few threads of its own. The system's call blocks and can't be cancelled: on the pool, name servers that don't answer would
/// take the threads that looks at other cameras, and scrapes, need.
/// </summary>
static class HostNames
{
    const int Threads = 4;
    static readonly BlockingCollection<(string Host, TaskCompletionSource<IPAddress[]> Answer)> Asked = [];

    static HostNames()
    {
        for (var i = 0; i < Threads; i++)
            new Thread(Answer) { IsBackground = true, Name = "host names" }.Start();
    }

    /// <exception cref="SocketException">There is no such name, or nobody can tell.</exception>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
            return [literal];
        var answer = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var given = cancellation.Register(() => answer.TrySetCanceled(cancellation));
        Asked.Add((host, answer), cancellation);
        return await answer.Task;
    }

    static void Answer()
    {
        foreach (var (host, answer) in Asked.GetConsumingEnumerable())
        {
            // Nobody waits any more: without this, what piles up while name servers are away would be asked when they are back.
            if (answer.Task.IsCompleted)
                continue;
            try
            {
                answer.TrySetResult(Dns.GetHostAddresses(host));
            }
            catch (Exception error) when (error is SocketException or ArgumentException)
            {
                answer.TrySetException(error as SocketException ?? new SocketException((int)SocketError.HostNotFound));
            }
        }
    }
}
