using NUnit.Framework;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>The part of a runbook that stands on an incident's page.</summary>
public class ExcerptTests
{
    const string Page = "/runbooks/RUNBOOK_DISK_FULL";

    const string Steps = """
        Begin here, and see [Verification](#verification).

        1. Look.

           ```bash
           P=/recordings; KIND=ext4
           df -h "$P"
           TWICE=/recordings/old P=/recordings
           ```

        2. Ask `disk_used_ratio{path="/recordings",other="/recordings"} / on (path) x{path=~"/recordings"}`, not `y{path="/"}`.

        #### In between {#between}

        Still of it.

        ### Other
        Not of it.
        """;

    [Test]
    public void It_is_what_stands_under_a_heading_up_to_the_next_of_its_kind()
    {
        var html = Of("filling-fast", ("path", "/mnt/a"));
        Assert.That(html, Does.Contain("Begin here").And.Contain("Still of it").And.Not.Contain("Not of it").And.Not.Contain("Scenario A"));
        Assert.That(html, Does.Not.Contain("id=").And.Contain($"<a href=\"{Page}#verification\">"));
        Assert.That(Of("no-such-heading"), Is.Empty);
    }

    [Test]
    public void Its_commands_name_the_alerts_own_target()
    {
        var html = Of("filling-fast", ("path", "/mnt/a"), ("kind", "xfs"), ("unrelated", "/recordings"));
        Assert.That(html, Does.Contain("P=/mnt/a; KIND=xfs\n").And.Contain("TWICE=/recordings/old P=/mnt/a\n").And.Contain("df -h \"$P\""));
        Assert.That(html, Does.Contain("{path=\"/mnt/a\",other=\"/recordings\"}").And.Contain("x{path=~\"/mnt/a\"}").And.Contain("y{path=\"/\"}"));
    }

    [TestCase("RUNBOOK_CAMERA_OFFLINE", "camera", "C=mine")]
    [TestCase("RUNBOOK_STORAGE_FULL", "path", "P=mine; RECORDINGS=mine; FOLDER=mine")]
    [TestCase("RUNBOOK_QUEUE_BACKLOG", "queue", "Q=mine; QUEUE=mine")]
    [TestCase("RUNBOOK_DATABASE_DOWN", "server", "SERVER=mine")]
    [TestCase("RUNBOOK_DATABASE_DOWN", "kind", "KIND=mine")]
    [TestCase("RUNBOOK_GPU_SATURATION", "gpu", "G=mine")]
    [TestCase("RUNBOOK_API_DOWN", "nothing", "")]
    public void A_terminal_is_told_once_what_the_commands_are_about(string runbook, string label, string told) =>
        Assert.That(Excerpt.Of(ShippedRunbooksTests.Shipped.ByName(runbook)!, Excerpt.Triage, Page, new Dictionary<string, string> { [label] = "mine" }).Variables, Is.EqualTo(told));

    [TestCase("$(reboot)")]
    [TestCase("a; reboot")]
    [TestCase("a\nreboot")]
    [TestCase("\"} or vector(1) #")]
    [TestCase("-rf")]
    [TestCase("`reboot`")]
    [TestCase("<script>")]
    [TestCase("")]
    [TestCase("a/../../etc")]
    [TestCase("/..")]
    [TestCase("/./etc")]
    [TestCase("a\n")]
    [TestCase("a=b")]
    [TestCase("~root")]
    [TestCase("a*")]
    [TestCase("\u212Aelvin")]
    public void A_label_that_is_more_than_a_word_gets_into_no_command(string value)
    {
        var html = Of("filling-fast", ("path", value), ("kind", value));
        Assert.That(html, Is.EqualTo(Of("filling-fast")));
    }

