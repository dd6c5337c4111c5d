using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>The rules hold with the newest Prometheus at hand as well: PromQL, lints and templates have changed since Debian 12's.</summary>
public class NewestPrometheusTests
{
    static IEnumerable<string> RuleFiles => Files("*.rules.yml");

    static IEnumerable<string> TestFiles => Files("*_test.yml");

    static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(RuleFiles))]
    public void A_rule_file_passes_every_lint(string file) => Accepts("check", "rules", "--lint=all", "--lint-fatal", file);

    [TestCaseSource(nameof(TestFiles))]
    public void The_cases_of_a_rule_file_hold(string file) => Accepts("test", "rules", file);

    [Test]
    public void It_is_newer_than_the_one_that_is_installed() =>
        Assert.That(Version(Versions.Newest), Is.GreaterThan(Version(Versions.Oldest)));

    [Test]
    public void What_fetches_it_is_executable_and_needed_by_make_test()
    {
        Assert.That(new FileInfo(RepositoryRoot.Of("tests", "install-newest.sh")).UnixFileMode & UnixFileMode.UserExecute, Is.Not.EqualTo(UnixFileMode.None));
        Assert.That(File.ReadAllText(RepositoryRoot.Of("Makefile")), Does.Match(@"(?m)^test:.* build/newest\b").And.Match(@"(?m)^build/newest:"));
    }

    [Test]
    public void Without_it_the_way_of_fetching_ends_well_with_one_line_that_says_why()
    {
        using var folder = new TemporaryFolder();
        // A machine on which apt knows nothing.
        Directory.CreateDirectory(folder["bin"]);
        folder.Write("bin/apt-get", "#!/bin/sh\necho 'E: no network' >&2\nexit 100\n");
        Command.Run("chmod", "+x", folder["bin/apt-get"]);

        var (exitCode, output) = Command.Run("env", $"PATH={folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}", RepositoryRoot.Of("tests", "install-newest.sh"), folder["newest"]);

        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.Match(@"\A[^\n]+ can't be had: E: no network\n\z"));
        Assert.That(File.ReadAllText(folder["newest-missing"]), Is.EqualTo(output));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path, "newest*").Select(Path.GetFileName), Is.EqualTo(new[] { "newest-missing" }), "what was begun is tidied away");
    }

    static void Accepts(params IEnumerable<string> arguments)
    {
        var (exitCode, output) = Command.RunIn(RepositoryRoot.Of("alert-rules"), Versions.Newest.Program("promtool"), arguments);
        Assert.That(exitCode, Is.Zero, output);
    }

    // The first line is such as: promtool, version 2.42.0+ds (branch: …
    static Version Version(Versions versions)
    {
        var line = Command.Run(versions.Program("promtool"), "--version").Output.Split('\n')[0];
        return System.Version.Parse(line.Split("version ")[1].Split('+', ' ')[0]);
    }
}
