using System.Globalization;
using System.Net;
using System.Text.Json;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Backend;

/// <summary>
/// Asks one address for JSON. Each time over a connection of its own: that a new one can be made is part of what is asked, and none is left behind whatever happens.
/// </summary>
/// <param name="describe">What the answer says.</param>
sealed class EndpointLook(Uri url, string check, Target target, ClientTls? tls, TimeProvider time, Func<Fields, Look> describe)
{
    /// <summary>Ten thousand cameras take 4 MB.</summary>
    const int LongestAnswer = 16 * 1024 * 1024;

    const string NoAnswer = "error";
    static readonly string[] Classes = ["2xx", "3xx", "4xx", "5xx", NoAnswer];

    readonly string[] labels = [.. target.Labels, check];
    readonly string[][] labelsOfClasses = [.. Classes.Select(c => (string[])[.. target.Labels, check, c])];
    readonly long[] counts = new long[Classes.Length];

    /// <summary>Requests by the class of their answer, until now.</summary>
    public IEnumerable<Sample> Responses => counts.Select((count, i) => new Sample(BackendFamilies.Responses, labelsOfClasses[i], count));

    public async Task<Look> LookAsync(CancellationToken cancellation)
    {
        var handshake = new TlsHandshake(url.IdnHost, false);
        if (url.Scheme == "https" && (tls ?? new ClientTls()).TryBegin(url.IdnHost, out handshake) is { } why)
            return Failed(new Failure(FailureReason.Config, why));
        var start = time.GetTimestamp();
        try
        {
            using var client = Client(handshake);
            using var response = await client.GetAsync(url, cancellation);
            var look = Read(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation));
            Sample[] ofAnswer = [new(BackendFamilies.StatusCode, labels, (int)response.StatusCode), new(BackendFamilies.ResponseDuration, labels, time.GetElapsedTime(start).TotalSeconds)];
            Count(response.StatusCode);
            return look with { Samples = [.. look.Samples, .. ofAnswer, .. Responses] };
        }
        catch (HttpRequestException error)
        {
            Count(null);
            return Failed(WhyNot(error, handshake));
        }
    }

    /// <summary>What took too long is counted as well.</summary>
    public Look Overran(string detail)
    {
        Count(null);
        return Failed(new Failure(FailureReason.Timeout, $"{url.AbsolutePath}: {detail}"));
    }

    static HttpClient Client(TlsHandshake handshake) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // The service itself is what is asked.
        UseProxy = false,
        SslOptions = handshake.Options,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestAnswer,
    };

    Look Read(HttpStatusCode status, byte[] body)
    {
        if (status != HttpStatusCode.OK)
            return new Look([], Refused(status));
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new AnswerException("it is not an object");
            return describe(new Fields(json.RootElement, ""));
        }
        catch (AnswerException error)
        {
            return NotAsked(error.Message);
        }
        // What names and texts hold that no text can hold comes as the second.
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return NotAsked("it is not JSON");
        }
    }

    Look NotAsked(string why) => Look.Failed(NetworkFailure.Protocol, $"what {url.AbsolutePath} answered is not what it should be: {why}");

    Look Failed(Failure failure) => new([.. Responses], failure);

    Failure Refused(HttpStatusCode status)
    {
        var reason = (int)status switch
        {
            401 => NetworkFailure.Auth,
            403 => NetworkFailure.Permission,
            404 => NetworkFailure.NotFound,
            >= 500 => BackendReasons.ServerError,
            _ => NetworkFailure.Protocol,
        };
        return new Failure(reason, string.Create(CultureInfo.InvariantCulture, $"{url.AbsolutePath} was answered {(int)status}{((int)status is >= 300 and < 400 ? ", a redirect, which is not followed" : "")}"));
    }

    Failure WhyNot(HttpRequestException error, TlsHandshake handshake)
    {
        if (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
            return new Failure(NetworkFailure.Protocol, $"what {url.AbsolutePath} answered is larger than {LongestAnswer / 1024 / 1024} MiB");
        var failure = NetworkFailure.Of(error, url.Authority) ?? new Failure(NetworkFailure.Protocol, $"{url.Authority} sent no whole HTTP answer ({error.HttpRequestError})");
        return handshake.Refusal is { } refusal ? failure with { Detail = $"{failure.Detail}: {refusal}" } : failure;
    }

    void Count(HttpStatusCode? answered)
    {
        // Not only by one at a time: a look that was given up may end while the next one goes on.
        Interlocked.Increment(ref counts[answered is { } status ? Math.Clamp(((int)status / 100) - 2, 0, Classes.Length - 2) : Classes.Length - 1]);
    }
}
