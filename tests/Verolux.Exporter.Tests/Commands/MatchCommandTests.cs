using NUnit.Framework;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

/// <summary>What people type when an alert of theirs came with the wrong runbook, or with none.</summary>
[CancelAfter(60_000)]
public class MatchCommandTests
{
    readonly TemporaryFolder folder = new();
    readonly RunbookFolder runbooks = new();
    string config = "";

    [OneTimeSetUp]
    public void Write()
    {
        runbooks.Write("RUNBOOK_DISK.md", RunbookFolder.Sound);
        config = folder.Write("verolux.yml", $"public_url: https://exporter.example/verolux/\nrunbooks: {{ path: {runbooks.Path} }}\n");
    }

    [OneTimeTearDown]
    public void Remove()
    {
        folder.Dispose();
        runbooks.Dispose();
    }

    [TestCase("DiskFull", "", "it is for the alert of exactly this name")]
    [TestCase("HostDiskFull", "", "it lists this name among its aliases")]
    [TestCase("RecorderSlow", "runbook=diskfull", "the label runbook=\"diskfull\" names it")]
    [TestCase("node_disk_full", "", "it is the first of the decision tree with a symptom in this name: (?i)disk.*full")]
    public async Task It_tells_the_runbook_and_why(string alertname, string label, string because)
    {
        var ended = await MatchAsync([alertname, .. label.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.That(ended, Is.EqualTo(new Ended(0, $"""
            alert     {alertname}
            runbook   RUNBOOK_DISK.md, Disk Full
            because   {because}
            link      https://exporter.example/verolux/runbooks/RUNBOOK_DISK
            severity  warning, the runbook's
            respond   within 1h

            """, "")));
    }

    [TestCase("DiskFull", "severity=critical", "critical, the label's", "within 15m")]
    [TestCase("DiskFull", "severity=page", "warning, as the label's \"page\" is none of: critical, warning, info, none", "within 1h")]
    [TestCase("DiskFull", "severity=", "warning, the runbook's", "within 1h")]
    [TestCase("DiskFull", "severity=info", "info, the label's", "no SLA: it is recorded and never delivered")]
    public async Task It_tells_the_severity_and_where_it_comes_from(string alertname, string label, string severity, string respond)
    {
        var ended = await MatchAsync(alertname, label, "team=a=b");
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.EndWith($"severity  {severity}\nrespond   {respond}\n"));
    }

    [Test]
    public async Task Without_a_runbook_it_tells_what_to_do()
    {
        var ended = await MatchAsync("Whatever");
        Assert.That(ended, Is.EqualTo(new Ended(1, """
            alert     Whatever
            runbook   none
            because   no runbook has this name as its alert or alias, there is no label runbook, and no symptom is in the name
            link      https://exporter.example/verolux/runbooks
            severity  warning, as there is neither a label severity nor a runbook
            respond   within 1h

            If one of these helps whoever is paged, add "Whatever" to the aliases in its front matter, or give the rule the label runbook: NAME.

              RUNBOOK_DISK.md  Disk Full

            """, "")));
    }

    [Test]
    public async Task A_label_that_names_none_and_a_name_that_is_too_long_are_told()
    {
        var ended = await MatchAsync($"disk_full_{new string('x', 300)}", "runbook=RUNBOOK_GONE");
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Output, Does.Contain(", the label runbook=\"RUNBOOK_GONE\" names none, and a name of more than 256 characters is not searched for symptoms\n"));
    }

    [TestCase("Disk\u001b[31mFull", "x=1")]
    [TestCase("What\u001b[2Jever\u202e", "runbook=\u001b[31mred")]
    [TestCase("DiskFull", "\u001b[31m")]
    public async Task What_could_steer_a_terminal_is_not_printed(params string[] arguments)
    {
        var ended = await MatchAsync(arguments);
        Assert.That(ended.Output + ended.Errors, Does.Not.Contain("\u001b").And.Not.Contain("\u202e").And.Contain(" [").Or.Contain("ever "));
    }

    [Test]
    public async Task Without_a_configuration_the_shipped_runbooks_are_looked_up(CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.CommandAsync(["match", "NodeFilesystemSpaceFillingUp"], cancellationToken);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.Contain("RUNBOOK_STORAGE_FULL.md, Storage Near Full\n"));
    }

    [TestCase("ALERTNAME is missing; write the alert's name behind match, as it stands in its rule.\n")]
    [TestCase("ALERTNAME is missing; write the alert's name behind match, as it stands in its rule.\n", "")]
    [TestCase("LABEL=VALUE: \"critical\" is not a label with its value; write it like severity=critical.\n", "DiskFull", "critical")]
    [TestCase("LABEL=VALUE: \"=critical\" is not a label with its value; write it like severity=critical.\n", "DiskFull", "=critical")]
    [TestCase("LABEL=VALUE: \"--confg\" is not a label with its value; write it like severity=critical.\n", "DiskFull", "--confg")]
    [TestCase("LABEL=VALUE: severity is there twice; remove one.\n", "DiskFull", "severity=info", "severity=none")]
    public async Task A_mistake_is_told_with_its_remedy(string sentence, params string[] arguments) => Assert.That(await MatchAsync(arguments), Is.EqualTo(new Ended(2, "", sentence)));

    [Test]
    public async Task A_configuration_with_a_mistake_looks_nothing_up(CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.CommandAsync(["match", "DiskFull", "--config", folder.Write("bad.yml", "nonsense: 1\n")], cancellationToken);
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((2, "")));
        Assert.That(ended.Errors, Does.StartWith("bad.yml:1: nonsense: is not a known key; ").And.EndsWith("\n1 mistake.\n"));
    }

    [Test]
    public async Task Without_runbooks_nothing_is_looked_up(CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.CommandAsync(["match", "DiskFull", "--config", folder.Write("empty.yml", "runbooks: { path: nowhere }\n")], cancellationToken);
        Assert.That(ended, Is.EqualTo(new Ended(2, "", $"{folder["nowhere"]}: is not a folder; name the folder with the runbooks in runbooks.path\n1 mistake.\n")));
    }

    [Test]
    public async Task A_broken_runbook_is_told_and_the_others_are_looked_up(CancellationToken cancellationToken)
    {
        using var broken = new RunbookFolder();
        broken.Write("RUNBOOK_DISK.md", RunbookFolder.Sound);
        broken.Write("RUNBOOK_QUEUE.md", RunbookFolder.Sound.Replace("DiskFull", "Queue Full", StringComparison.Ordinal).Replace("disk_used_ratio", "messages", StringComparison.Ordinal));
        var ended = await ExporterProgram.CommandAsync(["match", "DiskFull", "--config", folder.Write("broken.yml", $"runbooks: {{ path: {broken.Path} }}\n")], cancellationToken);
        Assert.That(ended.ExitCode, Is.Zero);
        Assert.That(ended.Output, Does.Contain("RUNBOOK_DISK.md"));
        Assert.That(ended.Errors, Does.StartWith("RUNBOOK_QUEUE.md:2: alert: ").And.EndWith("\n1 mistake.\n"));
    }

    Task<Ended> MatchAsync(params string[] arguments) => ExporterProgram.CommandAsync(["match", .. arguments, "--config", config], TestContext.CurrentContext.CancellationToken);
}
