using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>The fleet and its cameras, read over HTTP and by a real browser.</summary>
[CancelAfter(120_000)]
public partial class CameraPagesTests
{
    const string ConsoleMessage = "CONSOLE";
    const string Runbook = "/runbooks/RUNBOOK_CAMERA_OFFLINE";

    /// <summary>As camera ids, sites and names of switches.</summary>
    static readonly string[] Hostile =
    [
        "<script>document.title='owned'</script>",
        "\"><img src=x onerror=document.title='owned'>",
        "' onmouseover='document.title=1",
        "/../",
        "../../metrics",
        "hall/door",
        "a\\b",
        "50%25 off",
        "a?b#c&d=e+f;g",
        "\u202egnp.a1",
        "Tür 7",
        "@Model",
    ];

    readonly CameraFarm farm = CameraFarm.Start(keepsRequests: false);
    readonly TemporaryFolder folder = new();
    ExporterHost exporter = null!;

    /// <summary>The one with the hostile names.</summary>
    ExporterHost besieged = null!;

    /// <summary>Looked at when told to: only the first is looked at by itself while the tests run.</summary>
    [OneTimeSetUp]
    public async Task StartAsync()
    {
        farm.AddDemo();
        folder.Write("password", Access.DefaultPassword);
        string[] cameras =
        [
            Camera("good", "open25", "expected_fps: 25, sample: 1h, switch: sw-1"),
            Camera("changed", "password_changed", "username: admin, password_file: password, switch: sw-2"),
            Camera("repaired", "not_found", "maintenance: true"),
            Camera("covered", "black", "picture: 1h, thumbnail: true"),
            Camera("silent_stream", "no_frames", "sample: 1h"),
            Camera("slowed", "h264_12", "expected_fps: 25, sample: 1h"),
            Camera("plain", "h264_5", "picture: 1h"),
            Camera("idle", "open25", ""),
            Camera("off", "open25", "enabled: false"),
            Camera("good", "open25", "site: south"),
        ];
        exporter = await HostAsync(cameras, folder);
        besieged = await HostAsync(Hostile.Select(name => Camera(name, "garbage", $"site: {Quoted(name)}, switch: {Quoted(name)}")));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await Task.WhenAll(((string[])[
            "good&site=north", "changed", "repaired", "covered", "silent_stream", "slowed", "plain", "good&site=south"]).Select(camera => LookAsync(camera, "describe", deadline.Token)));
        await Task.WhenAll(((string[])["good&site=north", "silent_stream", "slowed"]).Select(camera => LookAsync(camera, "sample", deadline.Token)));
        await Task.WhenAll(((string[])["covered", "plain"]).Select(camera => LookAsync(camera, "picture", deadline.Token)));
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await exporter.DisposeAsync();
        await besieged.DisposeAsync();
        await farm.DisposeAsync();
        folder.Dispose();
    }

    static Task<ExporterHost> HostAsync(IEnumerable<string> cameras, TemporaryFolder? folder = null) =>
        ExporterHost.StartAsync($"cameras:\n  interval: 1h\n  timeout: 30s\n  targets:\n{string.Join('\n', cameras)}", folder);

    string Camera(string id, string path, string more) => $"    - {{ id: {Quoted(id)}, url: {farm.Url(farm.Find($"/{path}")!)}{(more.Length > 0 ? ", " : "")}{more} }}";

    // JSON's quotes are also YAML's.
    static string Quoted(string text) => JsonSerializer.Serialize(text);

    Task LookAsync(string camera, string depth, CancellationToken cancellationToken) => exporter.Client.GetStringAsync(new Uri($"/probe?camera={camera}&depth={depth}", UriKind.Relative), cancellationToken);

    Task<string> PageAsync(string path, CancellationToken cancellationToken) => exporter.Client.GetStringAsync(new Uri(path, UriKind.Relative), cancellationToken);

    static List<(string State, string Name, string Others)> RowsOf(string page) =>
        [.. Row().Matches(page).Select(m => (m.Groups["state"].Value, WebUtility.HtmlDecode(m.Groups["name"].Value), WebUtility.HtmlDecode(m.Groups["rest"].Value)))];

