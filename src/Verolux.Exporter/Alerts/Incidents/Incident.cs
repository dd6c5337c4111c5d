using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>One that somebody has taken in hand.</summary>
/// <param name="By">Who, as they or their tool say.</param>
sealed record Acknowledgement(DateTimeOffset At, string By);

/// <summary>
/// An incident as the receiver keeps it in memory, from its first alert until it can't be reopened any more: what a repeat of its alert is compared with and
/// answered from.
/// </summary>
sealed class Incident
{
    /// <summary>0 until it is stored.</summary>
    public long Id { get; set; }

    public required SeriesKey Series { get; init; }

    public required string AlertName { get; init; }

    /// <summary>Whether it is a test of the alerting path.</summary>
    public bool IsDrill => Drill.Is(AlertName);

    /// <summary>The label's value; empty without one.</summary>
    public string Site { get; init; } = "";

    /// <summary>The objective that it threatens, by its runbook; null where it threatens none.</summary>
    public string? Slo { get; init; }

    /// <summary>Which runbook it has, and how that was found; null where it was read back from the store.</summary>
    public RunbookMatch? Match { get; init; }

    /// <summary>The page of the runbook, or of the index where none matches.</summary>
    public required string RunbookUrl { get; init; }

    /// <summary>The id of the scenario that the exporter's own measurements point to, which is its anchor on that page; null where they point to none.</summary>
    public string? Scenario { get; set; }

    public string? ScenarioUrl => Runbooks.Scenario.Link(RunbookUrl, Scenario);

    /// <summary>Whether it stands for those that share its page, and for no alert of its own.</summary>
    public bool IsStorm { get; init; }

    /// <summary>Of a storm, how many open incidents share its page.</summary>
    public int Sharing { get; set; }

    /// <summary>The storm whose page it shares; null where it has one of its own.</summary>
    public long? Storm { get; set; }

    public IncidentState State => Episode.State!.Value;

    /// <summary>What was heard of its series since it began.</summary>
    public required Episode Episode { get; set; }

    public required Severity Severity { get; set; }

    /// <summary>The earliest start heard.</summary>
    public required DateTimeOffset StartsAt { get; set; }

    /// <summary>When it ended; null while it fires.</summary>
    public DateTimeOffset? EndsAt { get; set; }

    /// <summary>When it was first heard of.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Seconds in which someone has to respond; null for a severity without an SLA.</summary>
    public long? ResponseSla { get; set; }

    public DateTimeOffset? RespondBy { get; set; }

    /// <summary>How it went for the SLA; null while that isn't final.</summary>
    public SlaOutcome? Outcome { get; set; }

    /// <summary>When somebody acknowledged it for the first time, which stops the SLA's clock for good.</summary>
    public DateTimeOffset? FirstAcknowledgedAt { get; set; }

    /// <summary>Who has it in hand; null where nobody does.</summary>
    public Acknowledgement? Acknowledgement { get; set; }

    /// <summary>1 to 4: the highest level that was told.</summary>
    public int Level { get; set; } = 1;

    /// <summary>How often it fired again right after its end.</summary>
    public int Reopened { get; set; }

    public IncidentFlags Flags { get; set; }

    /// <summary>Why Alertmanager tells nobody of it; null where it does.</summary>
    public Mute? Mute { get; set; }

    /// <summary>When it was last muted no more: nobody has to respond to what lies before; null where it never was.</summary>
    public DateTimeOffset? UnmutedAt { get; set; }

    /// <summary>Whether a person ended it, who may know more than the alert.</summary>
    public bool ClosedByHand { get; set; }

    /// <summary>Of one that is over, whether it is known when it ended.</summary>
    public bool IsEndVerified { get; set; } = true;

    /// <summary>What the times to respond and to resolve are counted from: its start, and later by as long as it was muted.</summary>
    public DateTimeOffset ClockFrom => RespondBy is { } by && ResponseSla is { } sla && by.AddSeconds(-sla) is var from && from > StartsAt ? from : StartsAt;

    /// <summary>When the next level is told; null where none will be.</summary>
    public DateTimeOffset? EscalateAt { get; set; }

    /// <summary>Of the alert heard last.</summary>
    public required string Fingerprint { get; set; }

    /// <summary>The alert's newest JSON, so that a repeat that says nothing new is recognised by comparing bytes.</summary>
    public required byte[] Alert { get; set; }
}

/// <summary>What people say of an incident, which decides who is told.</summary>
[Flags]
enum IncidentFlags
{
    None = 0,
    CustomerFacing = 1,
    Security = 2,
    MajorOutage = 4,
}

/// <summary>The number of an incident as people say it: <c>VX-</c> and six letters and digits, none of which look alike (Crockford's base 32).</summary>
static class IncidentNumber
{
    const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const int Length = 6;

    /// <summary>The first number of a new store is drawn from here up, so that two stores hardly ever share one.</summary>
    public const long Lowest = 1 << 25;

    public const long Highest = 1 << 29;

    public static string Format(long id) => string.Create(3 + Math.Max(Length, DigitsOf(id)), id, static (text, rest) =>
    {
        "VX-".CopyTo(text);
        for (var i = text.Length - 1; i >= 3; i--, rest >>= 5)
            text[i] = Digits[(int)(rest & 31)];
    });

    /// <summary>Reads a number as people write it: in any case, and with O for 0 and I or L for 1 as the alphabet's author has it.</summary>
    public static long? Parse(string text)
    {
        if (text.Length is < 3 + Length or > 15 || !text.StartsWith("VX-", StringComparison.OrdinalIgnoreCase))
            return null;
        long id = 0;
        foreach (var c in text.AsSpan(3))
        {
            var digit = Digits.IndexOf(char.ToUpperInvariant(c) switch { 'O' => '0', 'I' or 'L' => '1', var other => other }, StringComparison.Ordinal);
            if (digit < 0)
                return null;
            id = (id << 5) | (uint)digit;
        }
        return id;
    }

    static int DigitsOf(long id) => (int)(64 - long.LeadingZeroCount(id) + 4) / 5;
}
