using System.Globalization;
using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>The whole way: a disk fills up, somebody is paged with the runbook and a deadline, the disk is freed, and the page closes.</summary>
public class FromDiskToPageTests
{
    const string Alert = "StorageNearFull";
    static readonly string[] Sections = ["Alert Information", "Symptoms", "Triage", "Resolution Steps", "Verification", "Postmortem", "Prevention", "Escalation"];

    [Test]
    [CancelAfter(120_000)]
    public async Task A_disk_that_fills_up_is_paged_once_with_its_runbook_and_deadline_and_the_page_closes_when_it_is_freed(CancellationToken cancellationToken)
    {
        await using var stack = await ShippedStack.StartAsync(cancellationToken);
        await ScrapesEverythingAsync(stack, cancellationToken);
        await HearsTheWatchdogAsync(stack, cancellationToken);

        stack.Disk.Fill(0.9);
        var trigger = await EventAsync(stack, "trigger", cancellationToken);
        var receipt = Receipt(await WebhookAsync(stack, "firing", cancellationToken));
        var incident = StoreFile.Incidents(stack.Store).Single(i => i.AlertName == Alert);
        Says(stack, incident, receipt, trigger);
        await LinkOpensAsync(trigger, cancellationToken);

        stack.Disk.Free();
        var resolve = await EventAsync(stack, "resolve", cancellationToken);
        Assert.That((resolve.DedupKey, resolve.Effect), Is.EqualTo((trigger.DedupKey, Effect.Resolved)));
        var ended = StoreFile.Incidents(stack.Store).Single(i => i.AlertName == Alert);
        Assert.That((ended.State, ended.RespondBy), Is.EqualTo(("resolved", incident.RespondBy)));
        Assert.That(ended.EndsAt, Is.GreaterThan(ended.StartsAt));
        Assert.That(Sent(stack).Select(e => e.Action), Is.EqualTo(new[] { "trigger", "resolve" }));

        await DeathIsPagedByAlertmanagerAsync(stack, cancellationToken);
    }

    /// <summary>With the credentials from their file, and without a word of complaint.</summary>
    static async Task ScrapesEverythingAsync(ShippedStack stack, CancellationToken cancellationToken)
    {
        await Eventually.FoundAsync(
            "three targets that are up",
            async () => await stack.Prometheus.QueryAsync("count(up == 1) == 3", cancellationToken) is { Count: 1 } all ? all : null,
            cancellationToken,
            () => stack.Prometheus.Program.LastLines);
        // A busy machine may miss a scrape's deadline of a second; whatever else is said of scrapes is a fault of the page.
        Assert.That(stack.Prometheus.Program.Lines.Where(l => l.Contains("scrape", StringComparison.OrdinalIgnoreCase) && (l.Contains("err=") || l.Contains("level=warn") || l.Contains("level=error"))
            && !l.Contains("context deadline exceeded", StringComparison.Ordinal)), Is.Empty);
    }

    static async Task HearsTheWatchdogAsync(ShippedStack stack, CancellationToken cancellationToken)
    {
        var watchdog = await Eventually.FoundAsync(
            "the Watchdog",
            async () => await stack.Prometheus.QueryAsync("time() - verolux_watchdog_last_seen_timestamp_seconds", cancellationToken) is { Count: 1 } all ? all : null,
            cancellationToken,
            () => stack.Exporter.Program.LastLines);
        Assert.That(watchdog.Single().Value, Is.InRange(-1, 30));
    }

