using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>Has the next level told when its time has come. After an outage whatever fell due meanwhile is told at once.</summary>
sealed partial class EscalationLoop(Store store, Ledger ledger, TimeProvider time, ILogger<EscalationLoop> logger) : IDisposable
{
    /// <summary>A clock that was set back must not make a timer of more than it can count.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>Until a store that takes no writes is asked again.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    readonly SemaphoreSlim news = new(0, 1);
    long target = long.MaxValue;

    public void Dispose() => news.Dispose();

    /// <summary>Something falls due then.</summary>
    public void Expect(DateTimeOffset due)
    {
        if (due.UtcTicks >= Interlocked.Read(ref target))
            return;
        try
        {
            news.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has been woken already.
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            // Before the look: what is committed after it is expected anew, and must not be taken for later than what was waited for before.
            Interlocked.Exchange(ref target, long.MaxValue);
            var next = await EscalateAsync();
            Interlocked.Exchange(ref target, next?.UtcTicks ?? long.MaxValue);
            await WaitAsync(next, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        cancellation.ThrowIfCancellationRequested();
    }

    async Task<DateTimeOffset?> EscalateAsync()
    {
        try
        {
            return await store.WriteAsync(session => ledger.EscalateDue(session, time.GetUtcNow()));
        }
        catch (Exception error) when (error is SqliteException or ChannelClosedException)
        {
            Log.NotStored(logger, error.Message);
            return time.GetUtcNow() + Pause;
        }
    }

    async Task WaitAsync(DateTimeOffset? next, CancellationToken cancellation)
    {
        if (next is not { } at)
        {
            await news.WaitAsync(cancellation);
            return;
        }
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var rest = at - time.GetUtcNow();
        await Task.WhenAny(news.WaitAsync(either.Token), Task.Delay(rest < TimeSpan.Zero ? TimeSpan.Zero : rest < LongestWait ? rest : LongestWait, time, either.Token));
        await either.CancelAsync();
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Escalations can't be stored ({Error}); they are tried again until they can")]
        public static partial void NotStored(ILogger logger, string error);
    }
}
