using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Alerts.Trust;

/// <summary>
/// Asks every Alertmanager what it knows, again and again, and at once where something is in doubt. And tells people when no alert can get here any more, which
/// nobody else would.
/// </summary>
sealed partial class Reconciler(
    IReadOnlyList<Alertmanager> alertmanagers, Store store, Reconciliation reconciliation, AlertingPath path, Absence? absence, string site, ReceiverMetrics metrics, TimeProvider time, ILogger<Reconciler> logger) : IDisposable
{
    /// <summary>Between two rounds.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>The shortest time between two rounds, whatever is in doubt.</summary>
    static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);

    readonly Alarm news = new(time);
    readonly Dictionary<string, string?> problems = [];

    /// <summary>Whether people were told that the path is dead; null while this process doesn't know.</summary>
    bool? told;

    public void Dispose()
    {
        news.Dispose();
        foreach (var alertmanager in alertmanagers)
            alertmanager.Dispose();
    }

    /// <summary>Something is in doubt.</summary>
    public void Wake() => news.Wake();

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var start = time.GetUtcNow();
            await LookAsync(cancellation);
            if (absence is not null)
                await absence.CheckAsync(cancellation);
            await Task.Delay(Shortest, time, cancellation);
            await news.SleepAsync(start + Interval, cancellation);
        }
    }

    /// <summary>One round.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        var views = await Task.WhenAll(alertmanagers.Select(a => a.LookAsync(cancellation)));
        foreach (var view in views)
        {
            metrics.Looked(view);
            Tell(view);
        }
        path.Looked(views);
        try
        {
            if (views.Length > 0)
            {
                await store.WriteAsync(session =>
                {
                    reconciliation.Apply(session, views, time.GetUtcNow());
                    return true;
                });
            }
            await TellIfDeadAsync();
        }
        catch (Exception error) when (error is SqliteException or ChannelClosedException)
        {
            Log.NotStored(logger, error.Message);
        }
    }

    async Task TellIfDeadAsync()
    {
        var now = time.GetUtcNow();
        var dead = path.IsDead(now);
        // Between dead and alive it is neither.
        if (dead == told || (!dead && !path.IsAlive(now)))
            return;
        await store.WriteAsync(session =>
        {
            reconciliation.Tell(session, SelfAlert.PathDead(site, dead, path.Problems(now)), dead, now);
            return true;
        });
        told = dead;
    }

    /// <summary>Each problem once, and that it is over.</summary>
    void Tell(View view)
    {
        var before = problems.GetValueOrDefault(view.Alertmanager);
        problems[view.Alertmanager] = view.Problem;
        if (view.Problem is { } problem && problem != before)
            Log.Unbelievable(logger, view.Alertmanager, problem);
        else if (view.Problem is null && before is not null)
            Log.Believable(logger, view.Alertmanager);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "What the Alertmanagers said can't be stored ({Error}); they are asked again until it can")]
        public static partial void NotStored(ILogger logger, string error);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Alertmanager {Alertmanager} can't be asked: {Problem}. Until it can, no end of an alert is believed that only it could prove")]
        public static partial void Unbelievable(ILogger logger, string alertmanager, string problem);

        [LoggerMessage(Level = LogLevel.Information, Message = "Alertmanager {Alertmanager} answers again")]
        public static partial void Believable(ILogger logger, string alertmanager);
    }
}
