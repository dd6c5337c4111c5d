using System.Globalization;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Chaos;

/// <summary>Ten thousand alerts of one name through the real Alertmanager, in one webhook and in ten thousand.</summary>
public class StormTests
{
    const int Alerts = 10_000;

    /// <summary>Twenty pages of their own and the storm's.</summary>
    const int MostPages = 21;
    const int MostMegabytes = 420;
    static readonly TimeSpan FirstPageWithin = TimeSpan.FromSeconds(5);

    [Test]
    [Category("Chaos")]
    [Category("storm")]
    [CancelAfter(600_000)]
    public async Task Ten_thousand_alerts_are_stored_told_on_a_few_pages_and_end(CancellationToken cancellationToken)
    {
        var (together, apart) = (await RunAsync("alertname", "5s", "5s", 1, cancellationToken), await RunAsync("...", "0s", "30s", Alerts, cancellationToken));
        TestContext.Progress.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"chaos storm thrown {Alerts * 2} lost {together.Lost + apart.Lost} one webhook: {together}, {Alerts} webhooks: {apart}; limits {FirstPageWithin.TotalSeconds:0} s, {MostPages} pages, {MostMegabytes} MB"));
        foreach (var storm in new[] { together, apart })
        {
            Assert.That(storm.Lost, Is.Zero);
            Assert.That(storm.FirstPage, Is.LessThanOrEqualTo(FirstPageWithin));
            Assert.That(storm.Pages, Is.LessThanOrEqualTo(MostPages));
            Assert.That(storm.Megabytes, Is.LessThanOrEqualTo(MostMegabytes));
        }
    }

    static async Task<Storm> RunAsync(string groupBy, string groupWait, string groupInterval, int posts, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var configuration = new PagingConfiguration(folder, site);
        await using var exporter = await ExporterProgram.StartAsync(configuration.File, cancellationToken);
        await using var alertmanager = await WebhookAlertmanager.StartAsync(configuration.Url, groupBy, groupWait, groupInterval, cancellationToken);
        PostedAlert[] alerts = [.. Enumerable.Range(0, Alerts).Select(Alert)];

        await PostAsync(alertmanager, alerts, posts, cancellationToken);
        await alertmanager.ToldAsync(posts, cancellationToken);
        var stored = Count("SELECT count(*) FROM incidents WHERE NOT is_storm AND state = 'firing'");
        await Eventually.FoundAsync(
            "every page", () => Count("SELECT count(*) FROM outbox WHERE state <> 'delivered'") == 0 ? site : null, cancellationToken, () => exporter.Program.LastLines);
        // An incident opens when the webhook that tells of it has been read.
        var (page, begin, end) = (site.PagerDuty.Accepted.Items[0].At, Time("SELECT min(opened_at) FROM incidents"), Time("SELECT max(opened_at) FROM incidents WHERE NOT is_storm"));
        Assert.That(posts == 1 || page < end, "nobody waits for the last webhook");
        var told = Count("SELECT count(*) FROM incidents WHERE NOT is_storm AND (storm IS NOT NULL OR id IN (SELECT incident FROM outbox WHERE state = 'delivered'))");

        await PostAsync(alertmanager, [.. alerts.Select(alert => alert with { EndsAt = TimeProvider.System.GetUtcNow() })], posts, cancellationToken);
        await alertmanager.ToldAsync(posts * 2, cancellationToken);
        await Eventually.FoundAsync(
            "the end of every page", () => site.PagerDuty.Alerts.All(page => page.State == AlertState.Resolved) ? site : null, cancellationToken, () => exporter.Program.LastLines);
        var ended = Count("SELECT count(*) FROM incidents WHERE NOT is_storm AND state = 'resolved'");
        return new Storm(Alerts - Math.Min(stored, Math.Min(told, ended)), page - begin, site.PagerDuty.Alerts.Count, PeakMegabytes(exporter.Program.Id));

        int Count(string sql) => int.Parse(StoreReading.Rows(configuration.Store, sql).Single(), CultureInfo.InvariantCulture);

        DateTimeOffset Time(string sql) => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(StoreReading.Rows(configuration.Store, sql).Single(), CultureInfo.InvariantCulture));
    }

    static async Task PostAsync(WebhookAlertmanager alertmanager, PostedAlert[] alerts, int posts, CancellationToken cancellationToken)
    {
        var at = new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(alerts.Chunk(alerts.Length / posts), at, async (some, cancellation) => await alertmanager.PostAsync(some, cancellation));
    }

    static PostedAlert Alert(int number) => new(
        new Dictionary<string, string> { ["alertname"] = "CameraOffline", ["camera"] = $"cam_{number}", ["severity"] = "critical", ["site"] = "north" },
        new Dictionary<string, string> { ["summary"] = $"Camera cam_{number} at site north is offline.", ["dashboard_url"] = "http://127.0.0.1:3000/d/verolux-cameras" },
        TimeProvider.System.GetUtcNow());

    /// <summary>What the process has held of the memory at most.</summary>
    static int PeakMegabytes(int process) => File.ReadLines($"/proc/{process}/status").Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024).Single();

    /// <param name="Lost">Not stored, not told or not ended.</param>
    /// <param name="FirstPage">From when the first webhook had been read until PagerDuty had the first page.</param>
    sealed record Storm(int Lost, TimeSpan FirstPage, int Pages, int Megabytes)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"first page {FirstPage.TotalSeconds:0.00} s, {Pages} pages, peak {Megabytes} MB");
    }
}
