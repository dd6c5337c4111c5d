namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>What brings an incident to a level: the label <c>reason</c> of <c>verolux_escalations_total</c>.</summary>
enum EscalationReason
{
    /// <summary>Nobody has acknowledged it in time.</summary>
    Unacknowledged,

    /// <summary>It is still open so long after its start, acknowledged or not.</summary>
    Unresolved,

    /// <summary>The error budget of the objective that it threatens burns fast.</summary>
    SloBurn,

    CustomerFacing,
    Security,
    MajorOutage,

    /// <summary>Somebody asked for it.</summary>
    Manual,
}

/// <summary>Which level hears of an incident, and when: a function of the incident and the policy, so that a restart forgets no timer.</summary>
static class Escalation
{
    public const int Highest = 4;

    /// <summary>What falls due by itself; null where nothing does.</summary>
    public static (DateTimeOffset At, EscalationReason Reason)? ToLevelTwo(Incident incident, ResponsePlan plan)
    {
        // What shares a storm's page goes with the storm.
        // What is said to have ended waits for proof; where that doesn't come, it counts as firing. What Alertmanager mutes is somebody's decision.
        if (incident.State is not (IncidentState.Firing or IncidentState.Unverified) || incident.Mute is not null || incident.Storm is not null || incident.Level > 1 || incident.RespondBy is not { } respondBy)
            return null;
        // The SLA of an incident that was critical once remains; so does what goes with it, until it is resolved.
        var unresolved = incident.ClockFrom + plan.LevelTwoAfter(incident.Severity);
        if (incident.Acknowledgement is null && !(unresolved < respondBy))
            return (respondBy, EscalationReason.Unacknowledged);
        return unresolved is { } at ? (at, EscalationReason.Unresolved) : null;
    }

    /// <summary>Where a flag brings an incident at once.</summary>
    public static (int Level, EscalationReason Reason) Of(IncidentFlags flag) => flag switch
    {
        IncidentFlags.CustomerFacing => (3, EscalationReason.CustomerFacing),
        IncidentFlags.Security => (4, EscalationReason.Security),
        _ => (4, EscalationReason.MajorOutage),
    };

    public static string Label(this EscalationReason reason) => reason switch
    {
        EscalationReason.Unacknowledged => "unacknowledged",
        EscalationReason.Unresolved => "unresolved",
        EscalationReason.SloBurn => "slo_burn",
        EscalationReason.CustomerFacing => "customer_facing",
        EscalationReason.Security => "security",
        EscalationReason.MajorOutage => "major_outage",
        _ => "manual",
    };
}
