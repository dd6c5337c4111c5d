using System.Globalization;
using System.Text.RegularExpressions;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Runbooks;

/// <summary>Reads a runbook's front matter. Every mistake becomes a problem, and a harmless value stands in for it.</summary>
/// <param name="vocabulary">The names that evidence may use; null: any.</param>
sealed partial class FrontMatter(Section root, Vocabulary? vocabulary)
{
    // Far beyond any disk, so that the range in the message says "a number" and little else.
    const double Most = 1e15;
    static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <param name="revision">Of the whole file.</param>
    public Runbook Read(string name, Body body, string revision) => new(
        name,
        Alert(),
        root.RequiredText("title", "Storage Near Full"),
        ReadSeverity(),
        Thresholds(),
        Slo(),
        root.Texts("aliases"),
        ReadSymptoms(),
        Scenarios(body),
        Date("last_reviewed", root.RequiredText("last_reviewed", "2026-11-24")),
        LastMajorReview(),
        root.RequiredText("owner", "SRE Team"),
        body.Sections,
        body.Html,
        revision)
    {
        PostmortemTemplate = body.PostmortemTemplate,
    };

    string Alert()
    {
        var alert = root.RequiredText("alert", "StorageNearFull");
        if (alert.Length > 0 && !AlertName().IsMatch(alert))
            root.Refuse("alert", $"\"{alert}\" is not an alert name", "write letters, digits and _, and no digit first, as in the alert rule");
        return alert;
    }

    Severity ReadSeverity()
    {
        var text = root.RequiredText("severity", "warning");
        if (text.Length > 0 && !SeverityNames.TryParse(text, out _))
            root.Refuse("severity", $"\"{text}\" is not a severity", $"write one of: {SeverityNames.All}");
        return SeverityNames.TryParse(text, out var severity) ? severity : Severity.Critical;
    }

    string? Slo()
    {
        var slo = root.Text("slo");
        if (slo is not null && !HyphenatedWords().IsMatch(slo))
            root.Refuse("slo", $"\"{slo}\" is not the name of an objective", "write lower-case words with hyphens, such as camera-uptime");
        return slo;
    }

    List<Threshold> Thresholds()
    {
        var thresholds = new List<Threshold>();
        foreach (var section in root.Children("thresholds"))
        {
            var metric = section.RequiredText("metric", "verolux_storage_used_ratio");
            if (metric.Length > 0 && !MetricName().IsMatch(metric))
                section.Refuse("metric", $"\"{metric}\" is not the name of a metric", "write the bare name, without labels");
            if (section.Has("above") == section.Has("below"))
                section.Refuse("above", "needs exactly one of above and below", "keep the one whose side is bad");
            var (above, below) = (section.Number("above", 0, Most), section.Number("below", 0, Most));
            thresholds.Add(new Threshold(
                metric,
                below is null ? Bound.Above : Bound.Below,
                above ?? below ?? 0,
                section.Duration("for", TimeSpan.Zero, Longest) ?? TimeSpan.Zero,
                section.Duration("keep_firing_for", TimeSpan.Zero, Longest) ?? TimeSpan.Zero));
        }
        return thresholds;
    }

    Symptoms ReadSymptoms()
    {
        var symptoms = new Symptoms(root.Texts("symptoms"));
        foreach (var (pattern, why) in symptoms.Unusable)
            root.Refuse("symptoms", $"\"{pattern}\" is not a regular expression that can be used ({why})", "write a plain one, such as \"(?i)disk.*full\"");
        return symptoms;
    }

    List<Scenario> Scenarios(Body body)
    {
        var scenarios = new List<Scenario>();
        foreach (var section in root.Children("scenarios"))
        {
            var id = section.RequiredText("id", "filling-fast");
            if (id.Length == 0)
                continue;
            if (!HyphenatedWords().IsMatch(id))
                section.Refuse("id", $"\"{id}\" is not an id", "write lower-case words with hyphens, such as filling-fast");
            else if (scenarios.Exists(s => s.Id == id))
                section.Refuse("id", $"\"{id}\" is there twice", "remove one");
            var heading = body.Scenarios.FirstOrDefault(s => s.Id == id);
            if (heading.Title is null)
                section.Refuse("id", $"no scenario in the text has the anchor {id}", $"write `### Scenario A: … {{#{id}}}` under Resolution Steps, or remove the id");
            scenarios.Add(new Scenario(id, heading.Title ?? id, When(section)));
        }
        if (scenarios.Count == 0)
            root.Refuse("scenarios", "names no scenario", "add one for each ### Scenario heading, such as `- id: filling-fast`");
        return scenarios;
    }

    Condition? When(Section scenario) =>
        scenario.Text("when") is { } text ? new ConditionReader(text, vocabulary, (what, remedy) => scenario.Refuse("when", what, remedy)).Read() : null;

    /// <summary>A runbook that names none is young, and its last review stands for it. A major review is a review, so it is no later than the last.</summary>
    DateOnly LastMajorReview()
    {
        var lastReviewed = DateIn(root.Text("last_reviewed"));
        if (root.Text("last_major_review") is not { } text)
            return lastReviewed ?? default;
        var date = Date("last_major_review", text);
        if (date > lastReviewed)
            root.Refuse("last_major_review", $"\"{text}\" is later than last_reviewed", "set last_reviewed to the same date: a major review is a review too");
        return date;
    }

    DateOnly Date(string key, string text)
    {
        if (DateIn(text) is { } date)
            return date;
        if (text.Length > 0)
            root.Refuse(key, $"\"{text}\" is not a date", "write it as yyyy-MM-dd, such as 2026-11-24");
        return default;
    }

    static DateOnly? DateIn(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex AlertName();

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    private static partial Regex MetricName();

    [GeneratedRegex("^[a-z0-9]+(?:-[a-z0-9]+)*$")]
    private static partial Regex HyphenatedWords();
}
