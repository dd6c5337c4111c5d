using System.Net;
using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Chaos;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>A full disk under the store of a real process: whoever sends is asked to send again, and what was taken stays.</summary>
[CancelAfter(240_000)]
public class DiskFullTests
{
    /// <summary>For a label, so that an alert needs pages of its own in the store.</summary>
    static readonly string Filler = new('f', 5_000);

    readonly HttpClient client = new();

    [OneTimeTearDown]
    public void Stop() => client.Dispose();

    [Test]
    public async Task Alertmanager_waits_until_there_is_room_again_and_so_does_the_process(CancellationToken cancellationToken)
    {
        using var small = new SmallFileSystem(8);
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var configuration = new PagingConfiguration(folder, site, Path.Combine(small.Path, "verolux.db"));
        await using var exporter = await ExporterProgram.StartAsync(configuration.File, cancellationToken);
        await using var alertmanager = await WebhookAlertmanager.StartAsync(configuration.Url, "...", "0s", "1s", cancellationToken);
        await alertmanager.PostAsync(Alerts("Before"), cancellationToken);
        await alertmanager.ToldAsync(5, cancellationToken);
        await site.PagerDuty.Accepted.ItemAsync(5, cancellationToken);

        Fill(small, 1);
        // A little may still fit into pages that the store has already.
        await AnswersAsync(exporter, "/readyz", HttpStatusCode.ServiceUnavailable, cancellationToken, "not ready: the store takes no writes\n");
        await alertmanager.PostAsync(Alerts("During"), cancellationToken);
        await Eventually.FoundAsync(
            "a webhook answered 503 for each", async () => await Refused() >= 5 ? this : null, cancellationToken, () => exporter.Program.LastLines);
        foreach (var page in (string[])["/metrics", "/", "/api/v1/incidents", "/runbooks", "/livez"])
            await AnswersAsync(exporter, page, HttpStatusCode.OK, cancellationToken);
        Assert.That(Stored("During"), Is.Empty, "none, and no half of one");
        Assert.That(Stored("Before"), Has.Count.EqualTo(5));
        Assert.That(site.PagerDuty.Accepted.Items, Has.Count.EqualTo(5), "nobody is told of what is not stored");

        small.Free();
        await alertmanager.ToldAsync(10, cancellationToken);
        await AnswersAsync(exporter, "/readyz", HttpStatusCode.OK, cancellationToken);
        await site.PagerDuty.Accepted.ItemAsync(10, cancellationToken);
        Assert.That(Stored("During").Concat(Stored("Before")), Has.Exactly(10).Items);
        Assert.That(site.PagerDuty.Alerts, Has.Count.EqualTo(10).And.All.Property("Occurrences").EqualTo(1));
        Assert.That(exporter.Program.HasEnded, Is.False);
        Assert.That(await exporter.Program.StopAsync(cancellationToken), Is.Zero);
        Assert.That(StoreReading.Rows(configuration.Store, "PRAGMA integrity_check"), Is.EqualTo(["ok"]));

        async Task<int> Refused() => (await client.GetStringAsync(new Uri($"{configuration.Url}/metrics"), cancellationToken)).Split('\n')
            .Where(line => line.StartsWith("verolux_webhook_requests_total", StringComparison.Ordinal) && line.Contains("code=\"503\"")).Sum(line => int.Parse(line.Split(' ')[^1]));

        IReadOnlyList<string> Stored(string name) =>
            StoreReading.Rows(configuration.Store, $"SELECT id FROM incidents JOIN (SELECT DISTINCT incident FROM outbox) ON incident = id WHERE alertname LIKE '{name}%'");
    }

