using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Verolux.Exporter.Tests.Support;

/// <summary>A loopback port on which a test says what each connection is told: for peers that can't be had.</summary>
sealed class ScriptedServer : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource ending = new();
    readonly Func<NetworkStream, CancellationToken, Task> scriptAsync;
    readonly ConcurrentDictionary<TcpClient, bool> clients = new();
    readonly Task serving;

    /// <param name="scriptAsync">The connection is closed when it ends.</param>
    public ScriptedServer(Func<NetworkStream, CancellationToken, Task> scriptAsync)
    {
        this.scriptAsync = scriptAsync;
        listener.Start(512);
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Connections whose script has not ended.</summary>
    public int Open => clients.Count;

    public int Accepted { get; private set; }

    /// <summary>Says these bytes to everyone, and then nothing, until the other side closes.</summary>
    public static ScriptedServer Saying(byte[] said) => new(async (stream, cancellationToken) =>
    {
        await stream.WriteAsync(said, cancellationToken);
        await UntilClosedAsync(stream, cancellationToken);
    });

    /// <summary>Speaks HTTP: answers the request for a path as <paramref name="answer"/> says, status line included.</summary>
    public static ScriptedServer Http(Func<string, string> answer) => new(async (stream, cancellationToken) =>
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var path = (await reader.ReadLineAsync(cancellationToken))?.Split(' ')[1] ?? "";
        while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 })
        {
        }
        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer(path)), cancellationToken);
    });

    /// <summary>Reads until the other side closes, or breaks the connection.</summary>
    public static async Task UntilClosedAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var rest = new byte[4096];
        while (await stream.ReadAsync(rest, cancellationToken) > 0)
        {
        }
    }

    /// <summary>Closes every connection.</summary>
    public void HangUp()
    {
        foreach (var client in clients.Keys)
            client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Dispose();
        await serving;
        ending.Dispose();
    }

    async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(ending.Token);
                Accepted++;
                connections.RemoveAll(c => c.IsCompleted);
                connections.Add(PlayAsync(client));
            }
        }
        // A listener that has ended says so in any of these ways, the third where nobody was waiting.
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or InvalidOperationException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    async Task PlayAsync(TcpClient client)
    {
        clients[client] = true;
        try
        {
            await scriptAsync(client.GetStream(), ending.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The other side has gone, or the test has, or we have hung up.
        }
        finally
        {
            client.Dispose();
            clients.Remove(client, out _);
        }
    }
}
