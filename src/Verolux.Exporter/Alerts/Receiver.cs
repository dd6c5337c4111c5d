using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts;

/// <summary>The receiver half, assembled: intake, ledger, store, outbox and one delivery loop per destination.</summary>
sealed class Receiver : IAsyncDisposable
{
    readonly Store store;
    readonly Ledger ledger;
    readonly IReadOnlyList<DeliveryLoop> deliveries;
    readonly ReceiverMetrics metrics;

    public Receiver(
        AlertsOptions options, string site, ResponsePlan plan, IReadOnlyList<IDestination> destinations, Store store, ReceiverMetrics metrics, TimeProvider time, ILoggerFactory logs)
    {
        (this.store, this.metrics) = (store, metrics);
        var outbox = new Outbox.Outbox(options.FirstLevel);
        ledger = new Ledger(plan, outbox);
        store.RolledBack += ledger.Invalidate;
        deliveries = [.. destinations.Select(d => new DeliveryLoop(d, store, metrics, time, logs.CreateLogger<DeliveryLoop>()))];
        outbox.Added += row => deliveries.First(d => d.Destination == row.Destination).Add(row);
        Intake = new Intake.Intake(store, ledger, new AlertReader(options.IgnoredLabels), metrics, site, time, logs.CreateLogger<Intake.Intake>());
        Incidents = new IncidentApi(store);
        metrics.Observe(ledger, deliveries);
    }

    public Intake.Intake Intake { get; }

    public IncidentApi Incidents { get; }

    public int OpenIncidents(Severity severity) => ledger.OpenOf(severity);

    /// <summary>Takes up what was open and pending when the process last ended.</summary>
    public Task RestoreAsync() => store.WriteAsync(session =>
    {
        ledger.Load(session);
        var pending = Outbox.Outbox.Pending(session).ToLookup(r => r.Destination);
        foreach (var delivery in deliveries)
            delivery.Restore(pending[delivery.Destination], Outbox.Outbox.DeadLetters(session, delivery.Destination));
        using var rows = session.Query("SELECT max(last_seen) FROM watchdogs");
        if (rows.Read() && !rows.IsDBNull(0))
            metrics.WatchdogSeen(DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(0)));
        return true;
    });

    /// <summary>Delivers until cancelled. Ends earlier only by a fault.</summary>
    public async Task RunAsync(CancellationToken cancellation) => await await Task.WhenAny([store.Completion.WaitAsync(cancellation), .. deliveries.Select(d => d.RunAsync(cancellation))]);

    /// <summary>Whether the store takes writes at this moment.</summary>
    public async Task<bool> IsWritableAsync()
    {
        try
        {
            return await store.WriteAsync(session =>
            {
                session.Execute("INSERT INTO quarantine (received_at, why, raw) SELECT 0, '', '' WHERE 0");
                return true;
            });
        }
        catch (Exception error) when (error is Microsoft.Data.Sqlite.SqliteException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        foreach (var delivery in deliveries)
            delivery.Dispose();
    }
}
