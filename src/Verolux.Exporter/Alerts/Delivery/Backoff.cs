namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>Exponential back-off with full jitter: after an outage the waiting rows come back spread out instead of all at once.</summary>
static class Backoff
{
    static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>No page waits longer than this for anybody's word: a wrong date in <c>Retry-After</c> must not silence it for years.</summary>
    static readonly TimeSpan LongestAsked = TimeSpan.FromHours(1);

    /// <param name="attempts">How many were made, from 1.</param>
    /// <param name="asked">What the other side asked for (<c>Retry-After</c>); never undercut up to an hour, and nothing if it lies in the past.</param>
    /// <param name="chance">A number from 0 to 1.</param>
    public static TimeSpan Delay(int attempts, TimeSpan? asked, double chance)
    {
        var most = First * Math.Pow(2, Math.Min(attempts, 20));
        var delay = (most < Longest ? most : Longest) * chance;
        return Asked(asked ?? TimeSpan.Zero) + delay;
    }

    /// <summary>What the other side asked for, as far as it is taken seriously.</summary>
    public static TimeSpan Asked(TimeSpan asked) => asked < TimeSpan.Zero ? TimeSpan.Zero : asked < LongestAsked ? asked : LongestAsked;
}
