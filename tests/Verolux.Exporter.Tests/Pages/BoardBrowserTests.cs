using NUnit.Framework;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>The board and an incident's page in a real browser: they keep themselves up to date, and what an alert brings along stays text.</summary>
[CancelAfter(120_000)]
public class BoardBrowserTests
{
    const string Hostile = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>\u202egnp.exe";

    RunningExporter exporter = null!;
    Tab tab = null!;

    [SetUp]
    public async Task Start()
    {
        exporter = await RunningExporter.StartAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        tab = await Tab.OpenAsync(deadline.Token);
    }

    [TearDown]
    public async Task Stop()
    {
        await tab.DisposeAsync();
        await exporter.DisposeAsync();
    }

    [Test]
    public async Task A_new_incident_appears_on_the_open_board_and_an_acknowledgement_stops_its_countdown(CancellationToken cancellationToken)
    {
        await tab.VisitAsync(Url("/incidents"), 1280, 800, dark: false, cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.querySelector('h1').textContent", cancellationToken), Is.EqualTo("No open incident"));
        await tab.ValueAsync<bool>("window.same = true", cancellationToken);
        var number = await OpenAsync("DiskFull", "camera gate_a1 is full");
        await SeenAsync($"document.body.innerText.includes('{number}')", cancellationToken);
        Assert.That(await tab.ValueAsync<bool>("window.same", cancellationToken), Is.True, "the page was not loaded anew");
        var before = await tab.ValueAsync<string>("document.querySelector('time[data-due]').textContent", cancellationToken);
        Assert.That(before, Does.Match(@"^(1\u00a0h\u00a00\u00a0|59 )min left$"));
        // By the server's clock, whatever this machine's says.
        await tab.ValueAsync<bool>("(() => { const e = document.querySelector('time[data-due]'); e.dataset.due = Number(e.dataset.due) - 7200000; return true; })()", cancellationToken);
        await SeenAsync("document.querySelector('time[data-due]').textContent.startsWith('overdue by 1\u00a0h')", cancellationToken);

        await tab.ValueAsync<bool>("document.querySelector('.incident button').click() ?? true", cancellationToken);
        await SeenAsync("document.body.innerText.includes('anonymous is at it') && !document.querySelector('.incident button')", cancellationToken);
        Assert.That(await tab.ValueAsync<int>("document.querySelectorAll('time[data-due]').length", cancellationToken), Is.Zero);
    }

    [Test]
    public async Task What_somebody_is_writing_is_left_alone_when_the_incident_changes(CancellationToken cancellationToken)
    {
        var number = await OpenAsync("DiskFull", "full");
        await tab.VisitAsync(Url($"/incidents/{number}"), 1280, 800, dark: false, cancellationToken);
        await tab.ValueAsync<bool>("(document.querySelector('textarea').value = 'half a sentence') && true", cancellationToken);
        await exporter.Client.PostAsync($"/api/v1/incidents/{number}/ack", null, cancellationToken);
        await SeenAsync("document.body.innerText.includes('anonymous is at it')", cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.querySelector('textarea').value", cancellationToken), Is.EqualTo("half a sentence"));
    }

    [Test]
    public async Task A_board_that_is_cut_off_says_so(CancellationToken cancellationToken)
    {
        await using (var mortal = await RunningExporter.StartAsync())
        {
            await tab.VisitAsync(new Uri(mortal.Client.BaseAddress!, "/incidents").ToString(), 1280, 800, dark: false, cancellationToken);
            await SeenAsync("document.querySelector('#silent').hidden", cancellationToken);
        }
        await SeenAsync("!document.querySelector('#silent').hidden", cancellationToken);
    }

    [Test]
    public async Task What_an_alert_brings_along_is_text_and_no_page_is_wider_than_a_telephone(CancellationToken cancellationToken)
    {
        var number = (await exporter.ReceiptsAsync(Bodies.Alert(
            Bodies.LabelsOf(("alertname", Hostile), ("severity", "critical"), ("site", Hostile), ("path", new string('x', 500)), (Hostile, Hostile)),
            start: $"\"{TimeProvider.System.GetUtcNow():O}\"", more: $",\"annotations\":{Bodies.LabelsOf(("summary", Hostile), ("dashboard_url", "javascript:document.title='owned'"))}")))[0].GetProperty("incident").GetString()!;
        await exporter.Client.PostAsync($"/api/v1/incidents/{number}/ack", new StringContent($$"""{"by":{{System.Text.Json.JsonSerializer.Serialize(Hostile)}},"note":{{System.Text.Json.JsonSerializer.Serialize(Hostile)}}}""", null, "application/json"), cancellationToken);
        foreach (var (path, name) in ((string, string)[])[("/incidents", "board"), ($"/incidents/{number}", "incident")])
        {
            foreach (var (width, dark) in ((int, bool)[])[(360, false), (1280, true)])
            {
                await tab.VisitAsync(Url(path), width, 900, dark, cancellationToken);
                await tab.KeepAsync($"hostile-{name}-{width}", cancellationToken);
                Assert.That(await tab.ValueAsync<string>("document.title", cancellationToken), Does.EndWith("Verolux Exporter"), path);
                Assert.That(await tab.ValueAsync<int>("document.querySelectorAll('main script, main img, main iframe').length", cancellationToken), Is.Zero, path);
                Assert.That(await tab.ValueAsync<string[]>("[...document.querySelectorAll('main a')].map(a => a.protocol).filter(p => p != 'http:')", cancellationToken), Is.Empty, path);
                Assert.That(await tab.ValueAsync<string>("document.querySelector('main').innerText", cancellationToken), Does.Contain("<script>"), path);
                Assert.That(await tab.ValueAsync<int>("document.documentElement.scrollWidth", cancellationToken), Is.LessThanOrEqualTo(width), path);
            }
        }
        Assert.That(tab.Requests.Where(r => !r.StartsWith(Url("/"), StringComparison.Ordinal) && r is not ("about:blank" or "data:,")), Is.Empty);
        Assert.That(tab.Complaints, Is.Empty);
    }

    async Task<string> OpenAsync(string name, string path) => (await exporter.ReceiptsAsync(
        Bodies.Alert(Bodies.LabelsOf(("alertname", name), ("severity", "warning"), ("path", path)), start: $"\"{TimeProvider.System.GetUtcNow():O}\"")))[0].GetProperty("incident").GetString()!;

    string Url(string path) => new Uri(exporter.Client.BaseAddress!, path).ToString();

    Task<string> SeenAsync(string expression, CancellationToken cancellationToken) => Eventually.FoundAsync(
        expression, async () => await tab.ValueAsync<bool>($"(() => {{ try {{ return Boolean({expression}); }} catch {{ return false; }} }})()", cancellationToken) ? "it" : null, cancellationToken);
}
