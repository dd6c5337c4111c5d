using System.Net.Http.Headers;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// How destinations are spoken to: one request over a <see cref="Wire"/>, what came of it, and once more in a smaller form where that was refused.
/// </summary>
sealed class Courier(ClientTls? tls, TimeProvider time) : IDisposable
{
    const int LongestAnswer = 256 * 1024;
    readonly Wire wire = new(tls);

    public void Dispose() => wire.Dispose();

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
        using var deadline = new CancellationTokenSource(Wire.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var response = await wire.SendAsync(request, both.Token);
            return judge(await ReadAsync(response, secrets, both.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Outcome.Retry("timeout", $"no answer within {Wire.Timeout.TotalSeconds} s");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return new Outcome.Retry("network", wire.WhyNot(error));
        }
    }

    async Task<Answer> ReadAsync(HttpResponseMessage response, IReadOnlyList<string> secrets, CancellationToken cancellation)
    {
        var line = await Wire.ReadLineAsync(response, LongestAnswer, secrets, cancellation);
        var after = response.Headers.RetryAfter is { } asked ? asked.Delta ?? (asked.Date - time.GetUtcNow()) : null;
        return new Answer((int)response.StatusCode, line, after);
    }
}