    [Test]
    public async Task The_fleet_is_shown_red_first(CancellationToken cancellationToken)
    {
        var rows = RowsOf(await PageAsync("/cameras", cancellationToken));
        Assert.That(rows.Select(r => $"{r.State} {r.Name}"), Is.EqualTo(new[]
        {
            "down changed", "down repaired", "degraded covered", "degraded silent_stream", "degraded slowed", "unknown idle", "up good", "up plain", "up good", "disabled off",
        }));
    }

    [TestCase("changed", "auth: ", "<td>sw-2</td>")]
    [TestCase("repaired", "not_found: ", "<span class=\"tag word\">maintenance</span>")]
    [TestCase("covered", "<td class=\"why\"><bdi>the picture is black</bdi></td>")]
    [TestCase("silent_stream", "sample: no_frames: ")]
    [TestCase("slowed", "<td class=\"why\"><bdi>fewer frames than expected</bdi></td>", " of 25</td>")]
    [TestCase("idle", "<td class=\"why\"><bdi>not looked at yet</bdi></td>")]
    public async Task A_camera_that_is_not_well_says_why_at_a_glance(string name, params string[] said)
    {
        var rows = RowsOf(await PageAsync("/cameras", TestContext.CurrentContext.CancellationToken));
        var row = rows.Single(r => r.Name == name);
        foreach (var text in said)
            Assert.That(row.Others, Does.Contain(text));
        Assert.That(rows.Count(r => r.Others.Contains("maintenance")), Is.EqualTo(1));
    }

    [Test]
    public async Task The_first_page_takes_each_camera_for_what_the_fleet_takes_it_for(CancellationToken cancellationToken)
    {
        var page = await PageAsync("/", cancellationToken);
        var fleet = RowsOf(await PageAsync("/cameras", cancellationToken)).Select(r => $"{r.State} {r.Name}");
        Assert.That(Target().Matches(page).Where(m => m.Groups["link"].Success).Select(m => $"{m.Groups["state"].Value} {m.Groups["name"].Value}"), Is.EquivalentTo(fleet));
        Assert.That(page, Does.Match(@"<bdi>the picture is black \([0-9:]+ UTC\)</bdi>").And.Contain(">3 of 9 up</span>"));
    }

    [Test]
    public async Task States_are_counted_and_can_be_chosen(CancellationToken cancellationToken)
    {
        var page = await PageAsync("/cameras", cancellationToken);
        Assert.That(Count().Matches(page).Select(m => m.Groups["count"].Value), Is.EqualTo(new[] { "2 down", "3 degraded", "1 unknown", "3 up", "1 disabled" }));
        Assert.That(page, Does.Not.Contain(">all</a>"));
        foreach (var (state, names) in ((string, string[])[])[("degraded", ["covered", "silent_stream", "slowed"]), ("unknown", ["idle"]), ("up", ["good", "plain", "good"]), ("disabled", ["off"])])
        {
            var chosen = await PageAsync($"/cameras?state={state}", cancellationToken);
            Assert.That(RowsOf(chosen).Select(r => r.Name), Is.EqualTo(names), state);
            Assert.That(chosen, Does.Contain("<a href=\"/cameras\">all</a>").And.Contain(">3 degraded</a>"), "the counts stay those of all");
        }
        Assert.That(RowsOf(await PageAsync("/cameras?state=%3Cscript%3E", cancellationToken)), Has.Count.EqualTo(RowsOf(page).Count));
    }

    [Test]
    public async Task Names_are_text_whatever_they_hold_and_their_links_lead_to_their_cameras(CancellationToken cancellationToken)
    {
        async Task<string> OpenAsync(string path) => await besieged.Client.GetStringAsync(new Uri(path, UriKind.Relative), cancellationToken);
        var page = await OpenAsync("/cameras");
        IsHarmless(page);
        Assert.That(RowsOf(page).Select(r => r.Name), Is.EquivalentTo(Hostile));
        foreach (var name in Hostile)
        {
            var row = Row().Matches(page).Single(m => WebUtility.HtmlDecode(m.Groups["name"].Value) == name);
            Assert.That(WebUtility.HtmlDecode(row.Groups["rest"].Value), Does.Contain($"<td>{name}</td>"));
            // Of all but the first camera nothing is known yet, its switch included: it comes with the look that is asked for on the page.
            var link = WebUtility.HtmlDecode(row.Groups["link"].Value);
            var probe = WebUtility.HtmlDecode(Probe().Match(await OpenAsync(link)).Groups["link"].Value);
            Assert.That(await OpenAsync(probe), Does.Contain("describe: failed, protocol"), probe);
            var camera = await OpenAsync(link);
            IsHarmless(camera);
            Assert.That(WebUtility.HtmlDecode(camera), Does.Contain($"<h1>Camera <code>{name}</code>").And.Contain($"<title>Camera {name} - ").And.Contain($"site {name} · switch {name} · looked at "));
        }
        page = await OpenAsync("/cameras");
        IsHarmless(page);
        Assert.That(RowsOf(page).Select(r => (r.State, r.Others.Split($"<td>{r.Name}</td>").Length)), Is.All.EqualTo(("down", 3)), "site and switch");
    }

