using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Api;

/// <summary>A test of the alerting path as tools begin and read it, where there is no Alertmanager: it says so, and tries the rest all the same.</summary>
[CancelAfter(60_000)]
public class DrillApiTests
{
    [Test]
    public async Task Without_an_Alertmanager_the_rest_is_tried_and_the_document_says_what_is_told(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        await using var exporter = await StartAsync(folder, site);
        var lines = await LinesAsync(await PostAsync(exporter, """{"by":"Kim"}"""), cancellationToken);
        var (steps, result) = (lines[..^1], lines[^1]);
        Assert.That(steps.Select(s => $"{s.GetProperty("name")} {s.GetProperty("ok")}"), Is.EqualTo(new[]
        {
            "accepts False", "given True", "stored True", "matched True", "delivered True", "ended True", "resolved True",
        }));
        Assert.That(steps[0].GetProperty("remedy").GetString(), Does.Contain("alertmanagers: { main: { url:"));
        Assert.That((result.GetProperty("result").GetString(), result.GetProperty("failures").GetInt32()), Is.EqualTo(("failed", 1)));

        var pages = site.PagerDuty.Accepted.Items;
        Assert.That(pages.Select(p => p.Action), Is.EqualTo(new[] { "trigger", "resolve" }));
        Assert.That((pages[0].Summary, pages[0].Severity), Is.EqualTo(($"TEST, nothing is wrong, nothing to do: [{result.GetProperty("incident")}] VeroluxDrill: Test of the alerting path, started by Kim; nothing is wrong.", "info")));
        Assert.That(exporter.Rows("SELECT who, source, text FROM timeline WHERE event = 'resolved'"), Is.EqualTo(new[] { "Kim|api|the drill is over" }));
        Assert.That(await exporter.MetricAsync("verolux_webhook_matched_total{match=\"none\"}"), Is.EqualTo("0"));

        var document = JsonElement.Parse(await exporter.Client.GetStringAsync("/api/v1/openapi.json", cancellationToken));
        Assert.That(document.GetProperty("paths").GetProperty("/api/v1/drill").TryGetProperty("post", out _), Is.True);
        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.That(result.EnumerateObject().Select(p => p.Name), Is.EqualTo(schemas.GetProperty("DrillResult").GetProperty("properties").EnumerateObject().Select(p => p.Name)));
        var properties = schemas.GetProperty("DrillStep").GetProperty("properties");
        foreach (var step in steps)
            Assert.That(step.EnumerateObject().Select(p => p.Name), Is.EqualTo(properties.EnumerateObject().Select(p => p.Name)));
        Assert.That(properties.GetProperty("name").GetProperty("enum").EnumerateArray().Select(n => n.GetString()), Is.EqualTo(Exporter.Alerts.Drills.DrillStep.Names));
    }

    [Test]
    public async Task Every_destination_is_told_and_not_only_those_of_the_first_level(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        await using var exporter = await StartAsync(folder, site, """hook: { type: webhook, url: "URL/hook", secret_file: secret }""");
        var lines = await LinesAsync(await PostAsync(exporter, ""), cancellationToken);
        Assert.That(lines.Where(l => l.TryGetProperty("name", out var name) && name.GetString() is "delivered").Select(l => l.GetProperty("what").GetString()!.Split(' ')[0]), Is.EquivalentTo(new[] { "pagerduty", "hook" }));
    }

    [Test]
    public async Task While_one_goes_on_there_is_no_other_and_it_goes_on_when_nobody_looks_on(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        var gate = new Gate();
        site.PagerDuty.Faults.Next(Faults.Delay(gate));
        await using var exporter = await StartAsync(folder, site);
        using (await PostAsync(exporter, ""))
        {
            using var second = await PostAsync(exporter, "");
            Assert.That((second.StatusCode, JsonElement.Parse(await second.Content.ReadAsStringAsync(cancellationToken)).GetProperty("detail").GetString()), Is.EqualTo(
                (HttpStatusCode.Conflict, "another drill goes on; wait until it is over, which takes a few minutes at most")));
        }
        gate.Open();
        await site.PagerDuty.Accepted.ItemAsync(2, cancellationToken);
        Assert.That(site.PagerDuty.Accepted.Items.Select(p => p.Action), Is.EqualTo(new[] { "trigger", "resolve" }));
    }

    [Test]
    public async Task An_exporter_that_stops_meanwhile_leaves_nothing_open(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        site.PagerDuty.Faults.Always(Faults.Hang(new Gate()));
        string path;
        await using (var exporter = await StartAsync(folder, site))
        {
            path = exporter.StorePath;
            using var answer = await PostAsync(exporter, "");
            await site.PagerDuty.Requests.ItemAsync(1, cancellationToken);
        }
        Assert.That(StoreFile.Incidents(path).Select(i => i.State), Is.EqualTo(new[] { "resolved" }));
    }

    [Test]
    public async Task It_takes_an_operator_and_no_page_of_another_site_begins_one(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var exporter = await RunningExporter.StartAsync(folder, yaml: $"access: {{ tokens: [{{ role: alertmanager, file: {folder.Write("am", new string('a', 32))} }}] }}");
        Assert.That((await exporter.PostAsync("", "/api/v1/drill")).Status, Is.EqualTo(401));
        Assert.That((await exporter.PostAsync("", "/api/v1/drill", new string('a', 32))).Status, Is.EqualTo(403));
        await using var open = await RunningExporter.StartAsync();
        Assert.That((await open.PostAsync(new StringContent(""), "/api/v1/drill", headers: ("Origin", "http://evil.example"))).Status, Is.EqualTo(403));
        Assert.That(open.Rows("SELECT count(*) FROM incidents"), Is.EqualTo(new[] { "0" }));
    }

    /// <param name="more">Further destinations, in which URL is the site's.</param>
    static Task<RunningExporter> StartAsync(TemporaryFolder folder, SiteHost site, string more = "")
    {
        folder.Write("key", SiteHost.RoutingKey);
        folder.Write("secret", "0123456789abcdef-the-secret");
        return RunningExporter.StartAsync(folder, alerts: $$"""
            destinations: { pagerduty: { type: pagerduty, routing_key_file: key, url: "{{site.Url}}/v2/enqueue" }{{(more.Length > 0 ? $", {more.Replace("URL", site.Url)}" : "")}} }, levels: { L1: [pagerduty] }
            """);
    }

    static Task<HttpResponseMessage> PostAsync(RunningExporter exporter, string body) => exporter.Client.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/api/v1/drill") { Content = new StringContent(body, Encoding.UTF8, "application/json") }, HttpCompletionOption.ResponseHeadersRead);

    static async Task<JsonElement[]> LinesAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        using (answer)
        {
            Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "application/x-ndjson")));
            return [.. (await answer.Content.ReadAsStringAsync(cancellationToken)).TrimEnd('\n').Split('\n').Select(l => JsonElement.Parse(l))];
        }
    }
}
