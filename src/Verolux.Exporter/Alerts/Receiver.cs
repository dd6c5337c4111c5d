using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Api;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Heartbeat;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Alerts.Trust;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts;

/// <summary>The receiver half, assembled: intake, ledger, store, outbox and one delivery loop per destination.</summary>
sealed partial class Receiver : IAsyncDisposable
{
    /// <summary>How far back it counts for a vendor's limit what was told before the start.</summary>
    static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    readonly Store store;
    readonly Outbox.Outbox outbox;
    readonly Ledger ledger;
    readonly Tallies tallies;
    readonly EscalationLoop escalations;
    readonly Feed feed;
    readonly Retention retention;
    readonly SecondLook secondLook;
    readonly IReadOnlyList<DeliveryLoop> deliveries;
    readonly FailOver failOver;
    readonly ErrorBudget? budget;
    readonly Reconciler reconciler;
    readonly AlertingPath path;
    readonly Absence? absence;
    readonly HeartbeatLoop? heartbeat;
    readonly ClockLoop? clock;
    readonly ReceiverMetrics metrics;
    readonly TimeProvider time;
    readonly ILogger<Receiver> logger;

    public Receiver(
        AlertsOptions options, string site, Uri publicUrl, ResponsePlan plan, Func<Policy> policy, Triage.Triage triage, IReadOnlyList<IDestination> destinations, Store store, ReceiverMetrics metrics, TimeProvider time, ILoggerFactory logs)
    {
        (this.store, this.metrics, this.time, logger) = (store, metrics, time, logs.CreateLogger<Receiver>());
        outbox = new Outbox.Outbox(options.Levels, [.. destinations.Select(d => d.Name)], [.. destinations.Where(d => !d.Wakes).Select(d => d.Name)]);
        tallies = new Tallies(metrics.Counted);
        ledger = new Ledger(plan, outbox, tallies, asksForProof: options.Alertmanagers.Count > 0);
        store.RolledBack += ledger.Invalidate;
        escalations = new EscalationLoop(store, ledger, time, logs.CreateLogger<EscalationLoop>());
        ledger.Due += escalations.Expect;
        secondLook = new SecondLook(triage, store, ledger, time, logs.CreateLogger<SecondLook>());
        ledger.Opened += unsettled => _ = secondLook.CompleteAsync(unsettled);
        var pages = new PageSource(store, publicUrl, policy);
        deliveries = [.. destinations.Select(d => new DeliveryLoop(d, store, pages, metrics, time, logs.CreateLogger<DeliveryLoop>()))];
        failOver = new FailOver(store, outbox, time, logs.CreateLogger<FailOver>());
        outbox.Added += row => Delivery(row.Destination)?.Add(row);
        outbox.Resent += row => Delivery(row.Destination)?.Revive(row);
        outbox.Hastened += (series, due) =>
        {
            foreach (var delivery in deliveries)
                delivery.Hasten(series, due);
        };
        var reader = new AlertReader(options.IgnoredLabels);
        path = new AlertingPath([.. options.Alertmanagers.Select(a => a.Receiver)], time.GetUtcNow());
        Intake = new Intake.Intake(store, ledger, triage, reader, path, metrics, site, time, logs.CreateLogger<Intake.Intake>());
        retention = new Retention(store, options.Retention, time, logs.CreateLogger<Retention>());
        feed = new Feed(time);
        ledger.Changed += feed.Tell;
        Responder = new Responder(store, ledger, outbox, tallies, new Feedback(plan, tallies), time);
        IReadOnlyList<Alertmanager> alertmanagers = [.. options.Alertmanagers.Select(a => new Alertmanager(a, reader, time))];
        absence = options.Prometheus is { } memory ? new Absence(memory, site, store, ledger, outbox, tallies, reader, time, logs.CreateLogger<Absence>()) : null;
        reconciler = new Reconciler(
            alertmanagers, store, new Reconciliation(ledger, Responder, tallies, reader, plan.HoldOf, triage.Recent), path, absence, site, metrics, time, logs.CreateLogger<Reconciler>());
        ledger.Doubtful += reconciler.Wake;
        Queries = new IncidentQueries(store);
        Incidents = new IncidentApi(store, Responder, feed);
        budget = options.Prometheus is { } prometheus ? new ErrorBudget(prometheus) : null;
        heartbeat = options.Heartbeat is { } url ? new HeartbeatLoop(url, IsWritableAsync, () => path.LastSeen, OldestCritical, metrics, time, logs.CreateLogger<HeartbeatLoop>()) : null;
        clock = options.Prometheus is { } evaluator ? new ClockLoop(evaluator, metrics, time, logs.CreateLogger<ClockLoop>()) : null;
        Postmortems = new PostmortemApi(Queries, plan, budget, time);
        DeadLetters = new DeadLetterApi(store, ResendAsync);
        PagerDuty = new PagerDutyWebhook([.. options.Destinations.OfType<PagerDutyOptions>()], store, Responder, tallies, metrics, time, logs.CreateLogger<PagerDutyWebhook>());
        var hops = new DrillPath(
            site, publicUrl, alertmanagers, reader, Intake, store, Responder, destinations.ToDictionary(d => d.Name, d => DrillPath.HostOf(options.Destinations.FirstOrDefault(o => o.Name == d.Name))));
        Drills = new Drills.Drills(hops, time, logs.CreateLogger<Drills.Drills>());
        ledger.Changed += Drills.Changed;
        Intake.Failed += Drills.Failed;
        foreach (var delivery in deliveries)
            delivery.Attempted += Drills.Attempted;
        metrics.Observe(ReadOpen, deliveries, plan.Runbooks.Runbooks.Select(r => r.Name));
    }

