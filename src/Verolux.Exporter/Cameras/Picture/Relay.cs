using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>
/// Plays an RTSP camera for ffmpeg, on a loopback port for one connection. Everything that is said to the camera is said here: ffmpeg follows a redirect to any host and takes the password
/// along, and knows fewer ways to log in. It gets a description of our own making and the packets of one stream, from an address that tells nothing of the camera.
/// </summary>
sealed class Relay : IAsyncDisposable
{
    /// <summary>Enough for the first frames of every stream.</summary>
    const long MostBytes = 64L << 20;

    /// <summary>What a camera may send while ffmpeg starts. After that it has to wait.</summary>
    const int MostAhead = 4 << 20;

    const int LongestRequest = 8 * 1024;

    readonly Trace trace;
    readonly TimeProvider time;
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly Pipe ahead = new(new PipeOptions(pauseWriterThreshold: MostAhead, resumeWriterThreshold: MostAhead / 2, useSynchronizationContext: false));

    // Others on this machine can reach the port as well, and don't know this.
    readonly string path = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    RtspConnection? connection;
    RtspDialogue? dialogue;
    VideoTrack? video;
    int channel;
    Task relaying = Task.CompletedTask;

    Relay(TimeProvider time) => (this.time, trace) = (time, new Trace(time));

    /// <summary>Where ffmpeg finds the stream.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What ended the stream.</summary>
    public Failure? Failure { get; private set; }

    /// <param name="patience">For each step of the way to the stream.</param>
    public static async Task<(Relay? Relay, Failure? Failure)> OpenAsync(Source source, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var relay = new Relay(time);
        var open = false;
        try
        {
            var failure = await relay.PlayAsync(source, patience, cancellationToken);
            open = failure is null;
            return open ? (relay, null) : (null, failure);
        }
        finally
        {
            if (!open)
                await relay.DisposeAsync();
        }
    }

    /// <summary>Gives the camera its session back.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await relaying;
        if (dialogue is not null)
            await dialogue.GiveBackAsync(time);
        if (connection is not null)
            await connection.DisposeAsync();
        stop.Dispose();
    }

    async Task<Failure?> PlayAsync(Source source, TimeSpan patience, CancellationToken cancellationToken)
    {
        Func<CancellationToken, Task>[] steps =
        [
            async within =>
            {
                connection = await RtspConnection.ConnectAsync(source.Url, source.Username, source.Password, trace, time, within);
                dialogue = new RtspDialogue(connection, source.Url, trace);
            },
            async within => video = await dialogue!.DescribeAsync(within),
            async within => channel = await dialogue!.SetupAsync(video!, within),
            within => dialogue!.PlayAsync(within),
        ];
        foreach (var step in steps)
        {
            var failure = await trace.WithinAsync(
                patience,
                async within =>
                {
                    await step(within);
                    return null;
                },
                cancellationToken);
            if (failure is not null)
                return failure;
        }
        listener.Start(1);
        Address = $"rtsp://{listener.LocalEndpoint}/{path}";
        relaying = Task.WhenAll(Task.Run(FetchAsync, CancellationToken.None), ServeAsync());
        return null;
    }

    /// <summary>Takes the stream's packets from the camera, whether or not ffmpeg has come for them.</summary>
    async Task FetchAsync()
    {
        try
        {
            for (var all = 0L; all < MostBytes;)
            {
                var (from, packet) = await connection!.ReadPacketAsync(stop.Token);
                all += 4 + packet.Length;
                if (from != channel)
                    continue;
                Keep(packet.Span);
                if ((await ahead.Writer.FlushAsync(stop.Token)).IsCompleted)
                    return;
            }
        }
        catch (RtspException ended)
        {
            Failure = ended.Failure;
        }
        catch (OperationCanceledException)
        {
            // The look is over.
        }
        finally
        {
            await ahead.Writer.CompleteAsync();
        }
    }

    // Interleaved on channel 0 (RFC 2326, section 10.12).
    void Keep(ReadOnlySpan<byte> packet)
    {
        var to = ahead.Writer.GetSpan(4 + packet.Length);
        (to[0], to[1]) = ((byte)'$', 0);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)packet.Length);
        packet.CopyTo(to[4..]);
        ahead.Writer.Advance(4 + packet.Length);
    }

    async Task ServeAsync()
    {
        try
        {
            using var client = await listener.AcceptTcpClientAsync(stop.Token);
            listener.Stop();
            client.NoDelay = true;
            await using var ffmpeg = client.GetStream();
            // What it says after PLAY is of no use to the camera.
            if (await TalkAsync(ffmpeg))
                await ahead.Reader.CopyToAsync(ffmpeg, stop.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // ffmpeg is gone, and with it the look.
        }
        finally
        {
            await ahead.Reader.CompleteAsync();
        }
    }

    /// <returns>Whether it asks for the packets; false where somebody else than ffmpeg has come.</returns>
    async Task<bool> TalkAsync(NetworkStream ffmpeg)
    {
        var buffer = new byte[LongestRequest];
        while (await RequestAsync(ffmpeg, buffer) is { } request && request.Split("\r\n") is var lines && lines[0].Split(' ') is [var method, var uri, _]
            && uri.Contains(path, StringComparison.Ordinal))
        {
            var sequence = lines.FirstOrDefault(l => l.StartsWith("CSeq:", StringComparison.OrdinalIgnoreCase)) ?? "CSeq: 0";
            await ffmpeg.WriteAsync(Encoding.ASCII.GetBytes($"RTSP/1.0 200 OK\r\n{sequence}\r\n{Answer(method)}"), stop.Token);
            if (method == "PLAY")
                return true;
        }
        return false;
    }

    string Answer(string method)
    {
        if (method == "DESCRIBE")
        {
            var description = video!.Describe();
            return $"Content-Type: application/sdp\r\nContent-Length: {description.Length}\r\n\r\n{description}";
        }
        return method == "OPTIONS" ? "Public: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n" : "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n";
    }

    /// <returns>Null at the end, and for what is none. Nothing comes behind it: ffmpeg awaits each answer.</returns>
    async Task<string?> RequestAsync(NetworkStream ffmpeg, byte[] buffer)
    {
        for (var length = 0; length < buffer.Length;)
        {
            var count = await ffmpeg.ReadAsync(buffer.AsMemory(length), stop.Token);
            if (count == 0)
                return null;
            length += count;
            if (buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
                return Encoding.ASCII.GetString(buffer, 0, length);
        }
        return null;
    }
}
