using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>The list in the README that says in which order symptoms are asked. Its heading stands on line 16 of the README here.</summary>
public class TreeListTests
{
    const string Heading = "\n\n## Quick Decision Tree\n\n";
    const string Sound = "From the top.\n\n1. Disk full? → [RUNBOOK_B](RUNBOOK_B.md)\n2. Queue deep? → [RUNBOOK_A](./RUNBOOK_A.md#more)\n";

    [Test]
    public void A_sound_list_is_no_problem_and_is_the_order()
    {
        var catalogue = With(Heading + Sound + "\n## More\n\n1. not [RUNBOOK_C](RUNBOOK_C.md)\n");
        Assert.That(catalogue.Problems, Is.Empty);
        Assert.That(catalogue.Match("disk_is_full", null).Runbook?.Name, Is.EqualTo("RUNBOOK_B"));
    }

    [TestCase("", "README.md: has no decision tree; add a heading \"Quick decision tree\" and under it a numbered list whose lines each link to a runbook; until then the order is that of the files' names")]
    [TestCase("- [RUNBOOK_A](RUNBOOK_A.md)\n- [RUNBOOK_B](RUNBOOK_B.md)\n", "README.md: has no decision tree; add a heading \"Quick decision tree\" and under it a numbered list whose lines each link to a runbook; until then the order is that of the files' names")]
    [TestCase("### More\n\n1. [RUNBOOK_A](RUNBOOK_A.md)\n2. [RUNBOOK_B](RUNBOOK_B.md)\n", "README.md: has no decision tree; add a heading \"Quick decision tree\" and under it a numbered list whose lines each link to a runbook; until then the order is that of the files' names")]
    [TestCase("1. [RUNBOOK_A](RUNBOOK_A.md)\n", "README.md:16: the decision tree lacks RUNBOOK_B; add a line such as \"2. Disk full? → [RUNBOOK_B](RUNBOOK_B.md)\" where it belongs; until then it comes last")]
    [TestCase("1. [RUNBOOK_A](RUNBOOK_A.md)\n2. [RUNBOOK_B](RUNBOOK_B.md)\n3. [RUNBOOK_C](RUNBOOK_C.md)\n", "README.md:20: the decision tree names RUNBOOK_C, and there is no such file; correct the link, or remove the line")]
    [TestCase("1. [RUNBOOK_A](RUNBOOK_A.md)\n2. [RUNBOOK_B](RUNBOOK_B.md)\n3. [RUNBOOK_A](RUNBOOK_A.md)\n", "README.md:20: the decision tree names RUNBOOK_A twice; keep the line whose place is right")]
    [TestCase("1. [RUNBOOK_A](RUNBOOK_A.md)\n2. Queue deep?\n3. [RUNBOOK_B](RUNBOOK_B.md)\n", "README.md:19: this line of the decision tree links to no runbook; end it with a link such as [RUNBOOK_STORAGE_FULL](RUNBOOK_STORAGE_FULL.md)")]
    public void A_mistake_is_told_and_every_runbook_still_serves(string list, string problem)
    {
        var catalogue = With(Heading + list);
        Assert.That(catalogue.Problems.Select(p => p.ToString()), Is.EqualTo(new[] { problem }));
        Assert.That(catalogue.Match("disk_is_full", null).Runbook?.Name, Is.EqualTo("RUNBOOK_A"));
        Assert.That(catalogue.Match("queue_and_disk_are_full", null).Runbook?.Name, Is.EqualTo("RUNBOOK_A"));
        Assert.That(catalogue.Match("queue", null).Runbook?.Name, Is.EqualTo("RUNBOOK_B"));
    }

    [Test]
    public void A_runbook_that_is_broken_is_not_unknown()
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_A.md", "nothing");
        folder.Write("README.md", RunbookFolder.Readme + RunbookFolder.Tree("RUNBOOK_A"));
        Assert.That(folder.Load().Problems.Select(p => p.Where), Has.None.StartsWith("README.md"));
    }

    [Test]
    public void The_shipped_order_is_that_of_the_operations_guide()
    {
        // Each name holds the symptoms of two neighbours of the tree.
        foreach (var (alertname, runbook) in new[]
        {
            ("CameraDownAndGpuOverheat", "RUNBOOK_CAMERA_OFFLINE"),
            ("GpuOverheatAndDatabaseDown", "RUNBOOK_GPU_SATURATION"),
            ("DatabaseDownAndRabbitmqQueueFull", "RUNBOOK_DATABASE_DOWN"),
            ("ApiDownAndRabbitmqQueueFull", "RUNBOOK_QUEUE_BACKLOG"),
            ("ApiDownAndCameraFlapping", "RUNBOOK_API_DOWN"),
            ("CameraFlappingAndDiskFull", "RUNBOOK_RTSP_STORM"),
            ("DiskFullAndFpsLow", "RUNBOOK_STORAGE_FULL"),
            ("FpsLow", "RUNBOOK_SLOW_INFERENCE"),
        })
            Assert.That(ShippedRunbooksTests.Shipped.Match(alertname, null).Runbook?.Name, Is.EqualTo(runbook), alertname);
    }

    static Catalogue With(string tree)
    {
        using var folder = new RunbookFolder();
        folder.Write("README.md", RunbookFolder.Readme + tree);
        folder.Write("RUNBOOK_A.md", RunbookFolder.Sound);
        folder.Write("RUNBOOK_B.md", RunbookFolder.Sound
            .Replace("DiskFull", "QueueFull", StringComparison.Ordinal).Replace("disk_used_ratio", "queue_messages", StringComparison.Ordinal).Replace("disk.*full", "queue|disk", StringComparison.Ordinal));
        return folder.Load();
    }
}
