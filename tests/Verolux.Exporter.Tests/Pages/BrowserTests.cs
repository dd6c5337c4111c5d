using System.Net;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>The pages in a real browser.</summary>
[CancelAfter(60_000)]
public partial class BrowserTests
{
    // What breaks the policy, and every error, is a message of the console: "[…:CONSOLE:1] … violates the following Content Security Policy directive".
    const string ConsoleMessage = "CONSOLE";
    const string Hostile = "/<script>document.title='owned'</script><img src=x onerror=document.title='owned'>";
    readonly TemporaryFolder folder = new();
    readonly RunbookFolder runbooks = new();
    ExporterProgram exporter = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        foreach (var file in Directory.EnumerateFiles(RepositoryRoot.Of("runbooks")))
            runbooks.Write(Path.GetFileName(file), File.ReadAllText(file));
        runbooks.Write("RUNBOOK_BROKEN.md", RunbookFolder.Sound.Replace("## Triage", "## <script>document.title='owned'</script>", StringComparison.Ordinal));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        exporter = await ExporterProgram.StartAsync(
            folder.Write("verolux.yml", $$"""
                listen: 127.0.0.1:0
                site: north & <b>south</b>
                runbooks: { path: {{runbooks.Path}} }
                alerts: { store: verolux.db }
                storage:
                  targets:
                    - { path: /, interval: 1s }
                    - path: "{{Hostile}}"
                      interval: 1s
                """),
            deadline.Token);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await exporter.DisposeAsync();
        folder.Dispose();
        runbooks.Dispose();
    }

    [Test]
    public async Task The_first_page_shows_what_is_watched_and_hostile_names_as_text(CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        await Eventually.FoundAsync(
            "a look at the missing path", async () => (await client.GetStringAsync(new Uri($"{exporter.Url}/"), cancellationToken)).Contains("not_found") ? "it" : null, cancellationToken);
        var visit = await Browser.VisitAsync($"{exporter.Url}/", cancellationToken);
        Assert.That(visit.Dom, Does.Contain("<title>Overview - Verolux Exporter</title>").And.Contain("north &amp; &lt;b&gt;south&lt;/b&gt;"));
        Assert.That(visit.Dom, Does.Contain("<code>/&lt;script&gt;document.title='owned'&lt;/script&gt;&lt;img src=x onerror=document.title='owned'&gt;</code>"));
        // What is down stands above what is up.
        Assert.That(States().Matches(visit.Dom).Select(m => m.Groups["state"].Value), Is.EqualTo(new[] { "down", "up" }));
        Assert.That(visit.Log, Does.Not.Contain(ConsoleMessage));
    }

    [Test]
    public async Task The_runbooks_page_has_the_anchors_that_pages_link_to(CancellationToken cancellationToken)
    {
        var visit = await Browser.VisitAsync($"{exporter.Url}/runbooks/RUNBOOK_STORAGE_FULL#filling-fast", cancellationToken);
        Assert.That(visit.Dom, Does.Contain("<title>Storage Near Full - Verolux Exporter</title>").And.Contain("id=\"filling-fast\""));
        var anchors = Ids().Matches(visit.Dom).Select(m => m.Groups["id"].Value).ToList();
        Assert.That(anchors, Is.Unique);
        Assert.That(OwnLinks().Matches(visit.Dom).Select(m => m.Groups["id"].Value).Except(anchors), Is.Empty, "links on the page that lead nowhere");
        Assert.That(visit.Log, Does.Not.Contain(ConsoleMessage));
    }

    [Test]
    public async Task A_broken_runbook_shows_its_mistakes_as_text(CancellationToken cancellationToken)
    {
        var visit = await Browser.VisitAsync($"{exporter.Url}/runbooks/RUNBOOK_BROKEN", cancellationToken);
        Assert.That(visit.Dom, Does.Contain("<h1>RUNBOOK_BROKEN can't be shown</h1>").Or.Contain("<h1>RUNBOOK_BROKEN can&#39;t be shown</h1>"));
        Assert.That(visit.Dom, Does.Match("<li class=\"down\">RUNBOOK_BROKEN.md.*Triage.*</li>").And.Not.Contain("<script>").And.Not.Contain("<title>owned"));
    }

    [Test]
    public async Task Every_page_has_the_security_headers_and_its_style([Values("/", "/runbooks", "/runbooks/RUNBOOK_STORAGE_FULL", "/runbooks/RUNBOOK_BROKEN", "/runbooks/nothing<b>")] string path, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri(exporter.Url + path), cancellationToken);
        var html = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.That(response.StatusCode, Is.EqualTo(path.Contains("nothing") ? HttpStatusCode.NotFound : path.Contains("BROKEN") ? HttpStatusCode.InternalServerError : HttpStatusCode.OK));
        Assert.That(response.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("default-src 'none'; style-src 'self'"));
        Assert.That(response.Headers.GetValues("X-Content-Type-Options").Single(), Is.EqualTo("nosniff"));
        Assert.That(response.Headers.CacheControl?.ToString(), Is.EqualTo("no-cache"));
        Assert.That(html, Does.StartWith("<!DOCTYPE html>").And.Contain("href=\"/style.css\"").And.Not.Contain("<b>").And.Not.Match(@"<script(?! src=""/live.js"" defer></script>)|<[^>]*\s(?:style|on\w+)="));
        using var style = await client.GetAsync(new Uri($"{exporter.Url}/style.css"), cancellationToken);
        Assert.That((style.StatusCode, style.Content.Headers.ContentType?.ToString()), Is.EqualTo((HttpStatusCode.OK, "text/css; charset=utf-8")));
    }

    [Test]
    public async Task No_link_on_a_page_leads_nowhere([Values("/", "/runbooks", "/runbooks/RUNBOOK_STORAGE_FULL")] string path, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        var html = await client.GetStringAsync(new Uri(exporter.Url + path), cancellationToken);
        var page = new Uri(exporter.Url + path);
        var links = Links().Matches(html).Select(m => new Uri(page, WebUtility.HtmlDecode(m.Groups["href"].Value))).Where(l => l.Authority == page.Authority).Distinct().ToList();
        // Whose page says 500, and what is wrong.
        links.RemoveAll(l => l.AbsolutePath.EndsWith("/RUNBOOK_BROKEN"));
        Assert.That(links, Is.Not.Empty);
        foreach (var link in links)
        {
            using var response = await client.GetAsync(link, cancellationToken);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), $"{link}");
        }
    }

    [GeneratedRegex("<span class=\"state (?<state>down|up|unknown)\">")]
    private static partial Regex States();

    [GeneratedRegex("<[a-z0-9]+[^>]* id=\"(?<id>[^\"]+)\"")]
    private static partial Regex Ids();

    [GeneratedRegex("<a [^>]*href=\"#(?<id>[^\"]+)\"")]
    private static partial Regex OwnLinks();

    [GeneratedRegex("<a [^>]*href=\"(?<href>[^\"]+)\"")]
    private static partial Regex Links();
}
