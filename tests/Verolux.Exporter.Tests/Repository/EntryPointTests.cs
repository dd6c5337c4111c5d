using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>What people and machines are told to type.</summary>
public class EntryPointTests
{
    static readonly string Makefile = File.ReadAllText(RepositoryRoot.Of("Makefile"));

    [TestCase("run")]
    [TestCase("test")]
    [TestCase("bench")]
    [TestCase("rules")]
    public void The_Makefile_has_the_target(string target)
    {
        Assert.That(Makefile, Does.Match($@"(?m)^{target}:"));
        Assert.That(Makefile.Split('\n').Single(l => l.StartsWith(".PHONY:")).Split(' '), Has.Member(target), "a file of that name must not stop it");
    }

    [TestCase("run")]
    [TestCase("test")]
    [TestCase("rules")]
    public void A_target_is_understood_by_make(string target)
    {
        var (exitCode, output) = Command.RunIn(RepositoryRoot.Path, "make", "--dry-run", "--silent", target);
        Assert.That(exitCode, Is.Zero, output);
    }

    [Test]
    public void What_runs_everything_is_executable_and_runs_make_test()
    {
        var file = RepositoryRoot.Of(".ci", "run");
        Assert.That(new FileInfo(file).UnixFileMode & UnixFileMode.UserExecute, Is.Not.EqualTo(UnixFileMode.None));
        Assert.That(File.ReadAllText(file), Does.StartWith("#!").And.Match(@"(?m)^make test\b"));
        Assert.That(Command.Run("bash", "-n", file), Is.EqualTo((0, "")));
    }

    [Test]
    public void The_script_that_installs_tools_is_executable() =>
        Assert.That(new FileInfo(RepositoryRoot.Of("tests", "install-tools.sh")).UnixFileMode & UnixFileMode.UserExecute, Is.Not.EqualTo(UnixFileMode.None));

    [TestCase("prometheus")]
    [TestCase("prometheus-alertmanager")]
    [TestCase("bindfs")]
    [TestCase("chromium")]
    public void The_tests_install_what_they_start(string package) =>
        Assert.That(Makefile.Split('\n').Single(l => l.StartsWith("TOOLS :=")).Split(' '), Has.Member(package));
}
