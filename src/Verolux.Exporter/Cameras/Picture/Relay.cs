using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>
/// Stands between ffmpeg and an RTSP camera, on a loopback port for one connection. ffmpeg follows a redirect to any host and takes the password along, and no option keeps it from that;
/// here it never gets to see one. TLS ends here too. To the camera it looks like a forwarded port.
/// </summary>
sealed class Relay : IAsyncDisposable
{
    /// <summary>Enough for the first frames of every stream.</summary>
    const long MostBytes = 64L << 20;

    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly TcpClient socket;
    readonly Stream camera;
    readonly Task relaying;
    readonly LocationWatch location = new();

    Relay(TcpClient socket, Stream camera)
    {
        (this.socket, this.camera) = (socket, camera);
        listener.Start(1);
        Authority = listener.LocalEndpoint.ToString()!;
        relaying = RelayAsync();
    }

    /// <summary>Host and port for ffmpeg.</summary>
    public string Authority { get; }

    public Failure? Failure => location.Seen ? new Failure(CameraReasons.Redirect, "the camera redirects, which is not followed") : null;

    public static async Task<(Relay? Relay, Failure? Failure)> OpenAsync(Uri url, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new TcpClient { NoDelay = true };
        Stream? camera = null;
        using var silence = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            var tls = url.Scheme == "rtsps";
            await socket.ConnectAsync(await HostNames.ResolveAsync(url.IdnHost, either.Token), RtspConnection.PortOf(url), either.Token);
            camera = socket.GetStream();
            if (tls)
            {
                var secured = new SslStream(camera);
                camera = secured;
                await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.IdnHost, RemoteCertificateValidationCallback = Connecting.AnyCertificate }, either.Token);
            }
            return (new Relay(socket, camera), null);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or IOException or AuthenticationException)
        {
            socket.Dispose();
            if (camera is not null)
                await camera.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return error switch
            {
                OperationCanceledException => (null, new Failure(FailureReason.Timeout, $"no connection within {patience.TotalSeconds:0.#} s")),
                SocketException { SocketErrorCode: var code } => (null, NetworkFailure.Of(code, RtspConnection.Address(url)) ?? new Failure(CameraReasons.Unreachable, $"the connection failed ({code})")),
                _ => (null, new Failure(CameraReasons.Tls, "the TLS handshake failed")),
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await camera.DisposeAsync();
        socket.Dispose();
        await relaying;
        stop.Dispose();
    }

    async Task RelayAsync()
    {
        try
        {
            using var client = await listener.AcceptTcpClientAsync(stop.Token);
            listener.Stop();
            client.NoDelay = true;
            await using var ffmpeg = client.GetStream();
            await Task.WhenAny(UpAsync(ffmpeg), DownAsync(ffmpeg));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One side is gone, and with it the look.
        }
    }

    async Task UpAsync(Stream ffmpeg) => await ffmpeg.CopyToAsync(camera, stop.Token);

    async Task DownAsync(Stream ffmpeg)
    {
        var buffer = new byte[64 * 1024];
        for (var all = 0L; all < MostBytes;)
        {
            var count = await camera.ReadAsync(buffer, stop.Token);
            if (count == 0 || location.SeenIn(buffer.AsSpan(0, count)))
                return;
            all += count;
            await ffmpeg.WriteAsync(buffer.AsMemory(0, count), stop.Token);
        }
    }
}

/// <summary>Finds a header <c>Location:</c> in what a camera sends, at whatever place: read as ffmpeg reads lines, which takes no notice of carriage returns and case.</summary>
sealed class LocationWatch
{
    static readonly byte[] Name = "location:"u8.ToArray();

    // How much of the name the line has matched; -1: it is another line.
    int matched;

    public bool Seen { get; private set; }

    /// <returns>Whether it has come by now.</returns>
    public bool SeenIn(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
        {
            if (Seen)
                break;
            if (one == '\n')
                matched = 0;
            else if (one != '\r' && matched >= 0)
            {
                matched = (one is >= (byte)'A' and <= (byte)'Z' ? one + 32 : one) == Name[matched] ? matched + 1 : -1;
                if (matched == Name.Length)
                    Seen = true;
            }
        }
        return Seen;
    }
}
