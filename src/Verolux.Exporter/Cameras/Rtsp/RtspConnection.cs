using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras.Rtsp;

/// <summary>
/// A connection to a camera (RTSP 1.0, RFC 2326) over TCP or TLS: sends one request at a time, answers challenges, and hands out the packets that come
/// interleaved. Everything that a camera sends is bounded in size, and in time by the caller's token. Failures are <see cref="RtspException"/>s.
/// </summary>
sealed class RtspConnection : IAsyncDisposable
{
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    const int PlainPort = 554;
    const int TlsPort = 322;
    const int LongestHead = 16 * 1024;
    const int LongestBody = 256 * 1024;

    /// <summary>How much may pass by, most of it pictures, before an answer must have come.</summary>
    const int MostBeforeAnswer = 4 * 1024 * 1024;

    /// <summary>Requests of the camera's own, late answers and announcements before what is waited for: each is taken apart, so many small ones would cost more than their bytes.</summary>
    const int MostMessages = 100;

    /// <summary>An interleaved packet: four bytes, and a length of sixteen bits.</summary>
    const int LongestPacket = 4 + ushort.MaxValue;

    const int MostAddresses = 4;
    const int Attempts = 3;

    /// <summary>How many characters of a secret are told apart from any word's ending.</summary>
    const int ShortestPart = 3;

    static readonly string UserAgent = $"verolux-exporter/{ExporterMetrics.Version}";

    readonly Stream stream;
    readonly string? username;
    readonly string? password;
    string[]? secrets;
    byte[] buffer = ArrayPool<byte>.Shared.Rent(LongestHead);
    int start;
    int end;
    int sequence;
    Challenge? challenge;
    int answered;
    long budget;
    bool broken;
    bool midway;
    bool drained;

    /// <param name="stream">Leads to the camera; the connection's own from here on.</param>
    public RtspConnection(Stream stream, string? username, string? password, DateTimeOffset? certificateExpiry) =>
        (this.stream, this.username, this.password, CertificateExpiry) = (stream, username, password, certificateExpiry);

    /// <summary>Until when the camera's certificate is valid; null without TLS.</summary>
    public DateTimeOffset? CertificateExpiry { get; }

    public bool HasCredentials => username is not null;

    /// <summary>The status of the newest answer; null before the first.</summary>
    public int? LastStatus { get; private set; }

    /// <summary>Host and port as messages name them.</summary>
    public static string Address(Uri url) => $"{url.Host}:{PortOf(url).ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The port that an address means.</summary>
    public static int PortOf(Uri url) => url.Port > 0 ? url.Port : url.Scheme == "rtsps" ? TlsPort : PlainPort;

