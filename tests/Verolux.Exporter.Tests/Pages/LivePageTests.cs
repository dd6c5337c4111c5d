using NUnit.Framework;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>How a page that is open keeps itself up to date, in a real browser before a real exporter: its timers run when the test says so, and answers are held back until then.</summary>
[CancelAfter(120_000)]
public class LivePageTests
{
    /// <summary>run(n) lets the timer n go off. A page that is told to hold keeps its next answers until release().</summary>
    const string Steered =
        """
        (() => {
            const timers = [], real = window.fetch, waiting = [];
            window.setTimeout = (f, ms) => timers.push({ f, ms });
            window.clearTimeout = n => { if (timers[n - 1]) timers[n - 1].f = null; };
            window.pauses = () => timers.map(t => t.ms);
            window.run = n => { const t = timers[n]; const f = t.f; t.f = null; f?.(); return true; };
            window.runAll = () => { timers.forEach((t, n) => { if (t.ms < 20000) window.run(n); }); return true; };
            window.hold = false;
            window.asked = 0;
            window.release = () => { window.hold = false; waiting.splice(0).forEach(go => go()); return true; };
            window.fetch = async (address, how) => {
                window.asked++;
                if (window.hold) await new Promise(go => waiting.push(go));
                return real(window.elsewhere ?? address, how);
            };
        })()
        """;

    RunningExporter exporter = null!;
    Tab tab = null!;

    [SetUp]
    public async Task StartAsync()
    {
        exporter = await RunningExporter.StartAsync(yaml: "storage: { targets: [{ path: / }, { path: /tmp }, { path: /nowhere }] }");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        tab = await Tab.OpenAsync(deadline.Token);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await tab.DisposeAsync();
        await exporter.DisposeAsync();
    }

    [Test]
    public async Task However_much_happens_it_asks_once_at_a_time_and_then_rests(CancellationToken cancellationToken)
    {
        await VisitSteeredAsync("/incidents", cancellationToken);
        await SeenAsync("pauses().length === 1", cancellationToken);
        await DoAsync("hold = true, run(0)", cancellationToken);
        await DoAsync("(window.heard = 0, window.events = new EventSource('/api/v1/events'), events.addEventListener('incident', () => heard++), true)", cancellationToken);
        // What happens before is told to nobody.
        await SeenAsync("events.readyState === EventSource.OPEN", cancellationToken);
        for (var i = 1; i <= 5; i++)
        {
            await OpenAsync("DiskFull", $"/{i}");
            await SeenAsync($"heard >= {i}", cancellationToken);
        }
        Assert.That(await tab.ValueAsync<int[]>("[asked, pauses().filter(p => p < 20000).length]", cancellationToken), Is.EqualTo(new[] { 1, 1 }));
        await DoAsync("release()", cancellationToken);
        await SeenAsync("pauses().length === 2", cancellationToken);
        Assert.That(await tab.ValueAsync<double>("pauses()[1]", cancellationToken), Is.InRange(1500, 10_000));
        await DoAsync("run(1)", cancellationToken);
        await SeenAsync("document.querySelectorAll('.incident').length === 5", cancellationToken);
    }

