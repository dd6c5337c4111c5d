namespace Verolux.Exporter.Site;

/// <summary>Which requests meet which fault; changed while the stand-in runs.</summary>
sealed class FaultPlan
{
    readonly Lock gate = new();
    readonly Queue<Fault> queued = [];
    Fault? standing;

    /// <summary>The next requests, after those planned already.</summary>
    public void Next(Fault fault, int requests = 1)
    {
        lock (gate)
            for (var i = 0; i < requests; i++)
                queued.Enqueue(fault);
    }

    /// <summary>All requests that <see cref="Next"/> says nothing about.</summary>
    public void Always(Fault fault)
    {
        lock (gate)
            standing = fault;
    }

    /// <summary>Honest answers from now on. Requests held at a gate stay there until it opens.</summary>
    public void Clear()
    {
        lock (gate)
        {
            queued.Clear();
            standing = null;
        }
    }

    public Fault? Take()
    {
        lock (gate)
            return queued.TryDequeue(out var fault) ? fault : standing;
    }
}
