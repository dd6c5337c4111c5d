using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Alerts.Triage;

/// <summary>
/// Where an incident opened over samples that are no longer fresh, looks at the target once more, writes down what that says and lets the pages go. They fall
/// due <see cref="Patience"/> after the incident was stored whatever becomes of this: a page with older findings beats a late one.
/// </summary>
sealed partial class SecondLook(Triage triage, Store store, Ledger ledger, TimeProvider time, ILogger<SecondLook> logger) : IDisposable
{
    /// <summary>How long pages wait for a look.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>A storm of alerts must not become a storm of looks.</summary>
    const int MostAtOnce = 8;

    readonly SemaphoreSlim slots = new(MostAtOnce, MostAtOnce);

    public void Dispose() => slots.Dispose();

    /// <summary>Ends when the pages may go. What stands in its way is logged: nobody waits for this.</summary>
    public async Task CompleteAsync(Unsettled unsettled)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await slots.WaitAsync(patience.Token);
            var looks = Task.WhenAll(unsettled.Known.Stale(unsettled.Labels).Select(watched => watched.LookNowAsync()));
            // A look that hangs keeps its slot: the limit is on looks, not on those who wait for them.
            _ = looks.ContinueWith(_ => slots.Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await looks.WaitAsync(patience.Token);
            var verdict = triage.Read().Weigh(unsettled.Runbook, unsettled.Labels);
            await store.WriteAsync(session =>
            {
                ledger.Settle(session, unsettled.Incident, verdict, time.GetUtcNow());
                return true;
            });
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // Out of time, or the watch or the service ends: the pages go with what was known.
        }
        catch (Exception error) when (error is SqliteException or ChannelClosedException)
        {
            Log.NotStored(logger, error.Message);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "What a second look found could not be stored, and the page goes with what was known before: {Error}")]
        public static partial void NotStored(ILogger logger, string error);
    }
}
