using NUnit.Framework;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>The runbooks' pages as they lie on a screen, in a real browser.</summary>
[CancelAfter(120_000)]
public class RunbookPageTests
{
    const int PhoneWidth = 360;
    const int PhoneHeight = 740;

    // Nothing of it may run, load or lead anywhere.
    const string Hostile = """
        <script>document.title='owned'</script>
        <img src="https://attacker.example/raw.png" onerror="document.title='owned'"> <iframe src="https://attacker.example/frame"></iframe>
        <style>@import url(https://attacker.example/style.css); main { display: none }</style>

        ![](https://attacker.example/picture.png) ![x](data:image/svg+xml;base64,PHN2Zy8+)
        [one](javascript:document.title='owned') [two](data:text/html,<script>document.title='owned'</script>) [three](vbscript:x) <javascript:document.title='owned'>
        [four](https://ok.example "title"){onclick="document.title='owned'" style="background:url(https://attacker.example/b.png)"}

        ```bash {onmouseover=document.title='owned' style=background:url(https://attacker.example/c.png)}
        echo "<b>text</b>" # and a line that is longer than any telephone is wide, so that it has to scroll within its block and not the page with it
        ```

        | a | b |
        |---|---|
        | averylongwordwithoutanyplacetobreakitaverylongwordwithoutanyplacetobreakitaverylongword | `averylongpieceofcode/averylongpieceofcode/averylongpieceofcode/averylongpieceofcode` |
        """;

    readonly TemporaryFolder folder = new();
    readonly RunbookFolder runbooks = new();
    ExporterProgram exporter = null!;
    Tab tab = null!;

    static IEnumerable<string> Pages => Names.Select(n => $"/runbooks/{n}").Append("/runbooks");

