using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Redis;

/// <summary>
/// A connection up to the point where a command can be asked. The client library could open it, but it keeps to itself what the server says meanwhile: that there
/// are too many clients, that a script holds it, that it does not know the user (where the user <c>default</c> needs no password, the library goes on as that one).
/// It also resolves, connects and shakes hands without heeding a token, and a second time after each failure.
/// </summary>
sealed class RedisConnection(RedisTarget target, string? password) : IDisposable
{
    /// <summary>Bytes of the longest answer to a greeting: that of the protected mode has about a thousand.</summary>
    const int LongestAnswer = 4096;

    readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    Stream? stream;
    bool answered;

    /// <summary>Once it is open.</summary>
    public Stream Stream => stream ?? throw new InvalidOperationException("not open");

    /// <returns>Null when it is open, or why it is not.</returns>
    public async Task<Failure?> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            await socket.ConnectAsync(target.Host, target.Port, cancellation);
            stream = new NetworkStream(socket);
            return (target.Tls is { } tls ? await SecureAsync(tls, cancellation) : null) ?? await GreetAsync(cancellation);
        }
        catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException)
        {
            cancellation.ThrowIfCancellationRequested();
            return Dropped(error);
        }
    }

    /// <summary>Whoever waits for the server fails at once.</summary>
    public void Abort() => socket.Dispose();

    public void Dispose()
    {
        stream?.Dispose();
        socket.Dispose();
    }

    async Task<Failure?> SecureAsync(ClientTls tls, CancellationToken cancellation)
    {
        if (tls.TryBegin(target.Host, out var handshake) is { } unusable)
            return new Failure(FailureReason.Config, unusable);
        var secured = new SslStream(Stream);
        stream = secured;
        try
        {
            await secured.AuthenticateAsClientAsync(handshake.Options, cancellation);
            return null;
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            return new Failure(NetworkFailure.Tls, $"the TLS handshake with {target.Address} failed: {handshake.Refusal ?? "the server breaks it off, as one does that speaks no TLS on this port, or takes no more clients"}");
        }
    }

    /// <summary>Says who we are, and asks for the time: allowed also while the data is read and while a replica has lost its primary, unlike PING.</summary>
    async Task<Failure?> GreetAsync(CancellationToken cancellation)
    {
        string[] identity = target.Username is { } user ? ["AUTH", user] : ["AUTH"];
        return (password is null ? null : await AskAsync("+OK", [.. identity, password], cancellation)) ?? await AskAsync("*2", ["TIME"], cancellation);
    }

    /// <param name="expected">The answer's first line.</param>
    async Task<Failure?> AskAsync(string expected, string[] command, CancellationToken cancellation)
    {
        await Stream.WriteAsync(Encoded(command), cancellation);
        var answer = new byte[LongestAnswer];
        var length = 0;
        while (!IsWhole(answer.AsSpan(0, length)) && length < answer.Length)
        {
            var read = await Stream.ReadAsync(answer.AsMemory(length), cancellation);
            if (read == 0)
                throw new EndOfStreamException();
            length += read;
            answered = true;
        }
        var line = Encoding.UTF8.GetString(answer, 0, length).Split('\n')[0].TrimEnd('\r');
        return line == expected ? null
            : line.StartsWith('-') ? RedisReasons.Of(line[1..], target, password)
            : new Failure(NetworkFailure.Protocol, $"{target.Address} does not speak Redis' protocol; it answers \"{RedisReasons.Quote(line, password)}\"");
    }

    /// <summary>A command as the protocol has it: an array of texts, each with its length in bytes.</summary>
    static byte[] Encoded(string[] command)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (var part in command)
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The time comes as two texts, each with its length before it; all else that is understood is one line.</summary>
    static bool IsWhole(ReadOnlySpan<byte> answer) => answer.Count((byte)'\n') >= (answer.StartsWith("*2\r\n"u8) ? 5 : 1);

    Failure Dropped(Exception error) => target.Tls is not null && stream is SslStream && !answered
        // In TLS 1.3 the server looks at our certificate after the handshake is over for us.
        ? new Failure(NetworkFailure.Tls, $"{target.Address} drops the connection after the TLS handshake, as a server does that wants a certificate of ours, or another one: see tls.cert_file")
        : NetworkFailure.Of(error, target.Address)
            ?? new Failure(NetworkFailure.Protocol, $"{target.Address} closes the connection without an answer{(target.Tls is null ? ", as a port does that speaks TLS alone" : "")}");
}
