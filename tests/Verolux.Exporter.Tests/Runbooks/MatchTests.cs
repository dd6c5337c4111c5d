using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>Which runbook an alert gets, over two runbooks whose symptoms overlap: RUNBOOK_A for DiskFull, RUNBOOK_B for QueueFull.</summary>
public class MatchTests
{
    static readonly string A = RunbookFolder.Replace(RunbookFolder.Sound, "(?i)disk.*full\"", "(?i)disk.*full\", \"(?i)spool\"");

    static readonly string B = A
        .Replace("DiskFull", "QueueFull", StringComparison.Ordinal).Replace("disk_used_ratio", "queue_messages", StringComparison.Ordinal)
        .Replace("(?i)disk.*full", "(?i)queue", StringComparison.Ordinal);

    [TestCase("DiskFull", null, "RUNBOOK_A", "exact", "DiskFull")]
    [TestCase("DiskFull", "RUNBOOK_B", "RUNBOOK_A", "exact", "DiskFull")]
    [TestCase("HostDiskFull", null, "RUNBOOK_A", "alias", "HostDiskFull")]
    [TestCase("HostDiskFull", "RUNBOOK_B", "RUNBOOK_A", "alias", "HostDiskFull")]
    [TestCase("MyDiskIsFull", "RUNBOOK_B", "RUNBOOK_B", "label", "RUNBOOK_B")]
    [TestCase("Whatever", "QueueFull", "RUNBOOK_B", "label", "QueueFull")]
    [TestCase("MyDiskIsFull", "RUNBOOK_C", "RUNBOOK_A", "tree", "(?i)disk.*full")]
    [TestCase("MyDiskIsFull", "", "RUNBOOK_A", "tree", "(?i)disk.*full")]
    [TestCase("hostdiskfull", null, "RUNBOOK_A", "tree", "(?i)disk.*full")]
    [TestCase("DeepQueue", null, "RUNBOOK_B", "tree", "(?i)queue")]
    [TestCase("SpoolFull", null, "RUNBOOK_A", "tree", "(?i)spool")]
    [TestCase("Spool queue-full", null, "RUNBOOK_A", "tree", "(?i)spool")]
    [TestCase("Whatever", null, null, "none", null)]
    [TestCase("Whatever", "HostDiskFull", null, "none", null)]
    [TestCase("", "", null, "none", null)]
    public void The_name_comes_first_then_an_alias_then_the_label_then_the_tree(string alertname, string? label, string? runbook, string how, string? by)
    {
        var match = Load("RUNBOOK_A", "RUNBOOK_B").Match(alertname, label);
        Assert.That((match.Runbook?.Name, match.How.Label(), match.By), Is.EqualTo((runbook, how, by)));
    }

    [TestCase("runbook_b")]
    [TestCase("queuefull")]
    [TestCase("RUNBOOK_B.md")]
    [TestCase("https://wiki.example/runbooks/RUNBOOK_B")]
    [TestCase("https://wiki.example/runbooks/RUNBOOK_B/")]
    [TestCase("https://git.example/ops/runbooks/RUNBOOK_B.md#scenario-a")]
    [TestCase("RUNBOOK_B#filling-fast")]
    public void The_label_names_a_runbook_in_any_case_and_by_its_address(string label) =>
        Assert.That(Load("RUNBOOK_A", "RUNBOOK_B").Match("Whatever", label), Has.Property("How").EqualTo(MatchKind.Label).And.Property("By").EqualTo(label).And.Property("Runbook").Property("Name").EqualTo("RUNBOOK_B"));

    [TestCase("../../etc/passwd")]
    [TestCase("RUNBOOK_B.md.md")]
    [TestCase("RUNBOOK_B\\..\\RUNBOOK_B ")]
    [TestCase("#RUNBOOK_B")]
    [TestCase("/")]
    [TestCase(".md")]
    [TestCase("README.md")]
    [TestCase("https://wiki.example/?page=RUNBOOK_B")]
    public void Any_other_label_is_looked_up_in_vain(string label) => Assert.That(Load("RUNBOOK_A", "RUNBOOK_B").Match("Whatever", label), Is.EqualTo(RunbookMatch.None));

    [Test]
    public void Where_symptoms_overlap_the_order_of_the_readme_decides()
    {
        Assert.That(Load("RUNBOOK_A", "RUNBOOK_B").Match("QueueOnDiskFull", null).Runbook?.Name, Is.EqualTo("RUNBOOK_A"));
        Assert.That(Load("RUNBOOK_B", "RUNBOOK_A").Match("QueueOnDiskFull", null).Runbook?.Name, Is.EqualTo("RUNBOOK_B"));
    }

    [TestCase("disk full")]
    [TestCase("Disk-full")]
    [TestCase("disk_full")]
    public void A_space_or_a_hyphen_counts_as_an_underscore(string alertname)
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_A.md", RunbookFolder.Replace(A, "(?i)disk.*full", "(?i)disk_?full"));
        Assert.That(folder.Load().Match(alertname, null).By, Is.EqualTo("(?i)disk_?full"));
    }

    [Test]
    public void A_name_longer_than_any_rule_s_is_not_searched()
    {
        var catalogue = Load("RUNBOOK_A", "RUNBOOK_B");
        Assert.That(catalogue.Match(new string('x', 251) + "queue", null).How, Is.EqualTo(MatchKind.Tree));
        Assert.That(catalogue.Match(new string('x', 252) + "queue", null).How, Is.EqualTo(MatchKind.None));
        Assert.That(catalogue.Match(new string('x', 1_000_000), "RUNBOOK_B").How, Is.EqualTo(MatchKind.Label));
    }

    [Test]
    public void A_broken_runbook_matches_nothing()
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_A.md", RunbookFolder.Replace(A, "severity: warning", "severity: bad"));
        folder.Write("RUNBOOK_B.md", B);
        var catalogue = folder.Load();
        foreach (var (alertname, label) in new[] { ("DiskFull", ""), ("HostDiskFull", ""), ("MyDiskIsFull", "RUNBOOK_A") })
            Assert.That(catalogue.Match(alertname, label), Is.EqualTo(RunbookMatch.None), alertname);
        Assert.That(catalogue.Match("Spool", null).Runbook?.Name, Is.EqualTo("RUNBOOK_B"));
    }

    [Test]
    public void An_alias_that_is_empty_is_nobody_s()
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_A.md", RunbookFolder.Replace(A, "[HostDiskFull]", "[\"\"]"));
        folder.Write("RUNBOOK_B.md", RunbookFolder.Replace(B, "[HostQueueFull]", "[\"\"]"));
        Assert.That(folder.Load().Match("", null), Is.EqualTo(RunbookMatch.None));
    }

    [Test]
    public void Every_kind_has_a_label_of_its_own() =>
        Assert.That(Enum.GetValues<MatchKind>().Select(k => k.Label()), Is.EqualTo(new[] { "exact", "alias", "label", "tree", "none" }));

    static Catalogue Load(params string[] order)
    {
        using var folder = new RunbookFolder();
        folder.Write("README.md", RunbookFolder.Readme + RunbookFolder.Tree(order));
        folder.Write("RUNBOOK_A.md", A);
        folder.Write("RUNBOOK_B.md", B);
        var catalogue = folder.Load();
        Assert.That(catalogue.Problems, Is.Empty);
        return catalogue;
    }
}
