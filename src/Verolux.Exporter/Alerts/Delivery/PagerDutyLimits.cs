using System.Collections.Concurrent;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// What PagerDuty takes for each routing key, whichever destinations use it: about 120 events a minute
/// (https://developer.pagerduty.com/docs/events-api-v2-overview). We use fewer, since they are counted when they arrive and not when they are sent.
/// </summary>
sealed class PagerDutyLimits
{
    const int Tokens = 100;
    const int ReservedForCriticals = 20;
    static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<string, TokenBucket> buckets = new(StringComparer.Ordinal);

    public TokenBucket Of(string key) => buckets.GetOrAdd(key, _ => new TokenBucket(Tokens, Period, ReservedForCriticals));
}
