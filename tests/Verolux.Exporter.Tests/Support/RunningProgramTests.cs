using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

[CancelAfter(30_000)]
public class RunningProgramTests
{
    [Test]
    public async Task Its_output_and_errors_can_be_awaited(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var program = Shell("echo $GREETING from $PWD; echo trouble >&2; sleep 60", new() { ["GREETING"] = "hello" }, folder.Path);
        Assert.That(await program.WaitForLineAsync(l => l.StartsWith("hello"), cancellationToken), Is.EqualTo($"hello from {folder.Path}"));
        await program.WaitForLineAsync(l => l == "trouble", cancellationToken);
    }

    [Test]
    public async Task A_line_that_never_comes_fails_as_soon_as_the_program_ends(CancellationToken cancellationToken)
    {
        await using var program = Shell("echo last words; exit 3");
        Assert.That(
            async () => await program.WaitForLineAsync(l => l == "ready", cancellationToken),
            Throws.InstanceOf<AssertionException>().With.Message.Contains("ended with 3").And.Message.Contains("last words"));
    }

    [Test]
    public async Task A_line_that_comes_too_late_fails_with_what_was_said_instead(CancellationToken cancellationToken)
    {
        await using var program = Shell("echo starting; sleep 60");
        await program.WaitForLineAsync(l => l == "starting", cancellationToken);
        Assert.That(
            async () => await program.WaitForLineAsync(l => l == "ready", new CancellationToken(true)),
            Throws.InstanceOf<AssertionException>().With.Message.Contains("in time").And.Message.Contains("starting"));
    }

    [Test]
    public async Task Stopping_lets_it_tidy_up(CancellationToken cancellationToken)
    {
        await using var program = Shell("trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.01; done");
        await program.WaitForLineAsync(l => l == "up", cancellationToken);
        Assert.That(await program.StopAsync(cancellationToken), Is.EqualTo(4));
        Assert.That(program.Lines, Does.Contain("bye"));
    }

    [Test]
    public async Task Killing_does_not(CancellationToken cancellationToken)
    {
        await using var program = Shell("trap 'echo bye' TERM EXIT; echo up; while :; do sleep 0.01; done");
        await program.WaitForLineAsync(l => l == "up", cancellationToken);
        program.Kill();
        Assert.That(await program.WaitForExitAsync(cancellationToken), Is.EqualTo(128 + 9));
        Assert.That(program.Lines, Does.Not.Contain("bye"));
    }

    [Test]
    public async Task Its_children_end_with_it(CancellationToken cancellationToken)
    {
        string child;
        await using (var program = Shell("sleep 60 & echo $!; wait"))
            child = await program.WaitForLineAsync(_ => true, cancellationToken);
        Assert.That(() => HasEnded(child), Is.True.After(delayInMilliseconds: 5_000, pollingInterval: 10));
    }

    [Test]
    public void A_missing_program_is_named_with_the_remedy() => Assert.That(
        () => RunningProgram.Start("no-such-program", []),
        Throws.InstanceOf<AssertionException>().With.Message.Contains("no-such-program").And.Message.Contains("make test"));

    // Until whoever adopted it reaps it, it is a zombie.
    static bool HasEnded(string id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/stat").Contains(") Z");
        }
        catch (IOException)
        {
            return true;
        }
    }

    static RunningProgram Shell(string script, Dictionary<string, string>? environment = null, string? workingFolder = null) =>
        RunningProgram.Start("/bin/sh", ["-c", script], environment, workingFolder);
}
