using System.Text.RegularExpressions;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// PagerDuty's Events API v2. 202 is taken; 400 is an invalid event, which is sent once more in its smallest form; 429 and 5xx may be tried again
/// (https://developer.pagerduty.com/docs/send-alert-event#api-response-codes--retry-logic).
/// </summary>
/// <param name="url">The whole address of <c>/v2/enqueue</c> in the account's service region.</param>
sealed partial class PagerDuty(string name, Uri url, Secret routingKey, Courier courier, PagerDutyLimits limits, TimeProvider time) : IDestination
{
    /// <summary>Characters of an integration's routing key.</summary>
    public const int KeyLength = 32;

    TokenBucket? limit;

    public string Name => name;

    public bool Wakes => true;

    /// <summary>That of the routing key as it was last read.</summary>
    public TokenBucket Limit => limit ??= limits.Of(routingKey.TryRead(out var key) is null ? key : "");

    public async Task<Outcome> SendAsync(Page page, CancellationToken cancellation)
    {
        if (routingKey.TryRead(out var key) is { } problem)
            return new Outcome.Retry("config", $"routing key: {problem}");
        if (key.Length != KeyLength || !key.All(char.IsAsciiLetterOrDigit))
            return new Outcome.Retry("config", $"routing key: holds {key.Length} characters where PagerDuty's keys have {KeyLength} letters and digits");
        if (limits.Of(key) is var current && current != Limit)
        {
            current.Spend(time.GetUtcNow());
            limit = current;
        }
        return await courier.SendAsync(shrunk => Courier.Post(url, PagerDutyEvent.Write(page, key, shrunk)), [key], Judge, current, cancellation);
    }

    static Outcome Judge(Answer answer) => answer.Status switch
    {
        202 => new Outcome.Delivered(),
        // An event is also called invalid for its key. The key can be put right, and then every event is wanted.
        400 when RoutingKey().IsMatch(answer.Body) => new Outcome.Retry("unauthorized", answer.Detail),
        _ => answer.Outcome(),
    };

    [GeneratedRegex("routing[ _]?key|service[ _]?key|integration[ _]?key", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex RoutingKey();
}