    [TestCase("RUNBOOK_CAMERA_OFFLINE", "host", "evil.example")]
    [TestCase("RUNBOOK_CAMERA_OFFLINE", "url", "http://evil.example/x")]
    [TestCase("RUNBOOK_CAMERA_OFFLINE", "file", "/etc/shadow")]
    [TestCase("RUNBOOK_GPU_SATURATION", "pid", "1")]
    [TestCase("RUNBOOK_GPU_SATURATION", "reason", "mine")]
    [TestCase("RUNBOOK_CAMERA_OFFLINE", "camera", "/etc/shadow")]
    [TestCase("RUNBOOK_QUEUE_BACKLOG", "queue", "/api/users")]
    [TestCase("RUNBOOK_DATABASE_DOWN", "kind", "/etc")]
    [TestCase("RUNBOOK_API_DOWN", "check", "production")]
    public void A_label_that_is_not_what_the_alert_is_about_or_is_of_another_kind_aims_no_command(string name, string label, string value)
    {
        var runbook = ShippedRunbooksTests.Shipped.ByName(name)!;
        var (labels, none) = (new Dictionary<string, string> { [label] = value }, new Dictionary<string, string>());
        foreach (var anchor in runbook.Scenarios.Select(s => s.Id).Append(Excerpt.Triage))
            Assert.That(Excerpt.Of(runbook, anchor, Page, labels), Is.EqualTo(("", Excerpt.Of(runbook, anchor, Page, none).Html)), anchor);
    }

    [TestCase("/")]
    [TestCase("//")]
    [TestCase("/var/lib/docker")]
    [TestCase("/home")]
    public void What_deletes_is_not_made_ready_for_the_systems_own_disk(string path)
    {
        var runbook = ShippedRunbooksTests.Shipped.ByName("RUNBOOK_STORAGE_FULL")!;
        var labels = new Dictionary<string, string> { ["path"] = path };
        Assert.That(Excerpt.Of(runbook, Excerpt.Triage, Page, labels).Variables, Is.EqualTo($"P={path}"));
        var all = string.Concat(runbook.Scenarios.Select(s => Excerpt.Of(runbook, s.Id, Page, labels).Html));
        Assert.That(all, Does.Match("(?m)^(<pre>.*)?RECORDINGS=$").And.Match($"(?m)(^|>)P={path}$"), "the shell then says that it is not set");
    }

    [Test]
    public void A_dot_is_no_wildcard()
    {
        var html = Of("filling-fast", ("path", "/mnt/10.0.0.1"));
        Assert.That(html, Does.Contain("{path=\"/mnt/10.0.0.1\",").And.Contain("x{path=~\"/mnt/10\\\\.0\\\\.0\\\\.1\"}"));
    }

    [Test]
    public void Every_scenario_of_every_shipped_runbook_and_its_triage_has_one_and_names_no_example_where_the_alert_has_a_target()
    {
        foreach (var runbook in ShippedRunbooksTests.Shipped.Runbooks)
        {
            foreach (var anchor in runbook.Scenarios.Select(s => s.Id).Append(Excerpt.Triage))
            {
                var (_, html) = Excerpt.Of(
                    runbook, anchor, Page,
                    ((string[])["camera", "path", "server", "queue", "backend", "gpu"]).ToDictionary(l => l, l => $"my_{l}"));
                Assert.That(html, Does.Contain("<li>").Or.Contain("<p>"), $"{runbook.Name}#{anchor}");
                Assert.That(html, Does.Not.Match("(camera|path|server|queue|gpu)=\"(gate_a1|/recordings|main|default|GPU-8f7c)\"").And.Not.Match("(?m)^[A-Z]=(gate_a1|/recordings|main|default)$"), $"{runbook.Name}#{anchor}");
            }
        }
    }

    static string Of(string anchor, params (string Name, string Value)[] labels)
    {
        using var folder = new RunbookFolder();
        folder.Write("RUNBOOK_DISK_FULL.md", RunbookFolder.Sound.Replace("### Scenario A: filling fast {#filling-fast}\ntext\n", $"### Scenario A: filling fast {{#filling-fast}}\n{Steps}\n", StringComparison.Ordinal));
        var catalogue = folder.Load();
        Assert.That(catalogue.Problems, Is.Empty);
        return Excerpt.Of(catalogue.Runbooks.Single(), anchor, Page, labels.ToDictionary(l => l.Name, l => l.Value)).Html;
    }
}
