using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>What the runbooks make of one alert.</summary>
/// <param name="RunbookUrl">The page of the runbook; the index where none matches.</param>
readonly record struct Response(RunbookMatch Match, string RunbookUrl, Severity Severity);

/// <summary>What the runbooks say about an alert: which page to open, how urgent it is, until when someone has to respond and when the next level hears of it.</summary>
/// <param name="inUse">The runbooks as they were last read.</param>
/// <param name="publicUrl">What links start with; ends with a slash.</param>
sealed class ResponsePlan(Func<Catalogue> inUse, Uri publicUrl)
{
    /// <summary>SlowInference's, the longest of the rules that are shipped.</summary>
    static readonly TimeSpan UsualHold = TimeSpan.FromMinutes(15);

    readonly string index = LinkOf(null, publicUrl);

    public Response For(in Alert alert)
    {
        // Whatever it says of itself: there is no runbook for what isn't wrong, and nobody has to respond.
        if (Drill.Is(alert.Name))
            return new Response(RunbookMatch.None, index, Severity.Info);
        var match = inUse().Match(alert.Name, alert.Runbook);
        return new Response(match, match.Runbook?.Link(publicUrl) ?? index, SeverityOf(alert.Severity, match.Runbook));
    }

    /// <summary>Within which someone has to respond; null for a severity without an SLA.</summary>
    public TimeSpan? ResponseSla(Severity severity) => inUse().Policy.ResponseSla.TryGetValue(severity, out var within) ? within : null;

    /// <summary>How long after its start what is still open goes to level 2; null for a severity that nobody is told of.</summary>
    public TimeSpan? LevelTwoAfter(Severity severity) => inUse().Policy.LevelTwoAfter.TryGetValue(severity, out var after) ? after : null;

    /// <summary>How long what an alert is about has to hold before it fires, by its runbook; the longest of ours for an alert without.</summary>
    public TimeSpan HoldOf(string alertName) => inUse().Match(alertName, null).Runbook is { Thresholds: [_, ..] thresholds } ? thresholds.Max(t => t.For) : UsualHold;

    /// <summary>The runbooks as they were last read.</summary>
    public Catalogue Runbooks => inUse();

    /// <summary>The runbook's page; the index where there is none.</summary>
    public static string LinkOf(Runbook? runbook, Uri publicUrl) => runbook?.Link(publicUrl) ?? new Uri(publicUrl, "runbooks").ToString();

    /// <summary>The label's severity, else the runbook's. A name that we don't know is a warning: someone meant it to be noticed.</summary>
    public static Severity SeverityOf(string? label, Runbook? runbook) => label switch
    {
        null or "" => runbook?.Severity ?? Severity.Warning,
        _ => SeverityNames.TryParse(label, out var severity) ? severity : Severity.Warning,
    };
}