    [Test]
    public async Task Whoever_works_by_keyboard_never_comes_to_another_incident(CancellationToken cancellationToken)
    {
        var first = await OpenAsync("DiskFull", "/a");
        await tab.VisitAsync(Url("/incidents"), 1280, 800, dark: false, cancellationToken);
        await DoAsync("document.querySelector('.incident button').focus() ?? true", cancellationToken);
        var more = await OpenAsync("DiskFull", "/b", "critical");
        await SeenAsync($"document.querySelector('.incident h2 a').href.endsWith('{more}') && document.querySelectorAll('.incident').length === 2", cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.activeElement.form?.getAttribute('action')", cancellationToken), Is.EqualTo($"/incidents/{first}/ack"));
        await exporter.Client.PostAsync($"/api/v1/incidents/{first}/ack", null, cancellationToken);
        await SeenAsync("document.body.innerText.includes('is at it')", cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.activeElement.id", cancellationToken), Is.EqualTo("board"), "that button is gone");
        await tab.TabOnAsync(cancellationToken);
        Assert.That(await tab.ValueAsync<bool>("document.querySelector('#board').contains(document.activeElement) && document.activeElement.id !== 'board'", cancellationToken), Is.True);
    }

    [Test]
    public async Task What_somebody_has_chosen_is_left_alone_when_the_incident_changes(CancellationToken cancellationToken)
    {
        var number = await OpenAsync("DiskFull", "/a");
        await tab.VisitAsync(Url($"/incidents/{number}"), 1280, 800, dark: false, cancellationToken);
        await DoAsync("(document.querySelector('select[name=level]').value = '3') && true", cancellationToken);
        await exporter.Client.PostAsync($"/api/v1/incidents/{number}/ack", null, cancellationToken);
        await SeenAsync("document.body.innerText.includes('is at it')", cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.querySelector('select[name=level]').value", cancellationToken), Is.EqualTo("3"));
    }

    [Test]
    public async Task What_can_be_done_follows_what_has_happened(CancellationToken cancellationToken)
    {
        var number = await OpenAsync("DiskFull", "/a");
        await tab.VisitAsync(Url($"/incidents/{number}"), 1280, 800, dark: false, cancellationToken);
        Assert.That(await tab.ValueAsync<bool>($"document.querySelector(\"#actions button[formaction='/incidents/{number}/ack']\") !== null", cancellationToken), Is.True);
        await exporter.Client.PostAsync($"/api/v1/incidents/{number}/ack", null, cancellationToken);
        await SeenAsync($"document.querySelector(\"#actions button[formaction='/incidents/{number}/unack']\")", cancellationToken);
    }

    [Test]
    public async Task What_was_marked_long_ago_does_not_hold_a_board_up(CancellationToken cancellationToken)
    {
        await VisitSteeredAsync("/incidents", cancellationToken);
        await DoAsync("getSelection().selectAllChildren(document.querySelector('h1')) ?? true", cancellationToken);
        await OpenAsync("DiskFull", "/a");
        await SeenAsync("runAll() && document.title.startsWith('(1)')", cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.querySelector('h1').textContent", cancellationToken), Is.EqualTo("No open incident"), "just marked");
        await DoAsync("(real => { Date.now = () => real() + 130000; return true; })(Date.now.bind(Date))", cancellationToken);
        await OpenAsync("DiskFull", "/b");
        await SeenAsync("runAll() && document.querySelector('h1').textContent === '2 open incidents'", cancellationToken);
    }

    [Test]
    public async Task A_page_that_is_not_the_exporters_is_no_answer(CancellationToken cancellationToken)
    {
        await VisitSteeredAsync("/incidents", cancellationToken);
        await SeenAsync("runAll() && asked === 1 && document.querySelector('#silent').hidden", cancellationToken);
        await DoAsync("(window.elsewhere = '/runbooks') && true", cancellationToken);
        await OpenAsync("DiskFull", "/a");
        await SeenAsync("runAll() && !document.querySelector('#silent').hidden", cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.title", cancellationToken), Does.StartWith("Incidents"));
        await DoAsync("delete window.elsewhere", cancellationToken);
        await OpenAsync("DiskFull", "/b");
        await SeenAsync("runAll() && document.querySelector('#silent').hidden && document.title.startsWith('(2)')", cancellationToken);
    }

    [Test]
    public async Task A_clock_that_is_set_while_the_page_is_open_counts_down_by_the_servers(CancellationToken cancellationToken)
    {
        await OpenAsync("DiskFull", "/a");
        await VisitSteeredAsync("/incidents", cancellationToken);
        await DoAsync("(real => { Date.now = () => real() + 7200000; return true; })(Date.now.bind(Date))", cancellationToken);
        await OpenAsync("DiskFull", "/b");
        await SeenAsync("runAll() && document.querySelectorAll('time[data-due]').length === 2", cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.querySelector('time[data-due]').textContent", cancellationToken), Does.Match(@"^(1\u00a0h\u00a00\u00a0|59 )min left$"));
    }

    [Test]
    public async Task Who_is_refused_the_events_asks_for_them_again(CancellationToken cancellationToken)
    {
        var others = new List<HttpResponseMessage>();
        for (var i = 0; i < 100; i++)
            others.Add(await exporter.Client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, cancellationToken));
        await VisitSteeredAsync("/incidents", cancellationToken);
        await SeenAsync("pauses().includes(30000)", cancellationToken);
        await SeenAsync("runAll() && asked > 0 && document.querySelector('#silent').hidden", cancellationToken);
        others.ForEach(o => o.Dispose());
        // Until the exporter has seen that they have gone.
        await Eventually.FoundAsync("a place", async () =>
        {
            using var one = await exporter.Client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return one.IsSuccessStatusCode ? "it" : null;
        }, cancellationToken);
        await DoAsync("run(pauses().indexOf(30000))", cancellationToken);
        await OpenAsync("DiskFull", "/a");
        await SeenAsync("runAll() && document.querySelectorAll('.incident').length === 1", cancellationToken);
    }

    async Task VisitSteeredAsync(string path, CancellationToken cancellationToken)
    {
        await tab.BeforeEachPageAsync(Steered, cancellationToken);
        await tab.VisitAsync(Url(path), 1280, 800, dark: false, cancellationToken);
    }

    async Task<string> OpenAsync(string name, string path, string severity = "warning") => (await exporter.ReceiptsAsync(
        Bodies.Alert(Bodies.LabelsOf(("alertname", name), ("severity", severity), ("path", path)), start: $"\"{TimeProvider.System.GetUtcNow():O}\"")))[0].GetProperty("incident").GetString()!;

    string Url(string path) => new Uri(exporter.Client.BaseAddress!, path).ToString();

    Task<bool> DoAsync(string expression, CancellationToken cancellationToken) => tab.ValueAsync<bool>(expression, cancellationToken);

    Task<string> SeenAsync(string expression, CancellationToken cancellationToken) => Eventually.FoundAsync(
        expression, async () => await tab.ValueAsync<bool>($"(() => {{ try {{ return Boolean({expression}); }} catch {{ return false; }} }})()", cancellationToken) ? "it" : null, cancellationToken);
}
