using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

public class CatalogueTests
{
    static readonly string Other = RunbookFolder.Sound
        .Replace("DiskFull", "QueueFull", StringComparison.Ordinal).Replace("disk_used_ratio", "queue_messages", StringComparison.Ordinal);

    [Test]
    public void An_alert_finds_its_runbook_by_its_exact_name()
    {
        var catalogue = TwoRunbooks(RunbookFolder.Sound, Other);
        Assert.That(catalogue.ForAlert("QueueFull")?.Name, Is.EqualTo("RUNBOOK_B"));
        Assert.That(catalogue.ForAlert("QueueFull")?.Name, Is.EqualTo("RUNBOOK_B"));
        Assert.That(catalogue.ForAlert("queuefull"), Is.Null);
        Assert.That(catalogue.ForAlert("RUNBOOK_B"), Is.Null);
        Assert.That(catalogue.ForAlert("HostDiskFull"), Is.Null, "that is an alias");
    }

    [TestCase("RUNBOOK_B")]
    [TestCase("runbook_b")]
    [TestCase("QueueFull")]
    [TestCase("queuefull")]
    public void A_page_finds_its_runbook_by_file_or_alert_in_any_case(string name) =>
        Assert.That(TwoRunbooks(RunbookFolder.Sound, Other).ByName(name)?.Name, Is.EqualTo("RUNBOOK_B"));

    [TestCase("")]
    [TestCase("../RUNBOOK_B")]
    [TestCase("RUNBOOK_B.md")]
    [TestCase("README")]
    public void Anything_else_finds_nothing(string name) => Assert.That(TwoRunbooks(RunbookFolder.Sound, Other).ByName(name), Is.Null);

    [Test]
    public void A_threshold_is_found_by_its_metric()
    {
        var catalogue = TwoRunbooks(RunbookFolder.Sound, Other);
        Assert.That(catalogue.ThresholdOf("queue_messages"), Is.EqualTo(0.85));
        Assert.That(catalogue.ThresholdOf("unknown"), Is.Null);
    }

    [Test]
    public void A_broken_runbook_does_not_stop_the_others()
    {
        var catalogue = TwoRunbooks(RunbookFolder.Replace(RunbookFolder.Sound, "severity: warning", "severity: bad"), Other);
        Assert.That(catalogue.Runbooks.Select(r => r.Name), Is.EqualTo(new[] { "RUNBOOK_B" }));
        Assert.That(catalogue.Broken.Select(b => b.Name), Is.EqualTo(new[] { "RUNBOOK_A" }));
        Assert.That(catalogue.Broken[0].Problems.Single().ToString(), Does.StartWith("RUNBOOK_A.md:4: severity:"));
        Assert.That(catalogue.Problems, Is.EqualTo(catalogue.Broken[0].Problems));
        Assert.That(catalogue.ForAlert("DiskFull"), Is.Null);
        Assert.That(catalogue.ThresholdOf("disk_used_ratio"), Is.Null);
        Assert.That(catalogue.IndexHtml, Does.Contain("<h1 id=\"runbooks\">"));
    }

    [Test]
    public void Of_two_runbooks_for_one_alert_the_first_serves_and_the_second_is_told()
    {
        var catalogue = TwoRunbooks(RunbookFolder.Sound, RunbookFolder.Replace(Other, "alert: QueueFull", "alert: DiskFull"));
        Assert.That(catalogue.ForAlert("DiskFull")?.Name, Is.EqualTo("RUNBOOK_A"));
        Assert.That(catalogue.Problems.Select(p => p.ToString()), Is.EqualTo(new[] { "RUNBOOK_B.md:2: alert: DiskFull is already in RUNBOOK_A.md; keep it in one place" }));
        Assert.That(catalogue.Broken.Select(b => b.Name), Is.EqualTo(new[] { "RUNBOOK_B" }));
    }

    [Test]
    public void A_runbook_of_that_name_comes_before_an_alias_and_a_sound_one_before_a_broken_one()
    {
        var catalogue = TwoRunbooks(RunbookFolder.Replace(RunbookFolder.Sound, "[HostDiskFull]", "[QueueFull]"), Other);
        Assert.That(catalogue.Problems.Select(p => p.ToString()), Is.EqualTo(new[] { "RUNBOOK_A.md:7: aliases: QueueFull is already in RUNBOOK_B.md; keep it in one place" }));

        catalogue = TwoRunbooks(RunbookFolder.Replace(RunbookFolder.Sound, "severity: warning", "severity: bad"), RunbookFolder.Sound);
        Assert.That(catalogue.ForAlert("DiskFull")?.Name, Is.EqualTo("RUNBOOK_B"));
    }

    [Test]
    public void A_metric_has_one_threshold()
    {
        var catalogue = TwoRunbooks(RunbookFolder.Sound, RunbookFolder.Replace(Other, "queue_messages", "disk_used_ratio"));
        Assert.That(catalogue.Problems.Select(p => p.ToString()), Is.EqualTo(new[] { "RUNBOOK_B.md:6: thresholds: disk_used_ratio is already in RUNBOOK_A.md; keep it in one place" }));
    }

    [Test]
    public void Names_that_differ_in_case_alone_do_not_stop_the_loading()
    {
        var catalogue = TwoRunbooks(RunbookFolder.Sound, RunbookFolder.Replace(Other, "alert: QueueFull", "alert: DISKFULL"));
        Assert.That(catalogue.Runbooks, Has.Count.EqualTo(2));
        Assert.That(catalogue.ByName("diskfull")?.Name, Is.EqualTo("RUNBOOK_A"));
    }

    [Test]
    public void A_folder_that_is_missing_is_one_problem()
    {
        using var folder = new RunbookFolder();
        var missing = Path.Combine(folder.Path, "missing");
        var catalogue = Catalogue.Load(missing);
        Assert.That(catalogue.Problems.Select(p => p.ToString()), Is.EqualTo(new[] { $"{missing}: is not a folder; name the folder with the runbooks in runbooks.path" }));
        Assert.That((catalogue.Runbooks.Count, catalogue.Broken.Count, catalogue.IndexHtml), Is.EqualTo((0, 0, "")));
        Assert.That(catalogue.Policy, Is.EqualTo(Policy.Fallback));
    }

    [Test]
    public void An_empty_folder_is_told_and_the_fallback_policy_holds()
    {
        using var folder = new RunbookFolder();
        File.Delete(Path.Combine(folder.Path, "README.md"));
        var catalogue = folder.Load();
        Assert.That(catalogue.Problems.Select(p => p.What), Has.Some.EqualTo("holds no runbook").And.Some.StartsWith("can't be read").And.Some.StartsWith("has no table with the columns Severity"));
        Assert.That(catalogue.Policy.ResponseSla[Severity.Critical], Is.EqualTo(TimeSpan.FromMinutes(15)));
    }

    [Test]
    public void A_file_that_can_not_be_read_is_broken()
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_B.md", Other);
        File.CreateSymbolicLink(Path.Combine(folder.Path, "RUNBOOK_A.md"), Path.Combine(folder.Path, "gone.md"));
        var catalogue = folder.Load();
        Assert.That(catalogue.Broken.Single().Problems.Single().ToString(), Does.StartWith("RUNBOOK_A.md: can't be read ("));
        Assert.That(catalogue.Runbooks, Has.Count.EqualTo(1));
    }

    static Catalogue TwoRunbooks(string a, string b)
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_A.md", a);
        folder.Write("RUNBOOK_B.md", b);
        return folder.Load();
    }
}
