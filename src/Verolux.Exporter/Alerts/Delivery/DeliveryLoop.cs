using Verolux.Exporter.Alerts.Outbox;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>Tells one destination what is in the outbox for it, for ever: an attempt ends with the row delivered, postponed or, if refused, dead.</summary>
sealed partial class DeliveryLoop(IDestination destination, Store store, ReceiverMetrics metrics, TimeProvider time, ILogger<DeliveryLoop> logger) : IDisposable
{
    const int MostAtOnce = 4;
    readonly Lanes lanes = new();
    readonly Lock guard = new();
    readonly SemaphoreSlim slots = new(MostAtOnce, MostAtOnce);
    readonly SemaphoreSlim news = new(0, 1);
    string failing = "";
    int dead;

    public string Destination => destination.Name;

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

    /// <summary>Takes over what was pending when the process started.</summary>
    public void Restore(IEnumerable<OutboxRow> pending, int deadLetters)
    {
        dead = deadLetters;
        foreach (var row in pending)
            Add(row);
    }

    public void Add(OutboxRow row)
    {
        lock (guard)
            lanes.Add(row);
        Wake();
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var fault = new TaskCompletionSource();
        while (!cancellation.IsCancellationRequested)
        {
            await slots.WaitAsync(cancellation);
            if (Take() is { } row)
                _ = AttemptAsync(row, fault, cancellation);
            else
            {
                slots.Release();
                await Task.WhenAny(WaitAsync(cancellation), fault.Task);
            }
            if (fault.Task.IsCompleted)
                await fault.Task;
        }
    }

    OutboxRow? Take()
    {
        lock (guard)
            return lanes.Take(time.GetUtcNow());
    }

    /// <summary>Until there is news or the next row falls due.</summary>
    async Task WaitAsync(CancellationToken cancellation)
    {
        DateTimeOffset? due;
        lock (guard)
            due = lanes.NextDue;
        if (due is not { } at)
        {
            await news.WaitAsync(cancellation);
            return;
        }
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var rest = at - time.GetUtcNow();
        await Task.WhenAny(news.WaitAsync(either.Token), Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, time, either.Token));
        await either.CancelAsync();
    }

    void Wake()
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

    async Task AttemptAsync(OutboxRow row, TaskCompletionSource fault, CancellationToken cancellation)
    {
        try
        {
            row = row with { Attempts = row.Attempts + 1 };
            Page page;
            await using (var reader = store.OpenReader())
                page = Page.Read(reader, row, time.GetUtcNow());
            var outcome = await destination.SendAsync(page, cancellation);
            metrics.Attempt(Destination, outcome.Result);
            await RecordAsync(row, outcome);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Shutting down: the row is pending on the disk and will be sent after the start.
        }
        catch (Exception error)
        {
            fault.TrySetException(error);
        }
        finally
        {
            slots.Release();
            Wake();
        }
    }

    async Task RecordAsync(OutboxRow row, Outcome outcome)
    {
        LogChange(row, outcome);
        if (outcome is Outcome.Retry retry)
        {
            row = row with { DueAt = time.GetUtcNow() + Backoff.Delay(row.Attempts, retry.After, Random.Shared.NextDouble()) };
            await WriteAsync(session => Outbox.Outbox.Postpone(session, row, outcome.Detail));
            lock (guard)
                lanes.Postpone(row);
            return;
        }
        var delivered = outcome is Outcome.Delivered;
        await WriteAsync(session => Outbox.Outbox.End(session, row, delivered, delivered ? null : outcome.Detail, time.GetUtcNow()));
        lock (guard)
        {
            lanes.End(row);
            dead += delivered ? 0 : 1;
        }
    }

    /// <summary>A row whose outcome can't be written down is sent again after a restart: told twice under one key is better than not told.</summary>
    async Task WriteAsync(Action<Session> write)
    {
        try
        {
            await store.WriteAsync(session =>
            {
                write(session);
                return true;
            });
        }
        catch (Exception error) when (error is Microsoft.Data.Sqlite.SqliteException)
        {
            Log.NotRecorded(logger, Destination, error.Message);
        }
    }

    void LogChange(OutboxRow row, Outcome outcome)
    {
        var number = Incidents.IncidentNumber.Format(row.Incident);
        var result = outcome is Outcome.Delivered ? "" : outcome.Result;
        if (outcome is Outcome.Delivered)
            Log.Delivered(logger, row.Action, number, Destination, row.Attempts);
        else if (outcome is Outcome.Refused)
            Log.Refused(logger, row.Action, number, Destination, outcome.Detail);
        else if (failing != result)
            Log.Failing(logger, Destination, outcome.Result, outcome.Detail);
        failing = result;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Action} of {Incident} delivered to {Destination} (attempt {Attempt})")]
        public static partial void Delivered(ILogger logger, PageAction action, string incident, string destination, int attempt);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Delivery to {Destination} fails: {Result} ({Detail}); it is tried again until it succeeds")]
        public static partial void Failing(ILogger logger, string destination, string result, string detail);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Action} of {Incident} was refused by {Destination} and is a dead letter: {Detail}")]
        public static partial void Refused(ILogger logger, PageAction action, string incident, string destination, string detail);

        [LoggerMessage(Level = LogLevel.Error, Message = "What came of a delivery to {Destination} could not be stored ({Error}); after a restart it is sent again")]
        public static partial void NotRecorded(ILogger logger, string destination, string error);
    }
}
