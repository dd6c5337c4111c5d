using NUnit.Framework;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Trust;

/// <summary>What still holds when Prometheus, Alertmanager or the exporter itself is the fault.</summary>
[CancelAfter(240_000)]
public class TrustTests
{
    const string Open = "SELECT count(*) FROM incidents WHERE state = 'firing' AND alertname = 'DiskFull'";
    const string States = "SELECT group_concat(state || ':' || n, ' ') FROM (SELECT state, count(*) AS n FROM incidents WHERE alertname = 'DiskFull' GROUP BY state ORDER BY state)";

    [Test]
    public async Task Prometheus_dies_while_20_alerts_fire_and_comes_back_with_10_of_them_cured([Values] Versions versions, CancellationToken cancellation)
    {
        await using var site = await AlertingSite.StartAsync(1, cancellation, versions: versions);
        site.Fill(true, Enumerable.Range(1, 20));
        await site.RowAsync(Open, "20", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        await site.KillPrometheusAsync();
        await site.RowAsync(States, "resolving:20", cancellation);
        await site.PassUntilAsync(States, "unverified:20", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(5), cancellation);
        Assert.That((site.DiskPages.Count, site.DiskPages.Count(p => p.State == AlertState.Triggered)), Is.EqualTo((20, 20)));
        Assert.That(site.Rows("SELECT count(*) FROM incidents WHERE alertname = 'VeroluxAlertingPathDead' AND state = 'firing'"), Is.EqualTo(new[] { "1" }), "nobody watches the site any more");
        var board = await site.Exporter.GetStringAsync("/incidents", cancellation);
        Assert.That(board, Does.Contain("Alerts may not get here").And.Contain("hears nothing from Prometheus").And.Contain("nobody knows whether it still fires"));

        site.Fill(false, Enumerable.Range(11, 10));
        await site.StartPrometheusAsync(cancellation);
        // There is a time when Prometheus is back and no rule has fired yet: nothing is proven by that.
        await site.Alertmanagers[0].HoldsAsync("Watchdog", 1, cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        Assert.That(site.Rows("SELECT count(*) FROM incidents WHERE state = 'resolved' AND alertname = 'DiskFull'"), Is.EqualTo(new[] { "0" }));
        await site.InForceAsync(10, cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(5), cancellation);
        Assert.That(site.Rows("SELECT state, count(*), min(CAST(substr(alert ->> '$.labels.path', 2) AS INTEGER)) FROM incidents WHERE alertname = 'DiskFull' GROUP BY state"), Is.EqualTo(new[] { "firing|10|1", "resolved|10|11" }));
        Assert.That((site.DiskPages.Count, site.DiskPages.Count(p => p.State == AlertState.Triggered), site.DiskPages.Max(p => p.Occurrences)), Is.EqualTo((20, 10, 1)), "exactly the cured are resolved, and nobody is paged twice");
    }

    [Test]
    public async Task An_end_that_Prometheus_told_is_told_on_at_once(CancellationToken cancellation)
    {
        await using var site = await AlertingSite.StartAsync(1, cancellation);
        site.Fill(true, 1);
        await site.RowAsync(States, "firing:1", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        site.Fill(false, 1);
        await site.RowAsync(States, "resolving:1", cancellation);
        await site.PassAsync(TimeSpan.FromSeconds(30), cancellation);
        await site.RowAsync(States, "resolved:1", cancellation);
        Assert.That(await site.MetricAsync("verolux_reconciled_total{action=\"proven\"}"), Is.EqualTo("1"));
        Assert.That(site.DiskPages.Single().State, Is.EqualTo(AlertState.Resolved));
    }

    [Test]
    public async Task Alertmanager_dies_and_comes_back_with_no_memory(CancellationToken cancellation)
    {
        await using var site = await AlertingSite.StartAsync(1, cancellation);
        var alertmanager = site.Alertmanagers[0];
        site.Fill(true, 1, 2, 3);
        await site.RowAsync(States, "firing:3", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        await alertmanager.KillAsync(forgets: true);
        site.Fill(true, 4);
        site.Fill(false, 1);
        await site.HoldsAsync("""count(ALERTS{alertname="DiskFull",alertstate="firing"}) == 3""", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(5), cancellation);
        Assert.That(site.Rows(States), Is.EqualTo(new[] { "firing:3" }), "nobody can be asked");
        await alertmanager.StartAsync(cancellation);
        await site.InForceAsync(3, cancellation);
        await site.RowAsync(States, "firing:4", cancellation);
        // Of the one that ended meanwhile it tells nothing: it never knew of it.
        await site.PassUntilAsync(States, "firing:3 resolved:1", cancellation);
        Assert.That(site.Rows("SELECT alert ->> '$.labels.path' FROM incidents WHERE state = 'resolved' AND alertname = 'DiskFull'"), Is.EqualTo(new[] { "/1" }));
        Assert.That(site.Rows("SELECT event FROM timeline WHERE event = 'gone'"), Has.Count.EqualTo(1));
        Assert.That((site.DiskPages.Count, site.DiskPages.Max(p => p.Occurrences), site.DiskPages.Count(p => p.State == AlertState.Resolved)), Is.EqualTo((4, 1, 1)));
    }

    [Test]
    public async Task A_silence_made_while_it_is_open_is_an_acknowledgement_and_one_from_before_keeps_it_quiet_until_it_ends(CancellationToken cancellation)
    {
        await using var site = await AlertingSite.StartAsync(1, cancellation);
        var alertmanager = site.Alertmanagers[0];
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1);
        var before = await alertmanager.SilenceAsync(1, "alex", "the disk is being replaced", tomorrow, cancellation);
        site.Fill(true, 1, 2);
        await site.RowAsync(States, "firing:1", cancellation);
        await site.PassUntilAsync(States, "firing:2", cancellation);
        Assert.That(site.Rows("SELECT alert ->> '$.labels.path', mute ->> '$.by', mute ->> '$.comment', mute ->> '$.untold' FROM incidents WHERE mute IS NOT NULL"), Is.EqualTo(new[] { "/1|alex|the disk is being replaced|1" }));
        Assert.That(site.DiskPages, Has.Count.EqualTo(1));
        var during = await alertmanager.SilenceAsync(2, "kim", "on my way", tomorrow, cancellation);
        await site.PassAsync(TimeSpan.FromHours(2), cancellation);
        Assert.That(site.Rows("SELECT alert ->> '$.labels.path', acknowledged_by, level, outcome FROM incidents WHERE alertname = 'DiskFull' ORDER BY 1"), Is.EqualTo(new[] { "/1||1|", "/2|kim|1|met_ack" }));
        Assert.That(site.DiskPages.Single().State, Is.EqualTo(AlertState.Acknowledged));
        Assert.That(await site.MetricAsync("verolux_acks_total{source=\"silence\"}"), Is.EqualTo("1"));

        await alertmanager.ExpireAsync(before, cancellation);
        await alertmanager.ExpireAsync(during, cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        Assert.That(site.Rows("SELECT alert ->> '$.labels.path', mute, level FROM incidents WHERE alertname = 'DiskFull' ORDER BY 1"), Is.EqualTo(new[] { "/1||1", "/2||2" }), "one is told for the first time, the other is open for two hours");
        Assert.That(site.DiskPages, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task What_was_inhibited_after_it_was_told_and_cured_before_that_ended_does_not_stay_open(CancellationToken cancellation)
    {
        await using var site = await AlertingSite.StartAsync(1, cancellation);
        site.Fill(true, 1);
        await site.RowAsync(States, "firing:1", cancellation);
        site.BreakApi(true);
        await site.RowAsync("SELECT count(*) FROM incidents WHERE alertname = 'APIDown'", "1", cancellation);
        await site.PassAsync(TimeSpan.FromHours(2), cancellation);
        var cause = Exporter.Alerts.Incidents.IncidentNumber.Format(long.Parse(site.Rows("SELECT id FROM incidents WHERE alertname = 'APIDown'")[0], System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(site.Rows("SELECT mute ->> '$.kind', mute ->> '$.by', level FROM incidents WHERE alertname = 'DiskFull'"), Is.EqualTo(new[] { $"inhibition|APIDown ({cause})|1" }));
        site.Fill(false, 1);
        await site.InForceAsync(0, cancellation);
        await site.PassUntilAsync(States, "resolved:1", cancellation);
        site.BreakApi(false);
        await site.RowAsync("SELECT count(*) FROM incidents WHERE alertname = 'APIDown' AND state = 'resolving'", "1", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        Assert.That(site.Rows("SELECT count(*) FROM incidents WHERE state <> 'resolved' AND alertname <> 'VeroluxAlertingPathDead'"), Is.EqualTo(new[] { "0" }));
        Assert.That(site.DiskPages.Select(p => p.State), Is.All.EqualTo(AlertState.Resolved));
    }

    [TestCase("garbage")]
    [TestCase("half")]
    [TestCase("refused")]
    public async Task What_an_Alertmanager_answers_that_makes_no_sense_closes_nothing(string answer, CancellationToken cancellation)
    {
        await using var site = await AlertingSite.StartAsync(1, cancellation);
        site.Fill(true, 1, 2);
        await site.RowAsync(States, "firing:2", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        site.Alertmanagers[0].Asked.Spoil = (_, _, body) => answer switch
        {
            "garbage" => (200, "<html>It works!</html>"),
            "half" => (200, body[..(body.Length / 2)]),
            _ => (401, "Unauthorized"),
        };
        site.Fill(false, 1);
        await site.RowAsync(States, "firing:1 resolving:1", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(12), cancellation);
        Assert.That(site.Rows(States), Is.EqualTo(new[] { "firing:1 unverified:1" }));
        Assert.That(await site.MetricAsync("verolux_alertmanager_up{alertmanager=\"am0\"}"), Is.EqualTo("0"));
        site.Alertmanagers[0].Asked.Spoil = (_, status, body) => (status, body);
        await site.PassUntilAsync(States, "firing:1 resolved:1", cancellation);
        Assert.That(site.DiskPages.Count(p => p.State == AlertState.Resolved), Is.EqualTo(1));
    }

    [Test]
    public async Task An_empty_list_closes_nothing_while_the_Watchdog_is_stale(CancellationToken cancellation)
    {
        await using var site = await AlertingSite.StartAsync(1, cancellation);
        site.Fill(true, 1, 2);
        await site.RowAsync(States, "firing:2", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        site.Alertmanagers[0].Asked.Spoil = (path, status, body) => (status, path.EndsWith("/alerts", StringComparison.Ordinal) ? Stale(body) : body);
        await site.PassAsync(TimeSpan.FromHours(1), cancellation);
        Assert.That(site.Rows(States), Is.EqualTo(new[] { "firing:2" }));

        // The Watchdog alone, and that from an hour ago.
        static string Stale(string alerts) => new System.Text.Json.Nodes.JsonArray(
            [.. System.Text.Json.Nodes.JsonNode.Parse(alerts)!.AsArray().Where(a => (string?)a!["labels"]!["alertname"] == "Watchdog").Select(a =>
            {
                var old = a!.DeepClone();
                old["updatedAt"] = TimeProvider.System.GetUtcNow().AddHours(-1).ToString("O");
                old["endsAt"] = TimeProvider.System.GetUtcNow().AddHours(-1).AddSeconds(8).ToString("O");
                return old;
            })]).ToJsonString();
    }

    [Test]
    public async Task Of_two_Alertmanagers_one_is_lost_and_comes_back_and_then_is_cut_off_from_Prometheus(CancellationToken cancellation)
    {
        await using var site = await AlertingSite.StartAsync(2, cancellation);
        site.Fill(true, 1, 2, 3);
        await site.RowAsync(States, "firing:3", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        await site.Alertmanagers[1].KillAsync(forgets: true);
        site.Fill(false, 1);
        await site.RowAsync(States, "firing:2 resolving:1", cancellation);
        await site.PassUntilAsync(States, "firing:2 resolved:1", cancellation);
        await site.Alertmanagers[1].StartAsync(cancellation);
        await site.InForceAsync(2, cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(5), cancellation);
        Assert.That(site.Rows(States), Is.EqualTo(new[] { "firing:2 resolved:1" }));

        // Cut off, it ends by itself what it holds, and may well be the one that tells.
        await site.TellAsync([site.Alertmanagers[0]], cancellation);
        await site.Alertmanagers[1].HoldsAsync("DiskFull", 0, cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(20), cancellation);
        Assert.That(site.Rows(States), Is.EqualTo(new[] { "firing:2 resolved:1" }), string.Join('\n', site.Rows("SELECT at, event, incident FROM timeline ORDER BY id")));
        site.Fill(false, 2);
        await site.Alertmanagers[0].HoldsAsync("DiskFull", 1, cancellation);
        await site.TellAsync(site.Alertmanagers, cancellation);
        await site.InForceAsync(1, cancellation);
        await site.PassUntilAsync(States, "firing:1 resolved:2", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(5), cancellation);
        Assert.That(site.Rows(States), Is.EqualTo(new[] { "firing:1 resolved:2" }));
        Assert.That((site.DiskPages.Count, site.DiskPages.Max(p => p.Occurrences), site.DiskPages.Count(p => p.State == AlertState.Resolved)), Is.EqualTo((3, 1, 2)), "no duplicate, no false close, no ghost");
    }

    [Test]
    public async Task What_fires_and_ends_while_the_exporter_is_away_is_written_down_as_missed_and_told_once_and_wakes_nobody(CancellationToken cancellation)
    {
        await using var site = await AlertingSite.StartAsync(1, cancellation, behind: TimeSpan.FromMinutes(10));
        site.Fill(true, 1, 2);
        await site.RowAsync(States, "firing:2", cancellation);
        await site.PassAsync(TimeSpan.FromMinutes(1), cancellation);
        await site.StopExporterAsync();
        site.Fill(true, 3, 4);
        await site.HoldsAsync("""count(ALERTS{alertname="DiskFull",alertstate="firing"}) == 4""", cancellation);
        site.Fill(false, 2, 4);
        await site.HoldsAsync("""count(ALERTS{alertname="DiskFull",alertstate="firing"}) == 2""", cancellation);
        await site.Alertmanagers[0].HoldsAsync("DiskFull", 2, cancellation);
        // That of the Watchdog and that of each disk, twice: what was under way when the last alert ended is among them.
        await site.Alertmanagers[0].GivesUpAsync(10, cancellation);
        // It has been away for nine minutes, by its own clock.
        site.Time.SetUtcNow(TimeProvider.System.GetUtcNow().AddSeconds(30));
        await site.StartExporterAsync();
        await site.RowAsync("SELECT count(*) FROM incidents WHERE alertname = 'DiskFull'", "3", cancellation);
        await site.PassUntilAsync(States, "firing:2 missed:1 resolved:1", cancellation);
        Assert.That(
            site.Rows("SELECT alert ->> '$.labels.path', state, outcome FROM incidents WHERE alertname = 'DiskFull' ORDER BY 1"),
            Is.EqualTo(new[] { "/1|firing|", "/2|resolved|met_self_resolved", "/3|firing|", "/4|missed|met_self_resolved" }));
        Assert.That(site.Rows("SELECT abs(starts_at - opened_at) < 1200000 AND ends_at >= starts_at FROM incidents WHERE state = 'missed' AND alertname = 'DiskFull'"), Is.EqualTo(new[] { "1" }));
        await site.PassAsync(TimeSpan.FromMinutes(3), cancellation);
        Assert.That(site.Rows(States), Is.EqualTo(new[] { "firing:2 missed:1 resolved:1" }), "once");
        Assert.That(site.Messages.Where(m => m.GetProperty("alertname").GetString() == "VeroluxSleptThrough").Select(m => m.GetProperty("annotations").GetProperty("description").GetString()), Has.One.Contains("DiskFull").And.Exactly(1).Contains("path=/4"));
        Assert.That(site.DiskPages, Has.Count.EqualTo(3), "nobody is paged for what is over");
        Assert.That(await site.Exporter.GetStringAsync("/incidents", cancellation), Does.Contain("VeroluxSleptThrough").And.Contain("1 alert(s) fired and ended while the exporter was away"));
        Assert.That(await site.MetricAsync("verolux_reconciled_total{action=\"missed\"}"), Is.EqualTo("1"));
    }
}
