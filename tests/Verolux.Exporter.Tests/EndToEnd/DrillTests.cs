using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>The test of the alerting path through the real Alertmanager: of a site that works, and of one with each of the mistakes that people make.</summary>
[CancelAfter(90_000)]
public class DrillTests
{
    [Test]
    public async Task A_site_that_works_is_told_so_hop_by_hop_and_no_figure_changes([Values] Versions versions, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        await using var alertmanager = await ShippedAlertmanager.StartAsync("alertmanager.yml", versions, cancellationToken, $"http://127.0.0.1:{port}");
        var configuration = DrilledSite.Configure(folder, port, alertmanager);
        await using var exporter = await ExporterProgram.StartAsync(configuration, cancellationToken);
        using var client = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", "0123456789-operator") } };
        var before = await FiguresAsync();

        var ended = await ExporterProgram.RunToEndAsync(["drill", "--config", configuration, "--by", "Kim"], cancellationToken);
        TestContext.Out.WriteLine(ended.Output);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")), ended.Output);
        var number = "VX-[0-9A-Z]{6}";
        const string took = "[0-9]\\.[0-9]{2} s";
        Assert.That(ended.Output, Does.Match($"""
            ^ok    {took}  alertmanager main accepted the alert
            ok    {took}  alertmanager main routes it to verolux-exporter
            ok    {took}  its webhook has come
            ok    {took}  incident {number} is on the disk
            ok    {took}  it is known for a drill: no runbook, no SLA, and nobody else is told
            ok    {took}  pagerduty is told: TEST \(vx1-[0-9a-f]+\)
            ok    {took}  the webhook with its end has come, and {number} is over
            ok    {took}  pagerduty is told that it is over \(vx1-[0-9a-f]+\)
            The alerting path works, in [0-9.]+ s \({number}\)\.
            $
            """.ReplaceLineEndings("\n").TrimEnd('\n').Replace("\n$", "\n*$")));

        var pages = alertmanager.Site.PagerDuty.Accepted.Items;
        Assert.That(pages.Select(p => p.Effect), Is.EqualTo(new[] { Verolux.Exporter.Site.PagerDuty.Effect.Opened, Verolux.Exporter.Site.PagerDuty.Effect.Resolved }));
        Assert.That(pages[0].Summary, Does.StartWith("TEST, nothing is wrong, nothing to do: [VX-").And.EndsWith("Test of the alerting path, started by Kim; nothing is wrong."));
        Assert.That(pages[0].Severity, Is.EqualTo("info"));
        Assert.That(await FiguresAsync(), Is.EqualTo(before));
        Assert.That(alertmanager.Complaints, Is.Empty);

        async Task<IReadOnlyList<string>> FiguresAsync() =>
        [
            .. (await client.GetStringAsync(new Uri($"{exporter.Url}/metrics"), cancellationToken)).Split('\n').Where(l =>
                l.StartsWith("verolux_sla_", StringComparison.Ordinal) || l.StartsWith("verolux_escalations", StringComparison.Ordinal) || l.StartsWith("verolux_webhook_matched", StringComparison.Ordinal)),
        ];
    }

    [Test]
    public async Task A_wrong_token_is_named_with_both_files_and_the_rest_is_tried(CancellationToken cancellationToken)
    {
        await using var site = await DrilledSite.StartAsync(cancellationToken, token: "another-0123456789");
        var steps = await site.DrillAsync(
            async s => s.Count == 2 && (await site.ScrapeAsync(cancellationToken)).Series.Any(l => l.StartsWith("verolux_webhook_requests_total{", StringComparison.Ordinal) && l.Contains("code=\"401\"")), cancellationToken);
        Assert.That(steps.Select(s => s.ToString()), Is.EqualTo(new[] { "accepts ok", "routes ok", "received FAIL", "given ok", "stored ok", "matched ok", "delivered ok", "ended ok", "resolved ok" }));
        Assert.That((steps[2].What, steps[2].Remedy), Is.EqualTo((
            "a webhook came with a wrong token or none and was answered 401, which Alertmanager never tries again",
            $"write the token in {site.TokenFile} into the credentials_file of receiver verolux-exporter in alertmanager.yml (http_config.authorization)")));
        Assert.That(site.Site.PagerDuty.Accepted.Items.Select(p => p.Action), Is.EqualTo(new[] { "trigger", "resolve" }));
    }

    [Test]
    public async Task A_missing_route_is_named_with_where_the_alert_went_and_the_lines_to_add(CancellationToken cancellationToken)
    {
        await using var site = await DrilledSite.StartAsync(cancellationToken, mistakes: ("'component=\"verolux-exporter\"'", "'severity=\"info\"'"));
        var steps = await site.DrillAsync(s => Task.FromResult(s.Count == 2), cancellationToken);
        Assert.That(steps.Select(s => s.ToString()), Is.EqualTo(new[] { "accepts ok", "routes FAIL", "received FAIL", "given ok", "stored ok", "matched ok", "delivered ok", "ended ok", "resolved ok" }));
        Assert.That(steps[1].What, Is.EqualTo("alertmanager main routes the alert to \"pagerduty-verolux-exporter\", and not to \"verolux-exporter\""));
        Assert.That(steps[1].Remedy, Does.Contain("as the first of route.routes: - { receiver: verolux-exporter, continue: true"));
        Assert.That(steps[2].Seconds, Is.EqualTo(5).Within(2), "what is not to be expected is not waited for");
    }