    public static async Task<RtspConnection> ConnectAsync(Uri url, string? username, string? password, Trace trace, TimeProvider time, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(url.Host.Trim('[', ']'), out var literal) ? [literal] : await ResolveAsync(url, trace, time, cancellation);
        trace.Begin("connect");
        var socket = await ConnectAsync(addresses, url, time, cancellation);
        try
        {
            var plain = new NetworkStream(socket, ownsSocket: true);
            trace.Connected = true;
            trace.End($"{Address(url)} accepts");
            if (url.Scheme != "rtsps")
                return new RtspConnection(plain, username, password, null);
            trace.Begin("tls");
            var (tls, expiry) = await HandshakeAsync(plain, url, cancellation);
            trace.End(tls.SslProtocol.ToString());
            return new RtspConnection(tls, username, password, expiry);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    static async Task<IPAddress[]> ResolveAsync(Uri url, Trace trace, TimeProvider time, CancellationToken cancellation)
    {
        trace.Begin("dns");
        using var deadline = new CancellationTokenSource(ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            var addresses = await HostNames.ResolveAsync(url.Host, either.Token);
            trace.End(string.Join(", ", addresses.Take(MostAddresses).Select(a => a.ToString())));
            return addresses.Length > 0 ? addresses : throw new RtspException(CameraReasons.Dns, $"the name {url.Host} has no address");
        }
        catch (SocketException error)
        {
            throw new RtspException(CameraReasons.Dns, error.SocketErrorCode == SocketError.TryAgain ? $"the name servers don't answer for {url.Host}" : $"the name {url.Host} has no address");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RtspException(CameraReasons.Dns, $"the name servers don't answer for {url.Host} within {ConnectTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
    }

    static async Task<Socket> ConnectAsync(IPAddress[] addresses, Uri url, TimeProvider time, CancellationToken cancellation)
    {
        SocketException? last = null;
        var tried = Math.Min(addresses.Length, MostAddresses);
        foreach (var address in addresses.Take(tried))
        {
            // Each its share: an address that leads nowhere, as of a half-built IPv6, must not use up the time of a good one.
            using var deadline = new CancellationTokenSource(ConnectTimeout / tried, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
            try
            {
                return await ConnectAsync(new IPEndPoint(address, PortOf(url)), either.Token);
            }
            catch (SocketException error)
            {
                last = error;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                last = new SocketException((int)SocketError.TimedOut);
            }
        }
        throw last!.SocketErrorCode switch
        {
            SocketError.TimedOut => new RtspException(FailureReason.Timeout, $"connecting to {Address(url)}: no answer within {ConnectTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s"),
            var error => NetworkFailure.Of(error, Address(url)) is { } failure ? new RtspException(failure.Reason, failure.Detail) : new RtspException(CameraReasons.Unreachable, $"{Address(url)} can't be reached ({error})"),
        };
    }

    static async Task<Socket> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Cameras sign their certificates themselves: names and issuers say nothing, so only the expiry is read, for whoever watches the metric.
    [SuppressMessage("Security", "CA5359:Do not disable certificate validation", Justification = "Cameras have no certificate that anybody could verify")]
    static async Task<(SslStream, DateTimeOffset?)> HandshakeAsync(Stream plain, Uri url, CancellationToken cancellation)
    {
        DateTimeOffset? expiry = null;
        var tls = new SslStream(plain, leaveInnerStreamOpen: false, (_, certificate, _, _) =>
        {
            expiry = certificate is X509Certificate2 x509 ? new DateTimeOffset(x509.NotAfter.ToUniversalTime()) : null;
            return true;
        });
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.Host }, cancellation);
            return (tls, expiry);
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            await tls.DisposeAsync();
            throw new RtspException(CameraReasons.Tls, $"the TLS handshake with {Address(url)} failed{(error is AuthenticationException ? ": what answers there speaks no TLS that this machine accepts" : ": the connection was closed")}");
        }
    }

    /// <summary>Sends a request and awaits its answer, with credentials where they are asked for. Any status is an answer.</summary>
    /// <param name="headers">Further header lines, each ended by CR LF.</param>
    public async Task<RtspAnswer> SendAsync(string method, string uri, string headers, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var known = challenge;
            await WriteAsync(method, uri, headers, cancellation);
            var answer = await ReadAnswerAsync(method, cancellation);
            LastStatus = answer.Status;
            if (answer.Status != 401 || username is null || attempt == Attempts || Challenge.Strongest(answer.Headers("WWW-Authenticate")) is not { } fresh)
                return answer;
            // The same nonce refused is the password refused. Another one is tried again: cameras hand out new nonces with and without saying "stale". But a
            // challenge that was answered within this request, and not because of age, is a refusal: guessing on would lock the account.
            if (known is not null && (known.Nonce == fresh.Nonce || (attempt > 1 && !fresh.Stale)))
                return answer;
            (challenge, answered) = (fresh, 0);
        }
    }

    /// <summary>
    /// Whether the next packet would have to be waited for, as far as is known: none is here whole, and the last read took all there was. Never known of TLS,
    /// whose reads end where its records do.
    /// </summary>
    public bool IsDrained => drained && !(end - start >= 4 && buffer[start] == '$' && end - start >= PacketLength);

    int PacketLength => 4 + ((buffer[start + 2] << 8) | buffer[start + 3]);

    /// <summary>The next interleaved packet.</summary>
    /// <returns>Its channel, and its bytes until the next call.</returns>
    public async ValueTask<(int Channel, ReadOnlyMemory<byte> Packet)> ReadPacketAsync(CancellationToken cancellation)
    {
        // A stream has no end; how long it is read is the caller's choice.
        budget = long.MaxValue;
        for (var others = 0; ;)
        {
            await SkipEmptyLinesAsync("the stream", cancellation);
            if (buffer[start] == '$')
            {
                await FillAsync(4, "the stream", cancellation);
                var length = PacketLength;
                await FillAsync(length, "the stream", cancellation);
                var packet = ((int)buffer[start + 1], (ReadOnlyMemory<byte>)buffer.AsMemory(start + 4, length - 4));
                start += length;
                return packet;
            }
            // Between packets a camera may answer late, or ask something itself.
            if (others++ == MostMessages)
                throw TooMany("the stream", "packet");
            _ = await ReadMessageAsync("the stream", cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    /// <summary>The camera's words without the password, without what would break a line or hide in it, and not too long.</summary>
    public string Quote(string text, int longest = 120)
    {
        // Before anything is cut or replaced, and so that half a password is none either.
        text = Masked(text);
        var quoted = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, longest)))
            quoted.Append(IsPlain(c) ? c : ' ');
        if (text.Length > longest)
            quoted.Append('…');
        return quoted.ToString();
    }

    static bool IsPlain(char c) => CharUnicodeInfo.GetUnicodeCategory(c) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse);