    [Test]
    public async Task A_camera_that_is_down_shows_the_scenario_and_its_last_looks_with_the_failures_open(CancellationToken cancellationToken)
    {
        var page = WebUtility.HtmlDecode(await PageAsync("/cameras/changed?site=north", cancellationToken));
        Assert.That(page, Does.Contain("<span class=\"count is-down\">down</span>").And.Contain("<p class=\"down\"><bdi>auth: "));
        Assert.That(page, Does.Match($"Points to <a href=\"{Runbook}#credentials-changed\"><strong>Scenario B: credentials changed</strong></a></h2>\\s*<p>because</p>\\s*<ul class=\"findings\">\\s*<li><code>verolux_camera_failure{{"));
        Assert.That(await PageAsync(Runbook, cancellationToken), Does.Contain("id=\"credentials-changed\""));
        Assert.That(Looks().Matches(page).Select(m => m.Groups["open"].Value.Trim()).ToHashSet(), Is.EqualTo(new[] { "open" }));
        Assert.That(page, Does.Match("<th scope=\"row\">describe</th><td class=\"number\">[0-9.]+ ms</td><td>.*401").And.Not.Contain(Access.DefaultPassword));

        page = await PageAsync("/cameras/good?site=north", cancellationToken);
        Assert.That(page, Does.Not.Contain("Points to").And.Not.Contain("No scenario"));
        Assert.That(Looks().Matches(page).Select(m => (m.Groups["open"].Value.Trim(), m.Groups["depth"].Value)), Is.SupersetOf(new[] { ("", "sample"), ("", "describe") }));
        Assert.That(Looks().Matches(page).First().Groups["depth"].Value, Is.EqualTo("sample"), "newest first");
        Assert.That(page, Does.Match("<th scope=\"row\">Frames per second, measured</th><td>2[3-7]").And.Contain("<th scope=\"row\">Frames per second, expected</th><td>25</td>"));
    }

    [Test]
    public async Task A_stream_that_fails_points_to_its_scenario_although_the_camera_answers(CancellationToken cancellationToken)
    {
        var page = await PageAsync("/cameras/silent_stream", cancellationToken);
        Assert.That(page, Does.Contain("<span class=\"count is-degraded\">degraded</span>").And.Contain($"<a href=\"{Runbook}#firmware-issue\">"));
        Assert.That(Looks().Matches(page).Select(m => (m.Groups["open"].Value.Trim(), m.Groups["depth"].Value)), Is.EqualTo(new[] { ("open", "sample"), ("", "describe") }));
    }

    [Test]
    public async Task A_camera_that_nobody_looks_at_can_not_be_probed_from_its_page(CancellationToken cancellationToken)
    {
        Assert.That(await PageAsync("/cameras/off", cancellationToken), Does.Contain("<span class=\"count is-disabled\">disabled</span>").And.Not.Contain("/probe?"));
        Assert.That(await PageAsync("/cameras/repaired", cancellationToken), Does.Contain("<span class=\"tag word\">maintenance</span>").And.Contain("/probe?"));
    }

    [Test]
    public async Task Of_two_cameras_with_one_name_the_link_says_which(CancellationToken cancellationToken)
    {
        Assert.That(await PageAsync("/cameras/good?site=south", cancellationToken), Does.Contain("site south").And.Not.Contain("site north").And.Not.Contain("sample"));
        Assert.That(await PageAsync("/cameras/good?site=north", cancellationToken), Does.Contain("site north").And.Contain("sw-1"));
    }

    [TestCase("/cameras/nobody")]
    [TestCase("/cameras/good?site=west")]
    [TestCase("/cameras/%3Cscript%3Edocument.title%3D1%3C%2Fscript%3E")]
    [TestCase("/cameras/GOOD")]
    public async Task A_camera_that_is_not_there_is_not_found(string path, CancellationToken cancellationToken)
    {
        using var answer = await exporter.Client.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        var page = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(page, Does.Contain("<h1>No such camera</h1>").And.Contain("href=\"/cameras\""));
        IsHarmless(page);
    }

