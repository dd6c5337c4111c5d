using NUnit.Framework;
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
}
