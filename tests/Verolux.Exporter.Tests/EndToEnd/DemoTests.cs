using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Tests.Dashboards;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>What <c>make demo</c> and <c>make break</c> do, a little faster than people see it.</summary>
[Category("Site")]
[CancelAfter(300_000)]
public class DemoTests
{
    /// <summary>In an order in which none keeps another's page back: what explains slow inference, or an API that is down, breaks after it.</summary>
    static readonly (string What, string Alert, string Scenario)[][] Rounds =
    [
        [
            ("storm", "RTSPStorm", "one-switch"), ("inference", "SlowInference", "since-a-deployment"), ("queue", "QueueBacklog", "no-consumers"),
            ("storage", "StorageNearFull", "filling-fast"), ("camera", "CameraOffline", "credentials-changed"),
        ],
        [("api", "APIDown", "server-errors"), ("gpu", "GPUSaturation", "throttled-by-heat")],
        [("database", "DatabaseDown", "not-running")],
    ];

    /// <summary>What the boards ask for and the demo does not have, by what it would need.</summary>
    static readonly string[] NotInTheDemo =
    [
        // A camera that is asked over TLS.
        "verolux-cameras: Certificates that end next A",
        // A standby, and a replica.
        "verolux-databases: Replication lag A", "verolux-databases: Replicas A",
        // A disk that can't be read.
        "verolux-storage: Failed looks in 5 minutes A",
    ];

    [Test]
    public async Task Each_of_the_eight_is_broken_by_one_command_and_paged_with_its_scenario_and_when_a_part_ends_everything_does(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var running = new RunningDemo(folder);
        var demo = running.Program;
        await demo.WaitForLineAsync(l => l.StartsWith("Ctrl-C stops it all"), cancellationToken);
        var parts = Parts(folder);
        Assert.That(parts, Has.Count.EqualTo(9));
        var drill = await Ended.OfAsync("bash", ["-c", demo.Lines.Single(l => l.Contains(" drill --config "))], cancellationToken);
        Assert.That((drill.ExitCode, drill.Output.Contains("The alerting path works")), Is.EqualTo((0, true)), drill.Output);

        var boards = new WatchedBoards(running.Url("prometheus"));
        // Slow in the pipeline, and no camera of ours, so that it pages nobody.
        await PostAsync($"{running.Url("site")}/steer?camera=another&alive=false", "", cancellationToken);

        await boards.LookAsync(cancellationToken);
        foreach (var round in Rounds)
        {
            foreach (var (what, _, _) in round)
            {
                var broken = await RunningDemo.RunAsync(folder, cancellationToken, "break", what);
                Assert.That((broken.ExitCode, broken.Errors), Is.EqualTo((0, "")), what);
                Assert.That(broken.Output, Does.StartWith("Broken: ").And.Contain("In about "), what);
            }
            foreach (var (_, alert, scenario) in round)
            {
                await demo.WaitForLineAsync(l => l.Contains("PagerDuty trigger") && l.Contains($" {alert}: "), cancellationToken);
                await demo.WaitForLineAsync(l => l.TrimStart().StartsWith("Runbook: ") && l.EndsWith($"#{scenario}"), cancellationToken);
            }
            await boards.LookAsync(cancellationToken);
        }
        using (var exporter = new HttpClient { BaseAddress = new Uri($"{running.Url("exporter")}/") })
        {
            using var open = JsonDocument.Parse(await exporter.GetStringAsync(new Uri("api/v1/incidents?state=open&alertname=CameraOffline", UriKind.Relative), cancellationToken));
            foreach (var incident in open.RootElement.GetProperty("incidents").EnumerateArray())
                await PostAsync($"{exporter.BaseAddress}api/v1/incidents/{incident.GetProperty("incident").GetString()}/ack", """{"by":"anna"}""", cancellationToken);
        }

        var mended = await RunningDemo.RunAsync(folder, cancellationToken, "mend");
        Assert.That((mended.ExitCode, mended.Errors), Is.EqualTo((0, "")));
        Assert.That(mended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(8));
        await demo.WaitForLineAsync(l => l.Contains("PagerDuty resolve"), cancellationToken);
        await Eventually.FoundAsync(
            "something to show for every query",
            async () =>
            {
                await boards.LookAsync(cancellationToken);
                return boards.Empty.Except(NotInTheDemo).Any() ? null : boards;
            },
            cancellationToken, () => string.Join('\n', boards.Empty.Except(NotInTheDemo)));
        Assert.That(boards.Failed, Is.Empty);
        Assert.That(boards.Empty, Is.SubsetOf(NotInTheDemo));
        var postgres = File.ReadAllText(folder["demo/pids/PostgreSQL"]).Split(' ')[0];

        Command.Signal(int.Parse(File.ReadAllText(folder["demo/pids/Redis"]).Split(' ')[0], CultureInfo.InvariantCulture), "KILL");
        Assert.That(await demo.WaitForExitAsync(cancellationToken), Is.EqualTo(1));
        Assert.That(demo.Lines, Has.Some.StartsWith("demo: Redis has ended"));
        Assert.That(Parts(folder), Is.Empty);
        Assert.That(parts.Append(postgres).Where(IsThere), Is.Empty, "still running");
        Assert.That(File.ReadAllText("/proc/mounts"), Does.Not.Contain(folder.Path));
    }

    [TestCase]
    [TestCase("coffee")]
    public async Task What_can_t_be_broken_is_answered_with_what_can(params string[] what)
    {
        using var folder = new TemporaryFolder();
        var broken = await RunningDemo.RunAsync(folder, CancellationToken.None, ["break", .. what]);
        Assert.That(broken.ExitCode, Is.EqualTo(2));
        foreach (var (name, _, _) in Rounds.SelectMany(r => r))
            Assert.That(broken.Errors, Does.Contain($"make break WHAT={name} "));
    }

    [TestCase("break", "camera")]
    [TestCase("mend", "camera")]
    [TestCase("mend")]
    public async Task Nothing_is_broken_where_nothing_runs(params string[] command)
    {
        using var folder = new TemporaryFolder();
        var broken = await RunningDemo.RunAsync(folder, CancellationToken.None, command);
        Assert.That(broken.ExitCode, Is.EqualTo(1));
        Assert.That(broken.Errors, Does.Contain("make demo"));
    }

    [Test]
    public async Task Interrupted_while_it_starts_it_leaves_nothing_behind(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var running = new RunningDemo(folder);
        var demo = running.Program;
        await Eventually.FoundAsync("its first part", () => File.Exists(folder["demo/pids/Redis"]) ? folder : null, cancellationToken, () => demo.LastLines);
        var parts = Parts(folder);
        demo.Signal("INT");
        Assert.That(await demo.WaitForExitAsync(cancellationToken), Is.Zero);
        Assert.That(parts.Where(IsThere), Is.Empty, "still running");
        Assert.That(File.ReadAllText("/proc/mounts"), Does.Not.Contain(folder.Path));
    }

    // What begins with a dot is not yet written.
    static IReadOnlyList<string> Parts(TemporaryFolder folder) => [.. Directory.GetFiles(folder["demo/pids"]).Where(f => !Path.GetFileName(f).StartsWith('.')).Select(f => File.ReadAllText(f).Split(' ')[0])];

    // One that has ended, and whose end nobody has asked for yet, has a status but no command.
    static bool IsThere(string processId) => Directory.Exists($"/proc/{processId}") && File.ReadAllText($"/proc/{processId}/cmdline").Length > 0;

    static async Task PostAsync(string url, string body, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(new Uri(url), content, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }
}
