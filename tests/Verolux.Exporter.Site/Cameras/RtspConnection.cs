using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>One client's connection: its requests one after the other (RFC 2326), and between the answers the frames of its session. It has one session at most.</summary>
sealed class RtspConnection(CameraFarm farm, Socket socket, Stream stream) : IDisposable
{
    static readonly RtspAnswer Options = new(200, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n");

    // Never CR or LF, which would make lines of it.
    static readonly byte[] Garbage = [.. Enumerable.Range(0, 4096).Select(i => (byte)(128 + (i * 37 % 128)))];
    static readonly byte[] Filler = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("X-Filler: for as long as anybody reads it\r\n", 100)));

    readonly RtspReader reader = new(stream);
    readonly SemaphoreSlim writing = new(1);
    readonly AccessCheck access = new();
    Camera? camera;
    string? session;
    int channel;
    CancellationTokenSource? playing;
    Playback? starting;
    Task played = Task.CompletedTask;

    /// <summary>Until the client or the camera has had enough.</summary>
    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await reader.NextAsync(cancellationToken) is { } request)
            {
                if (!await AnswerAsync(request, cancellationToken))
                    break;
            }
        }
        finally
        {
            await CloseSessionAsync();
            camera?.Leave(this);
        }
    }

    /// <summary>The client gets a reset (RST), whatever is going on.</summary>
    public void Reset()
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }
        catch (ObjectDisposedException)
        {
            // The client was quicker.
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        writing.Dispose();
        playing?.Dispose();
    }

    async Task<bool> AnswerAsync(RtspRequest request, CancellationToken cancellationToken)
    {
        if (farm.Find(request.Path) is not { } asked)
        {
            var answer = request is { Method: "OPTIONS", Uri: "*" } ? Options : new RtspAnswer(404);
            farm.Keep(request, answer.Status);
            await SendAsync(answer.ToBytes(request.CSeq), cancellationToken);
            return true;
        }
        if (asked != camera)
        {
            await CloseSessionAsync();
            camera?.Leave(this);
            camera = asked;
        }
        if (camera.Receive(this) is not { } kind)
        {
            farm.Keep(request, null);
            Reset();
            return false;
        }
        if (kind.Answers is AnswerFault.Silent or AnswerFault.Garbage or AnswerFault.EndlessHeaders or AnswerFault.HalfLine)
        {
            farm.Keep(request, null);
            return await SendNonsenseAsync(kind.Answers, request, cancellationToken);
        }
        return await SendAsync(kind, request, await AnswerAsync(kind, camera, request), cancellationToken);
    }

    async ValueTask<RtspAnswer> AnswerAsync(CameraKind kind, Camera asked, RtspRequest request)
    {
        if (request.Version != "RTSP/1.0")
            return new RtspAnswer(505);
        if (request.CSeq is null)
            return new RtspAnswer(400);
        if (access.Refusal(kind.Access, request) is { } challenges)
            return new RtspAnswer(401, challenges);
        switch (request.Method)
        {
            case "OPTIONS":
                return Options;
            case "DESCRIBE":
                return Describe(kind, request);
            case "SETUP":
                return Setup(kind, asked, request);
            case "PLAY" or "TEARDOWN" when session is null || SessionOf(request) != session:
                return new RtspAnswer(454);
            case "GET_PARAMETER" when request.Header("Session") is not null && (session is null || SessionOf(request) != session):
                return new RtspAnswer(454);
            case "PLAY":
                return Play(kind, asked, request);
            case "TEARDOWN":
                await CloseSessionAsync();
                return new RtspAnswer(200);
            case "GET_PARAMETER":
                return new RtspAnswer(200, session is null ? "" : $"Session: {session}\r\n");
            default:
                return new RtspAnswer(501);
        }
    }

    RtspAnswer Describe(CameraKind kind, RtspRequest request)
    {
        var body = kind.Answers == AnswerFault.BinaryBody ? [.. Enumerable.Range(0, 512).Select(i => (byte)(i * 37))] : Sdp.Of(kind);
        var description = new RtspAnswer(200, $"Content-Base: {request.Uri}/\r\nContent-Type: application/sdp\r\n", body);
        return kind.Answers switch
        {
            AnswerFault.BusyAtDescribe => new RtspAnswer(453),
            AnswerFault.MovedPermanently => new RtspAnswer(301, $"Location: {kind.Location ?? farm.Elsewhere}\r\n"),
            AnswerFault.MovedTemporarily => new RtspAnswer(302, $"Location: {kind.Location ?? farm.Elsewhere}\r\n"),
            AnswerFault.NotFound => new RtspAnswer(404),
            AnswerFault.Forbidden => new RtspAnswer(403),
            AnswerFault.Unavailable => new RtspAnswer(503),
            AnswerFault.ContentLengthTooLong => description with { Length = body.Length + 100 },
            AnswerFault.ContentLengthTooShort => description with { Length = body.Length / 2 },
            AnswerFault.ContentLengthHuge => description with { Length = 1_000_000_000_000 },
            AnswerFault.ContentLengthNegative => description with { Length = -1 },
            _ => description,
        };
    }

    RtspAnswer Setup(CameraKind kind, Camera asked, RtspRequest request)
    {
        if (playing is not null)
            return new RtspAnswer(455);
        if (session is not null && request.Header("Session") is not null && SessionOf(request) != session)
            return new RtspAnswer(454);
        if (kind.Answers == AnswerFault.UdpOnly || ChannelOf(request.Header("Transport") ?? "") is not { } agreed)
            return new RtspAnswer(461);
        if (kind.Answers == AnswerFault.BusyAtSetup || (session is null && !asked.TryOpenSession()))
            return new RtspAnswer(453);
        session ??= RandomNumberGenerator.GetHexString(16);
        channel = agreed;
        return new RtspAnswer(200, $"Session: {session};timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}\r\n");
    }

    RtspAnswer Play(CameraKind kind, Camera asked, RtspRequest request)
    {
        if (kind.Answers == AnswerFault.SessionLost)
            return new RtspAnswer(454);
        if (playing is not null)
            return new RtspAnswer(200, $"Session: {session}\r\n");
        playing = new CancellationTokenSource();
        var playback = new Playback(asked, kind, channel);
        starting = playback;
        var track = request.Uri.EndsWith(Sdp.Control, StringComparison.Ordinal) ? request.Uri : $"{request.Uri.TrimEnd('/')}/{Sdp.Control}";
        return new RtspAnswer(200, $"Session: {session}\r\nRange: npt=now-\r\nRTP-Info: url={track};seq={playback.FirstSequence};rtptime={playback.FirstTimestamp}\r\n");
    }

    async Task PlayAsync(Playback playback, CancellationToken cancellationToken)
    {
        try
        {
            await playback.RunAsync(frame => SendAsync(frame, cancellationToken), farm.Clock, cancellationToken);
        }
        catch (Exception gone) when (CameraFarm.IsGone(gone))
        {
            // The reader notices as well.
        }
    }

    async Task CloseSessionAsync()
    {
        if (playing is not null)
        {
            await playing.CancelAsync();
            await played;
            playing.Dispose();
            playing = null;
        }
        if (session is not null)
            camera!.CloseSession();
        session = null;
    }

    async Task<bool> SendAsync(CameraKind kind, RtspRequest request, RtspAnswer answer, CancellationToken cancellationToken)
    {
        farm.Keep(request, answer.Status);
        if (kind.Answers == AnswerFault.StrayAnswerFirst)
            await SendAsync(new RtspAnswer(200).ToBytes("70000"), cancellationToken);
        var bytes = answer.ToBytes(kind.Answers == AnswerFault.WrongCSeq ? "70000" : request.CSeq);
        if (kind.Answers == AnswerFault.Slow)
            await SendSlowlyAsync(bytes, cancellationToken);
        else
            await SendAsync(bytes, cancellationToken);
        if (starting is { } playback)
        {
            starting = null;
            played = PlayAsync(playback, playing!.Token);
        }
        return true;
    }

    async Task SendSlowlyAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            await SendAsync(bytes.Slice(i, 1), cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(1), farm.Clock, cancellationToken);
        }
    }

    /// <returns>false when that was the last word.</returns>
    async Task<bool> SendNonsenseAsync(AnswerFault fault, RtspRequest request, CancellationToken cancellationToken)
    {
        switch (fault)
        {
            case AnswerFault.Garbage:
                await SendAsync(Garbage, cancellationToken);
                return true;
            case AnswerFault.EndlessHeaders:
                await SendAsync(Encoding.ASCII.GetBytes($"RTSP/1.0 200 OK\r\nCSeq: {request.CSeq}\r\n"), cancellationToken);
                // Where the client reads as fast as this writes, nothing ever waits, and nobody else's connection would be accepted meanwhile.
                await Task.Yield();
                while (true)
                    await SendAsync(Filler, cancellationToken);
            case AnswerFault.HalfLine:
                await SendAsync("RTSP/1.0 20"u8.ToArray(), cancellationToken);
                return false;
            default:
                return true;
        }
    }

    async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            await stream.WriteAsync(bytes, cancellationToken);
        }
        finally
        {
            writing.Release();
        }
    }

    static string? SessionOf(RtspRequest request) => request.Header("Session")?.Split(';')[0].Trim();

    /// <returns>The channel for RTP; null when no transport of the list is RTP over this connection (RFC 2326 section 12.39).</returns>
    static int? ChannelOf(string transports)
    {
        foreach (var transport in transports.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!transport.StartsWith("RTP/AVP/TCP", StringComparison.OrdinalIgnoreCase))
                continue;
            var interleaved = transport.Split(';', StringSplitOptions.TrimEntries).FirstOrDefault(p => p.StartsWith("interleaved=", StringComparison.OrdinalIgnoreCase));
            return interleaved is not null && byte.TryParse(interleaved["interleaved=".Length..].Split('-')[0], CultureInfo.InvariantCulture, out var channel) && channel < 248 ? channel : 0;
        }
        return null;
    }
}
