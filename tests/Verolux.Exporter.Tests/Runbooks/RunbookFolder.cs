using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>
/// A folder of runbooks for one test: a sound README and whatever the test writes, most often the sound runbook with one thing changed. A README that is
/// written without a decision tree gets that of the runbooks there, in the order of their names.
/// </summary>
sealed class RunbookFolder : IDisposable
{
    string readme = Readme;

    public const string Readme = """
        # Runbooks

        | Severity | Respond within | Meaning |
        |---|---|---|
        | critical | 15m | now |
        | warning | 1h | soon |
        | info | no SLA | never |

        | Level | Who | Contact | Respond within | When |
        |---|---|---|---|---|
        | 1 | On-call engineer | PagerDuty | 15m | always |
        | 2 | Senior SRE | phone | 30m | late |
        | 3 | Engineering lead | phone | 1h | SLO breach |
        | 4 | CTO | phone | 2h | major outage |
        """;

    /// <summary>Line 2 is the alert, line 17 the first section, line 25 the scenario.</summary>
    public const string Sound = """
        ---
        alert: DiskFull
        title: Disk Full
        severity: warning
        thresholds:
          - { metric: disk_used_ratio, above: 0.85, for: 10m, keep_firing_for: 5m }
        aliases: [HostDiskFull]
        symptoms: ["(?i)disk.*full"]
        scenarios:
          - id: filling-fast
        last_reviewed: 2026-11-24
        owner: SRE Team
        ---

        # Disk Full

        ## Alert Information
        text
        ## Symptoms
        text
        ## Triage
        text
        ## Resolution Steps

        ### Scenario A: filling fast {#filling-fast}
        text
        ## Verification
        text
        ## Postmortem
        text
        ## Prevention
        text
        ## Escalation
        text

        """;

    public RunbookFolder() => Write("README.md", Readme);

    public string Path { get; } = Directory.CreateTempSubdirectory("runbooks-").FullName;

    /// <summary>The runbooks that this repository ships.</summary>
    public static string Shipped
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Verolux.Exporter.sln")))
                folder = folder.Parent ?? throw new DirectoryNotFoundException("no solution above the test's folder");
            return System.IO.Path.Combine(folder.FullName, "runbooks");
        }
    }

    /// <summary>A decision tree of these runbooks, for the end of a README.</summary>
    public static string Tree(params IEnumerable<string> runbooks) => $"\n\n## Decision tree\n\n{string.Concat(runbooks.Select(r => $"1. Trouble? → [{r}]({r}.md)\n"))}";

    public void Write(string file, string text)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, file), text);
        if (file == "README.md")
            readme = text;
        var tree = readme.Contains("decision tree", StringComparison.OrdinalIgnoreCase) ? "" : Tree(Directory.EnumerateFiles(Path, "RUNBOOK_*.md").Select(f => System.IO.Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));
        File.WriteAllText(System.IO.Path.Combine(Path, "README.md"), readme + tree);
    }

    public Catalogue Load() => Catalogue.Load(Path);

    /// <summary>The problems of the sound runbook after one text in it was replaced.</summary>
    public static string[] ProblemsWith(string old, string replacement)
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_X.md", Replace(Sound, old, replacement));
        return [.. folder.Load().Problems.Select(p => p.ToString())];
    }

    /// <summary>The page of the sound runbook with Markdown added at its end.</summary>
    public static string HtmlOf(string markdown)
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_X.md", Sound + markdown);
        return folder.Load().Runbooks.Single().Html;
    }

    public static string Replace(string text, string old, string replacement) =>
        text.Contains(old, StringComparison.Ordinal) ? text.Replace(old, replacement, StringComparison.Ordinal) : throw new ArgumentException($"no \"{old}\" to replace", nameof(old));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
