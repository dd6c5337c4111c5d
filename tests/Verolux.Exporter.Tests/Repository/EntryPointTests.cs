using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>What people and machines are told to type.</summary>
public class EntryPointTests
{
    static readonly string Makefile = File.ReadAllText(RepositoryRoot.Of("Makefile"));

    [TestCase("run")]
    [TestCase("demo")]
    [TestCase("break")]
    [TestCase("mend")]
    [TestCase("test")]
    [TestCase("fuzz")]
    [TestCase("mutate")]
    [TestCase("chaos")]
    [TestCase("bench")]
    [TestCase("rules")]
    public void The_Makefile_has_the_target(string target)
    {
        Assert.That(Makefile, Does.Match($@"(?m)^{target}:"));
        Assert.That(Makefile.Split('\n').Single(l => l.StartsWith(".PHONY:")).Split(' '), Has.Member(target), "a file of that name must not stop it");
    }

    [TestCase("run")]
    [TestCase("demo")]
    [TestCase("break")]
    [TestCase("mend")]
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

    [Test]
    public void Neither_the_service_nor_its_first_run_needs_what_the_demo_installs() =>
        Assert.That(Makefile.Split('\n').Single(l => l.StartsWith("run:")), Does.Not.Contain("tools"));

    [TestCase("prometheus")]
    [TestCase("prometheus-alertmanager")]
    [TestCase("bindfs")]
    [TestCase("chromium")]
    [TestCase("ffmpeg")]
    [TestCase("vlc-bin")]
    [TestCase("vlc-plugin-base")]
    [TestCase("python3-gi")]
    [TestCase("gir1.2-gst-rtsp-server-1.0")]
    [TestCase("gir1.2-gst-plugins-base-1.0")]
    [TestCase("gstreamer1.0-plugins-base")]
    [TestCase("gstreamer1.0-plugins-good")]
    [TestCase("gstreamer1.0-plugins-bad")]
    [TestCase("postgresql")]
    [TestCase("redis-server")]
    [TestCase("rabbitmq-server")]
    [TestCase("gcc")]
    [TestCase("libc6-dev")]
    [TestCase("curl")]
    [TestCase("jq")]
    [TestCase("lsof")]
    [TestCase("iproute2")]
    [TestCase("procps")]
    [TestCase("openssl")]
    [TestCase("git")]
    [TestCase("systemd")]
    public void The_tests_install_what_they_start(string package) =>
        Assert.That(Makefile.Replace("\\\n\t", "").Split('\n').Single(l => l.StartsWith("TOOLS :=")).Split(' '), Has.Member(package));

    [TestCase(@"printf '\033[32mTest run summary: Passed!\033[90m\n\033[m  total: 12\n  failed: 0\n\033[32m  succeeded: 12\n\033[m  skipped: 0\n'", 0, "12 passed, 0 failed", TestName = "A_coloured_summary_is_counted")]
    [TestCase(@"printf '  total: 12\n  failed: 2\n  succeeded: 10\n'; exit 2", 2, "10 passed, 2 failed", TestName = "Failed_tests_are_counted_and_fail_the_run")]
    [TestCase(@"printf '  total: 12\n  failed: 0\n  succeeded: 12\n'; exit 3", 2, "12 passed, 1 failed", TestName = "A_run_that_breaks_off_after_its_tests_fails")]
    [TestCase("echo 'error CS0103'; exit 1", 1, "0 passed, 1 failed", TestName = "A_build_that_fails_is_a_failure")]
    [TestCase("true", 1, "0 passed, 1 failed", TestName = "A_run_without_a_test_is_a_failure")]
    public void The_last_line_says_how_many_passed(string recipe, int exitCode, string last)
    {
        var (ended, output) = Run(recipe);
        Assert.That((ended, output.TrimEnd().Split('\n')[^1]), Is.EqualTo((exitCode, last)));
    }

    [Test]
    public void What_failed_is_told_once_more_at_the_end()
    {
        var (_, output) = Run(@"printf '\033[31mfailed\033[m A_camera_is_late \033[90m(1s)\033[m\n    Expected: 1\n    But was: 2\npassed B (2s)\nfailed C (3s)\n  succeeded: 1\n  failed: 2\n'; exit 2");
        Assert.That(output, Does.Match(@"  failed: 2\n(.*\n)*failed A_camera_is_late \(1s\)\n    Expected: 1\n(.*\n)*failed C \(3s\)\n(.*\n)*1 passed, 2 failed\n"));
    }

    static (int ExitCode, string Output) Run(string recipe)
    {
        using var folder = new TemporaryFolder();
        folder.Write("Makefile", $"test:\n\t@{recipe}\n");
        Directory.CreateDirectory(folder[".ci"]);
        File.Copy(RepositoryRoot.Of(".ci", "run"), folder[".ci/run"]);
        return Command.Run("bash", folder[".ci/run"]);
    }
}