    public Intake.Intake Intake { get; }

    public PostmortemApi Postmortems { get; }

    public DeadLetterApi DeadLetters { get; }

    public PagerDutyWebhook PagerDuty { get; }

    public IncidentApi Incidents { get; }

    public Drills.Drills Drills { get; }

    public IncidentQueries Queries { get; }

    public Responder Responder { get; }

    /// <summary>What is wrong with the way of an alert to here, for people; nothing while it is alive.</summary>
    public IReadOnlyList<string> PathProblems() => path.Problems(time.GetUtcNow());

    /// <summary>When the Watchdog last arrived; null where it never did.</summary>
    public DateTimeOffset? WatchdogSeen => path.LastSeen;

    /// <summary>Takes up what was open and pending when the process last ended, and tells of what is open and was never told.</summary>
    public Task RestoreAsync() => store.WriteAsync(session =>
    {
        ledger.Load(session, time.GetUtcNow());
        tallies.Restore(session);
        var pending = Outbox.Outbox.Pending(session).ToLookup(r => r.Destination);
        foreach (var delivery in deliveries)
        {
            delivery.Restore(
                pending[delivery.Destination], Outbox.Outbox.DeadLetters(session, delivery.Destination), Outbox.Outbox.Ended(session, delivery.Destination, time.GetUtcNow() - Remembered));
        }
        foreach (var rows in pending.Where(rows => Delivery(rows.Key) is null))
            Log.NotConfigured(logger, rows.Key, rows.Count());
        using var watchdogs = session.Query("SELECT max(last_seen) FROM watchdogs");
        if (watchdogs.Read() && watchdogs.TimeAt(0) is { } seen)
        {
            metrics.WatchdogSeen(seen);
            path.Saw(seen);
        }
        ledger.TrustAlone(session, time.GetUtcNow());
        ledger.TriggerUntold(session, time.GetUtcNow());
        // Whoever began it was to end it; what came from Alertmanager it ends itself.
        foreach (var left in ledger.Open.Where(i => i is { IsDrill: true, Fingerprint: "" }).ToList())
            ledger.Close(session, left, time.GetUtcNow());
        return true;
    });

    /// <summary>Has a dead letter told once more.</summary>
    public Task<Resending> ResendAsync(long id) => store.WriteAsync(session => outbox.Resend(session, id, time.GetUtcNow()));

    /// <summary>Delivers until cancelled; what is under way then has ended when this ends. Ends earlier only by a fault, of the store's as well.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] running =
        [
            store.Completion.WaitAsync(stop.Token), escalations.RunAsync(stop.Token), retention.RunAsync(stop.Token), failOver.RunAsync(stop.Token), reconciler.RunAsync(stop.Token), .. deliveries.Select(d => d.RunAsync(stop.Token)),
            .. new[] { heartbeat?.RunAsync(stop.Token), clock?.RunAsync(stop.Token) }.OfType<Task>(),
        ];
        var first = await Task.WhenAny(running);
        await stop.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    /// <summary>Whether the store takes writes at this moment.</summary>
    public async Task<bool> IsWritableAsync()
    {
        try
        {
            return await store.WriteAsync(session =>
            {
                session.Execute(Schema.Touch);
                return true;
            });
        }
        catch (Exception error) when (error is SqliteException or ChannelClosedException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Drills.DisposeAsync();
        await store.DisposeAsync();
        secondLook.Dispose();
        escalations.Dispose();
        feed.Dispose();
        budget?.Dispose();
        reconciler.Dispose();
        absence?.Dispose();
        heartbeat?.Dispose();
        clock?.Dispose();
        foreach (var delivery in deliveries)
            delivery.Dispose();
    }

    /// <summary>Null where the store is busy or out of reach: what was read last stands until it is read again.</summary>
    IReadOnlyList<OpenIncidents>? ReadOpen()
    {
        try
        {
            using var reader = store.OpenReader();
            return OpenIncidents.Read(reader, time.GetUtcNow());
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    DateTimeOffset? OldestCritical() => deliveries.Min(d => d.OldestCritical);

    /// <summary>Null for a destination that isn't configured any more: what is for it stays pending on the disk until it is again.</summary>
    DeliveryLoop? Delivery(string destination) => deliveries.FirstOrDefault(d => d.Destination == destination);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} delivery(s) wait for {Destination}, which isn't configured any more; they stay in the store and go out once it is again")]
        public static partial void NotConfigured(ILogger logger, string destination, int count);
    }
}
