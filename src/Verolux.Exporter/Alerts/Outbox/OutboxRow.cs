using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Outbox;

enum PageAction
{
    Trigger,
    Acknowledge,
    Resolve,
}

/// <summary>Something to be told to one destination, on the disk until it is.</summary>
/// <param name="Series">Its lane: what concerns one series is told in the order in which it happened.</param>
/// <param name="Attempts">How many were made.</param>
/// <param name="DueAt">When the next one may be made.</param>
/// <param name="Level">Of those that <c>runbooks/README.md</c> names, the one that is told.</param>
/// <param name="FailoverOf">The row that could not be delivered elsewhere, and that this one stands in for.</param>
sealed record OutboxRow(
    long Id,
    string Destination,
    long Incident,
    SeriesKey Series,
    Severity Severity,
    PageAction Action,
    string DedupKey,
    int Attempts,
    DateTimeOffset CreatedAt,
    DateTimeOffset DueAt,
    int Level = 1,
    long? FailoverOf = null);
