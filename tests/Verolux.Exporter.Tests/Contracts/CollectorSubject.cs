using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A collector with one target that a test can make answer, fail and hang. What <see cref="CollectorContract"/> needs to know of a slice.</summary>
abstract class CollectorSubject : IAsyncDisposable
{
    /// <summary>Reads its time from the provider that the subject was made with.</summary>
    public abstract ICollector Collector { get; }

    /// <summary>What its families' names begin with.</summary>
    public virtual IReadOnlyList<string> Prefixes => [$"verolux_{Collector.Slice}_"];

    /// <summary>Everything in its options that must show nowhere.</summary>
    public virtual IReadOnlyList<string> Secrets => [];

    public abstract Task AnswerAsync(CancellationToken cancellationToken);

    public abstract Task FailAsync(CancellationToken cancellationToken);

    public abstract Task HangAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
