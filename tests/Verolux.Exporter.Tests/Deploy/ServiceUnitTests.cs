using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>systemd's unit, as systemd itself judges it, alone and with each drop-in.</summary>
public class ServiceUnitTests
{
    const string Name = "verolux-exporter.service";
    const string Program = "/opt/verolux-exporter/verolux-exporter";

    static readonly string Folder = RepositoryRoot.Of("deploy", "systemd");
    static readonly string Unit = File.ReadAllText(Path.Combine(Folder, Name));

    static IEnumerable<string[]> DropIns => [[], .. Directory.EnumerateFiles(Folder, "*.conf").Select(f => Path.GetFileName(f)).Where(f => !f.Contains("sysusers")).Select(f => new[] { f })];

    [TestCaseSource(nameof(DropIns))]
    public void Systemd_finds_nothing_wrong_with_it(params string[] dropIns)
    {
        using var folder = Installed(dropIns);
        Assert.That(Command.Run("systemd-analyze", "verify", folder[Name]), Is.EqualTo((0, "")));
    }

    [Test]
    public void A_mistake_in_it_would_be_found()
    {
        using var folder = Installed();
        File.AppendAllText(folder[Name], "\n[Service]\nProtectHoem=yes\n");
        Assert.That(Command.Run("systemd-analyze", "verify", folder[Name]).Output, Does.Contain("ProtectHoem"));
    }

    [TestCaseSource(nameof(DropIns))]
    public void It_is_exposed_as_little_as_the_README_says(params string[] dropIns)
    {
        using var folder = Installed(dropIns);
        // In tenths. The exact number differs from version to version.
        var (exitCode, output) = Command.Run("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", folder[Name]);
        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Match("Overall exposure level for .*: [01][.][0-9] OK"));
        Assert.That(File.ReadAllText(Path.Combine(Folder, "README.md")), Does.Contain("rates it below 2 (OK)"));
    }

    [Test]
    public void What_compiles_as_it_runs_may_write_what_it_runs() =>
        // MemoryDenyWriteExecute would kill the usual build at its start.
        Assert.That(Unit, Does.Not.Contain("MemoryDenyWriteExecute"));

    [Test]
    public void The_one_call_of_those_forbidden_that_the_runtime_cannot_start_without_is_allowed_again() =>
        Assert.That(Unit, Does.Match("(?m)^SystemCallFilter=~@privileged @resources\n(#.*\n)*SystemCallFilter=sched_setaffinity$"));

    [Test]
    public void It_is_told_when_the_exporter_is_ready_and_alive_and_begins_it_again_however_it_ended()
    {
        foreach (var line in (string[])["Type=notify", "WatchdogSec=60s", "Restart=always", "StartLimitIntervalSec=0", "UMask=0077", "ExecReload=/bin/sh -c \"kill -HUP $MAINPID\"", $"ExecStart={Program} --config /etc/verolux-exporter/verolux.yml"])
            Assert.That(Unit.Split('\n'), Has.Member(line));
    }

    [Test]
    public void Its_user_is_made_and_owns_where_the_store_is()
    {
        var user = Regex.Match(Unit, "(?m)^User=(.*)$").Groups[1].Value;
        Assert.That(File.ReadAllText(Path.Combine(Folder, "verolux-exporter.sysusers.conf")), Does.Match($"(?m)^u {user} - \".*\" /var/lib/{Regex.Match(Unit, "(?m)^StateDirectory=(.*)$").Groups[1].Value}$"));
        Assert.That(File.ReadAllText(Path.Combine(Folder, "README.md")), Does.Contain("store: /var/lib/verolux-exporter/verolux.db").And.Contain($"-g {user}"));
    }

    [Test]
    public void What_the_README_tells_to_install_is_there()
    {
        foreach (Match file in Regex.Matches(File.ReadAllText(Path.Combine(Folder, "README.md")), @"\bdeploy/[\w./-]+"))
            Assert.That(File.Exists(RepositoryRoot.Of(file.Value)), Is.True, file.Value);
    }

    /// <summary>The unit with its drop-ins, and something in the place of the program, which is not installed here.</summary>
    static TemporaryFolder Installed(params IEnumerable<string> dropIns)
    {
        var folder = new TemporaryFolder();
        folder.Write(Name, Unit.Replace(Program, "/bin/true"));
        Directory.CreateDirectory(folder[$"{Name}.d"]);
        foreach (var file in dropIns)
            File.Copy(Path.Combine(Folder, file), folder[$"{Name}.d/{file}"]);
        return folder;
    }
}
