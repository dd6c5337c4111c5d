using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>What holds for every page, of an exporter that has everything on them: seen by a real browser, and judged by axe, an engine that knows the rules of accessibility (WCAG 2.2).</summary>
[CancelAfter(180_000)]
public class EveryPageTests
{
    /// <summary>INCIDENT, STORM and OVER stand for incidents' numbers.</summary>
    static readonly string[] Pages =
    [
        "/", "/incidents", "/incidents?alert=CameraOffline", "/incidents?alert=Nothing", "/incidents/INCIDENT", "/incidents/STORM", "/incidents/OVER", "/incidents/VX-000000", "/cameras", "/cameras?state=down&text=g",
        "/cameras?text=nothing", "/cameras/gate_a1", "/cameras/hall", "/cameras/nobody", "/runbooks", "/runbooks/RUNBOOK_CAMERA_OFFLINE", "/runbooks/nothing", "/drill",
    ];

    static readonly string Axe = File.ReadAllText(RepositoryRoot.Of("build", "npm", "node_modules", "axe-core", "axe.min.js"));
    readonly CameraFarm farm = CameraFarm.Start(keepsRequests: false);
    readonly Dictionary<string, string> numbers = [];
    TemporaryFolder folder = null!;
    RunningExporter exporter = null!;
    Tab tab = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        farm.AddDemo();
        folder = new TemporaryFolder();
        folder.Write("password", Access.DefaultPassword);
        string Url(string path) => farm.Url(farm.Find(path)!);
        exporter = await RunningExporter.StartAsync(folder, runbooks: RepositoryRoot.Of("runbooks"), yaml: $$"""
            cameras:
              interval: 1h
              timeout: 30s
              targets:
                - { id: gate_a1, url: {{Url("/password_changed")}}, username: admin, password_file: password, switch: sw3, sample: 1h }
                - { id: hall, url: {{Url("/open25")}}, expected_fps: 25, sample: 1h }
                - { id: cellar, url: {{Url("/open25")}}, maintenance: true }
            storage: { targets: [{ path: / }, { path: /nowhere }] }
            """);
        foreach (var (camera, depth) in ((string, string)[])[("gate_a1", "describe"), ("hall", "describe"), ("hall", "sample")])
            await exporter.Client.GetStringAsync(new Uri($"/probe?camera={camera}&depth={depth}", UriKind.Relative));
        var over = await OpenAsync("StorageNearFull", ("path", "/"));
        await DoAsync(over, "notes", "a note with\ntwo lines");
        await DoAsync(over, "resolve", "made room");
        numbers["OVER"] = over;
        numbers["INCIDENT"] = await OpenAsync("CameraOffline", ("camera", "gate_a1"));
        await DoAsync(await OpenAsync("QueueBacklog", ("queue", "heavy"), ("broker", "main")), "ack", "");
        await OpenAsync("NoRunbookKnowsThis");
        await exporter.ReceiptsAsync(Enumerable.Range(0, 22).Select(i => Alert("APIDown", ("backend", $"b{i}"))));
        numbers["STORM"] = Exporter.Alerts.Incidents.IncidentNumber.Format(long.Parse(exporter.Rows("SELECT id FROM incidents WHERE is_storm")[0], System.Globalization.CultureInfo.InvariantCulture));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        tab = await Tab.OpenAsync(deadline.Token);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await tab.DisposeAsync();
        await exporter.DisposeAsync();
        await farm.DisposeAsync();
        folder.Dispose();
    }

    [TestCaseSource(nameof(Pages))]
    public async Task It_is_open_to_everybody_by_day_and_by_night_on_a_telephone_and_on_a_desk(string page, CancellationToken cancellationToken)
    {
        foreach (var (width, dark) in ((int, bool)[])[(360, false), (360, true), (1280, false), (1280, true)])
        {
            await tab.VisitAsync(Url(page), width, 900, dark, cancellationToken);
            Assert.That(await tab.ValueAsync<int>("document.documentElement.scrollWidth", cancellationToken), Is.LessThanOrEqualTo(width), $"{page} at {width}");
            await tab.KeepAsync($"{(page == "/" ? "overview" : string.Concat(page[1..].Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')))}-{width}-{(dark ? "night" : "day")}", cancellationToken);
            Assert.That(
                await tab.ValueAsync<string[]>($"{Axe};axe.run().then(r => r.violations.flatMap(v => v.nodes.map(n => `${{v.impact}} ${{v.id}}: ${{n.html.slice(0, 160)}} ${{n.failureSummary}}`)))", cancellationToken),
                Is.Empty, $"{page} at {width}{(dark ? " by night" : "")}");
        }
        Assert.That(tab.Complaints, Has.None.Contains("violat").And.None.Contains("exception"), page);
        Assert.That(tab.Requests.Where(r => !r.StartsWith(Url("/"), StringComparison.Ordinal) && r != "about:blank"), Is.Empty, page);
    }

    [Test]
    public async Task The_engine_that_judges_them_would_find_something(CancellationToken cancellationToken)
    {
        await tab.VisitAsync(Url("/"), 1280, 900, dark: false, cancellationToken);
        await tab.ValueAsync<bool>("(() => { document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/icon.svg\"><input>'); document.querySelector('main p').className = 'count quiet is-up'; return true; })()", cancellationToken);
        Assert.That(
            await tab.ValueAsync<string[]>($"{Axe};axe.run().then(r => r.violations.map(v => v.id))", cancellationToken),
            Is.SupersetOf(new[] { "image-alt", "label" }));
    }

    [TestCase("/")]
    [TestCase("/incidents/INCIDENT")]
    [TestCase("/cameras")]
    [TestCase("/runbooks/RUNBOOK_CAMERA_OFFLINE")]
    public async Task The_keyboard_reaches_everything_and_one_sees_where_it_is(string page, CancellationToken cancellationToken)
    {
        await tab.VisitAsync(Url(page), 1280, 900, dark: false, cancellationToken);
        // By what they are: a page that keeps itself up to date puts others of the same kind in their places.
        var expected = await tab.ValueAsync<int>(
            """
            (() => {
                const named = e => [e.tagName, e.type, e.name, e.getAttribute('href'), e.formAction, e.textContent.slice(0, 60)].join(' ');
                const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(e => e.checkVisibility());
                window.wanted = new Set(all.filter(e => e.type !== 'radio').map(named));
                window.reached = new Set();
                window.unseen = [];
                document.addEventListener('focusin', () => {
                    const e = document.activeElement, s = getComputedStyle(e);
                    window.reached.add(named(e));
                    if (e.id !== 'main' && (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2)) window.unseen.push(named(e));
                });
                return all.length + document.querySelectorAll('[tabindex="0"]').length;
            })()
            """, cancellationToken);
        Assert.That(expected, Is.GreaterThan(5));
        for (var i = 0; i < expected + 2; i++)
            await tab.TabOnAsync(cancellationToken);
        Assert.That(await tab.ValueAsync<string[]>("[...window.wanted].filter(w => !window.reached.has(w))", cancellationToken), Is.Empty, page);
        Assert.That(await tab.ValueAsync<string[]>("window.unseen", cancellationToken), Is.Empty, page);
    }

    [Test]
    public async Task Without_scripts_all_is_shown_and_all_can_be_done(CancellationToken cancellationToken)
    {
        var number = await OpenAsync("SlowInference", ("backend", "backend"));
        await using var plain = await Tab.OpenAsync(cancellationToken);
        await plain.WithoutScriptsAsync(cancellationToken);
        await plain.VisitAsync(Url("/incidents?alert=SlowInference"), 1280, 900, dark: false, cancellationToken);
        Assert.That(await plain.HtmlAsync(cancellationToken), Does.Contain(number).And.Match("respond by [0-9:]{5} UTC, .* left").And.Contain("http-equiv=\"refresh\""));
        await plain.ClickAsync($"form[action='/incidents/{number}/ack'] button", cancellationToken);
        Assert.That(await plain.HtmlAsync(cancellationToken), Does.Contain("<bdi>anonymous</bdi> is at it"));

        await plain.VisitAsync(Url($"/incidents/{number}"), 360, 900, dark: true, cancellationToken);
        await plain.ClickAsync("button[formaction$='/resolve']", cancellationToken);
        Assert.That(await plain.HtmlAsync(cancellationToken), Does.Contain("<span class=\"tag word\">resolved</span>").And.Match("<strong>resolved</strong> *<span> by <bdi>anonymous"));
        await plain.VisitAsync(Url("/cameras"), 360, 900, dark: true, cancellationToken);
        await plain.ClickAsync("a[href='/cameras?state=down']", cancellationToken);
        Assert.That(await plain.HtmlAsync(cancellationToken), Does.Contain("gate_a1").And.Not.Contain("<code>hall</code>"));
    }

    [Test]
    public async Task The_first_page_follows_what_happens_and_says_what_is_wrong_first(CancellationToken cancellationToken)
    {
        await using var own = await RunningExporter.StartAsync(yaml: "storage: { targets: [{ path: / }] }");
        string Own(string path) => new Uri(own.Client.BaseAddress!, path).ToString();
        await using var page = await Tab.OpenAsync(cancellationToken);
        await Eventually.FoundAsync("a look", async () => (await own.Client.GetStringAsync("/")).Contains("All is well") ? "it" : null, cancellationToken);
        await page.VisitAsync(Own("/"), 1280, 900, dark: false, cancellationToken);
        Assert.That(await page.ValueAsync<string>("document.querySelector('h1').textContent", cancellationToken), Is.EqualTo("All is well"));
        await own.ReceiptsAsync(Bodies.Alert(Bodies.LabelsOf(("alertname", "DiskFull"), ("severity", "warning")), start: $"\"{TimeProvider.System.GetUtcNow().AddMinutes(-30):O}\""));
        await Eventually.FoundAsync("the incident", async () => await page.ValueAsync<string>("document.querySelector('.verdict').textContent", cancellationToken) is var said && said.Contains("1 incident waits for an answer") ? said : null, cancellationToken);
        Assert.That(await page.ValueAsync<string>("document.querySelector('.clock').textContent.trim()", cancellationToken), Does.Match("^(30|29) min left$"));
        Assert.That(await page.ValueAsync<string>("document.querySelector('svg.used .gone').getAttribute('width')", cancellationToken), Does.Match("^5[0-9]"));
        await page.ClickAsync(".incident button", cancellationToken);
        await page.VisitAsync(Own("/"), 1280, 900, dark: false, cancellationToken);
        Assert.That(await page.ValueAsync<string>("document.querySelector('h1').textContent", cancellationToken), Is.EqualTo("1 incident is open, and waits for nobody"));
    }

    [Test]
    public async Task What_is_unfolded_and_where_the_keyboard_is_survive_a_change(CancellationToken cancellationToken)
    {
        var number = await OpenAsync("RTSPStorm");
        await using var page = await Tab.OpenAsync(cancellationToken);
        await page.VisitAsync(Url($"/incidents/{number}"), 1280, 900, dark: false, cancellationToken);
        await page.ValueAsync<bool>("(() => { window.old = document.querySelector('#todo'); const d = document.querySelector('#todo details'); d.open = !d.open; window.was = d.open; d.querySelector('summary').focus(); return true; })()", cancellationToken);
        await DoAsync(number, "notes", "something has happened");
        await Eventually.FoundAsync("the note", async () => await page.ValueAsync<bool>("document.body.innerText.includes('something has happened') && window.old !== document.querySelector('#todo')", cancellationToken) ? "it" : null, cancellationToken);
        Assert.That(await page.ValueAsync<bool>("document.querySelector('#todo details').open === window.was && document.activeElement.matches('#todo summary')", cancellationToken), Is.True);
        // What somebody has marked to copy stays under the mouse.
        await page.ValueAsync<bool>("(() => { window.old = document.querySelector('#todo'); getSelection().selectAllChildren(window.old.querySelector('pre')); return true; })()", cancellationToken);
        await DoAsync(number, "notes", "and more");
        await Eventually.FoundAsync("the second note", async () => await page.ValueAsync<bool>("document.body.innerText.includes('and more')", cancellationToken) ? "it" : null, cancellationToken);
        Assert.That(await page.ValueAsync<bool>("window.old === document.querySelector('#todo')", cancellationToken), Is.True);
    }

    string Url(string page)
    {
        foreach (var (name, number) in numbers)
            page = page.Replace(name, number, StringComparison.Ordinal);
        return new Uri(exporter.Client.BaseAddress!, page).ToString();
    }

    static string Alert(string name, params (string, string)[] labels) =>
        Bodies.Alert(Bodies.LabelsOf([("alertname", name), ("severity", "critical"), ("site", "north"), .. labels]), start: $"\"{TimeProvider.System.GetUtcNow():O}\"");

    async Task<string> OpenAsync(string name, params (string, string)[] labels) => (await exporter.ReceiptsAsync(Alert(name, labels)))[0].GetProperty("incident").GetString()!;

    async Task DoAsync(string number, string action, string note)
    {
        using var answer = await exporter.Client.PostAsync(
            new Uri($"/api/v1/incidents/{number}/{action}", UriKind.Relative), new StringContent(System.Text.Json.JsonSerializer.Serialize(new { by = "Kim", note }), null, "application/json"));
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
    }
}
