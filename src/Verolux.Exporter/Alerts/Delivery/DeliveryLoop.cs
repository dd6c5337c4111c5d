using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>Tells one destination what is in the outbox for it, for ever: an attempt ends with the row delivered, postponed or, if refused, dead.</summary>
sealed class DeliveryLoop(IDestination destination, Store store, PageSource pages, ReceiverMetrics metrics, TimeProvider time, ILogger<DeliveryLoop> logger) : IDisposable
{
    const int MostAtOnce = 4;

    readonly Lanes lanes = new();
    readonly Lock guard = new();
    readonly SemaphoreSlim slots = new(MostAtOnce, MostAtOnce);
    readonly Alarm news = new(time);
    readonly DeliveryLog log = new(destination.Name, logger);
    DateTimeOffset? free;
    int dead;

    /// <summary>By how much the clock has been set back since the start: rows wait for as long as they are meant to, so what falls due for them is counted with it.</summary>
    TimeSpan setBack;
    DateTimeOffset looked = time.GetUtcNow();
    long lookedStamp = time.GetTimestamp();

    public string Destination => destination.Name;

    /// <summary>Raised when what came of an attempt is written down, or can't be.</summary>
    public event Action<OutboxRow, Outcome>? Attempted;

    public void Dispose()
    {
        slots.Dispose();
        news.Dispose();
    }

    /// <summary>How many rows wait, since when the oldest, and how many are dead.</summary>
    public (int Pending, DateTimeOffset? Oldest, int Dead) State
    {
        get
        {
            lock (guard)
                return (lanes.Count, lanes.Oldest, dead);
        }
    }

    /// <summary>Since when the oldest critical page waits; null where none does.</summary>
    public DateTimeOffset? OldestCritical
    {
        get
        {
            lock (guard)
                return lanes.OldestCritical;
        }
    }

    /// <summary>Takes over what was pending when the process started.</summary>
    /// <param name="told">When the last rows ended: a restart gives nobody more tokens.</param>
    public void Restore(IEnumerable<OutboxRow> pending, int deadLetters, IEnumerable<DateTimeOffset> told)
    {
        dead = deadLetters;
        foreach (var at in told)
            destination.Limit?.Spend(at);
        foreach (var row in pending)
            Add(row);
    }

    public void Add(OutboxRow row)
    {
        lock (guard)
            lanes.Add(row with { DueAt = row.DueAt + setBack });
        news.Wake();
    }

    /// <summary>Adds what was a dead letter.</summary>
    public void Revive(OutboxRow row)
    {
        lock (guard)
            dead--;
        Add(row);
    }

    /// <summary>Lets the page of a series go now that waits for its first attempt.</summary>
    public void Hasten(SeriesKey series, DateTimeOffset due)
    {
        lock (guard)
            lanes.Hasten(series, due + setBack);
        news.Wake();
    }

