using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>A full disk is answered 503, which Alertmanager repeats, and is over when it is over.</summary>
[CancelAfter(60_000)]
public class FullDiskTests
{
    [Test]
    public async Task Nothing_that_was_answered_200_is_lost_and_the_rest_can_be_sent_again()
    {
        using var small = new SmallFileSystem(4);
        await using var exporter = await RunningExporter.StartAsync(store: Path.Combine(small.Path, "verolux.db"));
        await exporter.ReceiptsAsync(Alert("before"));
        small.Fill(1);
        // What fits into pages already allocated may still be stored: each answer must be true, whichever it is.
        var stored = new List<string> { "before" };
        var refused = 0;
        for (var i = 0; i < 30 && refused < 3; i++)
        {
            var (status, body) = await exporter.PostAsync(Bodies.Of(Alert($"full-{i}")));
            if (status == 200)
                stored.Add($"full-{i}");
            else
            {
                Assert.That((status, body), Is.EqualTo((503, "The alerts could not be stored; send them again.\n")));
                refused++;
            }
        }
        Assert.That(refused, Is.EqualTo(3));
        Assert.That(Stored(exporter), Is.EqualTo(stored));
        using var unready = await exporter.Client.GetAsync("/readyz");
        Assert.That((int)unready.StatusCode, Is.EqualTo(503));

        small.Free();
        var receipts = await exporter.ReceiptsAsync(Alert("after"), Alert("before"));
        Assert.That(receipts.Select(r => r.GetProperty("result").GetString()), Is.EqualTo(["opened", "updated"]));
        Assert.That(Stored(exporter), Is.EqualTo(stored.Append("after")));
        Assert.That(await exporter.MetricAsync("""verolux_incidents{state="firing",severity="warning"}"""), Is.EqualTo($"{stored.Count + 1}"));
        using var ready = await exporter.Client.GetAsync("/readyz");
        Assert.That((int)ready.StatusCode, Is.EqualTo(200));
    }

    static IEnumerable<string?> Stored(RunningExporter exporter) =>
        exporter.Rows("SELECT alert FROM incidents ORDER BY id").Select(a => JsonElement.Parse(a).GetProperty("labels").GetProperty("n").GetString());

    static string Alert(string n) => Bodies.Alert(Bodies.LabelsOf(("alertname", "DiskFull"), ("n", n), ("filler", new string('f', 50_000))));
}
