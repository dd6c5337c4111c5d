using System.Globalization;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>What a destination tells: an incident as it stands when it is told. All texts but the links of ours come from outside.</summary>
/// <param name="Delivery">The number of what is delivered, the same at each attempt.</param>
/// <param name="Level">Whom it is for: 1 to 4.</param>
/// <param name="Who">Who that is, such as <c>Senior SRE</c>.</param>
/// <param name="Number">The incident's number, such as <c>VX-K3Q7M2</c>.</param>
/// <param name="ToldAt">When it is told, which is what the minutes left are counted from.</param>
/// <param name="RespondBy">Until when someone has to respond; null without an SLA.</param>
/// <param name="IncidentUrl">The incident's own page.</param>
/// <param name="Reference">What this destination called the first that it was told of the incident, where it called it anything.</param>
sealed record Page(
    long Delivery,
    PageAction Action,
    int Level,
    string Who,
    DateTimeOffset ToldAt,
    string DedupKey,
    string Number,
    string AlertName,
    Severity Severity,
    DateTimeOffset StartsAt,
    long? ResponseSla,
    DateTimeOffset? RespondBy,
    string IncidentUrl,
    string RunbookUrl,
    string? Reference,
    Diagnosis Diagnosis,
    string GeneratorUrl,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations)
{
    const int LongestTitle = 100;

    /// <summary>Whether it tests the way that it takes, and nothing is wrong.</summary>
    public bool IsDrill => Drill.Is(AlertName);

    /// <summary>One line that says which incident it is, what is wrong, which scenario that is and until when someone has to respond.</summary>
    /// <param name="longest">Characters. What is wrong is cut to fit; the incident's number, the scenario and the deadline never are, nor that it is a test.</param>
    public string Summary(int longest)
    {
        var end = (Diagnosis.Title is { } title ? $" → {Cut(title, LongestTitle)}" : "") + (Escalation is { } escalation ? $" - {escalation}" : "") + (Deadline is { } deadline ? $" - {deadline}" : "");
        var start = IsDrill ? $"TEST, {Drill.Words}: " : "";
        return Cut(OneLine.Of($"{start}[{Number}] {AlertName}: {What}{(Diagnosis.Failures is [var failure, ..] ? $" ({failure})" : "")}"), longest - end.Length) + end;
    }

    /// <summary>At most so many characters, the last one an ellipsis where something is cut; never half a surrogate pair.</summary>
    public static string Cut(string text, int longest)
    {
        if (text.Length <= longest)
            return text;
        var end = longest - 1;
        if (char.IsHighSurrogate(text[end - 1]))
            end--;
        return $"{text.AsSpan(0, end)}…";
    }

    /// <summary>Where the likeliest scenario's steps stand; null where none is known to hold.</summary>
    public string? ScenarioUrl => Scenario.Link(RunbookUrl, Diagnosis.Scenario);

    /// <summary>Which level it was escalated to, and who that is; null at the first.</summary>
    public string? Escalation => Level == 1 ? null : string.Create(CultureInfo.InvariantCulture, $"escalated to level {Level}: {Cut(Who, LongestTitle)}");

    /// <summary>Until when someone has to respond and how long that is; null without an SLA.</summary>
    public string? Deadline => (RespondBy, RespondBy - ToldAt) switch
    {
        ({ } by, { } left) when left > TimeSpan.Zero => string.Create(CultureInfo.InvariantCulture, $"respond by {by.UtcDateTime:HH:mm} UTC, {Math.Ceiling(left.TotalMinutes)} min left"),
        ({ } by, _) => string.Create(CultureInfo.InvariantCulture, $"response overdue since {by.UtcDateTime:yyyy-MM-dd HH:mm} UTC"),
        _ => null,
    };

    /// <summary>What the alert is about, from the labels that make its identity.</summary>
    public string Subject => SubjectOf(Labels);

    /// <summary>What is wrong.</summary>
    public string What => WhatOf(Labels, Annotations);

    /// <summary>What is wrong, in the alert's own words; where it has none, what it is about.</summary>
    public static string WhatOf(IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> annotations) =>
        annotations.GetValueOrDefault("summary") is { Length: > 0 } summary ? summary : SubjectOf(labels);

    /// <summary>What an alert with these labels is about, on one line.</summary>
    public static string SubjectOf(IReadOnlyDictionary<string, string> labels) =>
        OneLine.Of(string.Join(", ", labels.Where(l => l.Key is not ("alertname" or "severity")).Select(l => $"{l.Key}={l.Value}")));
}
