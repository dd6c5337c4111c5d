namespace Verolux.Exporter.Alerts.Outbox;

/// <summary>
/// The pending rows of one destination: a queue per series, of which only the first may be under way, since a resolve that overtakes its trigger is dropped
/// by PagerDuty and leaves a page open for ever. Among the queues the most urgent goes first, then the oldest row. Pure: no clock, no I/O; not for
/// concurrent use.
/// </summary>
sealed class Lanes
{
    readonly Dictionary<SeriesKey, Queue<OutboxRow>> lanes = [];
    readonly PriorityQueue<OutboxRow, (Urgency Urgency, long Id)> ready = new();
    readonly PriorityQueue<OutboxRow, DateTimeOffset> waiting = new();

    public int Count => lanes.Values.Sum(lane => lane.Count);

    /// <summary>When the oldest pending row was put there.</summary>
    public DateTimeOffset? Oldest => lanes.Count == 0 ? null : lanes.Values.Min(lane => lane.Peek().CreatedAt);

    /// <summary>When the oldest critical page was put there that nobody has been told of.</summary>
    public DateTimeOffset? OldestCritical =>
        lanes.Values.SelectMany(lane => lane).Where(row => row is { Action: PageAction.Trigger, Severity: Runbooks.Severity.Critical }).Min(row => (DateTimeOffset?)row.CreatedAt);

    /// <summary>When the next row falls due that is not due yet.</summary>
    public DateTimeOffset? NextDue => waiting.TryPeek(out _, out var due) ? due : null;

    public void Add(OutboxRow row)
    {
        if (!lanes.TryGetValue(row.Series, out var lane))
            lanes[row.Series] = lane = new Queue<OutboxRow>();
        lane.Enqueue(row);
        if (lane.Count == 1)
            waiting.Enqueue(row, row.DueAt);
    }

    /// <summary>Makes the first row of a series due, where it waits for its first attempt and nothing else.</summary>
    public void Hasten(SeriesKey series, DateTimeOffset due)
    {
        if (lanes.TryGetValue(series, out var lane) && lane.Peek() is { Attempts: 0 } first && first.DueAt > due && waiting.Remove(first, out var row, out _))
            waiting.Enqueue(row, due);
    }

    /// <summary>The row to be sent next, which stays where it is.</summary>
    public OutboxRow? Peek(DateTimeOffset now)
    {
        while (waiting.TryPeek(out var first, out var due) && due <= now)
        {
            waiting.Dequeue();
            ready.Enqueue(first, (first.Urgency, first.Id));
        }
        return ready.TryPeek(out var row, out _) ? row : null;
    }

    /// <summary>Takes the row to be sent next. Its lane stands still until <see cref="End"/> or <see cref="Postpone"/>.</summary>
    public OutboxRow? Take(DateTimeOffset now) => Peek(now) is null ? null : ready.Dequeue();

    public void End(OutboxRow row)
    {
        var lane = lanes[row.Series];
        lane.Dequeue();
        if (lane.TryPeek(out var next))
            waiting.Enqueue(next, next.DueAt);
        else
            lanes.Remove(row.Series);
    }

    /// <param name="row">The row as it was taken, with its new attempts and due time.</param>
    public void Postpone(OutboxRow row) => waiting.Enqueue(row, row.DueAt);
}
