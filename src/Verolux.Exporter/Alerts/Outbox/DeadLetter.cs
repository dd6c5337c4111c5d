namespace Verolux.Exporter.Alerts.Outbox;

/// <summary>What its destination has refused for good.</summary>
/// <param name="Error">What it was refused with.</param>
sealed record DeadLetter(long Id, long Incident, string Destination, PageAction Action, int Level, string Error, DateTimeOffset EndedAt);

/// <summary>What came of sending a dead letter again.</summary>
enum Resending
{
    /// <summary>It is told once more.</summary>
    Pending,

    /// <summary>It is no dead letter.</summary>
    Unknown,

    /// <summary>What came after it was told since: a start behind its end opens a page that nothing closes, an end behind the next start closes that one's.</summary>
    Overtaken,
}