    static IEnumerable<string> Names => ShippedRunbooksTests.Shipped.Runbooks.Select(r => r.Name);

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        foreach (var file in Directory.EnumerateFiles(RunbookFolder.Shipped))
            runbooks.Write(Path.GetFileName(file), File.ReadAllText(file));
        runbooks.Write("RUNBOOK_HOSTILE.md", RunbookFolder.Sound.Replace("## Triage\ntext", $"## Triage\n\n{Hostile}\n", StringComparison.Ordinal));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        exporter = await ExporterProgram.StartAsync(
            folder.Write("verolux.yml", $$"""
                listen: 127.0.0.1:0
                site: north
                runbooks: { path: {{runbooks.Path}} }
                alerts: { store: verolux.db }
                storage: { targets: [{ path: / }] }
                """),
            deadline.Token);
        tab = await Tab.OpenAsync(deadline.Token);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await tab.DisposeAsync();
        await exporter.DisposeAsync();
        folder.Dispose();
        runbooks.Dispose();
    }

    [TestCaseSource(nameof(Names))]
    public async Task A_deep_link_lands_on_its_scenario_and_shows_which_one_it_is(string name, CancellationToken cancellationToken)
    {
        await tab.VisitAsync($"{exporter.Url}/runbooks/{name}", PhoneWidth, PhoneHeight, dark: false, cancellationToken);
        var quiet = await tab.ValueAsync<string>("getComputedStyle(document.querySelector('h3')).backgroundColor", cancellationToken);
        foreach (var (number, scenario) in ShippedRunbooksTests.Shipped.ByName(name)!.Scenarios.Index())
        {
            // The first from elsewhere, as out of a page; the others from the same page, which lands alike and takes no time.
            if (number == 0)
                await tab.VisitAsync($"{exporter.Url}/runbooks/{name}#{scenario.Id}", PhoneWidth, PhoneHeight, dark: false, cancellationToken);
            else
                await tab.ValueAsync<string>($"location.hash = '{scenario.Id}'", cancellationToken);
            var (text, top, background) = await TargetAsync(cancellationToken);
            Assert.That(text, Is.EqualTo(scenario.Title));
            // Below the bar that stays, and in the upper half of the screen.
            var bar = await tab.ValueAsync<double>("document.querySelector('.sections').getBoundingClientRect().bottom", cancellationToken);
            Assert.That(top, Is.InRange(bar, PhoneHeight / 2.0), scenario.Id);
            Assert.That(background, Is.Not.EqualTo(quiet), scenario.Id);
            await tab.KeepAsync($"{name}-{scenario.Id}", cancellationToken);
        }
    }

    [TestCaseSource(nameof(Pages))]
    public async Task A_telephone_shows_all_of_a_page_without_scrolling_it_sideways(string page, CancellationToken cancellationToken)
    {
        await tab.VisitAsync(exporter.Url + page, PhoneWidth, PhoneHeight, dark: false, cancellationToken);
        await AssertFitsAsync(page, cancellationToken);
        Assert.That(
            await tab.ValueAsync<int>("[...document.querySelectorAll('pre')].filter(e => e.textContent.split('\\n').some(l => l.length > 60) && e.scrollWidth <= e.clientWidth).length", cancellationToken),
            Is.Positive, "no line of code is longer than the screen is wide, so this proves nothing");
    }

    [TestCaseSource(nameof(Names))]
    public async Task The_first_screen_says_what_to_check_first(string name, CancellationToken cancellationToken)
    {
        // On a telephone what to do and the commands' beginning, on a desk also where to go from there.
        await tab.VisitAsync($"{exporter.Url}/runbooks/{name}", PhoneWidth, PhoneHeight, dark: false, cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.querySelector('article > p').textContent", cancellationToken), Does.StartWith("Check first."));
        Assert.That(await tab.ValueAsync<double>("document.querySelector('pre').getBoundingClientRect().top", cancellationToken), Is.LessThan(PhoneHeight * 0.7));
        await tab.VisitAsync($"{exporter.Url}/runbooks/{name}", 1280, 800, dark: false, cancellationToken);
        Assert.That(await tab.ValueAsync<double>("document.querySelector('tbody tr').getBoundingClientRect().bottom", cancellationToken), Is.LessThan(800));
        Assert.That(await tab.ValueAsync<bool>("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('.sections'))", cancellationToken), Is.True, "all sections in one line");
    }

    [TestCaseSource(nameof(Names))]
    public async Task The_sections_are_at_hand_wherever_one_reads(string name, CancellationToken cancellationToken)
    {
        await tab.VisitAsync($"{exporter.Url}/runbooks/{name}#escalation", PhoneWidth, PhoneHeight, dark: false, cancellationToken);
        Assert.That(await tab.ValueAsync<double>("document.querySelector('.sections').getBoundingClientRect().top", cancellationToken), Is.EqualTo(0).Within(1));
        Assert.That(await tab.ValueAsync<bool>("[...document.querySelectorAll('.sections a')].every(a => document.getElementById(a.hash.slice(1)))", cancellationToken), Is.True);
        Assert.That(await tab.ValueAsync<int>("document.querySelectorAll('.sections a').length", cancellationToken), Is.EqualTo(9));
    }

    [TestCaseSource(nameof(Names))]
    public async Task On_a_desk_the_scenarios_are_at_hand_as_well(string name, CancellationToken cancellationToken)
    {
        const string Links = "[...document.querySelectorAll('.beside a')].filter(a => a.checkVisibility()).map(a => a.hash.slice(1) + ' ' + a.textContent)";
        var scenarios = ShippedRunbooksTests.Shipped.ByName(name)!.Scenarios.Select(s => $"{s.Id} {s.Title}");
        await tab.VisitAsync($"{exporter.Url}/runbooks/{name}#escalation", 1280, 800, dark: false, cancellationToken);
        Assert.That(await tab.ValueAsync<string[]>(Links, cancellationToken), Is.EqualTo(scenarios));
        Assert.That(
            await tab.ValueAsync<double[]>("(b => [b.top, b.bottom, b.right])(document.querySelector('.beside').getBoundingClientRect())", cancellationToken) is [>= 0, < 800, <= 1280], Is.True,
            "it stays, and all of it is seen");
        await tab.VisitAsync($"{exporter.Url}/runbooks/{name}", PhoneWidth, PhoneHeight, dark: false, cancellationToken);
        Assert.That(await tab.ValueAsync<string[]>(Links, cancellationToken), Is.Empty, "there it would be in the way");
    }

    [Test]
    public async Task Hostile_markdown_runs_loads_and_leads_to_nothing(CancellationToken cancellationToken)
    {
        await tab.VisitAsync($"{exporter.Url}/runbooks/RUNBOOK_HOSTILE", PhoneWidth, PhoneHeight, dark: false, cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.title", cancellationToken), Is.EqualTo("Disk Full - Verolux Exporter"));
        Assert.That(await tab.ValueAsync<int>("document.querySelectorAll('main :is(img, iframe, script, style, object, embed, svg, form)').length", cancellationToken), Is.Zero);
        Assert.That(await tab.ValueAsync<string[]>("[...document.querySelectorAll('article a[href]')].map(a => a.protocol)", cancellationToken), Is.EqualTo(new[] { "https:" }));
        Assert.That(
            await tab.ValueAsync<string[]>("[...document.querySelectorAll('article *')].flatMap(e => [...e.attributes].map(a => a.name)).filter(n => !['id', 'href', 'class', 'disabled', 'type', 'tabindex'].includes(n))", cancellationToken),
            Is.Empty);
        Assert.That(await tab.ValueAsync<string>("document.querySelector('article').innerText", cancellationToken), Does.Contain("<script>document.title='owned'</script>"));
        // A click on each of them changes nothing either.
        await tab.ValueAsync<string>("[...document.querySelectorAll('article a:not([href])')].forEach(a => a.click())", cancellationToken);
        Assert.That(await tab.ValueAsync<string>("document.title", cancellationToken), Is.EqualTo("Disk Full - Verolux Exporter"));
        Assert.That(tab.Requests.Where(r => !r.StartsWith(exporter.Url + "/", StringComparison.Ordinal) && r is not ("about:blank" or "data:,")), Is.Empty);
        await AssertFitsAsync("the hostile one", cancellationToken);
    }

    [TestCaseSource(nameof(Pages))]
    public async Task Text_can_be_read_by_day_and_by_night(string page, CancellationToken cancellationToken)
    {
        foreach (var dark in (bool[])[false, true])
        {
            foreach (var (width, height) in ((int, int)[])[(1280, 800), (PhoneWidth, PhoneHeight)])
            {
                await tab.VisitAsync(exporter.Url + page, width, height, dark, cancellationToken);
                await tab.KeepAsync($"{Path.GetFileName(page)}-{width}-{(dark ? "dark" : "light")}", cancellationToken);
                Assert.That(await ContrastAsync("main", cancellationToken), Is.GreaterThan(7));
                Assert.That(await ContrastAsync("article a", cancellationToken), Is.GreaterThan(4.5));
                if (page != "/runbooks")
                    Assert.That(await ContrastAsync(".facts", cancellationToken), Is.GreaterThan(4.5));
            }
        }
    }

    async Task<(string Text, double Top, string Background)> TargetAsync(CancellationToken cancellationToken)
    {
        var target = await tab.ValueAsync<string[]>(
            "(() => { const t = document.querySelector(':target'); return t ? [t.textContent, String(t.getBoundingClientRect().top), getComputedStyle(t).backgroundColor] : ['nothing', '-1', '']; })()", cancellationToken);
        return (target[0], double.Parse(target[1], System.Globalization.CultureInfo.InvariantCulture), target[2]);
    }

    async Task AssertFitsAsync(string page, CancellationToken cancellationToken)
    {
        Assert.That(await tab.ValueAsync<int>("document.documentElement.scrollWidth", cancellationToken), Is.LessThanOrEqualTo(PhoneWidth), page);
        Assert.That(
            await tab.ValueAsync<string[]>($"[...document.querySelectorAll('body *')].filter(e => !e.closest('pre, table, .sections') && e.getBoundingClientRect().right > {PhoneWidth}).map(e => e.outerHTML.slice(0, 120))", cancellationToken),
            Is.Empty, page);
        Assert.That(await tab.ValueAsync<bool>($"[...document.querySelectorAll('pre, table')].every(e => e.getBoundingClientRect().right <= {PhoneWidth})", cancellationToken), Is.True, page);
    }

    /// <summary>Of text against the page, as WCAG has it: 4.5 is enough, 7 is good.</summary>
    Task<double> ContrastAsync(string selector, CancellationToken cancellationToken) => tab.ValueAsync<double>(
        $$"""
        (() => {
            const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(n => n / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
            const page = document.createElement('i');
            page.setAttribute('class', 'sections');
            document.body.append(page);
            const [text, ground] = [light(getComputedStyle(document.querySelector('{{selector}}')).color), light(getComputedStyle(page).backgroundColor)];
            page.remove();
            return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
        })()
        """, cancellationToken);
}
