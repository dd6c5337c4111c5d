namespace Verolux.Exporter.Alerts.Intake;

/// <summary>One alert of a notification, as far as it could be understood.</summary>
/// <param name="Fingerprint">Alertmanager's hash of all labels, severity included; empty where the sender gave none.</param>
/// <param name="Severity">The label's text, or null without one.</param>
/// <param name="Runbook">The label's text, or null without one and where it is too long to name a runbook.</param>
/// <param name="StartsAt">Null where the sender gave none that can be read: then it starts when it is received.</param>
/// <param name="Raw">The alert's JSON, byte for byte; a view into the request, valid only while that is handled.</param>
readonly record struct Alert(
    SeriesKey Series,
    string Fingerprint,
    bool Firing,
    string Name,
    string? Severity,
    string? Runbook,
    DateTimeOffset? StartsAt,
    DateTimeOffset? EndsAt,
    ReadOnlyMemory<byte> Raw);

/// <summary>Part of a notification that could not be understood; kept as it came.</summary>
readonly record struct Unreadable(string Why, ReadOnlyMemory<byte> Raw);
