using System.Collections.Frozen;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Runbooks;

/// <summary>A runbook that can't be used, and why.</summary>
/// <param name="Name">The file's name without <c>.md</c>.</param>
sealed record BrokenRunbook(string Name, IReadOnlyList<Problem> Problems);

/// <summary>
/// All runbooks of a folder and the policy of its README, as they were when they were loaded. Loading never fails: what is broken is left out and told
/// in <see cref="Problems"/>, and the rest serves.
/// </summary>
sealed class Catalogue
{
    const string Readme = "README.md";
    static readonly EnumerationOptions Visible = new() { IgnoreInaccessible = true, MatchCasing = MatchCasing.CaseSensitive, AttributesToSkip = FileAttributes.Directory };
    readonly FrozenDictionary<string, Runbook> byAlert;
    readonly FrozenDictionary<string, Runbook> byAlias;
    readonly FrozenDictionary<string, Runbook> byName;
    readonly DecisionTree tree;
    readonly FrozenDictionary<string, double> thresholds;

    Catalogue(IReadOnlyList<RunbookFile> files, Policy policy, IReadOnlyList<string> order, string indexHtml, Problems problems)
    {
        ReportDuplicates(files);
        var valid = files.Where(f => f.Problems.All.Count == 0);
        Runbooks = [.. valid.Select(f => f.Runbook).OfType<Runbook>()];
        Broken = [.. files.Except(valid).Select(f => new BrokenRunbook(f.Name, f.Problems.All))];
        (Policy, IndexHtml) = (policy, indexHtml);
        Problems = [.. problems.All, .. files.SelectMany(f => f.Problems.All)];
        byAlert = Runbooks.ToFrozenDictionary(r => r.Alert, StringComparer.Ordinal);
        byAlias = Runbooks.SelectMany(r => r.Aliases.Where(a => a.Length > 0).Select(a => (Alias: a, Runbook: r))).ToFrozenDictionary(a => a.Alias, a => a.Runbook, StringComparer.Ordinal);
        byName = Runbooks.SelectMany(r => new[] { (r.Name, r), (r.Alert, r) }).DistinctBy(n => n.Item1, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(n => n.Item1, n => n.r, StringComparer.OrdinalIgnoreCase);
        thresholds = Runbooks.SelectMany(r => r.Thresholds).ToFrozenDictionary(t => t.Metric, t => t.Value, StringComparer.Ordinal);
        tree = new DecisionTree(Runbooks, order);
    }

    public IReadOnlyList<Runbook> Runbooks { get; }

    public IReadOnlyList<BrokenRunbook> Broken { get; }

    public Policy Policy { get; }

    /// <summary>Every mistake in the folder, those of <see cref="Broken"/> included.</summary>
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>The README, sanitised; empty where there is none.</summary>
    public string IndexHtml { get; }

    /// <summary>The runbook whose alert has exactly this name.</summary>
    public Runbook? ForAlert(string alertname) => byAlert.GetValueOrDefault(alertname);

    /// <summary>A runbook as people type it into an address: the file's name or the alert's, in any case.</summary>
    public Runbook? ByName(string name) => byName.GetValueOrDefault(name);

    /// <summary>The runbook for an alert: by its exact name, an alias, what its label <c>runbook</c> names, or the decision tree; the first hit wins.</summary>
    /// <param name="label">The alert's label <c>runbook</c>: a name as in <see cref="ByName"/> or an address that ends in one; from outside, and only looked up.</param>
    public RunbookMatch Match(string alertname, string? label)
    {
        if (ForAlert(alertname) is { } exact)
            return new RunbookMatch(exact, MatchKind.Exact, alertname);
        if (byAlias.TryGetValue(alertname, out var alias))
            return new RunbookMatch(alias, MatchKind.Alias, alertname);
        if (label is not null && ByName(NameIn(label)) is { } named)
            return new RunbookMatch(named, MatchKind.Label, label);
        return tree.Match(alertname) ?? RunbookMatch.None;
    }

    /// <summary>The last part of an address of a runbook, without <c>.md</c> and anchor; a bare name as it is.</summary>
    public static string NameIn(string address)
    {
        var path = address.Split('#', 2)[0].TrimEnd('/');
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.EndsWith(".md", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
    }

    /// <summary>The number that a runbook puts to a metric.</summary>
    public double? ThresholdOf(string metric) => thresholds.TryGetValue(metric, out var value) ? value : null;

    /// <param name="vocabulary">The names that scenarios' evidence may use; null: any.</param>
    public static Catalogue Load(string directory, Vocabulary? vocabulary = null)
    {
        var problems = new Problems();
        if (!Directory.Exists(directory))
        {
            problems.Add(directory, "is not a folder", "name the folder with the runbooks in runbooks.path");
            return new Catalogue([], Policy.Fallback, [], "", problems);
        }
        var files = Directory.EnumerateFiles(directory, "RUNBOOK_*.md", Visible).Order(StringComparer.Ordinal).Select(file => RunbookFile.Load(file, vocabulary)).ToList();
        if (files.Count == 0)
            problems.Add(directory, "holds no runbook", "add files named RUNBOOK_*.md");
        // An empty README still goes through the tables, which report that they are missing.
        var readme = Markup.Parse(TextFile.Read(Path.Combine(directory, Readme), problems) ?? "");
        var policy = new PolicyTables(readme, Readme, problems).Read();
        var order = new TreeList(readme, Readme, [.. files.Select(f => f.Name)], problems).Read();
        return new Catalogue(files, policy, order, Markup.Render(readme), problems);
    }

    /// <summary>A name or a metric belongs to the first runbook that has it: a sound file before a broken one, an alert's own name before an alias.</summary>
    static void ReportDuplicates(IReadOnlyList<RunbookFile> files)
    {
        var (names, metrics) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        var inTurn = files.Where(f => f.Runbook is not null).OrderBy(f => f.Problems.All.Count > 0).ToList();
        foreach (var file in inTurn)
            Claim(names, file, "alert", file.Runbook!.Alert);
        foreach (var file in inTurn)
        {
            foreach (var alias in file.Runbook!.Aliases)
                Claim(names, file, "aliases", alias);
            foreach (var threshold in file.Runbook.Thresholds)
                Claim(metrics, file, "thresholds", threshold.Metric);
        }
    }

    static void Claim(Dictionary<string, string> owners, RunbookFile file, string key, string name)
    {
        if (name.Length > 0 && !owners.TryAdd(name, file.Name))
            file.Refuse(key, $"{name} is already in {owners[name]}.md", "keep it in one place");
    }
}