    /// <summary>Runs until cancelled; no attempt is under way any more when it ends.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            await RunAsync(stop);
        }
        finally
        {
            await stop.CancelAsync();
            for (var i = 0; i < MostAtOnce; i++)
                await slots.WaitAsync(CancellationToken.None);
            slots.Release(MostAtOnce);
        }
    }

    /// <param name="stop">Cancelled by an attempt that faults, too.</param>
    async Task RunAsync(CancellationTokenSource stop)
    {
        var fault = new TaskCompletionSource();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await slots.WaitAsync(stop.Token);
                if (Take() is { } row)
                    _ = AttemptAsync(row, fault, stop);
                else
                {
                    slots.Release();
                    await WaitAsync(stop.Token);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // It ends, by a fault or because it was told to.
            }
        }
        if (fault.Task.IsCompleted)
            await fault.Task;
    }

    /// <summary>The row to be sent next, if there is one and the destination takes it now.</summary>
    OutboxRow? Take()
    {
        lock (guard)
        {
            var now = Look();
            free = lanes.Peek(now + setBack) is { } next ? destination.Limit?.Take(next is { Action: PageAction.Trigger, Severity: Severity.Critical }, now) : null;
            return free is null ? lanes.Take(now + setBack) : null;
        }
    }

    /// <summary>The time, having noticed whether the clock was set back since the last look.</summary>
    DateTimeOffset Look()
    {
        var now = time.GetUtcNow();
        var late = looked + time.GetElapsedTime(lookedStamp) - now;
        if (late > TimeSpan.Zero)
            setBack += late;
        (looked, lookedStamp) = (now, time.GetTimestamp());
        return now;
    }

    /// <summary>Until there is news, the next row falls due, or the destination takes what is due already.</summary>
    async Task WaitAsync(CancellationToken cancellation)
    {
        DateTimeOffset? due;
        lock (guard)
            due = lanes.NextDue - setBack is { } next && !(free < next) ? next : free;
        // News that comes meanwhile is in the lanes already, and they are looked into next.
        await news.SleepAsync(due, cancellation);
    }

    async Task AttemptAsync(OutboxRow row, TaskCompletionSource fault, CancellationTokenSource stop)
    {
        try
        {
            row = row with { Attempts = row.Attempts + 1 };
            var outcome = await SendAsync(row, stop.Token);
            metrics.Attempt(Destination, outcome.Result);
            await RecordAsync(row, outcome, stop.Token);
            Attempted?.Invoke(row, outcome);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Shutting down: the row is pending on the disk and will be sent after the start.
        }
        catch (Exception error)
        {
            fault.TrySetException(error);
            await stop.CancelAsync();
        }
        finally
        {
            slots.Release();
            news.Wake();
        }
    }

    async Task<Outcome> SendAsync(OutboxRow row, CancellationToken cancellation)
    {
        Page page;
        try
        {
            page = await pages.ReadAsync(row, time.GetUtcNow());
        }
        catch (SqliteException error)
        {
            // Busy, or out of file handles: it passes, as the store's failing to write does.
            return new Outcome.Retry("store", error.Message);
        }
        return await destination.SendAsync(page, cancellation);
    }

    async Task RecordAsync(OutboxRow row, Outcome outcome, CancellationToken cancellation)
    {
        log.Attempted(row, outcome);
        if (outcome is Outcome.Retry retry)
        {
            var delay = Backoff.Delay(row.Attempts, retry.After, Random.Shared.NextDouble());
            DateTimeOffset now, due;
            lock (guard)
                (now, due) = (Look(), looked + setBack + delay);
            row = row with { DueAt = now + delay };
            // Whoever has heard enough has heard enough of everything.
            if (retry.Result == Outcome.RateLimited)
                destination.Limit?.Close(now + (retry.After is { } asked ? Backoff.Asked(asked) : delay));
            // Written down or not, the next attempt is made from memory; after a restart it is made a little earlier.
            await TryWriteAsync(session => Outbox.Outbox.Postpone(session, row, outcome.Detail));
            lock (guard)
                lanes.Postpone(row with { DueAt = due });
            return;
        }
        var delivered = outcome as Outcome.Delivered;
        // The lane stands still until this is written down. Otherwise the resolve behind could be told and recorded, and after a restart the trigger alone
        // would be told once more: a page that nothing ever closes.
        for (var tries = 1; !await TryWriteAsync(session => Outbox.Outbox.End(session, row, delivered is not null, delivered is null ? outcome.Detail : null, time.GetUtcNow(), delivered?.Reference)); tries++)
            await Task.Delay(Backoff.Delay(tries, null, Random.Shared.NextDouble()), time, cancellation);
        lock (guard)
        {
            lanes.End(row);
            dead += delivered is null ? 1 : 0;
        }
    }

    async Task<bool> TryWriteAsync(Action<Session> write)
    {
        try
        {
            return await store.WriteAsync(session =>
            {
                write(session);
                return true;
            });
        }
        catch (Exception error) when (error is SqliteException or ChannelClosedException)
        {
            log.NotRecorded(error);
            return false;
        }
    }
}
