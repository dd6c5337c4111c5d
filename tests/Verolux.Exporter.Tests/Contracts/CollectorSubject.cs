using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A collector with one target that a test can make answer, fail and hang. What <see cref="CollectorContract"/> needs to know of a slice.</summary>
abstract class CollectorSubject : IAsyncDisposable
{
    /// <summary>Reads its time from the provider that the subject was made with.</summary>
    public abstract ICollector Collector { get; }

    /// <summary>The one that is made to answer, fail and hang.</summary>
    public virtual Watch Watch => Collector.Watches.Single();

    /// <summary>The metric that says whether the target is up.</summary>
    public virtual string Up => $"verolux_{Collector.Slice}_up";

    /// <summary>Why a look that hangs has failed: what the engine says of it, unless the slice can say more.</summary>
    public virtual FailureReason Hung => FailureReason.Timeout;

    /// <summary>What its families' names begin with.</summary>
    public virtual IReadOnlyList<string> Prefixes => [$"verolux_{Collector.Slice}_"];

    /// <summary>The families that are about the site and name no target.</summary>
    public virtual IReadOnlyList<string> OfTheSite => [];

    /// <summary>Everything in its options that must show nowhere.</summary>
    public virtual IReadOnlyList<string> Secrets => [];

    public abstract Task AnswerAsync(CancellationToken cancellationToken);

    public abstract Task FailAsync(CancellationToken cancellationToken);

    public abstract Task HangAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
