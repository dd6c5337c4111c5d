namespace Verolux.Exporter.Runbooks;

/// <summary>How urgent an alert is, most urgent first. <see cref="None"/> is for alerts that only prove something, such as Watchdog.</summary>
enum Severity
{
    Critical,
    Warning,
    Info,
    None,
}

/// <summary>Which side of a threshold's number is bad.</summary>
enum Bound
{
    Above,
    Below,
}

/// <summary>The number a runbook puts to a metric. The rule compares against it, the dashboards draw it, <c>METRIC_threshold</c> publishes it.</summary>
/// <param name="Metric">Name of the metric, without labels.</param>
/// <param name="Value">In the metric's own base unit.</param>
/// <param name="For">How long it must hold before the alert fires.</param>
/// <param name="KeepFiringFor">How long the alert goes on firing after it last held.</param>
sealed record Threshold(string Metric, Bound Bound, double Value, TimeSpan For, TimeSpan KeepFiringFor);

/// <summary>One thing that may be behind an alert: an anchor in the runbook's Resolution Steps.</summary>
/// <param name="Id">Lower-case words with hyphens; the anchor of its heading.</param>
/// <param name="Title">The heading's text.</param>
/// <param name="When">The evidence that it is this; null where the runbook names none, and then it is never known.</param>
sealed record Scenario(string Id, string Title, Condition? When = null)
{
    /// <summary>Enough for a page. A count over a large site finds thousands.</summary>
    public const int MostFindings = 20;

    /// <summary>Where a scenario's steps stand; null without one.</summary>
    /// <param name="page">The address of its runbook's page.</param>
    public static string? Link(string page, string? id) => id is null ? null : $"{page}#{id}";

    public WeighedScenario Weigh(Evidence evidence)
    {
        var found = new List<Observation>();
        var answer = When?.Weigh(evidence, found) ?? Answer.Unknown;
        return new WeighedScenario(this, answer, [.. found.Distinct().Take(MostFindings).Select(o => new Finding(o, AgeOf(o, evidence.Now)))]);
    }

    static double? AgeOf(Observation observation, double now) => observation.Metric.EndsWith("_timestamp_seconds", StringComparison.Ordinal) ? now - observation.Value : null;
}

/// <summary>A runbook as its file states it: front matter, and the body rendered to safe HTML.</summary>
/// <param name="Name">The file's name without <c>.md</c>, such as <c>RUNBOOK_STORAGE_FULL</c>; the page is <c>/runbooks/NAME</c>.</param>
/// <param name="Alert">The alert this runbook is for.</param>
/// <param name="Slo">The objective this alert threatens, or null.</param>
/// <param name="Aliases">Other rule packs' names for the same alert.</param>
/// <param name="LastReviewed">When its owner last went through it, which is due every month.</param>
/// <param name="LastMajorReview">When thresholds, scenarios, objectives and contacts were last gone through as well, which is due every quarter.</param>
/// <param name="Sections">The anchors and texts of the headings that divide the page.</param>
/// <param name="Html">The whole body, sanitised.</param>
/// <param name="Revision">Another one after any change of its file.</param>
sealed record Runbook(
    string Name,
    string Alert,
    string Title,
    Severity Severity,
    IReadOnlyList<Threshold> Thresholds,
    string? Slo,
    IReadOnlyList<string> Aliases,
    Symptoms Symptoms,
    IReadOnlyList<Scenario> Scenarios,
    DateOnly LastReviewed,
    DateOnly LastMajorReview,
    string Owner,
    IReadOnlyList<(string Id, string Title)> Sections,
    string Html,
    string Revision)
{
    /// <summary>What a postmortem begins with: the first block of code of that section; empty where there is none.</summary>
    public string PostmortemTemplate { get; init; } = "";

    /// <summary>The address of its page.</summary>
    /// <param name="publicUrl">What links start with; ends with a slash.</param>
    public string Link(Uri publicUrl) => new Uri(publicUrl, $"runbooks/{Name}").ToString();

    /// <summary>Holds every scenario against what is known about an alert.</summary>
    public Weighing Weigh(Evidence evidence) => new([.. Scenarios.Select(scenario => scenario.Weigh(evidence))]);
}
