namespace Verolux.Exporter.Site;

/// <summary>A list that only grows and can be waited on, so that a test awaits what it expects instead of sleeping.</summary>
sealed class Journal<T>
{
    readonly Lock gate = new();
    readonly List<T> items = [];
    TaskCompletionSource grown = NextGrowth();

    public IReadOnlyList<T> Items
    {
        get
        {
            lock (gate)
                return [.. items];
        }
    }

    public void Add(T item)
    {
        TaskCompletionSource waiting;
        lock (gate)
        {
            items.Add(item);
            (waiting, grown) = (grown, NextGrowth());
        }
        waiting.SetResult();
    }

    /// <summary>The item with this number, the first being 1.</summary>
    public async Task<T> ItemAsync(int number, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task growth;
            lock (gate)
            {
                if (items.Count >= number)
                    return items[number - 1];
                growth = grown.Task;
            }
            await growth.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The first item, old or new, that fits.</summary>
    public async Task<T> FirstAsync(Predicate<T> fits, CancellationToken cancellationToken)
    {
        for (var number = 1; ; number++)
        {
            var item = await ItemAsync(number, cancellationToken);
            if (fits(item))
                return item;
        }
    }

    // Waiters must not run inside Add: they would hold up the answer that the item belongs to.
    static TaskCompletionSource NextGrowth() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
