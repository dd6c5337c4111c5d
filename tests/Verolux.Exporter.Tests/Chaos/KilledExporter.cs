using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Chaos;

/// <summary>
/// An exporter that is killed again and again, by SIGKILL and at random moments of its lives, while the real Alertmanager tells it first that alerts fire and then
/// that they have ended, and PagerDuty's stand-in falters now and then. Then it is left alone.
/// </summary>
sealed class KilledExporter : IAsyncDisposable
{
    const string Firing = "SELECT id, is_storm, alertname FROM incidents WHERE state <> 'resolved'";
    const string Waiting = "SELECT incident, action, state, attempts, last_error FROM outbox WHERE state <> 'delivered'";
    const double KilledWhileItStarts = 0.25;
    const double Faltering = 0.3;
    static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(1.5);

    readonly Random random;
    readonly TemporaryFolder folder = new();
    readonly SiteHost site;
    readonly PagingConfiguration configuration;
    readonly WebhookAlertmanager alertmanager;

    KilledExporter(Random random, SiteHost site, TemporaryFolder folder, PagingConfiguration configuration, WebhookAlertmanager alertmanager) =>
        (this.random, this.site, this.folder, this.configuration, this.alertmanager) = (random, site, folder, configuration, alertmanager);

    /// <param name="alerts">How many there are of each name.</param>
    /// <returns>What was lost, a line each.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(int kills, IReadOnlyList<int> alerts, Random random, CancellationToken cancellationToken)
    {
        var folder = new TemporaryFolder();
        var site = await SiteHost.StartAsync(cancellationToken);
        var configuration = new PagingConfiguration(folder, site);
        await using var exporter = new KilledExporter(random, site, folder, configuration, await WebhookAlertmanager.StartAsync(configuration.Url, "...", "0s", "1s", cancellationToken));
        return await exporter.RunAsync(kills, alerts, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await alertmanager.DisposeAsync();
        await site.DisposeAsync();
        folder.Dispose();
    }

    async Task<IReadOnlyList<string>> RunAsync(int kills, IReadOnlyList<int> counts, CancellationToken cancellationToken)
    {
        // An alert of a name comes with all others of it, or they would hardly be a storm.
        PostedAlert[][] names = [.. counts.Select((count, name) => Enumerable.Range(0, count).Select(n => Alert($"Chaos{name}", n)).ToArray())];
        PostedAlert[] all = [.. names.SelectMany(name => name)];
        random.Shuffle(names);
        await LiveAsync(kills * 3 / 5, names, cancellationToken);
        await using (await ExporterProgram.StartAsync(configuration.File, cancellationToken))
            await alertmanager.ToldAsync(all.Length, cancellationToken);

        PostedAlert[] ended = [.. all];
        random.Shuffle(ended);
        await LiveAsync(kills - (kills * 3 / 5), [.. ended.Select(alert => new[] { alert with { EndsAt = TimeProvider.System.GetUtcNow() } })], cancellationToken);
        site.PagerDuty.Faults.Clear();
        await using var exporter = await ExporterProgram.StartAsync(configuration.File, cancellationToken);
        await alertmanager.ToldAsync(all.Length * 2, cancellationToken);
        await Eventually.FoundAsync(
            "the end of every delivery", () => Rows(Waiting) is [] && Rows(Firing) is [] ? this : null, cancellationToken,
            () => $"{Seed.Named}, firing {string.Join(", ", Rows(Firing))}, waiting {string.Join(", ", Rows(Waiting))}");
        await CountsAsync(all.Length, exporter, cancellationToken);
        return [.. Lost(all)];
    }

    /// <summary>Lives and dies so many times, and as it does Alertmanager is told of all this, part by part.</summary>
    async Task LiveAsync(int kills, PostedAlert[][] told, CancellationToken cancellationToken)
    {
        for (var kill = 0; kill < kills; kill++)
        {
            var now = told[(kill * told.Length / kills)..((kill + 1) * told.Length / kills)];
            if (now is not [])
                await alertmanager.PostAsync(now.SelectMany(alerts => alerts), cancellationToken);
            if (random.NextDouble() < Faltering)
                site.PagerDuty.Faults.Next(Fault(), random.Next(1, 4));
            await LiveOnceAsync(cancellationToken);
        }
    }

    async Task LiveOnceAsync(CancellationToken cancellationToken)
    {
        var starting = random.NextDouble() < KilledWhileItStarts;
        var life = (starting ? LongestStart : LongestLife) * random.NextDouble();
        await using var program = starting
            ? RunningProgram.Start(ExporterProgram.Line[0], [.. ExporterProgram.Line.Skip(1), "--config", configuration.File])
            : (await ExporterProgram.StartAsync(configuration.File, cancellationToken)).Program;
        await Task.Delay(life, cancellationToken);
        if (program.HasEnded)
            throw program.Failure("ended by itself");
        program.Kill();
    }

    Fault Fault() => random.Next(5) switch
    {
        0 => Faults.Answer(503),
        1 => Faults.Answer(429, retryAfter: "1"),
        2 => Faults.Reset(),
        3 => Faults.LoseAnswer(),
        _ => Faults.Hang(new Gate()),
    };

    static PostedAlert Alert(string name, int number) => new(
        new Dictionary<string, string> { ["alertname"] = name, ["number"] = $"{number}", ["severity"] = "critical", ["site"] = "north" },
        new Dictionary<string, string> { ["summary"] = $"{name} {number}" },
        TimeProvider.System.GetUtcNow());

    IEnumerable<string> Lost(PostedAlert[] all)
    {
        var pages = site.PagerDuty.Accepted.Items.Where(e => e.Action == "trigger").Select(e => e.DedupKey).ToHashSet();
        // An incident is told by its own pages, or by that of the storm that it is part of.
        var keys = Rows("SELECT incident, dedup_key FROM outbox WHERE action = 'trigger'").Select(row => row.Split('|')).ToLookup(row => row[0], row => row[1]);
        var incidents = Rows("SELECT json_extract(alert, '$.labels.alertname'), json_extract(alert, '$.labels.number'), id, storm FROM incidents WHERE NOT is_storm")
            .Select(row => row.Split('|')).ToLookup(row => $"{row[0]} {row[1]}", row => row[3] is "" ? row[2] : row[3]);
        foreach (var alert in all.Select(alert => alert.Annotations["summary"]))
        {
            if (!incidents.Contains(alert))
                yield return $"{alert} has no incident";
            else if (!incidents[alert].Any(incident => keys[incident].Any(pages.Contains)))
                yield return $"{alert} was told to nobody";
        }
        foreach (var page in site.PagerDuty.Alerts.Where(page => page.State != AlertState.Resolved))
            yield return $"{page.DedupKey} is still open";
    }

    /// <summary>Nothing is there twice: no incident, no page, and no outcome of the SLA.</summary>
    async Task CountsAsync(int alerts, ExporterProgram exporter, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        var page = new Exposition(await client.GetStringAsync(new Uri($"{exporter.Url}/metrics"), cancellationToken));
        Assert.Multiple(() =>
        {
            Assert.That(Rows("SELECT count(*), count(DISTINCT series), sum(state = 'resolved'), count(outcome) FROM incidents WHERE NOT is_storm"), Is.EqualTo(new[] { $"{alerts}|{alerts}|{alerts}|{alerts}" }));
            Assert.That(Rows("SELECT sum(count) FROM tallies WHERE metric = 'verolux_sla_incidents_total'"), Is.EqualTo(new[] { $"{alerts}" }));
            Assert.That(page.Of("verolux_sla_incidents_total").Sum(), Is.EqualTo(alerts));
            Assert.That(site.PagerDuty.Alerts.Select(a => a.DedupKey), Is.Unique.And.EquivalentTo(Rows("SELECT DISTINCT dedup_key FROM outbox")));
            Assert.That(Rows("PRAGMA integrity_check"), Is.EqualTo(new[] { "ok" }));
        });
    }

    IReadOnlyList<string> Rows(string sql) => StoreReading.Rows(configuration.Store, sql);
}
