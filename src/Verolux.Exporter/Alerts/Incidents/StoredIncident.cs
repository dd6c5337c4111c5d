using Microsoft.Data.Sqlite;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Incidents;

/// <summary>An incident as it stands in the store, for whoever only reads: tools, pages and documents. Fields without a word here are those of <see cref="Incident"/>.</summary>
/// <param name="Alert">The newest JSON of the alert, as it was sent.</param>
/// <param name="Runbook">Its name; null where none matches.</param>
/// <param name="Match">How that was found; null for an incident of an older store.</param>
/// <param name="Triage">What the exporter's own measurements said, as JSON; null for nothing.</param>
/// <param name="RunbookWorked">Whether it helped, as somebody said; null where nobody did.</param>
sealed record StoredIncident(
    long Id,
    IncidentState State,
    string AlertName,
    Severity Severity,
    string Fingerprint,
    string RunbookUrl,
    long? ResponseSla,
    DateTimeOffset? RespondBy,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    DateTimeOffset OpenedAt,
    DateTimeOffset UpdatedAt,
    string Alert,
    string? Runbook,
    string? Match,
    string? Scenario,
    string? Triage,
    string Site,
    string? Slo,
    string? Outcome,
    Acknowledgement? Acknowledgement,
    DateTimeOffset? FirstAcknowledgedAt,
    int Level,
    DateTimeOffset? EscalateAt,
    int Reopened,
    IncidentFlags Flags,
    bool IsStorm,
    long? Storm,
    bool? RunbookWorked,
    Mute? Mute)
{
    /// <summary>What <see cref="Of"/> reads, in its order, from the table incidents.</summary>
    public const string Columns =
        """
        id, state, alertname, severity, fingerprint, runbook_url, response_sla_seconds, respond_by, starts_at, ends_at, opened_at, updated_at, alert, runbook, match, scenario, triage,
        site, slo, outcome, acknowledged_at, acknowledged_by, first_acknowledged_at, level, escalate_at, reopened, customer_facing, security, major_outage, is_storm, storm,
        (SELECT worked FROM feedback WHERE feedback.incident = incidents.id) AS runbook_worked, mute
        """;

    public string Number => IncidentNumber.Format(Id);

    /// <summary>Whether it is a test of the alerting path.</summary>
    public bool IsDrill => Drills.Drill.Is(AlertName);

    /// <summary>Whether nobody was told of it, because it was muted from its start.</summary>
    public bool IsUntold => Mute is { Untold: true } && FirstAcknowledgedAt is null && Level <= 1;

    public string? ScenarioUrl => Runbooks.Scenario.Link(RunbookUrl, Scenario);

    public static StoredIncident Of(SqliteDataReader row) => new(
        row.GetInt64(0),
        IncidentStates.Of(row.GetString(1)),
        row.GetString(2),
        SeverityNames.TryParse(row.GetString(3), out var severity) ? severity : Severity.Warning,
        row.GetString(4),
        row.GetString(5),
        row.NumberAt(6),
        row.TimeAt(7),
        row.TimeAt(8)!.Value,
        row.TimeAt(9),
        row.TimeAt(10)!.Value,
        row.TimeAt(11)!.Value,
        row.GetString(12),
        row.TextAt(13),
        row.TextAt(14),
        row.TextAt(15),
        row.TextAt(16),
        row.GetString(17),
        row.TextAt(18),
        row.TextAt(19),
        row.TimeAt(20) is { } at ? new Acknowledgement(at, row.TextAt(21) ?? "") : null,
        row.TimeAt(22),
        row.GetInt32(23),
        row.TimeAt(24),
        row.GetInt32(25),
        IncidentRows.Flag(row, 26, IncidentFlags.CustomerFacing) | IncidentRows.Flag(row, 27, IncidentFlags.Security) | IncidentRows.Flag(row, 28, IncidentFlags.MajorOutage),
        row.GetInt64(29) != 0,
        row.NumberAt(30),
        row.NumberAt(31) is { } worked ? worked != 0 : null,
        row.TextAt(32) is { } mute ? Mute.Parse(mute) : null);
}
