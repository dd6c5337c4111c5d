using System.Net;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>The button that tests the alerting path, without scripts.</summary>
[CancelAfter(60_000)]
public class DrillPagesTests
{
    TemporaryFolder folder = null!;
    SiteHost site = null!;
    RunningExporter exporter = null!;
    HttpClient browser = null!;

    [SetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        site = await SiteHost.StartAsync();
        folder.Write("key", SiteHost.RoutingKey);
        exporter = await RunningExporter.StartAsync(folder, alerts: $$"""
            destinations: { pagerduty: { type: pagerduty, routing_key_file: key, url: "{{site.Url}}/v2/enqueue" } }, levels: { L1: [pagerduty] }
            """);
        browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true }) { BaseAddress = exporter.Client.BaseAddress };
    }

    [TearDown]
    public async Task Stop()
    {
        browser.Dispose();
        await exporter.DisposeAsync();
        await site.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task The_boards_button_begins_one_and_its_page_tells_it_to_the_end(CancellationToken cancellationToken)
    {
        var gate = new Gate();
        site.PagerDuty.Faults.Next(Faults.Delay(gate));
        var form = Regex.Match(await PageAsync("/incidents"), "<form class=\"actions bar\" method=\"post\" action=\"(?<action>[^\"]+)\">(?<fields>.*?)</form>", RegexOptions.Singleline);
        Assert.That(form.Groups["fields"].Value, Does.Contain("name=\"by\"").And.Contain("<button>Test the alerting path</button>"));
        Assert.That(await PageAsync("/drill"), Does.Contain("There was none since the exporter has started."));

        using var begun = await PostAsync(form.Groups["action"].Value, ("by", "Kim <b>"));
        Assert.That((begun.StatusCode, begun.Headers.Location?.ToString()), Is.EqualTo((HttpStatusCode.SeeOther, "/drill")));
        var page = await Eventually.FoundAsync("the incident", async () => await PageAsync("/drill") is var text && text.Contains("/incidents/VX-") ? text : null, cancellationToken);
        Assert.That(page, Does.Contain("It goes on").And.Contain("http-equiv=\"refresh\" content=\"2\"").And.Contain("by Kim &lt;b&gt;").And.Not.Contain("<button"));

        // It is open, and not listed as something that is wrong.
        var board = await PageAsync("/incidents");
        Assert.That(board, Does.Contain("No open incident").And.Contain("is under way").And.Not.Contain("class=\"incident "));
        var number = Regex.Match(page, "/incidents/(VX-[0-9A-Z]+)").Groups[1].Value;
        Assert.That(await PageAsync($"/incidents/{number}"), Does.Contain("nothing is wrong, nothing to do").And.Contain("Resolve").And.Not.Contain("Escalate").And.Not.Contain("Set flags"));

        using var second = await PostAsync("/drill");
        Assert.That((second.StatusCode, (await second.Content.ReadAsStringAsync(cancellationToken)).Contains("Nothing was begun: another test goes on.")), Is.EqualTo((HttpStatusCode.Conflict, true)));

        gate.Open();
        page = await Eventually.FoundAsync("its end", async () => await PageAsync("/drill") is var text && text.Contains("1 of 7 steps failed") ? text : null, cancellationToken);
        Assert.That(page, Does.Contain("no Alertmanager is configured").And.Contain("What to change:").And.Contain("pagerduty is told: TEST").And.Not.Contain("http-equiv").And.Contain("<button"));
        Assert.That(await PageAsync("/incidents"), Does.Not.Contain("is under way"));
    }

    [Test]
    public async Task Looking_begins_none_and_neither_does_another_site_nor_too_much()
    {
        await PageAsync("/drill");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/drill") { Content = new FormUrlEncodedContent([]) };
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var refused = await browser.SendAsync(request);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        using var long_ = await PostAsync("/drill", ("by", new string('x', 201)));
        Assert.That((long_.StatusCode, (await long_.Content.ReadAsStringAsync()).Contains("has more than 200 characters.")), Is.EqualTo((HttpStatusCode.BadRequest, true)));
        using var huge = await PostAsync("/drill", ("note", new string('x', 100_000)));
        Assert.That(huge.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(exporter.Rows("SELECT count(*) FROM incidents"), Is.EqualTo(new[] { "0" }));
    }

    Task<string> PageAsync(string path) => browser.GetStringAsync(new Uri(path, UriKind.Relative));

    Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) =>
        browser.PostAsync(new Uri(path, UriKind.Relative), new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
}
