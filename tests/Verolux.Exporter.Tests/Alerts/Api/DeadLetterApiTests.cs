using System.Text.Json.Nodes;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Api;

/// <summary>What a destination has refused for good is listed, and told again once somebody has put right what was wrong.</summary>
[CancelAfter(60_000)]
public class DeadLetterApiTests
{
    [Test]
    public async Task What_was_refused_is_listed_with_the_reason_and_goes_out_when_it_is_sent_again(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var site = await SiteHost.StartAsync(cancellationToken);
        folder.Write("key", SiteHost.RoutingKey);
        site.PagerDuty.Faults.Always(Faults.Answer(400));
        await using var exporter = await RunningExporter.StartAsync(folder, alerts: $$"""
            destinations: { main: { type: pagerduty, routing_key_file: key, url: "{{site.Url}}/v2/enqueue" } }, levels: { L1: [main] }
            """);
        var number = (await exporter.ReceiptsAsync(Bodies.Alert()))[0].GetProperty("incident").GetString();
        var letter = await Eventually.FoundAsync("the dead letter", async () => (await LettersAsync(exporter)).FirstOrDefault(), cancellationToken);
        Assert.That(((string?)letter["incident"], (string?)letter["destination"], (string?)letter["action"]), Is.EqualTo((number, "main", "trigger")));
        Assert.That((string?)letter["last_error"], Does.Contain("400"));
        var document = JsonNode.Parse(await exporter.Client.GetStringAsync("/api/v1/openapi.json", cancellationToken))!;
        Assert.That(letter.AsObject().Select(p => p.Key), Is.EqualTo(document["components"]!["schemas"]!["DeadLetter"]!["properties"]!.AsObject().Select(p => p.Key)));

        site.PagerDuty.Faults.Clear();
        Assert.That((await exporter.PostAsync("", $"/api/v1/dead-letters/{letter["delivery"]}/resend")).Status, Is.EqualTo(202));
        Assert.That((await site.PagerDuty.NextAsync(cancellationToken)).Summary, Does.Contain(number));
        Assert.That(await LettersAsync(exporter), Is.Empty);
    }

    [TestCase("1")]
    [TestCase("-1")]
    [TestCase("x")]
    public async Task There_is_no_other(string delivery)
    {
        await using var exporter = await RunningExporter.StartAsync();
        var (status, body) = await exporter.PostAsync("", $"/api/v1/dead-letters/{delivery}/resend");
        Assert.That((status, (string?)JsonNode.Parse(body)!["detail"]), Is.EqualTo((404, "there is no such dead letter; GET /api/v1/dead-letters lists them")));
    }

    static async Task<JsonArray> LettersAsync(RunningExporter exporter) => JsonNode.Parse(await exporter.Client.GetStringAsync("/api/v1/dead-letters"))!["dead_letters"]!.AsArray();
}
