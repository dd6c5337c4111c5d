using NUnit.Framework;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

/// <summary><c>verolux-exporter drill</c> where something fails; a site that works is in the end-to-end tests.</summary>
[CancelAfter(60_000)]
public class DrillCommandTests
{
    [Test]
    public async Task Each_failure_has_its_remedy_under_it_and_the_exit_status_says_so()
    {
        await using var exporter = await RunningExporter.StartAsync();
        var ended = await RunAsync("--url", exporter.Client.BaseAddress!.ToString(), "--by", "Kim", "--note", "after the move");
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((1, "")));
        var lines = ended.Output.TrimEnd('\n').Split('\n');
        Assert.That(lines[0], Is.EqualTo("FAIL  0.00 s  no Alertmanager is configured, so the way through it is not tested"));
        Assert.That(lines[1], Is.EqualTo("        → add `alertmanagers: { main: { url: \"http://127.0.0.1:9093\" } }` under alerts, with the address of yours"));
        Assert.That(ended.Output, Does.Contain("no destination is configured, so nobody is told of anything").And.Contain("→ add one to alerts.destinations, and its name to alerts.levels"));
        Assert.That(lines[^1], Does.Match(@"^2 of 6 steps failed, in [0-9.]+ s \(VX-[0-9A-Z]{6}\)\.$"));
        Assert.That(exporter.Rows("SELECT json_extract(alert, '$.annotations.summary'), json_extract(alert, '$.annotations.description') FROM incidents"), Is.EqualTo(
            new[] { "Test of the alerting path, started by Kim; nothing is wrong.|It ends by itself, and nobody has to do anything. after the move" }));
        Assert.That(exporter.Rows("SELECT who, source FROM timeline WHERE event = 'resolved'"), Is.EqualTo(new[] { "Kim|command" }));
    }

    [Test]
    public async Task What_is_refused_is_told_and_tells_what_to_do()
    {
        using var folder = new TemporaryFolder();
        folder.Write("operator_token", $"\n# whoever is on call\n{new string('a', 32)}\n{new string('b', 32)}\n");
        await using var exporter = await RunningExporter.StartAsync(folder, yaml: "access: { tokens: [{ role: operator, file: operator_token }] }");
        var url = exporter.Client.BaseAddress!.ToString();
        Assert.That(await RunAsync("--url", url), Is.EqualTo(new Ended(2, "", "401: This needs credentials: a bearer token, or a user's name and password. Name a token of the role operator with --token-file.\n")));
        Assert.That((await RunAsync("--url", url, "--token-file", folder["operator_token"])).ExitCode, Is.EqualTo(1), "asked, and something fails");
        Assert.That((await RunAsync("--url", url, "--config", folder["verolux.yml"])).ExitCode, Is.EqualTo(1), "the configuration says where the token is");
        Assert.That((await RunAsync("--config", folder["missing.yml"])).ExitCode, Is.EqualTo(2));
        Assert.That((await RunAsync("--url", "http://127.0.0.1:9")).Errors, Does.Contain("does not answer as an exporter does"));
    }

    static Task<Ended> RunAsync(params IEnumerable<string> arguments) => ExporterProgram.CommandAsync(["drill", .. arguments], TestContext.CurrentContext.CancellationToken);
}
