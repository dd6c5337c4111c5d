using NUnit.Framework;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

/// <summary>What is open, and taking it in hand, from a terminal.</summary>
[CancelAfter(120_000)]
public class IncidentsCommandTests
{
    [Test]
    public async Task What_is_open_is_listed_by_urgency_and_taken_in_hand()
    {
        await using var exporter = await RunningExporter.StartAsync();
        var url = exporter.Client.BaseAddress!.ToString();
        Assert.That(await RunAsync("--url", url), Is.EqualTo(new Ended(0, "No open incident.\n", "")));
        var now = TimeProvider.System.GetUtcNow();
        var late = await OpenAsync(exporter, "DiskFull", "critical", now.AddMinutes(-20));
        var soon = await OpenAsync(exporter, "Evil\u001b[31m\nForged", "critical", now.AddSeconds(-30));
        var held = await OpenAsync(exporter, "Held", "critical", now.AddMinutes(-30));
        await OpenAsync(exporter, "Quiet", "info", now);

        var taken = await RunAsync("ack", held, "--url", url, "--by", "Kim", "--note", "looking");
        Assert.That(taken, Is.EqualTo(new Ended(0, $"{held} is in the hands of Kim, SLA breached_on_arrival\nrunbook  http://exporter/runbooks\n", "")));
        Assert.That(exporter.Rows("SELECT event, who, source, text FROM timeline WHERE event = 'acknowledged'"), Is.EqualTo(new[] { "acknowledged|Kim|command|looking" }));

        var listed = await RunAsync("--url", url);
        Assert.That((listed.ExitCode, listed.Errors), Is.EqualTo((0, "")));
        var lines = listed.Output.TrimEnd('\n').Split('\n');
        Assert.That(lines, Has.Length.EqualTo(4), listed.Output);
        Assert.That(lines[0], Does.Match($"^{late} +critical +overdue by [5-9] min +DiskFull: nearly full$"));
        Assert.That(lines[1], Does.StartWith($"{soon}  critical  1").And.Contain(" min left").And.Not.Contain("\u001b"));
        Assert.That(lines[2], Does.Contain("info").And.Contain("no deadline"));
        Assert.That(lines[3], Does.Match($"^{held} +critical +Kim is at it +Held: nearly full$"));
        Assert.That((await RunAsync("--all", "--url", url)).Output.Split('\n')[0], Does.Contain("Quiet"), "the newest first");
    }

    [Test]
    public async Task What_is_refused_is_told_and_tells_what_to_do()
    {
        using var folder = new TemporaryFolder();
        folder.Write("operator_token", new string('a', 32));
        await using var exporter = await RunningExporter.StartAsync(folder, yaml: "access: { tokens: [{ role: operator, file: operator_token }] }");
        var url = exporter.Client.BaseAddress!.ToString();
        Assert.That(await RunAsync("--url", url), Is.EqualTo(new Ended(2, "", "401: This needs credentials: a bearer token, or a user's name and password. Name a token of the role operator with --token-file.\n")));
        Assert.That((await RunAsync("--url", url, "--token-file", folder["operator_token"])).Output, Is.EqualTo("No open incident.\n"));
        Assert.That(
            await RunAsync("ack", "VX-000000", "--url", url, "--token-file", folder["operator_token"]),
            Is.EqualTo(new Ended(1, "", "404: there is no such incident; GET /api/v1/incidents lists the newest\n")));
        Assert.That((await RunAsync("--token-file", folder["missing"])).Errors, Is.EqualTo($"--token-file: file {folder["missing"]} does not exist.\n"));
    }

    [TestCase("ftp://x", "--url: \"ftp://x\" is no web address; write one such as https://verolux.example.")]
    [TestCase("http://127.0.0.1:9", "does not answer as an exporter does")]
    public async Task Where_there_is_no_exporter_it_says_so(string url, string error)
    {
        var ended = await RunAsync("--url", url);
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((2, "")));
        Assert.That(ended.Errors, Does.Contain(error));
    }

    static async Task<string> OpenAsync(RunningExporter exporter, string name, string severity, DateTimeOffset start) => (await exporter.ReceiptsAsync(
        Bodies.Alert(Bodies.LabelsOf(("alertname", name), ("severity", severity)), start: $"\"{start:O}\"")))[0].GetProperty("incident").GetString()!;

    static Task<Ended> RunAsync(params IEnumerable<string> arguments) => ExporterProgram.CommandAsync(["incidents", .. arguments], TestContext.CurrentContext.CancellationToken);
}
