using System.Net.Security;
using System.Text;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts;

/// <summary>
/// HTTP to one server that gets a credential with every request. Redirects are not followed, since what is sent is for one address alone, and what comes back is
/// told without any secret.
/// </summary>
sealed class Wire : IDisposable
{
    /// <summary>Of one request, connecting included.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    readonly ClientTls tls;
    readonly HttpClient http;

    /// <summary>Why the other side's certificate was last not taken; null where it was.</summary>
    volatile string? refusal;

    /// <param name="tls">Null for the authorities that this machine trusts.</param>
    /// <param name="throughProxy">Whether the environment's proxy may stand between; it sees all that goes over http.</param>
    public Wire(ClientTls? tls, bool throughProxy = true)
    {
        this.tls = tls ?? new ClientTls();
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = throughProxy,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (connection, certificate, chain, errors) =>
                {
                    // The files are read at every handshake, as elsewhere.
                    refusal = this.tls.TryBegin(((SslStream)connection).TargetHostName, out var handshake);
                    if (refusal is not null)
                        return false;
                    var trusted = handshake.IsTrusted(certificate, chain, errors);
                    refusal = handshake.Refusal;
                    return trusted;
                },
                LocalCertificateSelectionCallback = (_, host, _, _, _) => this.tls.TryBegin(host, out var handshake) is null ? handshake.Certificate! : null!,
            },
        })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
    }

    public void Dispose() => http.Dispose();

    /// <summary>Sends a request and waits for the head of its answer.</summary>
    /// <exception cref="HttpRequestException">As an <see cref="IOException"/> is, to be told by <see cref="WhyNot"/>.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        refusal = null;
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>Asks once, within <see cref="Timeout"/>. Throws only on cancellation.</summary>
    /// <param name="readAsync">Reads the answer, whatever its status; null, or why it is of no use.</param>
    /// <returns>Null, or why nothing came of it, for people.</returns>
    public async Task<string?> GetAsync(Uri address, TimeProvider time, Func<HttpResponseMessage, CancellationToken, Task<string?>> readAsync, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        try
        {
            using var response = await SendAsync(request, both.Token);
            return await readAsync(response, both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"no answer within {Timeout.TotalSeconds} s";
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return WhyNot(error);
        }
    }

    /// <summary>Why a request got no answer, as one word, with why the other side was not trusted where it is that.</summary>
    public string WhyNot(Exception error)
    {
        var kind = error is HttpRequestException { HttpRequestError: var known } ? known.ToString() : error.GetType().Name;
        return error is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } && refusal is { } why ? $"{kind}: {why}" : kind;
    }

    /// <summary>By how much the other side's clock is ahead of ours, in the middle of the request; null where the answer bears no date.</summary>
    public static TimeSpan? Skew(HttpResponseMessage response, DateTimeOffset asked, DateTimeOffset answered) => response.Headers.Date - (asked + ((answered - asked) / 2));

    /// <summary>The beginning of an answer on one line, without the secrets that it may repeat.</summary>
    /// <param name="longest">Bytes that are read of it.</param>
    public static async Task<string> ReadLineAsync(HttpResponseMessage response, int longest, IReadOnlyList<string> secrets, CancellationToken cancellation)
    {
        var buffer = new byte[longest];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return Line(buffer.AsSpan(0, read), isCut: read == buffer.Length, secrets);
    }

    /// <summary>What somebody sent, on one line, without the secrets that it may repeat.</summary>
    /// <param name="isCut">Whether there was more of it.</param>
    public static string Line(ReadOnlySpan<byte> sent, bool isCut, IReadOnlyList<string> secrets)
    {
        var text = Encoding.UTF8.GetString(sent);
        // The longest first, since one may be part of another.
        foreach (var secret in secrets.OrderByDescending(s => s.Length))
            text = text.Replace(secret, "<secret>", StringComparison.Ordinal);
        // Where it is cut, a secret may be cut as well and not be recognised.
        if (isCut)
            text = text[..^Math.Min(text.Length, secrets.Select(s => s.Length).DefaultIfEmpty().Max())];
        return string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
