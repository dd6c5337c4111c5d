namespace Verolux.Exporter.Alerts;

/// <summary>Lets one task sleep until something is due or somebody wakes it, whichever comes first. Being woken while awake counts: the next sleep is none.</summary>
sealed class Alarm(TimeProvider time) : IDisposable
{
    /// <summary>How late it may be woken where the clock was set forward meanwhile, or the machine was suspended.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    readonly SemaphoreSlim news = new(0, 1);

    public void Dispose() => news.Dispose();

    public void Wake()
    {
        try
        {
            news.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has been woken already.
        }
    }

    /// <param name="due">Null where only somebody's waking ends it. It may end earlier than it is due.</param>
    public async Task SleepAsync(DateTimeOffset? due, CancellationToken cancellation)
    {
        if (due is not { } at)
        {
            await news.WaitAsync(cancellation);
            return;
        }
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var rest = at - time.GetUtcNow();
        var wait = rest < TimeSpan.Zero ? TimeSpan.Zero : rest < Longest ? rest : Longest;
        await Task.WhenAny(news.WaitAsync(either.Token), Task.Delay(wait, time, either.Token));
        await either.CancelAsync();
    }
}
