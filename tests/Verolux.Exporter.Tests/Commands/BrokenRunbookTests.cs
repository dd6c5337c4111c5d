using System.Net;
using NUnit.Framework;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

/// <summary>A runbook with a mistake is a mistake to whoever checks, and no reason not to page by the others.</summary>
[CancelAfter(60_000)]
public class BrokenRunbookTests
{
    static readonly string Broken = RunbookFolder.Replace(RunbookFolder.Sound, "alert: DiskFull", "alert: Broken <script>").Replace("## Triage", "## Tirage", StringComparison.Ordinal);

    [Test]
    public async Task It_fails_the_check_with_its_file_and_line(CancellationToken cancellationToken)
    {
        using var runbooks = new RunbookFolder();
        using var folder = new TemporaryFolder();
        var ended = await ExporterProgram.CommandAsync(["check-config", Configure(folder, runbooks)], cancellationToken);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Errors, Does.Contain("RUNBOOK_BROKEN.md:2: alert: ").And.Contain("Triage").And.Not.Contain("RUNBOOK_SOUND"));
    }

    [Test]
    public async Task The_service_starts_shows_what_is_wrong_and_serves_the_rest(CancellationToken cancellationToken)
    {
        using var runbooks = new RunbookFolder();
        using var folder = new TemporaryFolder();
        await using var exporter = await ExporterProgram.StartAsync(Configure(folder, runbooks), cancellationToken);
        await exporter.Program.WaitForLineAsync(l => l.Contains("RUNBOOK_BROKEN.md:2"), cancellationToken);
        using var client = new HttpClient();

        using var broken = await client.GetAsync(new Uri($"{exporter.Url}/runbooks/RUNBOOK_BROKEN"), cancellationToken);
        Assert.That(broken.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(await broken.Content.ReadAsStringAsync(cancellationToken), Does.Contain("RUNBOOK_BROKEN.md:2").And.Contain("Triage").And.Not.Contain("<script>"));
        Assert.That(await client.GetStringAsync(new Uri($"{exporter.Url}/runbooks"), cancellationToken), Does.Contain("RUNBOOK_BROKEN</a>: "));
        Assert.That(await client.GetStringAsync(new Uri($"{exporter.Url}/runbooks/RUNBOOK_SOUND"), cancellationToken), Does.Contain("Disk Full"));
        Assert.That(await client.GetStringAsync(new Uri($"{exporter.Url}/readyz"), cancellationToken), Is.EqualTo("ready\n"));
        var metrics = await client.GetStringAsync(new Uri($"{exporter.Url}/metrics"), cancellationToken);
        Assert.That(metrics, Does.Match("(?m)^verolux_runbook_valid\\{.*RUNBOOK_BROKEN.*\\} 0$").And.Match("(?m)^verolux_runbook_valid\\{.*RUNBOOK_SOUND.*\\} 1$"));
    }

    static string Configure(TemporaryFolder folder, RunbookFolder runbooks)
    {
        runbooks.Write("RUNBOOK_SOUND.md", RunbookFolder.Sound);
        runbooks.Write("RUNBOOK_BROKEN.md", Broken.Replace("disk_used_ratio", "other_used_ratio", StringComparison.Ordinal).Replace("HostDiskFull", "Other", StringComparison.Ordinal));
        return folder.Write("verolux.yml", $"listen: 127.0.0.1:0\nrunbooks: {{ path: {runbooks.Path} }}\nalerts: {{ store: verolux.db }}\n");
    }
}
