using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.RabbitMq;

/// <summary>What AMQP does not tell, from the management API (https://www.rabbitmq.com/docs/http-api-reference).</summary>
static class ManagementApi
{
    /// <summary>Bytes of an answer. What is asked for has a few dozen, and some more for each node with an alarm.</summary>
    const int LongestAnswer = 64 * 1024;

    /// <summary>Asks for the alarms, and for each queue by name: a list would hold every reply queue of every worker too.</summary>
    /// <returns>The alarms and, in the order of <paramref name="queues"/>, their statistics; or the failure.</returns>
    public static async Task<(Alarms? Alarms, IReadOnlyList<QueueStatistics> Statistics, Failure? Failure)> ReadAsync(
        Broker broker, BrokerAddress address, IEnumerable<string> queues, CancellationToken cancellation)
    {
        var url = broker.ManagementUrl!;
        if (broker.Tls.TryBegin(url.Host, out var handshake) is { } problem)
            return (null, [], new Failure(FailureReason.Config, problem));
        // Reached as the broker is, without a proxy: the password is in every request.
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, SslOptions = handshake.Options })
        {
            BaseAddress = url,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LongestAnswer,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{address.User}:{address.Password}")));
        try
        {
            var alarms = await AlarmsAsync(http, cancellation);
            var statistics = new List<QueueStatistics>();
            foreach (var queue in queues)
                statistics.Add(await StatisticsAsync(http, broker.VirtualHost, queue, cancellation));
            return (alarms, statistics, null);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested && error is HttpRequestException or IOException or JsonException)
        {
            return (null, [], Explain(error, handshake.Refusal, url));
        }
    }

    /// <summary>This check asks the nodes themselves, so it says at once what the list of nodes says after seconds. 503 is its way to say that there are alarms.</summary>
    static async Task<Alarms> AlarmsAsync(HttpClient http, CancellationToken cancellation)
    {
        var answer = await AskAsync(http, "api/health/checks/alarms", ManagementJson.Default.AlarmsAnswer, HttpStatusCode.ServiceUnavailable, cancellation);
        if (answer is not { Status: "ok" } and not { Alarms.Count: > 0 })
            throw new JsonException();
        bool Has(string resource) => answer.Alarms?.Any(a => a.Resource?.StartsWith(resource, StringComparison.Ordinal) == true) == true;
        // In full "disk space".
        return new Alarms(Has("memory"), Has("disk"));
    }

    /// <summary>404 is a queue that was deleted a moment ago: nothing is known of it. The name is asked for because without any column the answer is a list.</summary>
    static async Task<QueueStatistics> StatisticsAsync(HttpClient http, string virtualHost, string queue, CancellationToken cancellation) =>
        await AskAsync(
            http, $"api/queues/{Uri.EscapeDataString(virtualHost)}/{Uri.EscapeDataString(queue)}?columns=name,messages,messages_unacknowledged", ManagementJson.Default.QueueStatistics,
            HttpStatusCode.NotFound, cancellation) ?? throw new JsonException();

    static async Task<T?> AskAsync<T>(HttpClient http, string path, JsonTypeInfo<T> type, HttpStatusCode alsoGood, CancellationToken cancellation)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        if (answer.StatusCode != alsoGood && answer.StatusCode != HttpStatusCode.OK)
            throw new HttpRequestException(null, null, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync(type, cancellation);
    }

    static Failure Explain(Exception error, string? refusal, Uri url)
    {
        var what = $"the management API at {url}";
        if (refusal is not null)
            return new Failure(NetworkFailure.Tls, $"{what} is not trusted: {refusal}");
        if (NetworkFailure.Of(error, $"{url.Authority} (the management API)") is { } network)
            return network;
        return (error as HttpRequestException)?.StatusCode switch
        {
            // The broker itself has just taken this user and password, so it is not those.
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(NetworkFailure.Permission, $"{what} does not let the user in: it needs the tag monitoring"),
            HttpStatusCode.NotFound => new(NetworkFailure.NotFound, $"{what} is not there, or older than RabbitMQ 3.8: 404"),
            { } status => new(NetworkFailure.Protocol, $"{what} answers {(int)status}"),
            null => new(NetworkFailure.Protocol, $"what {what} answers is none that it gives, too long, or breaks off ({error.GetType().Name})"),
        };
    }
}

/// <summary>Of one queue, at most as old as the broker's statistics interval. Null where the broker has none yet.</summary>
/// <param name="Messages">Ready and unacknowledged.</param>
sealed record QueueStatistics(double? Messages, double? MessagesUnacknowledged);

sealed record AlarmsAnswer(string? Status, IReadOnlyList<AlarmAnswer>? Alarms);

sealed record AlarmAnswer(string? Resource);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(QueueStatistics))]
[JsonSerializable(typeof(AlarmsAnswer))]
sealed partial class ManagementJson : JsonSerializerContext;
