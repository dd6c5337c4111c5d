using NUnit.Framework;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

[CancelAfter(60_000)]
public class RulesCommandTests
{
    static readonly string Shipped = RepositoryRoot.Of("alert-rules");
    static readonly string ShippedRunbooks = RepositoryRoot.Of("runbooks");

    [Test]
    public async Task The_shipped_rules_are_what_it_writes(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var ended = await RulesAsync(cancellationToken, Shipped, "--runbooks", ShippedRunbooks, "--out", folder["new/rules"]);
        Assert.That(ended, Is.EqualTo(new Ended(0, "", "")));
        var written = Directory.GetFiles(folder["new/rules"]);
        Assert.That(written.Select(f => Path.GetFileName(f)), Is.EquivalentTo(Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml").Select(f => Path.GetFileName(f))));
        foreach (var file in written)
            Assert.That(File.ReadAllText(file), Is.EqualTo(File.ReadAllText(Path.Combine(Shipped, Path.GetFileName(file)))), "run `make rules`");
    }

    [Test]
    public async Task Faster_rules_with_another_address_are_still_rules(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var ended = await RulesAsync(cancellationToken, Shipped, "--runbooks", ShippedRunbooks, "--out", folder.Path, "--speed", "60", "--public-url", "https://verolux.example/base");
        Assert.That(ended, Is.EqualTo(new Ended(0, "", "")));
        var storage = File.ReadAllText(folder["storage.rules.yml"]);
        Assert.That(storage, Does.Contain("        for: 10s\n").And.Contain("https://verolux.example/base/runbooks/RUNBOOK_STORAGE_FULL\n"));
        var (exitCode, output) = Command.Run("promtool", "check", "rules", folder["storage.rules.yml"], folder["exporter.rules.yml"]);
        Assert.That(exitCode, Is.Zero, output);
    }

    [Test]
    public async Task Every_mistake_is_told_at_once_and_nothing_is_written(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var ended = await RulesAsync(cancellationToken, folder["gone"], "--runbooks", folder["missing"], "--out", folder["out"], "--speed", "0.5", "--public-url", "ftp://x");
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Errors, Does.Contain($"{folder["gone"]}: is not a folder").And.Contain($"{folder["missing"]}: is not a folder").And.Contain("--speed: 0.5 is less than 1").And.Contain("--public-url: \"ftp://x\""));
        Assert.That(ended.Errors, Does.EndWith("\n4 mistakes.\n"));
        Assert.That(Directory.Exists(folder["out"]), Is.False);
    }

    [Test]
    public async Task A_rule_that_lacks_what_its_runbook_states_is_named(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        using var runbooks = new RunbookFolder();
        runbooks.Write("RUNBOOK_X.md", RunbookFolder.Sound);
        folder.Write("x.rules.yml", "groups:\n  - name: x\n    rules:\n      - alert: DiskFull\n        expr: disk_used_ratio > 0.85\n");
        var before = File.ReadAllText(folder["x.rules.yml"]);
        var ended = await RulesAsync(cancellationToken, folder.Path, "--runbooks", runbooks.Path);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Errors, Does.StartWith("x.rules.yml: alert DiskFull: "));
        Assert.That(File.ReadAllText(folder["x.rules.yml"]), Is.EqualTo(before));
    }

    [Test]
    public async Task A_folder_without_rules_is_a_mistake(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var ended = await RulesAsync(cancellationToken, folder.Path, "--runbooks", ShippedRunbooks);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Errors, Does.Contain(folder.Path).And.Contain("*.rules.yml"));
    }

    static Task<Ended> RulesAsync(CancellationToken cancellationToken, params string[] arguments) => ExporterProgram.CommandAsync(["rules", .. arguments], cancellationToken);
}