    [Test]
    public async Task The_last_picture_is_shown_only_where_that_is_switched_on_and_nobody_keeps_it(CancellationToken cancellationToken)
    {
        const string Picture = "/cameras/covered/picture.jpg?site=north";
        Assert.That(await PageAsync("/cameras/covered", cancellationToken), Does.Contain($"<img src=\"{Picture}\""));
        using var picture = await exporter.Client.GetAsync(new Uri(Picture, UriKind.Relative), cancellationToken);
        Assert.That((picture.StatusCode, picture.Content.Headers.ContentType?.ToString(), picture.Headers.CacheControl?.ToString()), Is.EqualTo((HttpStatusCode.OK, "image/jpeg", "no-store")));
        Assert.That((await picture.Content.ReadAsByteArrayAsync(cancellationToken))[..3], Is.EqualTo(new byte[] { 0xff, 0xd8, 0xff }));

        Assert.That(await PageAsync("/cameras/plain", cancellationToken), Does.Not.Contain("<img").And.Contain("Brightness"));
        foreach (var without in (string[])["plain", "good", "off", "nobody", "covered/../plain", "covered%2F..%2Fplain"])
        {
            using var none = await exporter.Client.GetAsync(new Uri($"/cameras/{without}/picture.jpg", UriKind.Relative), cancellationToken);
            Assert.That(none.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), without);
        }
    }

    [Test]
    public async Task A_browser_shows_the_picture_and_has_nothing_to_complain_about(CancellationToken cancellationToken)
    {
        var visit = await Browser.VisitAsync($"{Address(exporter)}/cameras/covered", cancellationToken);
        Assert.That(visit.Dom, Does.Contain("<img src=\"/cameras/covered/picture.jpg?site=north\""));
        Assert.That(visit.Log, Does.Not.Contain(ConsoleMessage));
    }

    [TestCase("/cameras", "<title>Cameras - Verolux Exporter</title>")]
    [TestCase("/cameras/%3Cscript%3Edocument.title%3D%27owned%27%3C%2Fscript%3E", "<code>&lt;script&gt;document.title='owned'&lt;/script&gt;</code>")]
    [TestCase("/cameras/%2F..%2F", "<code>/../</code>")]
    [TestCase("/cameras/hall%2Fdoor", "<code>hall/door</code>")]
    public async Task A_browser_takes_no_name_for_markup(string path, string shown, CancellationToken cancellationToken)
    {
        var visit = await Browser.VisitAsync(Address(besieged) + path, cancellationToken);
        Assert.That(visit.Dom, Does.Contain(shown).And.Not.Contain("<title>owned").And.Not.Contain("<script"));
        Assert.That(visit.Log, Does.Not.Contain(ConsoleMessage));
    }

    static string Address(ExporterHost host) => host.Service.Url.TrimEnd('/');

    static void IsHarmless(string page) => Assert.That(page, Does.Not.Match(@"<script|<img src=""?x|<[^>""]*(?:""[^""]*""[^>""]*)*\s(?:style|on\w+)="));

    [GeneratedRegex("<tr>\\s*<td class=\"(?<state>[a-z]+)\">\\k<state></td>\\s*<td><a href=\"(?<link>[^\"]+)\"><code>(?<name>.*?)</code></a>(?<rest>.*?)</tr>", RegexOptions.Singleline)]
    private static partial Regex Row();

    [GeneratedRegex("<li><span class=\"state (?<state>[a-z]+)\">\\k<state></span>\\s*(?<link><a href=\"[^\"]+\">)?\\s*<code>(?<name>.*?)</code>")]
    private static partial Regex Target();

    [GeneratedRegex("<a class=\"count [a-z-]+\" href=\"/cameras\\?state=[a-z]+\">(?<count>[0-9]+ [a-z]+)</a>")]
    private static partial Regex Count();

    [GeneratedRegex("<details ?(?<open>[^>]*)>\\s*<summary><span class=\"(?:up|down)\">(?<depth>[a-z]+)</span>")]
    private static partial Regex Looks();

    [GeneratedRegex("href=\"(?<link>/probe\\?[^\"]+)\"")]
    private static partial Regex Probe();
}
