namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>How an incident ended for its response SLA: the label <c>outcome</c> of <c>verolux_sla_incidents_total</c>, counted once, when it is final.</summary>
enum SlaOutcome
{
    /// <summary>Somebody acknowledged it in time.</summary>
    MetAck,

    /// <summary>It ended in time, before anybody acknowledged it.</summary>
    MetSelfResolved,

    /// <summary>Somebody acknowledged it, too late.</summary>
    BreachedAckedLate,

    /// <summary>It ended, too late, and nobody ever acknowledged it.</summary>
    BreachedUnacked,

    /// <summary>The time was over when it was first heard of: nobody could have met it.</summary>
    BreachedOnArrival,

    /// <summary>Nobody acknowledged it, and it ended while nobody could tell when: perhaps in time.</summary>
    Unverified,
}

/// <summary>
/// The clock of the response SLA: it runs from the alert's start (or its receipt, where that lies before) and stops at the first acknowledgement or at the end,
/// whichever comes first. It never starts again.
/// </summary>
static class SlaClock
{
    /// <param name="respondBy">Null without an SLA, which has no outcome.</param>
    /// <param name="openedAt">When it was first heard of.</param>
    /// <param name="acknowledgedAt">The first time.</param>
    /// <param name="isEndVerified">Whether it is known that it did not end earlier.</param>
    /// <returns>Null while it isn't final.</returns>
    public static SlaOutcome? Judge(DateTimeOffset? respondBy, DateTimeOffset openedAt, DateTimeOffset? acknowledgedAt, DateTimeOffset? endsAt, bool isEndVerified = true)
    {
        if (respondBy is not { } by)
            return null;
        // First: what had ended in time was over before anybody could be late.
        if (endsAt <= by && !(acknowledgedAt <= endsAt))
            return isEndVerified ? SlaOutcome.MetSelfResolved : SlaOutcome.Unverified;
        if (openedAt >= by)
            return SlaOutcome.BreachedOnArrival;
        return (acknowledgedAt, endsAt) switch
        {
            ({ } acknowledged, _) => acknowledged <= by ? SlaOutcome.MetAck : SlaOutcome.BreachedAckedLate,
            (null, { }) => SlaOutcome.BreachedUnacked,
            _ => null,
        };
    }

    public static string Label(this SlaOutcome outcome) => outcome switch
    {
        SlaOutcome.MetAck => "met_ack",
        SlaOutcome.MetSelfResolved => "met_self_resolved",
        SlaOutcome.BreachedAckedLate => "breached_acked_late",
        SlaOutcome.BreachedUnacked => "breached_unacked",
        SlaOutcome.BreachedOnArrival => "breached_on_arrival",
        _ => "unverified",
    };
}