    static async Task<AcceptedEvent> EventAsync(ShippedStack stack, string action, CancellationToken cancellationToken)
    {
        try
        {
            return await stack.Site.PagerDuty.Accepted.FirstAsync(e => e.RoutingKey == ShippedStack.ExportersKey && e.Action == action, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw stack.Exporter.Program.Failure($"sent no {action}");
        }
    }

    static IEnumerable<AcceptedEvent> Sent(ShippedStack stack) => stack.Site.PagerDuty.Accepted.Items.Where(e => e.RoutingKey == ShippedStack.ExportersKey);

    static Task<Exchange> WebhookAsync(ShippedStack stack, string status, CancellationToken cancellationToken) => stack.Webhooks.Exchanges.FirstAsync(
        e => e.Path == "/api/v1/alertmanager" && e.RequestBody.Contains($"\"{Alert}\"") && e.RequestBody.StartsWith($$"""{"receiver":"verolux-exporter","status":"{{status}}",""") && e.Status == 200,
        cancellationToken);

    static (JsonElement Sent, JsonElement Answered) Receipt(Exchange webhook)
    {
        using var request = JsonDocument.Parse(webhook.RequestBody);
        using var answer = JsonDocument.Parse(webhook.ResponseBody);
        return (request.RootElement.GetProperty("alerts")[0].Clone(), answer.RootElement.GetProperty("alerts")[0].Clone());
    }

    /// <summary>The store, the answer to Alertmanager and the page say the same.</summary>
    static void Says(ShippedStack stack, StoredIncident incident, (JsonElement Sent, JsonElement Answered) receipt, AcceptedEvent trigger)
    {
        var startsAt = receipt.Sent.GetProperty("startsAt").GetDateTimeOffset();
        var runbook = $"{stack.Exporter.Url}/runbooks/RUNBOOK_STORAGE_FULL";
        var respondBy = (startsAt + TimeSpan.FromHours(1)).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        Assert.That((incident.RunbookUrl, incident.ResponseSla, incident.State, incident.Severity), Is.EqualTo((runbook, 3600, "firing", "warning")));
        Assert.That(incident.StartsAt, Is.EqualTo(startsAt).Within(TimeSpan.FromMilliseconds(1)));
        Assert.That(incident.RespondBy, Is.EqualTo(incident.StartsAt + TimeSpan.FromHours(1)));

        Assert.That(receipt.Answered.GetProperty("runbook_url").GetString(), Is.EqualTo(runbook));
        Assert.That(receipt.Answered.GetProperty("response_sla_seconds").GetInt32(), Is.EqualTo(3600));
        Assert.That(receipt.Answered.GetProperty("respond_by").GetString(), Is.EqualTo(respondBy));

        var details = trigger.Json.GetProperty("payload").GetProperty("custom_details");
        Assert.That((trigger.Effect, trigger.Severity, trigger.DedupKey), Is.EqualTo((Effect.Opened, "warning", trigger.DedupKey)));
        Assert.That(trigger.DedupKey, Does.Match("^vx1-[0-9a-f]{32}$"));
        Assert.That(trigger.Json.GetProperty("links")[0].GetProperty("href").GetString(), Is.EqualTo($"{runbook}#filling-fast"));
        Assert.That(details.GetProperty("runbook_url").GetString(), Is.EqualTo(runbook));
        Assert.That(details.GetProperty("response_sla_seconds").GetInt32(), Is.EqualTo(3600));
        Assert.That(details.GetProperty("respond_by").GetString(), Is.EqualTo(respondBy));
        Assert.That(details.GetProperty("incident").GetString(), Is.EqualTo(receipt.Answered.GetProperty("incident").GetString()));
        Assert.That(details.GetProperty("labels").GetProperty("path").GetString(), Is.EqualTo(stack.Disk.Path), "the disk of recordings has a threshold of its own and is not too full");
    }

    static async Task LinkOpensAsync(AcceptedEvent trigger, CancellationToken cancellationToken)
    {
        var (status, page) = await ShippedStack.OpenAsync(trigger.Json.GetProperty("links")[0].GetProperty("href").GetString()!, cancellationToken);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        foreach (var section in Sections)
            Assert.That(page, Does.Match($"<h2[^>]*>{section}</h2>"));
    }

    /// <summary>What is said about the exporter reaches PagerDuty without it.</summary>
    static async Task DeathIsPagedByAlertmanagerAsync(ShippedStack stack, CancellationToken cancellationToken)
    {
        stack.Exporter.Program.Kill();
        var page = await stack.Site.PagerDuty.Accepted.FirstAsync(e => e.RoutingKey == ShippedStack.AlertmanagersKey && e.Action == "trigger", cancellationToken);
        Assert.That(page.Severity, Is.EqualTo("critical"));
        Assert.That(page.Summary, Is.EqualTo("VeroluxExporterDown @ north: The Verolux exporter at site north is down, and every alert made of its metrics is blind."));
    }
}
