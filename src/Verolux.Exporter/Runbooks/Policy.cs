using System.Collections.Frozen;

namespace Verolux.Exporter.Runbooks;

/// <summary>Whom an incident goes to at one level.</summary>
/// <param name="RespondWithin">How soon whoever is called at this level answers.</param>
/// <param name="When">What brings an incident here, in words.</param>
sealed record EscalationLevel(int Level, string Who, string Contact, TimeSpan RespondWithin, string When);

/// <summary>What a runbook's <c>slo</c> promises.</summary>
/// <param name="Target">The least share that is to be good, below 1.</param>
/// <param name="Over">Of which time.</param>
sealed record Objective(string Name, double Target, TimeSpan Over)
{
    /// <summary>How much of it may be bad.</summary>
    public TimeSpan Budget => Over * (1 - Target);
}

/// <summary>How fast somebody must respond, and who is called when nobody does: the tables of <c>runbooks/README.md</c>.</summary>
/// <param name="ResponseSla">A severity that is not in it has no SLA.</param>
/// <param name="LevelTwoAfter">How long after its start an incident that is still open goes to level 2, acknowledged or not.</param>
/// <param name="Levels">Levels 1 to 4, in this order.</param>
sealed record Policy(IReadOnlyDictionary<Severity, TimeSpan> ResponseSla, IReadOnlyDictionary<Severity, TimeSpan> LevelTwoAfter, IReadOnlyList<EscalationLevel> Levels)
{
    /// <summary>By name; those that are stated.</summary>
    public IReadOnlyDictionary<string, Objective> Objectives { get; init; } = FrozenDictionary<string, Objective>.Empty;

    /// <summary>What holds where a table is missing or broken: a mistake in a text must not stop the paging.</summary>
    public static Policy Fallback { get; } = new(
        new Dictionary<Severity, TimeSpan> { [Severity.Critical] = TimeSpan.FromMinutes(15), [Severity.Warning] = TimeSpan.FromHours(1) }.ToFrozenDictionary(),
        new Dictionary<Severity, TimeSpan> { [Severity.Critical] = TimeSpan.FromMinutes(30), [Severity.Warning] = TimeSpan.FromMinutes(90) }.ToFrozenDictionary(),
        [
            new(1, "On-call engineer", "PagerDuty rotation", TimeSpan.FromMinutes(15), "all incidents"),
            new(2, "Senior SRE", "phone / Slack", TimeSpan.FromMinutes(30), "not resolved in 30 minutes"),
            new(3, "Engineering lead", "phone / Slack", TimeSpan.FromHours(1), "SLO breach or customer-facing"),
            new(4, "CTO", "phone", TimeSpan.FromHours(2), "major outage or security incident"),
        ]);
}
