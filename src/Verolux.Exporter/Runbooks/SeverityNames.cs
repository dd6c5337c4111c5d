namespace Verolux.Exporter.Runbooks;

/// <summary>How severities are written: in front matter, in the policy and in alerts' <c>severity</c> label.</summary>
static class SeverityNames
{
    public const string All = "critical, warning, info, none";

    public static string Label(this Severity severity) => severity switch
    {
        Severity.Critical => "critical",
        Severity.Warning => "warning",
        Severity.Info => "info",
        _ => "none",
    };

    public static bool TryParse(string text, out Severity severity)
    {
        Severity? named = text switch
        {
            "critical" => Severity.Critical,
            "warning" => Severity.Warning,
            "info" => Severity.Info,
            "none" => Severity.None,
            _ => null,
        };
        severity = named ?? default;
        return named is not null;
    }
}
