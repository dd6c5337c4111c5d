using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>What was answered with 200 is told, whatever becomes of the process afterwards.</summary>
[CancelAfter(90_000)]
public class KillTests
{
    static readonly string[] Moments = ["at once", "while it waits for the answer", "while it waits for the next attempt", "twice"];

    [TestCaseSource(nameof(Moments))]
    public async Task A_kill_between_the_answer_and_the_delivery_loses_nothing(string moment, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var receiver = new Receiver(folder, site);
        site.PagerDuty.Faults.Always(moment == "while it waits for the next attempt" ? Faults.Answer(503) : Faults.Hang(new Gate()));

        await using (var exporter = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken))
        {
            await Receiver.PostAsync(exporter, "a", cancellationToken);
            if (moment != "at once")
                await site.PagerDuty.Requests.ItemAsync(1, cancellationToken);
            if (moment == "while it waits for the next attempt")
                await receiver.DeliveryAsync(d => d.Attempts > 0, cancellationToken);
            exporter.Program.Kill();
        }
        if (moment == "twice")
        {
            var before = site.PagerDuty.Requests.Items.Count;
            await using var exporter = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken);
            await site.PagerDuty.Requests.ItemAsync(before + 1, cancellationToken);
            exporter.Program.Kill();
        }
        Assert.That(StoreFile.Outbox(receiver.Store).Select(d => d.State), Is.EqualTo(new[] { "pending" }));

        site.PagerDuty.Faults.Clear();
        await using var again = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken);
        var sent = await site.PagerDuty.NextAsync(cancellationToken);
        Assert.That((sent.Action, sent.Effect), Is.EqualTo(("trigger", Effect.Opened)));
        var delivery = await receiver.DeliveryAsync(d => d.State == "delivered", cancellationToken);
        Assert.That(delivery.DedupKey, Is.EqualTo(sent.DedupKey));
        Assert.That(site.PagerDuty.Accepted.Items, Has.Count.EqualTo(1));
        // Whatever was tried, it was one page.
        Assert.That(site.PagerDuty.Requests.Items.Select(r => r.Body), Has.All.Contains(sent.DedupKey));
    }

    [Test]
    public async Task A_kill_right_after_the_answer_leaves_one_page_with_a_healthy_PagerDuty_too([Values(0, 3, 10)] int milliseconds, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var receiver = new Receiver(folder, site);
        await using (var exporter = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken))
        {
            await Receiver.PostAsync(exporter, "a", cancellationToken);
            await Task.Delay(milliseconds, cancellationToken);
            exporter.Program.Kill();
        }
        await using var again = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken);
        var delivery = await receiver.DeliveryAsync(d => d.State == "delivered", cancellationToken);
        Assert.That(site.PagerDuty.Alerts.Select(a => (a.DedupKey, a.State)), Is.EqualTo(new[] { (delivery.DedupKey, AlertState.Triggered) }));
    }

    [Test]
    public async Task A_kill_between_trigger_and_resolve_closes_the_page_after_the_restart(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var receiver = new Receiver(folder, site);
        await using (var exporter = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken))
        {
            await Receiver.PostAsync(exporter, "a", cancellationToken);
            await site.PagerDuty.NextAsync(cancellationToken);
            site.PagerDuty.Faults.Always(Faults.Answer(503));
            await Receiver.PostAsync(exporter, "a", cancellationToken, firing: false);
            exporter.Program.Kill();
        }
        site.PagerDuty.Faults.Clear();
        await using var again = await ExporterProgram.StartAsync(receiver.ConfigFile, cancellationToken);
        await site.PagerDuty.Accepted.FirstAsync(e => e is { Action: "resolve", Effect: Effect.Resolved }, cancellationToken);
        Assert.That(site.PagerDuty.Alerts.Select(a => a.State), Is.EqualTo(new[] { AlertState.Resolved }));
        Assert.That(StoreFile.Incidents(receiver.Store).Single().State, Is.EqualTo("resolved"));
    }
}
