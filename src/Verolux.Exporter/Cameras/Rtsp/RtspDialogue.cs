using System.Globalization;
using System.Text;

namespace Verolux.Exporter.Cameras.Rtsp;

/// <summary>What is said to a camera in turn: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN. Writes down each step, and makes a failure of every answer but 200.</summary>
sealed class RtspDialogue(RtspConnection connection, Uri url, Trace trace)
{
    const int LongestUri = 2048;
    static readonly TimeSpan TeardownTimeout = TimeSpan.FromSeconds(1);
    readonly string uri = url.AbsoluteUri;
    string baseUri = url.AbsoluteUri;
    string aggregate = url.AbsoluteUri;
    string? session;

    /// <summary>Asks what the camera can do. Only a refused password ends it here: many cameras can't answer this one and describe well all the same.</summary>
    public async Task OptionsAsync(CancellationToken cancellation)
    {
        trace.Begin("options");
        var answer = await connection.SendAsync("OPTIONS", uri, "", cancellation);
        if (answer.Status == 401)
            throw Refused("OPTIONS", answer);
        trace.End(Line(answer));
    }

    /// <summary>Asks what there is to see.</summary>
    public async Task<VideoTrack> DescribeAsync(CancellationToken cancellation)
    {
        trace.Begin("describe");
        var answer = Accepted("DESCRIBE", await connection.SendAsync("DESCRIBE", uri, "Accept: application/sdp\r\n", cancellation));
        if (SessionDescription.Parse(Encoding.UTF8.GetString(answer.Body), out var problem) is not { } description)
            throw new RtspException(CameraReasons.Protocol, $"what DESCRIBE was answered with {problem}");
        if (description.Video is not { } video)
            throw new RtspException(CameraReasons.Protocol, "what DESCRIBE was answered with offers no pictures");
        baseUri = FirstUri(answer.Header("Content-Base"), answer.Header("Content-Location")) ?? uri;
        aggregate = Resolve(description.Control);
        trace.End(Offers(answer, video));
        return video;
    }

    /// <summary>Sets the stream up, interleaved in this connection (RFC 2326, section 10.12).</summary>
    /// <returns>The channel that its packets come on.</returns>
    public async Task<int> SetupAsync(VideoTrack video, CancellationToken cancellation)
    {
        trace.Begin("setup");
        var answer = Accepted("SETUP", await connection.SendAsync("SETUP", Resolve(video.Control), "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", cancellation));
        if (answer.Header("Session")?.Split(';')[0].Trim() is not { Length: > 0 } given)
            throw new RtspException(CameraReasons.Protocol, "SETUP was answered 200 without a session");
        session = given;
        trace.End(Line(answer));
        return Channel(answer.Header("Transport"));
    }

    public async Task PlayAsync(CancellationToken cancellation)
    {
        trace.Begin("play");
        var answer = Accepted("PLAY", await connection.SendAsync("PLAY", aggregate, $"Session: {session}\r\nRange: npt=0.000-\r\n", cancellation));
        trace.End(Line(answer));
    }

    /// <summary>Gives the session back, and waits until the camera has done so: the next look must not find it taken.</summary>
    public async Task TeardownAsync(CancellationToken cancellation)
    {
        if (session is not { } held)
            return;
        session = null;
        await connection.SendAsync("TEARDOWN", aggregate, $"Session: {held}\r\n", cancellation);
    }

    /// <summary>As <see cref="TeardownAsync"/>. Always to be tried, and never waited for long: a session that is not given back is one the camera has less.</summary>
    public async Task GiveBackAsync(TimeProvider time)
    {
        using var deadline = new CancellationTokenSource(TeardownTimeout, time);
        try
        {
            await TeardownAsync(deadline.Token);
        }
        catch (Exception error) when (error is RtspException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // Closing the connection says the same, if less politely.
        }
    }

    RtspAnswer Accepted(string method, RtspAnswer answer) => answer.Status is >= 200 and < 300 ? answer : throw Refused(method, answer);

