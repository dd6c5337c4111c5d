using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Verolux.Exporter.Tests.Cameras.Picture;

/// <summary>A port that answers whatever comes with the same text, or with nothing, and counts who called.</summary>
sealed class Answering : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly Func<string, string?> answer;
    readonly Task serving;
    int calls;

    /// <param name="answer">From a request to its answer; null: says nothing.</param>
    public Answering(Func<string, string?> answer)
    {
        this.answer = answer;
        listener.Start();
        serving = ServeAsync();
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public int Calls => calls;

    public string Received { get; private set; } = "";

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await serving;
        stop.Dispose();
    }

    async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                Interlocked.Increment(ref calls);
                _ = TalkAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var buffer = new byte[8192];
                while (await client.GetStream().ReadAsync(buffer, stop.Token) is > 0 and var count)
                {
                    var request = Encoding.ASCII.GetString(buffer, 0, count);
                    Received += request;
                    if (answer(request) is { } text)
                        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), stop.Token);
                }
            }
            catch (Exception error) when (error is OperationCanceledException or IOException)
            {
            }
        }
    }
}
