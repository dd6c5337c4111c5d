using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// How destinations are spoken to over HTTP: one request, what came of it, and once more in a smaller form where that was refused. Redirects are not followed,
/// since what is sent is for one address alone, and what comes back is told without any secret.
/// </summary>
sealed class Courier : IDisposable
{
    /// <summary>Of one request, connecting included.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    const int LongestAnswer = 256 * 1024;
    readonly ClientTls tls;
    readonly TimeProvider time;
    readonly HttpClient http;

    /// <summary>Why the other side's certificate was last not taken; null where it was.</summary>
    volatile string? refusal;

    /// <param name="tls">Null for the authorities that this machine trusts.</param>
    public Courier(ClientTls? tls, TimeProvider time)
    {
        (this.tls, this.time) = (tls ?? new ClientTls(), time);
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
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

    public static HttpRequestMessage Post(Uri url, byte[] json)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        return request;
    }

    /// <summary>Sends what <paramref name="compose"/> makes, and where that is refused, once more what it makes in its smallest form.</summary>
    /// <param name="compose">Makes the request; in its smallest form where told so.</param>
    /// <param name="secrets">What no outcome may repeat.</param>
    /// <param name="judge">What an answer means.</param>
    /// <param name="limit">Where the second request is counted.</param>
    public async Task<Outcome> SendAsync(
        Func<bool, HttpRequestMessage> compose, IReadOnlyList<string> secrets, Func<Answer, Outcome> judge, TokenBucket? limit, CancellationToken cancellation)
    {
        using var whole = compose(false);
        var outcome = await SendAsync(whole, secrets, judge, cancellation);
        if (outcome is not Outcome.Refused)
            return outcome;
        limit?.Spend(time.GetUtcNow());
        using var smallest = compose(true);
        return await SendAsync(smallest, secrets, judge, cancellation);
    }

    public async Task<Outcome> SendAsync(HttpRequestMessage request, IReadOnlyList<string> secrets, Func<Answer, Outcome> judge, CancellationToken cancellation)
    {
        refusal = null;
        using var deadline = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            return judge(await ReadAsync(response, secrets, both.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Outcome.Retry("timeout", $"no answer within {Timeout.TotalSeconds} s");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            var kind = error is HttpRequestException { HttpRequestError: var known } ? known.ToString() : error.GetType().Name;
            return new Outcome.Retry("network", error is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } && refusal is { } why ? $"{kind}: {why}" : kind);
        }
    }

    /// <summary>The answer on one line, without the secrets that it may repeat.</summary>
    async Task<Answer> ReadAsync(HttpResponseMessage response, IReadOnlyList<string> secrets, CancellationToken cancellation)
    {
        var buffer = new byte[LongestAnswer];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        var text = Encoding.UTF8.GetString(buffer, 0, read);
        // The longest first, since one may be part of another.
        foreach (var secret in secrets.OrderByDescending(s => s.Length))
            text = text.Replace(secret, "<secret>", StringComparison.Ordinal);
        // Where the answer is cut, a secret may be cut as well and not be recognised.
        if (read == buffer.Length)
            text = text[..^Math.Min(text.Length, secrets.Max(s => s.Length))];
        var after = response.Headers.RetryAfter is { } asked ? asked.Delta ?? (asked.Date - time.GetUtcNow()) : null;
        return new Answer((int)response.StatusCode, string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)), after);
    }
}
