using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// Looks for critical pages that do not get through, for ever, and has the other destinations told. It remembers nothing: what is stuck, and what was done about
/// it, stands in the store.
/// </summary>
sealed partial class FailOver(Store store, Outbox.Outbox outbox, TimeProvider time, ILogger<FailOver> logger)
{
    static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            try
            {
                await LookAsync();
            }
            catch (Exception error) when (error is SqliteException or ChannelClosedException)
            {
                // It passes, or the store's own fault ends the process.
                Log.NotStored(logger, error.Message);
            }
        }
    }

    async Task LookAsync()
    {
        await using (var reader = store.OpenReader())
        {
            if (!outbox.HasStuck(reader, time.GetUtcNow()))
                return;
        }
        var told = await store.WriteAsync(session => outbox.FailOver(session, time.GetUtcNow()));
        foreach (var row in told)
            Log.FailedOver(logger, Incidents.IncidentNumber.Format(row.Incident), row.Destination);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The critical page of {Incident} does not get through and goes to {Destination} as well")]
        public static partial void FailedOver(ILogger logger, string incident, string destination);

        [LoggerMessage(Level = LogLevel.Error, Message = "It can't be looked up or stored which critical pages go elsewhere as well ({Error})")]
        public static partial void NotStored(ILogger logger, string error);
    }
}
