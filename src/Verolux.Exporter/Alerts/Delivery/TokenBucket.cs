namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// What a vendor takes of us: each token comes back a period after it was taken, so that in no stretch of that length more than all of them are used, bursts
/// included. (A bucket that is filled steadily lets a whole burst and a whole period's tokens through within one period.) Pure: no clock, no I/O. May be used
/// by several at once.
/// </summary>
/// <param name="tokens">How many there are.</param>
/// <param name="reserved">How many of them only what is urgent may take.</param>
sealed class TokenBucket(int tokens, TimeSpan period, int reserved = 0)
{
    /// <summary>A clock that was set back must not keep it closed for long.</summary>
    static readonly TimeSpan LongestClosed = TimeSpan.FromHours(1);

    readonly Queue<DateTimeOffset> taken = [];
    readonly Lock guard = new();
    DateTimeOffset newest;
    DateTimeOffset closedUntil;

    /// <summary>Takes a token if there is one.</summary>
    /// <returns>Null if it was taken, else when it is worth asking again.</returns>
    public DateTimeOffset? Take(bool urgent, DateTimeOffset now)
    {
        lock (guard)
        {
            Return(now);
            if (now < closedUntil)
                return closedUntil;
            var most = urgent ? tokens : tokens - reserved;
            if (taken.Count >= most)
                return taken.ElementAt(taken.Count - most) + period;
            taken.Enqueue(now);
            newest = now;
            return null;
        }
    }

    /// <summary>Takes a token whether or not there is one, for what was sent all the same.</summary>
    public void Spend(DateTimeOffset at)
    {
        lock (guard)
        {
            newest = at > newest ? at : newest;
            taken.Enqueue(newest);
        }
    }

    /// <summary>Gives nothing to anybody until then, as the vendor has asked.</summary>
    public void Close(DateTimeOffset until)
    {
        lock (guard)
            closedUntil = until > closedUntil ? until : closedUntil;
    }

    void Return(DateTimeOffset now)
    {
        if (newest > now)
            SetBack(now);
        while (taken.TryPeek(out var oldest) && now - oldest >= period)
            taken.Dequeue();
    }

    /// <summary>What was taken later than now, by a clock that was set back since, was taken now: nobody waits longer than a period.</summary>
    void SetBack(DateTimeOffset now)
    {
        for (var i = taken.Count; i > 0; i--)
        {
            var at = taken.Dequeue();
            taken.Enqueue(at < now ? at : now);
        }
        newest = now;
        if (closedUntil - now > LongestClosed)
            closedUntil = now + LongestClosed;
    }
}