    [Test]
    public async Task However_often_it_fills_up_what_was_answered_200_is_there_and_of_the_rest_nothing(CancellationToken cancellationToken)
    {
        const int rounds = 20;
        var random = Seed.Random(3);
        using var small = new SmallFileSystem(64);
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var configuration = new PagingConfiguration(folder, site, Path.Combine(small.Path, "verolux.db"));
        var exporter = await ExporterProgram.StartAsync(configuration.File, cancellationToken);
        try
        {
            var answers = new List<(int Post, int? Status)>();
            for (var round = 0; round < rounds; round++)
            {
                // Sometimes between two answers, sometimes under them.
                var ratio = 1 - (random.NextDouble() * 0.003);
                var filling = Task.Run(() => Fill(small, ratio), cancellationToken);
                if (random.Next(2) == 0)
                    await filling;
                for (var refused = 0; refused < 8 && answers.Count < (round + 1) * 24;)
                {
                    var some = await PostSomeAsync();
                    refused += some.Count(a => a.Status != 200);
                }
                await filling;
                var end = random.Next(8);
                if (end == 0)
                    Assert.That(await exporter.Program.StopAsync(cancellationToken), Is.Zero, "it ends in order on a full disk, too");
                else if (end == 1)
                    exporter.Program.Kill();
                small.Free();
                if (end < 2)
                {
                    await exporter.DisposeAsync();
                    exporter = await ExporterProgram.StartAsync(configuration.File, cancellationToken);
                }
                Assert.That((await PostSomeAsync()).Select(a => a.Status), Has.All.EqualTo(200), $"{Seed.Named}, round {round}: once there is room");
            }
            Assert.That(answers.Select(a => a.Status).Distinct(), Is.EquivalentTo([200, 503]), $"{Seed.Named}: there is no third answer");
            exporter.Program.Kill();
            await exporter.DisposeAsync();

            exporter = await ExporterProgram.StartAsync(configuration.File, cancellationToken);
            var stored = StoreReading.Rows(configuration.Store, "SELECT alertname FROM incidents JOIN outbox ON incident = incidents.id").Select(PostOf).CountBy(post => post).ToDictionary();
            Assert.That(StoreReading.Rows(configuration.Store, "SELECT alertname FROM incidents").Select(PostOf).CountBy(post => post), Is.EquivalentTo(stored), $"{Seed.Named}: each with its page");
            Assert.That(stored, Is.EquivalentTo(answers.Where(a => a.Status == 200).Select(a => KeyValuePair.Create(a.Post, 3))), $"{Seed.Named}: those of three alerts that were taken");
            Assert.That(StoreReading.Rows(configuration.Store, "PRAGMA integrity_check"), Is.EqualTo(["ok"]), Seed.Named);

            var again = answers.Where(a => a.Status != 200).Select(a => a.Post).ToList();
            foreach (var post in again)
                Assert.That((await PostAsync(post)).Status, Is.EqualTo(200));
            Assert.That(StoreReading.Rows(configuration.Store, "SELECT count(*) FROM incidents"), Is.EqualTo([$"{answers.Count * 3}"]), "and once they are sent again, the rest");

            async Task<(int Post, int? Status)[]> PostSomeAsync()
            {
                var some = await Task.WhenAll(Enumerable.Range(answers.Count, 4).Select(PostAsync));
                answers.AddRange(some);
                return some;
            }
        }
        finally
        {
            await exporter.DisposeAsync();
        }

        async Task<(int Post, int? Status)> PostAsync(int post)
        {
            var alerts = Enumerable.Range(0, 3).Select(n => Bodies.Alert(Bodies.LabelsOf(("alertname", $"Post{post}-{n}"), ("severity", "critical"), ("filler", Filler))));
            using var body = new StringContent(Bodies.Of(alerts), Encoding.UTF8, "application/json");
            using var response = await client.PostAsync(new Uri($"{configuration.Url}/api/v1/alertmanager"), body, cancellationToken);
            return (post, (int)response.StatusCode);
        }
    }

    [Test]
    public async Task A_start_on_a_disk_that_filled_up_meanwhile_costs_nothing([Values] bool killed, CancellationToken cancellationToken)
    {
        using var small = new SmallFileSystem(8);
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var configuration = new PagingConfiguration(folder, site, Path.Combine(small.Path, "verolux.db"));
        await using (var exporter = await ExporterProgram.StartAsync(configuration.File, cancellationToken))
        {
            await Receiver.PostAsync(exporter, "a", cancellationToken);
            await site.PagerDuty.NextAsync(cancellationToken);
            if (killed)
                Fill(small, 1);
            else
                await exporter.Program.StopAsync(cancellationToken);
        }
        if (killed)
        {
            // All its files are there, so it begins and asks whoever sends to wait.
            await using var full = await ExporterProgram.StartAsync(configuration.File, cancellationToken);
            await AnswersAsync(full, "/readyz", HttpStatusCode.ServiceUnavailable, cancellationToken, "not ready: the store takes no writes\n");
            small.Free();
            await AnswersAsync(full, "/readyz", HttpStatusCode.OK, cancellationToken);
        }
        else
        {
            small.Fill(1);
            var refused = await ExporterProgram.RunToEndAsync(["--config", configuration.File], cancellationToken);
            Assert.That(refused.ExitCode, Is.EqualTo(1));
            Assert.That(refused.Errors, Does.Contain("can't be opened").And.Contain("make room on its disk"));
            small.Free();
        }
        await using var again = await ExporterProgram.StartAsync(configuration.File, cancellationToken);
        await Receiver.PostAsync(again, "b", cancellationToken);
        await site.PagerDuty.NextAsync(cancellationToken);
        Assert.That(StoreReading.Rows(configuration.Store, "SELECT count(*) FROM incidents"), Is.EqualTo(["2"]));
    }

    /// <summary>Asks until it answers so.</summary>
    Task AnswersAsync(ExporterProgram exporter, string path, HttpStatusCode status, CancellationToken cancellationToken, string? body = null) => Eventually.FoundAsync(
        $"{(int)status} from {path}",
        async () =>
        {
            using var response = await client.GetAsync(new Uri(exporter.Url + path), cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.StatusCode == status && text == (body ?? text) ? this : null;
        },
        cancellationToken,
        () => exporter.Program.LastLines);

    static void Fill(SmallFileSystem small, double ratio)
    {
        try
        {
            small.Fill(ratio);
        }
        catch (IOException)
        {
            // The store has taken the last of it meanwhile.
        }
    }

    static int PostOf(string alertName) => int.Parse(alertName["Post".Length..alertName.IndexOf('-')]);

    static IEnumerable<PostedAlert> Alerts(string name) => Enumerable.Range(0, 5).Select(n => new PostedAlert(
        new Dictionary<string, string> { ["alertname"] = $"{name}{n}", ["severity"] = "critical", ["site"] = "north" },
        new Dictionary<string, string> { ["summary"] = Filler },
        TimeProvider.System.GetUtcNow()));
}
