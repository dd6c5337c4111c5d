using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// PagerDuty's Events API v2. 202 is taken; 400 is an invalid event, which is sent once more in its smallest form; 429 and 5xx may be tried again
/// (https://developer.pagerduty.com/docs/send-alert-event#api-response-codes--retry-logic). Whatever else comes back is tried again too: a wrong key or
/// address can be put right, and a page must not be lost meanwhile.
/// </summary>
/// <param name="url">The whole address of <c>/v2/enqueue</c> in the account's service region.</param>
sealed partial class PagerDuty(string name, Uri url, Secret routingKey, HttpClient http, TimeProvider time) : IDestination
{
    /// <summary>Of one attempt, connecting included.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Characters of an integration's routing key.</summary>
    public const int KeyLength = 32;

    const int LongestAnswer = 4096;

    public string Name => name;

    public async Task<Outcome> SendAsync(Page page, CancellationToken cancellation)
    {
        if (routingKey.TryRead(out var key) is { } problem)
            return new Outcome.Retry("config", $"routing key: {problem}");
        if (key.Length != KeyLength || !key.All(char.IsAsciiLetterOrDigit))
            return new Outcome.Retry("config", $"routing key: holds {key.Length} characters where PagerDuty's keys have {KeyLength} letters and digits");
        var outcome = await SendAsync(PagerDutyEvent.Write(page, key, shrunk: false), key, cancellation);
        return outcome is Outcome.Refused ? await SendAsync(PagerDutyEvent.Write(page, key, shrunk: true), key, cancellation) : outcome;
    }

    async Task<Outcome> SendAsync(byte[] body, string key, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (response.StatusCode == HttpStatusCode.Accepted)
                return new Outcome.Delivered();
            return Judge(response, await AnswerAsync(response, key, both.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Outcome.Retry("timeout", $"no answer within {Timeout.TotalSeconds} s");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return new Outcome.Retry("network", error is HttpRequestException { HttpRequestError: var kind } ? kind.ToString() : error.GetType().Name);
        }
    }

    Outcome Judge(HttpResponseMessage response, string answer)
    {
        var detail = $"answered {(int)response.StatusCode}: {answer}";
        var asked = response.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date - time.GetUtcNow()) : null;
        return (int)response.StatusCode switch
        {
            // An event is also called invalid for its key. The key can be put right, and then every event is wanted.
            400 when RoutingKey().IsMatch(answer) => new Outcome.Retry("unauthorized", detail),
            400 or 413 => new Outcome.Refused("rejected", detail),
            429 => new Outcome.Retry("rate_limited", detail, asked),
            401 or 403 => new Outcome.Retry("unauthorized", detail),
            >= 500 => new Outcome.Retry("server_error", detail, asked),
            _ => new Outcome.Retry("unexpected", detail),
        };
    }

    [GeneratedRegex("routing[ _]?key|service[ _]?key|integration[ _]?key", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex RoutingKey();

    /// <summary>The beginning of the answer on one line, without the key that it may repeat.</summary>
    static async Task<string> AnswerAsync(HttpResponseMessage response, string key, CancellationToken cancellation)
    {
        var buffer = new byte[LongestAnswer];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        var text = Encoding.UTF8.GetString(buffer, 0, read).Replace(key, "<secret>", StringComparison.Ordinal);
        // Where the answer is cut, the key may be cut as well and not be recognised.
        if (read == buffer.Length)
            text = text[..^Math.Min(text.Length, key.Length)];
        return string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
