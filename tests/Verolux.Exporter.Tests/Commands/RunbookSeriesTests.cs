using NUnit.Framework;
using Verolux.Exporter.Commands;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

[CancelAfter(60_000)]
public class RunbookSeriesTests
{
    [Test]
    public async Task A_storm_s_threshold_is_published_for_every_site_that_has_cameras(CancellationToken cancellationToken)
    {
        await using var exporter = await ExporterHost.StartAsync("""
            cameras:
              reconnects_threshold: 7
              targets:
                - { id: a, url: "rtsp://127.0.0.1:9/a", site: south }
                - { id: b, url: "rtsp://127.0.0.1:9/b", site: south }
            """);
        var page = await exporter.ScrapeAsync(cancellationToken);
        Assert.That(page.Series.Where(s => s.StartsWith("verolux_camera_reconnects_threshold")), Is.EquivalentTo(new[]
        {
            """verolux_camera_reconnects_threshold{site="north"}""", """verolux_camera_reconnects_threshold{site="south"}""",
        }));
        Assert.That(page.Of("verolux_camera_reconnects_threshold"), Is.All.EqualTo(7));
    }

    [Test]
    public void Each_runbook_tells_when_it_had_either_review_last()
    {
        using var runbooks = new RunbookFolder();
        runbooks.Write("RUNBOOK_X.md", RunbookFolder.Sound.Replace("owner:", "last_major_review: 2026-09-30\nowner:"));
        runbooks.Write("RUNBOOK_BROKEN.md", "no front matter");
        using var folder = new TemporaryFolder();
        var file = folder.Write("verolux.yml", $"listen: 127.0.0.1:0\nsite: north\nrunbooks: {{ path: {runbooks.Path} }}\n");
        var options = ExporterOptions.Load(file, TimeProvider.System);

        var reviewed = RunbookSeries.Of(options).Where(s => s.Family.Name == "verolux_runbook_last_reviewed_timestamp_seconds").Select(s => (string.Join(' ', s.Labels), s.Value));

        Assert.That(reviewed, Is.EqualTo(new[] { ("north RUNBOOK_X monthly", 1_795_478_400.0), ("north RUNBOOK_X quarterly", 1_790_726_400.0) }));
    }
}
