namespace Verolux.Exporter.Site.PagerDuty;

/// <summary>
/// 120 calls in any 60 seconds per routing key. The vendor says "approximately"
/// (https://developer.pagerduty.com/docs/events-api-v2-overview) and not whether refused calls count: here they don't, or a sender that insists would
/// never get through again.
/// </summary>
sealed class RateLimit(TimeProvider clock)
{
    const int Calls = 120;
    static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    readonly Dictionary<string, Queue<DateTimeOffset>> admitted = [];

    public bool Admit(string routingKey)
    {
        if (!admitted.TryGetValue(routingKey, out var calls))
            admitted[routingKey] = calls = [];
        var now = clock.GetUtcNow();
        while (calls.TryPeek(out var oldest) && now - oldest >= Window)
            _ = calls.Dequeue();
        if (calls.Count >= Calls)
            return false;
        calls.Enqueue(now);
        return true;
    }
}
