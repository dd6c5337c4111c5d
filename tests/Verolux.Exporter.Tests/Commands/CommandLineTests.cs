using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

[CancelAfter(30_000)]
public class CommandLineTests
{
    [Test]
    public async Task Help_tells_every_command_and_option(CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.RunToEndAsync(["--help"], cancellationToken);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.Contain("verolux-exporter [command] [options]").And.Contain("--config").And.Contain("check-config <FILE>").And.Contain("rules <FOLDER>").And.Contain("--version"));
    }

    [TestCase("check-config")]
    [TestCase("rules")]
    public async Task A_command_has_help_of_its_own(string command, CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.RunToEndAsync([command, "--help"], cancellationToken);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.Contain($"verolux-exporter {command} <"));
    }

    [Test]
    public async Task The_version_is_one_line(CancellationToken cancellationToken)
    {
        var ended = await ExporterProgram.RunToEndAsync(["--version"], cancellationToken);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.Match(@"\A[0-9]+\.[0-9]+\.[0-9]+(\+[0-9a-f]+)?\n\z"));
    }

    [TestCase("--confg", "x")]
    [TestCase("chek-config", "x")]
    [TestCase("check-config")]
    [TestCase("rules", "x")]
    public async Task What_is_not_understood_runs_nothing(params string[] arguments)
    {
        var ended = await ExporterProgram.RunToEndAsync(arguments, TestContext.CurrentContext.CancellationToken);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Errors, Is.Not.Empty.And.Not.Contain("   at "));
        Assert.That(ended.Output, Does.Not.Contain("listens on"));
    }
}
