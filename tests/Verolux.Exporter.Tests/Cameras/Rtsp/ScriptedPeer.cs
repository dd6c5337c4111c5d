using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>A camera on a loopback port that does what a test tells it, one connection at a time, and writes down what it is asked.</summary>
sealed class ScriptedPeer : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly Channel<string> requests = Channel.CreateUnbounded<string>();
    readonly Func<Line, Task> script;
    readonly X509Certificate2? certificate;
    readonly Task serving;

    public ScriptedPeer(Func<Line, Task> script, X509Certificate2? certificate = null)
    {
        (this.script, this.certificate) = (script, certificate);
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>Answers the requests of all connections in turn, each connection until the client hangs up; nothing more once there are no more answers.</summary>
    public static ScriptedPeer Saying(params string[] answers) => Saying(null, answers);

    public static ScriptedPeer Saying(X509Certificate2? certificate, params string[] answers)
    {
        var next = 0;
        return new ScriptedPeer(
            async line =>
            {
                while (await line.RequestAsync() is { } request)
                {
                    if (next < answers.Length)
                        await line.SendAsync(answers[next++].Replace("{cseq}", ScriptedStream.Requested(request, "CSeq")));
                }
            },
            certificate);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public Uri Url => new($"{(certificate is null ? "rtsp" : "rtsps")}://127.0.0.1:{Port}/stream1");

    /// <summary>The next request that came, on whichever connection.</summary>
    public ValueTask<string> NextAsync(CancellationToken cancellationToken) => requests.Reader.ReadAsync(cancellationToken);

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
                using var socket = await listener.AcceptSocketAsync(stop.Token);
                await TalkAsync(socket);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // Which one, is a matter of where it was.
        }
    }

    async Task TalkAsync(Socket socket)
    {
        socket.NoDelay = true;
        await using var plain = new NetworkStream(socket, ownsSocket: false);
        try
        {
            if (certificate is null)
            {
                await script(new Line(socket, plain, requests.Writer, stop.Token));
                return;
            }
            await using var tls = new SslStream(plain);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop.Token);
            await script(new Line(socket, tls, requests.Writer, stop.Token));
        }
        catch (IOException)
        {
            // The client hung up.
        }
    }

    /// <summary>One connection, from the camera's side.</summary>
    public sealed class Line(Socket socket, Stream stream, ChannelWriter<string> requests, CancellationToken stop)
    {
        /// <summary>The next request up to its empty line; null once the client has hung up.</summary>
        public async Task<string?> RequestAsync()
        {
            var request = new StringBuilder();
            var one = new byte[1];
            while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await stream.ReadAsync(one, stop) == 0)
                    return null;
                request.Append((char)one[0]);
            }
            requests.TryWrite(request.ToString());
            return request.ToString();
        }

        public async Task SendAsync(string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text), stop);

        /// <summary>Sends byte for byte, each only when <paramref name="next"/> lets it.</summary>
        public async Task DribbleAsync(string text, SemaphoreSlim next)
        {
            foreach (var b in Encoding.Latin1.GetBytes(text))
            {
                await next.WaitAsync(stop);
                await stream.WriteAsync(new[] { b }, stop);
            }
        }

        /// <summary>Says that nothing more will come, and listens on.</summary>
        public void CloseHalf() => socket.Shutdown(SocketShutdown.Send);

        public void Reset() => socket.Close(0);

        /// <summary>Says nothing until the client hangs up.</summary>
        public async Task SilenceAsync()
        {
            var ignored = new byte[4096];
            while (await stream.ReadAsync(ignored, stop) > 0)
            {
            }
        }
    }
}
