using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>What the real Alertmanager makes of both shipped configurations: whom it tells, how often, and what they read.</summary>
[CancelAfter(60_000)]
public class AlertmanagerTests
{
    const string Shipped = "alertmanager.yml";
    const string Direct = "alertmanager-direct.yml";
    const string Runbook = "http://127.0.0.1:9877/runbooks/RUNBOOK_CAMERA_OFFLINE";
    const string Dashboard = "http://127.0.0.1:3000/d/verolux-cameras?var-site=north&var-camera=gate_a1";

    static readonly Policy Policy = Catalogue.Load(RepositoryRoot.Of("runbooks")).Policy;
    // Alertmanager shows whole seconds of what it was told, and so do we.
    static readonly DateTimeOffset Start = Now;

    static DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());

    /// <summary>For alerts that are to be told of together: of what began longer ago than group_wait a group tells at once, and so perhaps of the first of a post alone.</summary>
    static DateTimeOffset Later => Now.AddMinutes(2);

    [Test]
    public async Task Two_cameras_are_two_incidents_and_neither_is_told_twice_before_it_ends([Values(Shipped, Direct)] string file, [Values] Versions versions, CancellationToken cancellationToken)
    {
        await using var alertmanager = await ShippedAlertmanager.StartAsync(file, versions, cancellationToken);
        Raised[] cameras = [Camera("gate_a1"), Camera("gate_a2")];
        await alertmanager.RaiseAsync(cancellationToken, [Watchdog, .. cameras]);
        await ToldAsync(alertmanager, 2, cancellationToken);

        // As Prometheus does every minute for as long as they fire.
        await alertmanager.RaiseAsync(cancellationToken, cameras);
        await alertmanager.FlushesAsync(cancellationToken);
        Assert.That(alertmanager.Webhooks.Select(AlertCount), Is.EqualTo(new[] { 1, 1 }));
        Assert.That(alertmanager.Webhooks.Select(told => told.GetProperty("groupKey").GetString()), Is.Unique);
        Assert.That(alertmanager.Webhooks.Select(CameraOf), Is.EquivalentTo(new[] { "gate_a1", "gate_a2" }));

        await alertmanager.RaiseAsync(cancellationToken, cameras[0] with { EndsAt = Start });
        await ToldAsync(alertmanager, 3, cancellationToken);
        await alertmanager.FlushesAsync(cancellationToken);
        var end = alertmanager.Webhooks.Last();
        Assert.That((alertmanager.Webhooks.Count(), CameraOf(end), end.GetProperty("status").GetString()), Is.EqualTo((3, "gate_a1", "resolved")));

        var pages = alertmanager.Site.PagerDuty.Accepted;
        if (file == Direct)
        {
            await pages.ItemAsync(3, cancellationToken);
            Assert.That(pages.Items.Select(page => page.Effect), Is.EqualTo(new[] { Effect.Opened, Effect.Opened, Effect.Resolved }));
            Assert.That(pages.Items.Select(page => page.DedupKey).Distinct().Count(), Is.EqualTo(2));
        }
        else
            Assert.That(pages.Items, Is.Empty, "the exporter pages");
    }

    [Test]
    public async Task PagerDuty_is_told_the_runbook_first_and_until_when_to_respond(
        [Values("critical", "warning", "page")] string severity, [Values] Versions versions, CancellationToken cancellationToken)
    {
        await using var alertmanager = await ShippedAlertmanager.StartAsync(Direct, versions, cancellationToken);
        var raised = Camera("gate_a1", severity);
        await alertmanager.RaiseAsync(cancellationToken, raised);
        var page = await alertmanager.Site.PagerDuty.NextAsync(cancellationToken);

        // A severity that nobody knows is an error to PagerDuty, and has a warning's time.
        var sla = Policy.ResponseSla[severity == "critical" ? Severity.Critical : Severity.Warning];
        var by = (Start + sla).UtcDateTime;
        Assert.That(page.Severity, Is.EqualTo(severity == "page" ? "error" : severity));
        Assert.That(page.Summary, Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"CameraOffline: Camera gate_a1 at site north is offline. - respond by {by:HH:mm} UTC")));
        Assert.That(Links(page), Is.EqualTo(new[] { ("Runbook", Runbook), ("Dashboard", Dashboard) }));
        var details = Details(page);
        Assert.That(details.GetProperty("runbook_url").GetString(), Is.EqualTo(Runbook));
        Assert.That(details.GetProperty("respond_within").GetString(), Is.EqualTo(Durations.Format(sla)));
        Assert.That(details.GetProperty("respond_by").GetString(), Is.EqualTo(by.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)));
        Assert.That(details.GetProperty("description").GetString(), Is.EqualTo(raised.Annotations["description"]));
        Assert.That(details.GetProperty("firing").GetString(), Does.Contain("camera = gate_a1"));
        NothingIsEmpty(page);

        await alertmanager.RaiseAsync(cancellationToken, raised with { EndsAt = Start });
        var end = await alertmanager.Site.PagerDuty.NextAsync(cancellationToken);
        Assert.That((end.Effect, end.DedupKey), Is.EqualTo((Effect.Resolved, page.DedupKey)));
        NothingIsEmpty(end);
        Assert.That(alertmanager.Complaints, Is.Empty);
    }

    [Test]
    public async Task Slack_is_told_the_runbook_first_and_of_all_cameras_of_a_site_at_once([Values] Versions versions, CancellationToken cancellationToken)
    {
        await using var alertmanager = await ShippedAlertmanager.StartAsync(Direct, versions, cancellationToken);
        var start = Later;
        Raised[] cameras = [Camera("gate_a1") with { StartsAt = start }, Camera("gate_a2") with { StartsAt = start }];
        await alertmanager.RaiseAsync(cancellationToken, cameras);
        var told = await SlackAsync(alertmanager, 1, cancellationToken);

        var sla = Policy.ResponseSla[Severity.Critical];
        var respond = string.Create(CultureInfo.InvariantCulture, $"respond within {Durations.Format(sla)}, by {(start + sla).UtcDateTime:HH:mm} UTC");
        Assert.That(Text(told, "title"), Is.EqualTo("[FIRING:2] CameraOffline @ north"));
        Assert.That(Text(told, "fallback"), Is.EqualTo(Text(told, "title")));
        Assert.That((Text(told, "title_link"), Text(told, "color")), Is.EqualTo((Runbook, "danger")));
        Assert.That(Text(told, "text"), Is.EqualTo($"Runbook: <{Runbook}>\n• Camera gate_a1 at site north is offline. - {respond}\n• Camera gate_a2 at site north is offline. - {respond}"));

        await alertmanager.RaiseAsync(cancellationToken, cameras[0] with { StartsAt = Start, EndsAt = Start });
        told = await SlackAsync(alertmanager, 2, cancellationToken);
        Assert.That(Text(told, "title"), Is.EqualTo("[FIRING:1] CameraOffline @ north"));
        Assert.That(Text(told, "text"), Is.EqualTo($"Runbook: <{Runbook}>\n• Camera gate_a2 at site north is offline. - {respond}\n• resolved: Camera gate_a1 at site north is offline."));

        await alertmanager.RaiseAsync(cancellationToken, cameras[1] with { StartsAt = Start, EndsAt = Start });
        told = await SlackAsync(alertmanager, 3, cancellationToken);
        Assert.That((Text(told, "title"), Text(told, "color")), Is.EqualTo(("[RESOLVED] CameraOffline @ north", "good")));
        Assert.That(Text(told, "text"), Is.EqualTo($"Runbook: <{Runbook}>\n• resolved: Camera gate_a2 at site north is offline."));
        Assert.That(alertmanager.Complaints, Is.Empty);
    }

    [Test]
    public async Task What_an_alert_brings_along_stays_text([Values] Versions versions, CancellationToken cancellationToken)
    {
        const string hostile = "<!channel> *x* & \"quote\" {{ .Secret }}\n• next";
        await using var alertmanager = await ShippedAlertmanager.StartAsync(Direct, versions, cancellationToken);
        await alertmanager.RaiseAsync(cancellationToken, new Raised(
            new Dictionary<string, string> { ["alertname"] = hostile, ["site"] = hostile, ["severity"] = "critical" },
            new Dictionary<string, string> { ["summary"] = hostile, ["description"] = hostile, ["runbook_url"] = "javascript:alert(1)", ["dashboard_url"] = "see the wiki" },
            Start));

        var page = await alertmanager.Site.PagerDuty.NextAsync(cancellationToken);
        Assert.That(page.Summary, Does.Contain("<!channel> *x* & \"quote\" {{ .Secret }} • next - respond by "));
        Assert.That(page.Json.TryGetProperty("links", out _) || page.Json.TryGetProperty("client_url", out _), Is.False, "PagerDuty refuses a page with a link that is none");
        Assert.That(Details(page).GetProperty("description").GetString(), Is.EqualTo(hostile));

        var told = await SlackAsync(alertmanager, 1, cancellationToken);
        const string harmless = "&lt;!channel&gt; *x* &amp; \"quote\" {{ .Secret }} • next";
        Assert.That(Text(told, "title"), Is.EqualTo($"[FIRING:1] {harmless} @ {harmless}"));
        Assert.That(Text(told, "text"), Does.StartWith($"Runbook: javascript:alert(1)\n• {harmless} - respond within 15m, by ").And.Not.Contain("<"));
        Assert.That(told.GetProperty("mrkdwn_in").EnumerateArray().Select(part => part.GetString()), Is.EqualTo(new[] { "pretext" }), "elsewhere *x* would be bold");
        Assert.That(told.TryGetProperty("title_link", out _) || told.TryGetProperty("pretext", out _), Is.False);
    }

    [Test]
    public async Task A_storm_of_long_alerts_fits(CancellationToken cancellationToken)
    {
        await using var alertmanager = await ShippedAlertmanager.StartAsync(Direct, Versions.Oldest, cancellationToken);
        await alertmanager.RaiseAsync(cancellationToken, Enumerable.Range(1, 25).Select(i => Camera($"{i:00}{new string('&', 3000)}") with { StartsAt = Later }));

        var page = await alertmanager.Site.PagerDuty.NextAsync(cancellationToken);
        Assert.That(page.Summary, Does.Match("&… - respond by [0-9]{2}:[0-9]{2} UTC$"), "the end is what must not be cut");
        var told = await SlackAsync(alertmanager, 1, cancellationToken);
        Assert.That(Text(told, "title"), Is.EqualTo("[FIRING:25] CameraOffline @ north"));
        Assert.That(Text(told, "text").Split('\n'), Has.Length.EqualTo(11));
        // Slack cuts a message behind 40,000 characters.
        Assert.That(Text(told, "text"), Has.Length.LessThan(10_000));
    }

    [Test]
    public async Task An_alert_without_any_text_still_says_what_it_is([Values] Versions versions, CancellationToken cancellationToken)
    {
        await using var alertmanager = await ShippedAlertmanager.StartAsync(Direct, versions, cancellationToken);
        await alertmanager.RaiseAsync(cancellationToken, new Raised(new Dictionary<string, string> { ["alertname"] = "SomebodyElses", ["disk"] = "sda" }, new Dictionary<string, string>(), Start));

        var page = await alertmanager.Site.PagerDuty.NextAsync(cancellationToken);
        Assert.That(page.Summary, Does.StartWith("SomebodyElses: SomebodyElses sda - respond by "));
        Assert.That(page.Severity, Is.EqualTo("error"));
        var told = await SlackAsync(alertmanager, 1, cancellationToken);
        Assert.That(Text(told, "title"), Is.EqualTo("[FIRING:1] SomebodyElses"));
        Assert.That(Text(told, "text"), Does.StartWith("Runbook: none\n• SomebodyElses sda - respond within 1h, by "));
        Assert.That(alertmanager.Complaints, Is.Empty);
    }

    [Test]
    public async Task Info_reaches_the_exporter_and_pages_nobody([Values(Shipped, Direct)] string file, [Values] Versions versions, CancellationToken cancellationToken)
    {
        await using var alertmanager = await ShippedAlertmanager.StartAsync(file, versions, cancellationToken);
        await alertmanager.RaiseAsync(cancellationToken, Watchdog, Camera("gate_a1", "info"));
        await ToldAsync(alertmanager, 1, cancellationToken);
        await alertmanager.FlushesAsync(cancellationToken);

        Assert.That(CameraOf(alertmanager.Webhooks.Single()), Is.EqualTo("gate_a1"));
        Assert.That(alertmanager.Site.PagerDuty.Requests.Items, Is.Empty);
        Assert.That(alertmanager.Mailbox.Posts.Items.Where(ShippedAlertmanager.IsSlack), Is.Empty);
    }

    [Test]
    public async Task What_is_about_the_exporter_reaches_PagerDuty_while_the_exporter_is_dead([Values(Shipped, Direct)] string file, [Values] Versions versions, CancellationToken cancellationToken)
    {
        await using var alertmanager = await ShippedAlertmanager.StartAsync(file, versions, cancellationToken, $"http://127.0.0.1:{FreePort.Next()}");
        var raised = Camera("gate_a1") with
        {
            Labels = new Dictionary<string, string> { ["alertname"] = "VeroluxExporterDown", ["severity"] = "critical", ["component"] = "verolux-exporter", ["site"] = "north" },
        };
        await alertmanager.RaiseAsync(cancellationToken, raised);
        var page = await alertmanager.Site.PagerDuty.NextAsync(cancellationToken);

        var sla = Policy.ResponseSla[Severity.Critical];
        Assert.That((page.Severity, Links(page)[0]), Is.EqualTo(("critical", ("Runbook", Runbook))));
        Assert.That(page.Summary, Does.StartWith("VeroluxExporterDown").And.Contain(raised.Annotations["summary"]));
        Assert.That(Details(page).GetProperty("respond_within").GetString(), Is.EqualTo(Durations.Format(sla)));
        Assert.That(Details(page).GetProperty("respond_by").GetDateTimeOffset(), Is.EqualTo(Start + sla));
        NothingIsEmpty(page);

        await alertmanager.RaiseAsync(cancellationToken, raised with { EndsAt = Start });
        Assert.That((await alertmanager.Site.PagerDuty.NextAsync(cancellationToken)).Effect, Is.EqualTo(Effect.Resolved));
    }

    [Test]
    public async Task Where_Alertmanager_pages_the_exporter_records_the_same_deadline_and_pages_nobody(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        // As the comment in the direct configuration says: neither destinations nor levels.
        var configuration = folder.Write("verolux.yml", $$"""
            listen: 127.0.0.1:0
            site: north
            runbooks: { path: {{RepositoryRoot.Of("runbooks")}} }
            alerts: { store: verolux.db }
            """);
        await using var exporter = await ExporterProgram.StartAsync(configuration, cancellationToken);
        await using var alertmanager = await ShippedAlertmanager.StartAsync(Direct, Versions.Oldest, cancellationToken, exporter.Url);
        var raised = Camera("gate_a1");
        await alertmanager.RaiseAsync(cancellationToken, raised);
        var page = await alertmanager.Site.PagerDuty.NextAsync(cancellationToken);
        var incident = await RecordedAsync("firing");

        Assert.That((incident.AlertName, incident.Severity), Is.EqualTo(("CameraOffline", "critical")));
        Assert.That(incident.RespondBy, Is.EqualTo(Details(page).GetProperty("respond_by").GetDateTimeOffset()));
        Assert.That(new Uri(incident.RunbookUrl).AbsolutePath, Is.EqualTo(new Uri(Links(page)[0].Address).AbsolutePath));

        await alertmanager.RaiseAsync(cancellationToken, raised with { EndsAt = Start });
        await RecordedAsync("resolved");
        Assert.That(StoreFile.Outbox(folder["verolux.db"]), Is.Empty);
        Assert.That(alertmanager.Complaints, Is.Empty);

        Task<StoredIncident> RecordedAsync(string state) => Eventually.FoundAsync(
            $"an incident that is {state}", () => StoreFile.Incidents(folder["verolux.db"]).SingleOrDefault(i => i.State == state), cancellationToken, () => exporter.Program.LastLines);
    }

    static Raised Watchdog => new(new Dictionary<string, string> { ["alertname"] = "Watchdog", ["severity"] = "none" }, new Dictionary<string, string>(), Start);

    static Raised Camera(string camera, string severity = "critical") => new(
        new Dictionary<string, string> { ["alertname"] = "CameraOffline", ["camera"] = camera, ["severity"] = severity, ["site"] = "north" },
        new Dictionary<string, string>
        {
            ["summary"] = $"Camera {camera} at site north is offline.",
            ["description"] = $"Camera {camera} at site north does not answer: up is 0 (threshold 1).",
            ["runbook_url"] = Runbook,
            ["dashboard_url"] = Dashboard,
        },
        Start);

    static async Task ToldAsync(ShippedAlertmanager alertmanager, int times, CancellationToken cancellationToken) => await Eventually.FoundAsync(
        $"notification {times} of the exporter", () => alertmanager.Webhooks.Count() >= times ? alertmanager : null, cancellationToken, () => alertmanager.LastLines);

    /// <summary>The attachment of a message to Slack, the first being 1.</summary>
    static async Task<JsonElement> SlackAsync(ShippedAlertmanager alertmanager, int number, CancellationToken cancellationToken)
    {
        var told = await Eventually.FoundAsync(
            $"message {number} to Slack", () => alertmanager.Mailbox.Posts.Items.Where(ShippedAlertmanager.IsSlack).ElementAtOrDefault(number - 1), cancellationToken, () => alertmanager.LastLines);
        return told.Json.GetProperty("attachments").EnumerateArray().Single();
    }

    static int AlertCount(JsonElement webhook) => webhook.GetProperty("alerts").GetArrayLength();

    static string? CameraOf(JsonElement webhook) => webhook.GetProperty("alerts")[0].GetProperty("labels").GetProperty("camera").GetString();

    static string Text(JsonElement attachment, string name) => attachment.GetProperty(name).GetString()!;

    static JsonElement Details(AcceptedEvent page) => page.Json.GetProperty("payload").GetProperty("custom_details");

    static (string Text, string Address)[] Links(AcceptedEvent page) =>
        [.. page.Json.GetProperty("links").EnumerateArray().Select(link => (link.GetProperty("text").GetString()!, link.GetProperty("href").GetString()!))];

    /// <summary>No field is empty, but the lists of what fires and what is resolved, and no template has left a gap.</summary>
    static void NothingIsEmpty(AcceptedEvent page)
    {
        var texts = page.Json.GetProperty("payload").EnumerateObject().Concat(Details(page).EnumerateObject())
            .Where(text => text.Value.ValueKind == JsonValueKind.String && text.Name is not ("firing" or "resolved"));
        foreach (var text in texts)
            Assert.That(text.Value.GetString(), Is.Not.Empty.And.Not.Contains("<no value>").And.Not.Matches("^ | $|  "), text.Name);
    }
}