    /// <summary>The camera's words without the password: a camera may send back what it was sent, in any of the forms it was sent or may write it in.</summary>
    public string Masked(string text)
    {
        if (string.IsNullOrEmpty(password))
            return text;
        foreach (var form in secrets ??= Forms(username, password))
        {
            text = text.Replace(form, "***", StringComparison.OrdinalIgnoreCase);
            // The rest of it may not have come yet.
            for (var length = Math.Min(form.Length - 1, text.Length); length >= ShortestPart; length--)
            {
                if (!text.EndsWith(form[..length], StringComparison.OrdinalIgnoreCase))
                    continue;
                text = $"{text[..^length]}***";
                break;
            }
        }
        return text;
    }

    // The longest first: each may be part of another.
    static string[] Forms(string? username, string password)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        string[] forms = [password, Encoding.Latin1.GetString(bytes), Uri.EscapeDataString(password), Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}"))];
        return [.. forms.Distinct().OrderByDescending(f => f.Length)];
    }

    async Task WriteAsync(string method, string uri, string headers, CancellationToken cancellation)
    {
        sequence++;
        budget = MostBeforeAnswer;
        var authorization = challenge is { } known ? $"Authorization: {known.Answer(username!, password ?? "", method, uri, ++answered)}\r\n" : "";
        var text = string.Create(CultureInfo.InvariantCulture, $"{method} {uri} RTSP/1.0\r\nCSeq: {sequence}\r\nUser-Agent: {UserAgent}\r\n{authorization}{headers}\r\n");
        var bytes = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            await stream.WriteAsync(bytes.AsMemory(0, Encoding.Latin1.GetBytes(text, bytes)), cancellation);
        }
        catch (IOException)
        {
            // What the camera said before it hung up may still be there to read, and then says more.
            broken = true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: authorization.Length > 0);
        }
    }

    async Task<RtspAnswer> ReadAnswerAsync(string method, CancellationToken cancellation)
    {
        for (var others = 0; ;)
        {
            await SkipEmptyLinesAsync(method, cancellation);
            if (buffer[start] == '$')
            {
                await FillAsync(4, method, cancellation);
                var length = PacketLength;
                await FillAsync(length, method, cancellation);
                start += length;
                continue;
            }
            if (others++ == MostMessages)
                throw TooMany(method, "answer");
            if (await ReadMessageAsync(method, cancellation) is not { } answer)
                continue;
            // "Continue" and the like only announce the answer.
            if (answer.Status < 200)
                continue;
            // Without a number it can only be the answer to this request, and with an earlier one it came late; with another, nobody knows what it answers.
            if (answer.Header("CSeq") is not { } number)
                return answer;
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) || asked > sequence)
                throw new RtspException(CameraReasons.Protocol, $"{method} was answered with CSeq {Quote(number)} where {sequence.ToString(CultureInfo.InvariantCulture)} was asked");
            if (asked == sequence)
                return answer;
        }
    }

    /// <summary>Reads one whole message.</summary>
    /// <returns>Null for a request of the camera's own, which nobody answers.</returns>
    async Task<RtspAnswer?> ReadMessageAsync(string method, CancellationToken cancellation)
    {
        int searched = 0, length, skipped;
        while (!FindHead(ref searched, out length, out skipped))
        {
            RefuseGarbage(method);
            if (end - start >= LongestHead)
                throw new RtspException(CameraReasons.Protocol, $"{method} was answered with headers longer than {(LongestHead / 1024).ToString(CultureInfo.InvariantCulture)} KB");
            await FillAsync(end - start + 1, method, cancellation);
        }
        RefuseGarbage(method);
        var head = buffer.AsSpan(start, length);
        var answer = RtspAnswer.Parse(head);
        if (answer is null && !IsRequest(head))
            throw NotRtsp(method);
        start += skipped;
        // A request of the camera's own is read as an answer would be, for the length of its body.
        var body = await ReadBodyAsync(method, (answer ?? RtspAnswer.Parse([.. "RTSP/1.0 200\n"u8, .. buffer.AsSpan(start - skipped, length)]))!, cancellation);
        if (answer is not null)
            answer.Body = body;
        return answer;
    }

    async Task<byte[]> ReadBodyAsync(string method, RtspAnswer answer, CancellationToken cancellation)
    {
        if (answer.Header("Content-Length") is not { } text)
            return [];
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            throw new RtspException(CameraReasons.Protocol, $"{method} was answered with a Content-Length of {Quote(text)}");
        if (length > LongestBody)
            throw new RtspException(CameraReasons.Protocol, $"{method} was answered with a body of {length.ToString(CultureInfo.InvariantCulture)} bytes, of which {(LongestBody / 1024).ToString(CultureInfo.InvariantCulture)} KB are the most that is read");
        if (length == 0)
            return [];
        // It grows with what really comes, so that a number alone takes no memory.
        var body = new byte[Math.Min(length, LongestHead)];
        midway = true;
        for (var read = 0; read < length;)
        {
            await FillAsync(1, method, cancellation);
            if (read == body.Length)
                Array.Resize(ref body, Math.Min(length, 2 * read));
            var part = Math.Min(body.Length - read, end - start);
            buffer.AsSpan(start, part).CopyTo(body.AsSpan(read));
            (start, read) = (start + part, read + part);
        }
        midway = false;
        return body;
    }

    /// <summary>Waits for what a packet or a message begins with. Empty lines in front are passed over, as RFC 2326 asks, and so is the padding of some cameras.</summary>
    async ValueTask SkipEmptyLinesAsync(string what, CancellationToken cancellation)
    {
        await FillAsync(1, what, cancellation);
        while (buffer[start] is (byte)'\r' or (byte)'\n' or 0)
        {
            start++;
            await FillAsync(1, what, cancellation);
        }
    }

    /// <summary>Whether the empty line behind the headers is there.</summary>
    /// <param name="searched">How far it is known not to be: who sends byte by byte must not have every line looked at again for each.</param>
    bool FindHead(ref int searched, out int length, out int skipped)
    {
        var read = buffer.AsSpan(start, end - start);
        (length, skipped) = (0, 0);
        while (read[searched..].IndexOf((byte)'\n') is >= 0 and var at)
        {
            var next = searched + at + 1;
            if (next < read.Length && read[next] == '\n')
                (length, skipped) = (next, next + 1);
            else if (next + 1 < read.Length && read[next] == '\r' && read[next + 1] == '\n')
                (length, skipped) = (next, next + 2);
            else if (next + 1 < read.Length)
                searched = next;
            else
                break;
            if (length > 0)
                return true;
        }
        return false;
    }

    /// <summary>Sees at the first bytes that this will never be RTSP, so that nobody waits for the end of it.</summary>
    void RefuseGarbage(string method)
    {
        var read = buffer.AsSpan(start, end - start);
        // An answer begins RTSP/, a request of the camera's own with a word in capitals.
        foreach (var b in read[..Math.Min(read.Length, 4)])
        {
            if (b is not ((>= (byte)'A' and <= (byte)'Z') or (byte)'_'))
                throw NotRtsp(method);
        }
        if (read.StartsWith("HTTP/"u8))
            throw new RtspException(CameraReasons.Protocol, $"{method} was answered in HTTP: this is the camera's web port or a proxy, not its RTSP port");
    }

    static RtspException TooMany(string what, string wanted) => new(CameraReasons.Protocol, $"{what} was followed by {MostMessages.ToString(CultureInfo.InvariantCulture)} other messages and no {wanted}");

    RtspException NotRtsp(string method)
    {
        var beginning = Encoding.Latin1.GetString(buffer, start, Math.Min(end - start, 1024));
        return new RtspException(CameraReasons.Protocol, $"{method} was answered with something that is not RTSP; it begins with \"{Quote(beginning, 24)}\"");
    }

    static bool IsRequest(ReadOnlySpan<byte> head)
    {
        var line = head[..head.IndexOf((byte)'\n')].TrimEnd((byte)'\r');
        return line.EndsWith(" RTSP/1.0"u8);
    }

    /// <summary>Reads until at least this much is in the buffer.</summary>
    async ValueTask FillAsync(int wanted, string what, CancellationToken cancellation)
    {
        while (end - start < wanted)
        {
            MakeRoom(wanted);
            int read;
            try
            {
                read = await stream.ReadAsync(buffer.AsMemory(end), cancellation);
            }
            catch (IOException)
            {
                throw Closed(what);
            }
            if (read == 0)
                throw Closed(what);
            end += read;
            drained = end < buffer.Length && CertificateExpiry is null;
            if ((budget -= read) < 0)
                throw new RtspException(CameraReasons.Protocol, $"{what} was followed by {(MostBeforeAnswer / 1024 / 1024).ToString(CultureInfo.InvariantCulture)} MB of other things and no answer");
        }
    }

    RtspException Closed(string what) => new(CameraReasons.Protocol, broken || (end == start && !midway)
        ? $"{what}: the camera closed the connection without an answer"
        : $"{what}: the camera closed the connection in the middle of its answer");

    void MakeRoom(int wanted)
    {
        if (start == end)
            start = end = 0;
        if (buffer.Length - start >= wanted && end < buffer.Length)
            return;
        if (buffer.Length < wanted)
        {
            var larger = ArrayPool<byte>.Shared.Rent(LongestPacket);
            buffer.AsSpan(start, end - start).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        else
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
        }
        (start, end) = (0, end - start);
    }
}
