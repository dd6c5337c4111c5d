namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>What happened to an incident, beside what its own row and its deliveries say: who did what, and when.</summary>
static class Timeline
{
    public const string Acknowledged = "acknowledged";
    public const string Unacknowledged = "unacknowledged";
    public const string Escalated = "escalated";
    public const string Flagged = "flagged";
    public const string Noted = "noted";
    public const string RunbookWorked = "runbook_worked";
    public const string RunbookFailed = "runbook_failed";
    public const string Raised = "severity_raised";
    public const string Lowered = "severity_lowered";
    public const string Reopened = "reopened";
    public const string Resolved = "resolved";
    public const string Silenced = "silenced";
    public const string Inhibited = "inhibited";
    public const string Unmuted = "unmuted";

    /// <summary>It fires after all: the end that was told was none.</summary>
    public const string Resumed = "resumed";

    /// <summary>Prometheus itself said that it has ended.</summary>
    public const string Proven = "proven";

    /// <summary>Alertmanager held it to be firing, and had not told us.</summary>
    public const string Found = "found";

    /// <summary>Alertmanager holds it no more, and had not told us.</summary>
    public const string Gone = "gone";

    /// <param name="who">A person; null for what the receiver did by itself.</param>
    public static void Write(Session session, Incident incident, DateTimeOffset at, string happened, Who? who = null, string text = "") => session.Execute(
        "INSERT INTO timeline (incident, at, event, who, source, text) VALUES ($1, $2, $3, $4, $5, $6)",
        incident.Id, at.ToUnixTimeMilliseconds(), happened, who?.Name, who?.Source.Label(), text);
}
