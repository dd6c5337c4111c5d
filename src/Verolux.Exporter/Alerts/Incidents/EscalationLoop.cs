using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>Has the next level told when its time has come. After an outage whatever fell due meanwhile is told at once.</summary>
sealed partial class EscalationLoop(Store store, Ledger ledger, TimeProvider time, ILogger<EscalationLoop> logger) : IDisposable
{
    /// <summary>Until a store that takes no writes is asked again.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    readonly Alarm news = new(time);
    long target = long.MaxValue;

    public void Dispose() => news.Dispose();

    /// <summary>Something falls due then.</summary>
    public void Expect(DateTimeOffset due)
    {
        if (due.UtcTicks < Interlocked.Read(ref target))
            news.Wake();
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
            await news.SleepAsync(next, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Escalations can't be stored ({Error}); they are tried again until they can")]
        public static partial void NotStored(ILogger logger, string error);
    }
}