    [Test]
    public async Task A_webhook_that_goes_to_a_wrong_address_is_named_with_the_right_one(CancellationToken cancellationToken)
    {
        await using var site = await DrilledSite.StartAsync(cancellationToken, mistakes: ("/api/v1/alertmanager\n", "/api/v1/alerts\n"));
        var steps = await site.DrillAsync(s => Task.FromResult(s.Count == 2), cancellationToken);
        Assert.That(steps.Select(s => s.ToString()).Take(4), Is.EqualTo(new[] { "accepts ok", "routes ok", "received FAIL", "given ok" }));
        Assert.That(steps[2].What, Is.EqualTo("no webhook with the alert came within 60 s"));
        Assert.That(steps[2].Remedy, Does.Contain("webhook_configs with the url http://127.0.0.1:").And.Contain("/api/v1/alertmanager, by an address"));
    }

    [Test]
    public async Task A_receiver_that_is_told_no_ends_is_named_with_the_line_that_is_wrong(CancellationToken cancellationToken)
    {
        await using var site = await DrilledSite.StartAsync(cancellationToken, mistakes: ("send_resolved: true\n        max_alerts: 0   #", "send_resolved: false\n        max_alerts: 0   #"));
        var steps = await site.DrillAsync(s => Task.FromResult(s.Count == 6), cancellationToken);
        Assert.That(steps.Select(s => s.ToString()).TakeLast(3), Is.EqualTo(new[] { "delivered ok", "ended FAIL", "resolved ok" }));
        Assert.That(steps[6].Remedy, Does.Contain("send_resolved: true").And.Contain("group_interval"));
        Assert.That(site.Incidents.Select(i => i.State), Is.EqualTo(new[] { "resolved" }));
    }

    [Test]
    public async Task A_silence_that_mutes_too_much_is_named_with_who_made_it(CancellationToken cancellationToken)
    {
        await using var site = await DrilledSite.StartAsync(cancellationToken);
        using var client = new HttpClient();
        var now = TimeProvider.System.GetUtcNow();
        using var made = await client.PostAsJsonAsync($"{site.Alertmanager.Url}/api/v2/silences", new
        {
            matchers = new[] { new { name = "site", value = "north", isRegex = false, isEqual = true } },
            startsAt = now,
            endsAt = now.AddHours(1),
            createdBy = "Robin",
            comment = "new switch",
        }, cancellationToken);
        var id = JsonElement.Parse(await made.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken)).GetProperty("silenceID").GetString();
        var steps = await site.DrillAsync(s => Task.FromResult(s.Count == 2), cancellationToken);
        Assert.That(steps[1].What, Does.StartWith($"alertmanager main mutes the alert by silence {id}, made by Robin (new switch) until "));
        Assert.That(steps[1].Remedy, Does.Contain($"amtool silence expire {id}"));
        Assert.That(steps[^1].ToString(), Is.EqualTo("resolved ok"));
    }

    [Test]
    public async Task A_dead_PagerDuty_is_named_with_its_address_and_nothing_stays_open(CancellationToken cancellationToken)
    {
        var dead = FreePort.Next();
        await using var site = await DrilledSite.StartAsync(cancellationToken, pagerDuty: $"http://127.0.0.1:{dead}");
        var steps = await site.DrillAsync(s => Task.FromResult(s.Count == 5 && site.Outbox is [{ Attempts: > 0 }]), cancellationToken);
        Assert.That(steps.Select(s => s.ToString()), Is.EqualTo(new[] { "accepts ok", "routes ok", "received ok", "stored ok", "matched ok", "delivered FAIL", "ended ok" }));
        Assert.That(steps[5].What, Does.Match("^pagerduty does not take it(, at attempt [0-9]+)?: "));
        Assert.That(steps[5].Remedy, Is.EqualTo($"have this machine reach 127.0.0.1:{dead} (name, port, firewall, proxy, certificate); it is tried again until it is taken"));
        Assert.That(steps[5].Seconds, Is.EqualTo(60).Within(5));
        Assert.That(site.Incidents.Select(i => i.State), Is.EqualTo(new[] { "resolved" }));
    }

    [Test]
    public async Task An_Alertmanager_that_dies_meanwhile_leaves_nothing_open(CancellationToken cancellationToken)
    {
        await using var site = await DrilledSite.StartAsync(cancellationToken);
        var gate = new Verolux.Exporter.Site.Gate();
        site.Site.PagerDuty.Faults.Next(Verolux.Exporter.Site.Faults.Delay(gate));
        var steps = await site.DrillAsync(
            async s =>
            {
                if (s.Count == 5 && site.Site.PagerDuty.Requests.Items.Count == 1)
                {
                    await site.Alertmanager.StopAsync(cancellationToken);
                    gate.Open();
                }
                return false;
            },
            cancellationToken);
        Assert.That(steps.Select(s => s.ToString()).TakeLast(3), Is.EqualTo(new[] { "delivered ok", "ended FAIL", "resolved ok" }));
        Assert.That(steps[^2].What, Does.StartWith("alertmanager main did not take the end: ").And.EndsWith(" is ended here"));
        Assert.That(site.Incidents.Select(i => i.State), Is.EqualTo(new[] { "resolved" }));
    }
}
