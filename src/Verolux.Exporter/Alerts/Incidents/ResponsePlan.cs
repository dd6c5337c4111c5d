using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>What the runbooks say about an alert: which page to open, how urgent it is, and until when someone has to respond.</summary>
/// <param name="inUse">The runbooks as they were last read.</param>
/// <param name="publicUrl">What links start with; ends with a slash.</param>
sealed class ResponsePlan(Func<Catalogue> inUse, Uri publicUrl)
{
    /// <summary>An incident of this alert, not stored yet.</summary>
    /// <param name="start">When the alert began, and with it the SLA clock.</param>
    public Incident For(in Alert alert, DateTimeOffset start)
    {
        var catalogue = inUse();
        var match = catalogue.Match(alert.Name, alert.Runbook);
        var runbook = match.Runbook;
        var severity = SeverityOf(alert.Severity, runbook);
        TimeSpan? sla = catalogue.Policy.ResponseSla.TryGetValue(severity, out var within) ? within : null;
        return new Incident
        {
            Series = alert.Series,
            AlertName = alert.Name,
            StartsAt = start,
            Severity = severity,
            Match = match,
            RunbookUrl = LinkOf(runbook, publicUrl),
            ResponseSla = (long?)sla?.TotalSeconds,
            RespondBy = start + sla,
            Fingerprint = alert.Fingerprint,
            Alert = alert.Raw.ToArray(),
        };
    }

    /// <summary>The runbook's page; the index where there is none.</summary>
    public static string LinkOf(Runbook? runbook, Uri publicUrl) => runbook?.Link(publicUrl) ?? new Uri(publicUrl, "runbooks").ToString();

    /// <summary>The label's severity, else the runbook's. A name that we don't know is a warning: someone meant it to be noticed.</summary>
    public static Severity SeverityOf(string? label, Runbook? runbook) => label switch
    {
        null or "" => runbook?.Severity ?? Severity.Warning,
        _ => SeverityNames.TryParse(label, out var severity) ? severity : Severity.Warning,
    };
}
