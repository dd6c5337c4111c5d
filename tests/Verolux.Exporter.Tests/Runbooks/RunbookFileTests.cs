using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

public class RunbookFileTests
{
    [Test]
    public void A_sound_file_becomes_a_runbook()
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_X.md", RunbookFolder.Sound);
        var catalogue = folder.Load();
        Assert.That(catalogue.Problems, Is.Empty);
        var runbook = catalogue.Runbooks.Single();
        Assert.That((runbook.Name, runbook.Alert, runbook.Title, runbook.Severity), Is.EqualTo(("RUNBOOK_X", "DiskFull", "Disk Full", Severity.Warning)));
        Assert.That(runbook.Thresholds, Is.EqualTo(new[] { new Threshold("disk_used_ratio", Bound.Above, 0.85, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(5)) }));
        Assert.That(runbook.Slo, Is.Null);
        Assert.That(runbook.Aliases, Is.EqualTo(new[] { "HostDiskFull" }));
        Assert.That(runbook.Symptoms.Patterns, Is.EqualTo(new[] { "(?i)disk.*full" }));
        Assert.That(runbook.Scenarios, Is.EqualTo(new[] { new Scenario("filling-fast", "Scenario A: filling fast") }));
        Assert.That(runbook.LastReviewed, Is.EqualTo(new DateOnly(2026, 11, 24)));
        Assert.That(runbook.Owner, Is.EqualTo("SRE Team"));
    }

    [TestCase("", "2026-11-24")]
    [TestCase("last_major_review: 2026-11-24\n", "2026-11-24")]
    [TestCase("last_major_review: 2026-09-30\n", "2026-09-30")]
    public void A_runbook_that_names_no_major_review_counts_from_its_last_review_on(string line, string expected)
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_X.md", RunbookFolder.Sound.Replace("owner:", $"{line}owner:"));
        var catalogue = folder.Load();
        Assert.That(catalogue.Problems, Is.Empty);
        Assert.That(catalogue.Runbooks.Single().LastMajorReview, Is.EqualTo(DateOnly.Parse(expected, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Test]
    public void Line_ends_of_windows_make_no_difference()
    {
        using var folder = new RunbookFolder();
        folder.Write("README.md", RunbookFolder.Readme.ReplaceLineEndings("\r\n"));
        folder.Write("RUNBOOK_X.md", RunbookFolder.Sound.ReplaceLineEndings("\r\n"));
        Assert.That(folder.Load().Problems, Is.Empty);
    }

    [TestCase("alert: DiskFull\n", "", "RUNBOOK_X.md:2: alert: is missing; add it, for example `alert: StorageNearFull`")]
    [TestCase("DiskFull\n", "Disk Full\n", "RUNBOOK_X.md:2: alert: \"Disk Full\" is not an alert name; write letters, digits and _, and no digit first, as in the alert rule")]
    [TestCase("title: Disk Full\n", "", "RUNBOOK_X.md:2: title: is missing; add it, for example `title: Storage Near Full`")]
    [TestCase("severity: warning", "severity: Warning", "RUNBOOK_X.md:4: severity: \"Warning\" is not a severity; write one of: critical, warning, info, none")]
    [TestCase("metric: disk_used_ratio", "metric: 'disk{a=1}'", "RUNBOOK_X.md:6: thresholds[0].metric: \"disk{a=1}\" is not the name of a metric; write the bare name, without labels")]
    [TestCase("above: 0.85", "above: 0.85, below: 0.1", "RUNBOOK_X.md:6: thresholds[0].above: needs exactly one of above and below; keep the one whose side is bad")]
    [TestCase("above: 0.85, ", "", "RUNBOOK_X.md:6: thresholds[0].above: needs exactly one of above and below; keep the one whose side is bad")]
    [TestCase("above: 0.85", "above: 85%", "RUNBOOK_X.md:6: thresholds[0].above: \"85%\" is not a number from 0 to 1000000000000000; write it with a decimal point and no unit")]
    [TestCase("for: 10m,", "for: 10 min,", "RUNBOOK_X.md:6: thresholds[0].for: \"10 min\" is not a duration from 0s to 7d; write it like 15s, 10m or 1h30m")]
    [TestCase("keep_firing_for: 5m", "keep_firing_for: 5", "RUNBOOK_X.md:6: thresholds[0].keep_firing_for: \"5\" is not a duration from 0s to 7d; write it like 15s, 10m or 1h30m")]
    [TestCase("aliases: [HostDiskFull]", "aliases: HostDiskFull", "RUNBOOK_X.md:7: aliases: is not a list; write its items under it, each behind a dash")]
    [TestCase("[HostDiskFull]", "[DiskFull]", "RUNBOOK_X.md:7: aliases: DiskFull is already in RUNBOOK_X.md; keep it in one place")]
    [TestCase("owner: SRE Team", "owner: SRE Team\nslo: Camera Uptime", "RUNBOOK_X.md:13: slo: \"Camera Uptime\" is not the name of an objective; write lower-case words with hyphens, such as camera-uptime")]
    [TestCase("last_reviewed: 2026-11-24", "last_reviewed: 24.11.2026", "RUNBOOK_X.md:11: last_reviewed: \"24.11.2026\" is not a date; write it as yyyy-MM-dd, such as 2026-11-24")]
    [TestCase("owner: SRE Team", "owner: SRE Team\nlast_major_review: Q3", "RUNBOOK_X.md:13: last_major_review: \"Q3\" is not a date; write it as yyyy-MM-dd, such as 2026-11-24")]
    [TestCase("owner: SRE Team", "owner: SRE Team\nlast_major_review: 2026-11-25", "RUNBOOK_X.md:13: last_major_review: \"2026-11-25\" is later than last_reviewed; set last_reviewed to the same date: a major review is a review too")]
    [TestCase("owner: SRE Team", "owner: SRE Team\nonwer: SRE Team", "RUNBOOK_X.md:13: onwer: is not a known key; remove it, or write one of: alert, aliases, last_major_review, last_reviewed, owner, scenarios, severity, slo, symptoms, thresholds, title")]
    [TestCase("## Triage\ntext\n", "", "RUNBOOK_X.md: has no section \"Triage\"; add `## Triage`; the sections are, in this order: Alert Information, Symptoms, Triage, Resolution Steps, Verification, Postmortem, Prevention, Escalation")]
    [TestCase("## Triage\ntext\n", "## Triage\n", "RUNBOOK_X.md:21: nothing stands under \"Triage\"; write it; whoever is paged has nothing else to go by")]
    [TestCase("{#filling-fast}\ntext\n", "{#filling-fast}\n#### Steps\n", "RUNBOOK_X.md:25: nothing stands under \"Scenario A: filling fast\"; write it; whoever is paged has nothing else to go by")]
    [TestCase("## Triage\ntext\n", "## Triage\ntext\n## Symptoms\nmore\n", "RUNBOOK_X.md:23: the section \"Symptoms\" stands after \"Triage\"; keep the order: Alert Information, Symptoms, Triage, Resolution Steps, Verification, Postmortem, Prevention, Escalation")]
    [TestCase("## Triage\ntext\n", "## Triage\ntext\n## Triage\nmore\n", "RUNBOOK_X.md:23: the section \"Triage\" is there twice; join the two")]
    [TestCase("## Triage\ntext\n", "## Triage\ntext\n## Notes\nmore\n", "RUNBOOK_X.md:23: \"Notes\" is not a section of the template; make it a ### heading, or one of: Alert Information, Symptoms, Triage, Resolution Steps, Verification, Postmortem, Prevention, Escalation")]
    [TestCase("## Triage\ntext\n", "## Triage\ntext\n### More {#filling-fast}\ntext\n", "RUNBOOK_X.md:27: the anchor filling-fast is taken by an earlier heading; give one of the two another {#anchor}")]
    [TestCase("- id: filling-fast", "- id: filling-fast\n  - id: read-only", "RUNBOOK_X.md:11: scenarios[1].id: no scenario in the text has the anchor read-only; write `### Scenario A: … {#read-only}` under Resolution Steps, or remove the id")]
    [TestCase("- id: filling-fast", "- id: filling-fast\n  - id: filling-fast", "RUNBOOK_X.md:11: scenarios[1].id: \"filling-fast\" is there twice; remove one")]
    [TestCase("## Verification\n", "### Scenario B: more {#more}\ntext\n## Verification\n", "RUNBOOK_X.md:27: \"Scenario B: more\" has the anchor more, which the front matter does not name; end the heading with {#id}, and list that id under scenarios")]
    [TestCase("---\nalert", "alert", "RUNBOOK_X.md:1: does not begin with front matter; put a line ---, the keys and another line --- in front of the text")]
    public void A_mistake_is_told_with_its_place_and_remedy(string old, string replacement, string problem) =>
        Assert.That(RunbookFolder.ProblemsWith(old, replacement), Does.Contain(problem));

    [TestCase("(?i)disk.*full", "disk(", Description = "unbalanced")]
    [TestCase("(?i)disk.*full", "disk)|(full", Description = "whole only between two brackets")]
    [TestCase("(?i)disk.*full", "(?=disk)", Description = "look-around, which the engine that can't hang does not have")]
    public void A_symptom_that_can_not_be_used_is_told(string old, string replacement) =>
        Assert.That(RunbookFolder.ProblemsWith(old, replacement).Single(), Does.StartWith($"RUNBOOK_X.md:8: symptoms: \"{replacement}\" is not a regular expression that can be used (").And.EndsWith("; write a plain one, such as \"(?i)disk.*full\""));

    [Test]
    public void Scenarios_are_needed_and_belong_under_resolution_steps()
    {
        Assert.That(RunbookFolder.ProblemsWith("scenarios:\n  - id: filling-fast\n", ""), Has.Some.StartsWith("RUNBOOK_X.md:2: scenarios: names no scenario;"));
        Assert.That(RunbookFolder.ProblemsWith("## Resolution Steps\n", "## Resolution Steps\ntext\n## Verification\n"), Has.Some.StartsWith("RUNBOOK_X.md:10: scenarios[0].id: no scenario in the text"));
        Assert.That(RunbookFolder.ProblemsWith("- id: filling-fast", "- id: Filling Fast"), Has.Some.StartsWith("RUNBOOK_X.md:10: scenarios[0].id: \"Filling Fast\" is not an id;"));
    }

    [Test]
    public void Front_matter_that_is_not_yaml_is_one_problem()
    {
        var problems = RunbookFolder.ProblemsWith("title: Disk Full", "title: [Disk Full");
        Assert.That(problems, Has.Length.EqualTo(1));
        Assert.That(problems[0], Does.Match("^RUNBOOK_X.md:[345]: is not YAML"));
        Assert.That(RunbookFolder.ProblemsWith("title: Disk Full", "title: Disk: Full").Single(), Does.StartWith("RUNBOOK_X.md:3: is not YAML"));
    }

    [Test]
    public void Nothing_that_is_typed_stops_the_loading()
    {
        const string typed = "\n\t \"'[]{}(),:;-#*&!|<>`~@%^$+=?/\\_0a\u00e9\u0000";
        using var folder = new RunbookFolder();
        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var text = RunbookFolder.Sound.ToCharArray();
            for (var n = random.Next(1, 6); n > 0; n--)
                text[random.Next(i % 2 == 0 ? 300 : text.Length)] = typed[random.Next(typed.Length)];
            folder.Write("RUNBOOK_X.md", new string(text));
            Assert.That(folder.Load, Throws.Nothing, new string(text));
        }
    }

    [Test]
    public void All_mistakes_are_told_at_once()
    {
        using var folder = new RunbookFolder();
        var text = RunbookFolder.Replace(RunbookFolder.Sound, "severity: warning", "severity: bad");
        text = RunbookFolder.Replace(text, "2026-11-24", "soon");
        text = RunbookFolder.Replace(text, "## Prevention\ntext\n", "");
        folder.Write("RUNBOOK_X.md", RunbookFolder.Replace(text, "## Escalation\ntext\n", "## Escalation\n"));
        folder.Write("RUNBOOK_lower.md", RunbookFolder.Replace(RunbookFolder.Sound, "owner: SRE Team\n", ""));
        Assert.That(folder.Load().Problems.Select(p => $"{p.Where}: {p.What}"), Is.EqualTo(new[]
        {
            "RUNBOOK_X.md:4: severity: \"bad\" is not a severity",
            "RUNBOOK_X.md:11: last_reviewed: \"soon\" is not a date",
            "RUNBOOK_X.md: has no section \"Prevention\"",
            "RUNBOOK_X.md:31: nothing stands under \"Escalation\"",
            "RUNBOOK_lower.md: is no name for a runbook",
            "RUNBOOK_lower.md:2: owner: is missing",
            "RUNBOOK_lower.md:2: alert: DiskFull is already in RUNBOOK_X.md",
            "RUNBOOK_lower.md:7: aliases: HostDiskFull is already in RUNBOOK_X.md",
            "RUNBOOK_lower.md:6: thresholds: disk_used_ratio is already in RUNBOOK_X.md",
        }));
    }
}
