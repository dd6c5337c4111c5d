using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Outbox;

enum PageAction
{
    Trigger,
    Acknowledge,
    Resolve,
}

static class PageActionNames
{
    /// <summary>As it is stored, and as PagerDuty calls it too.</summary>
    public static string Label(this PageAction action) => action switch
    {
        PageAction.Trigger => "trigger",
        PageAction.Acknowledge => "acknowledge",
        _ => "resolve",
    };
}

/// <summary>What is told first where not everything can be told at once, the most urgent first.</summary>
enum Urgency
{
    Critical,
    Escalation,

    /// <summary>What takes work off somebody: an acknowledgement or an end.</summary>
    Relief,
    Warning,
    Other,
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
    long? FailoverOf = null)
{
    public Urgency Urgency => (Action, Severity) switch
    {
        (not PageAction.Trigger, _) => Urgency.Relief,
        _ when Level > 1 => Urgency.Escalation,
        (_, Severity.Critical) => Urgency.Critical,
        (_, Severity.Warning) => Urgency.Warning,
        _ => Urgency.Other,
    };
}