    RtspException Refused(string method, RtspAnswer answer)
    {
        var said = $"{method} was answered {Line(answer)}";
        return answer.Status switch
        {
            401 => new RtspException(CameraReasons.Auth, $"{said}: {Denial(answer)}"),
            403 => new RtspException(CameraReasons.Forbidden, $"{said}: the configured user may not see this stream"),
            404 => new RtspException(CameraReasons.NotFound, $"{said}: there is no stream under the configured path"),
            453 => new RtspException(CameraReasons.Busy, $"{said}: all of the camera's sessions or its bandwidth are taken"),
            461 => new RtspException(CameraReasons.Transport, $"{said}: the camera doesn't send over TCP"),
            >= 300 and < 400 => new RtspException(CameraReasons.Redirect, $"{said}: it points {Elsewhere(answer)}, and a redirect is never followed"),
            _ => new RtspException(CameraReasons.Protocol, said),
        };
    }

    string Denial(RtspAnswer answer)
    {
        if (Challenge.Strongest(answer.Headers("WWW-Authenticate")) is not { } challenge)
            return answer.Header("WWW-Authenticate") is { } unknown ? $"it asks for credentials in a way that is not known here ({connection.Quote(unknown.Split(' ')[0])})" : "it doesn't say what credentials it wants";
        var how = challenge.Realm.Length > 0 ? $"{connection.Quote(challenge.Scheme)}, realm \"{connection.Quote(challenge.Realm)}\"" : connection.Quote(challenge.Scheme);
        return connection.HasCredentials ? $"the configured user and password are not taken ({how})" : $"it asks for a user and a password ({how}), and none are configured";
    }

    string Elsewhere(RtspAnswer answer) =>
        // Host and path alone: the rest may hold a password. Ours is looked for before the address is taken apart, which would write it differently. A path alone is no address.
        Uri.TryCreate(connection.Masked(answer.Header("Location") ?? ""), UriKind.Absolute, out var location) && !location.IsFile
            ? $"to {connection.Quote($"{location.Scheme}://{location.Authority.Split('@')[^1]}{location.AbsolutePath}")}"
            : "elsewhere";

    string Line(RtspAnswer answer) => $"{answer.Status.ToString(CultureInfo.InvariantCulture)} {connection.Quote(answer.Reason)}".TrimEnd();

    string Offers(RtspAnswer answer, VideoTrack video)
    {
        var rate = video.FramesPerSecond is { } fps ? string.Create(CultureInfo.InvariantCulture, $", {fps:0.###} FPS declared") : "";
        return $"{Line(answer)}, offers {(video.Encoding.Length > 0 ? connection.Quote(video.Encoding) : "an unnamed codec")}{rate}";
    }

    /// <summary>
    /// A control address (RFC 2326, section C.1.1). A relative one is hung on the base as it stands, as cameras expect it and not as RFC 3986 has it. One that
    /// would break the request line is refused.
    /// </summary>
    string Resolve(string control)
    {
        var resolved = control.Length == 0 || control == "*" ? baseUri
            : control.StartsWith("rtsp://", StringComparison.OrdinalIgnoreCase) || control.StartsWith("rtsps://", StringComparison.OrdinalIgnoreCase) ? control
            : baseUri.EndsWith('/') ? baseUri + control
            : $"{baseUri}/{control}";
        return IsUri(resolved) ? resolved : throw new RtspException(CameraReasons.Protocol, $"the stream's control address \"{connection.Quote(control)}\" can't be used");
    }

    static string? FirstUri(params IEnumerable<string?> candidates) =>
        candidates.FirstOrDefault(c => c is not null && IsUri(c) && (c.StartsWith("rtsp://", StringComparison.OrdinalIgnoreCase) || c.StartsWith("rtsps://", StringComparison.OrdinalIgnoreCase)));

    static bool IsUri(string text) => text.Length is > 0 and <= LongestUri && !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    // Transport: RTP/AVP/TCP;unicast;interleaved=0-1
    static int Channel(string? transport)
    {
        const string Key = "interleaved=";
        var at = transport?.IndexOf(Key, StringComparison.OrdinalIgnoreCase) ?? -1;
        if (at < 0)
            return 0;
        var digits = transport.AsSpan(at + Key.Length);
        var length = digits.IndexOfAnyExceptInRange('0', '9');
        return byte.TryParse(length < 0 ? digits : digits[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var channel) ? channel : 0;
    }
}
