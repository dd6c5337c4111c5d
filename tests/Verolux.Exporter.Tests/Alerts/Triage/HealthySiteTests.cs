using System.Net;
using NUnit.Framework;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Triage;

/// <summary>Every shipped runbook, held against a site on which nothing has ever failed: families whose series come with the first failure have none.</summary>
[CancelAfter(60_000)]
public class HealthySiteTests
{
    [Test]
    public async Task An_alert_is_stored_and_a_probe_answered_although_no_look_has_ever_failed(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start(keepsRequests: false);
        farm.AddDemo();
        await using var exporter = await RunningExporter.StartAsync(
            runbooks: RepositoryRoot.Of("runbooks"),
            yaml: $"cameras: {{ interval: 1h, timeout: 30s, targets: [{{ id: hall, url: {farm.Url(farm.Find("/open25")!)}, switch: sw1 }}] }}\nstorage: {{ targets: [{{ path: / }}] }}");
        using var probed = await exporter.Client.GetAsync(new Uri("/probe?camera=hall&debug=true", UriKind.Relative), cancellationToken);
        Assert.That((probed.StatusCode, (await probed.Content.ReadAsStringAsync(cancellationToken)).Contains("describe: good")), Is.EqualTo((HttpStatusCode.OK, true)));
        foreach (var runbook in Catalogue.Load(RepositoryRoot.Of("runbooks")).Runbooks)
        {
            var receipts = await exporter.ReceiptsAsync(Bodies.Alert(
                Bodies.LabelsOf(("alertname", runbook.Alert), ("severity", "critical"), ("site", "north"), ("camera", "hall"), ("path", "/")), start: $"\"{TimeProvider.System.GetUtcNow():O}\""));
            Assert.That(receipts[0].GetProperty("result").GetString(), Is.EqualTo("opened"), runbook.Alert);
        }
    }
}
