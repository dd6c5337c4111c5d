using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>Who may tell alerts.</summary>
[CancelAfter(60_000)]
public class WebhookAccessTests
{
    const string Token = "alertmanager-token-0123456789";
    const string ScrapeToken = "scrape-token-0123456789";

    TemporaryFolder folder = null!;
    RunningExporter exporter = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        folder.Write("alertmanager", Token);
        folder.Write("scrape", ScrapeToken);
        exporter = await RunningExporter.StartAsync(
            folder, yaml: $"access: {{ tokens: [{{ role: alertmanager, file: {folder["alertmanager"]} }}, {{ role: scrape, file: {folder["scrape"]} }}] }}");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await exporter.DisposeAsync();
        folder.Dispose();
    }

    [TestCase("/api/v1/alertmanager", null, 401)]
    [TestCase("/api/v1/alertmanager", "wrong-token-0123456789", 401)]
    [TestCase("/api/v1/alertmanager", ScrapeToken, 403)]
    [TestCase("/api/v1/alertmanager", Token, 200)]
    [TestCase("/api/v1/alertmanager/watchdog", null, 401)]
    [TestCase("/api/v1/alertmanager/watchdog", ScrapeToken, 403)]
    [TestCase("/api/v1/alertmanager/watchdog", Token, 200)]
    public async Task Alerts_are_taken_from_Alertmanager_alone(string path, string? token, int status)
    {
        var labels = Bodies.LabelsOf(("alertname", "Asked"), ("path", path), ("token", token ?? ""));
        Assert.That((await exporter.PostAsync(Bodies.Of(Bodies.Alert(labels)), path, token)).Status, Is.EqualTo(status));
        Assert.That(exporter.Rows($"SELECT count(*) FROM incidents WHERE alert LIKE '%\"path\":\"{path}\",\"token\":\"{token}\"%'"), Is.EqualTo([status == 200 ? "1" : "0"]), "what comes by the Watchdog's way is an alert as well");
    }

    [Test]
    public async Task What_is_refused_is_counted_since_Alertmanager_drops_it()
    {
        await exporter.PostAsync(Bodies.Of(), "/api/v1/alertmanager/watchdog", "a-token-of-yesterday");
        using var scrape = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Authorization = new("Bearer", ScrapeToken) } };
        using var page = await exporter.Client.SendAsync(scrape);
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Match("""verolux_webhook_requests_total\{route="watchdog",code="401",site="[^"]*"\} [1-9]"""));
    }

    [TestCase("Sec-Fetch-Site", "cross-site")]
    [TestCase("Origin", "https://evil.example")]
    public async Task Another_site_s_page_can_t_make_a_browser_tell_alerts(string header, string value)
    {
        using var body = new StringContent(Bodies.Of(Bodies.Alert("""{"alertname":"Forged"}""")), Encoding.UTF8, "text/plain");
        Assert.That((await exporter.PostAsync(body, token: Token, headers: (header, value))).Status, Is.EqualTo(403));
        Assert.That(exporter.Rows("SELECT 1 FROM incidents WHERE alertname = 'Forged'"), Is.Empty);
    }
}
