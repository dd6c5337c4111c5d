using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>Looks that are asked for over HTTP.</summary>
[CancelAfter(60_000)]
public class ProbeEndpointTests
{
    const string OperatorToken = "0123456789-operator";
    const string ScrapeToken = "0123456789-scrape";
    const string Password = "the-old-password";
    readonly CameraFarm farm = CameraFarm.Start();
    readonly TemporaryFolder folder = new();
    Camera silent = null!;
    Camera twin = null!;
    ExporterHost exporter = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var good = farm.Url(farm.Add("/good"));
        var changed = farm.Url(farm.Add("/changed", DemoCameras.Kinds["password_changed"]));
        (silent, twin) = (farm.Add("/silent", DemoCameras.Kinds["silent"]), farm.Add("/twin"));
        folder.Write("password", Password);
        // Only the first is looked at by itself while the tests run.
        exporter = await ExporterHost.StartAsync($$"""
            cameras:
              interval: 1h
              timeout: 8s
              targets:
                - { id: good, url: {{good}}, sample: 1h, expected_fps: 25, timeout: 30s }
                - { id: changed, url: {{changed}}, username: admin, password_file: password, timeout: 30s }
                - { id: silent, url: {{farm.Url(silent)}} }
                - { id: off, url: {{farm.Elsewhere}}, enabled: false }
                - { id: twin, url: {{farm.Url(twin)}}, timeout: 30s }
                - { id: twin, url: {{farm.Url(twin)}}, timeout: 30s, site: south }
            """, folder);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await exporter.DisposeAsync();
        await farm.DisposeAsync();
        folder.Dispose();
    }

    async Task<(HttpStatusCode Status, string Text)> AskAsync(string query, CancellationToken cancellationToken)
    {
        using var answer = await exporter.Client.GetAsync(new Uri($"/probe{query}", UriKind.Relative), cancellationToken);
        var type = answer.Content.Headers.ContentType?.ToString();
        Assert.That(type, Is.EqualTo(answer.IsSuccessStatusCode && !query.EndsWith("debug=true") ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    [TestCase("describe", "verolux_camera_up{site=\"north\",camera=\"good\"}", "verolux_camera_expected_frames_per_second{site=\"north\",camera=\"good\"}")]
    [TestCase("sample", "verolux_camera_streaming{site=\"north\",camera=\"good\"}", "verolux_camera_frames_per_second{site=\"north\",camera=\"good\"}")]
    public async Task The_series_of_one_look_come_in_the_text_format(string depth, string one, string other, CancellationToken cancellationToken)
    {
        var (status, text) = await AskAsync($"?camera=good&depth={depth}", cancellationToken);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), text);
        var page = new Exposition(text);
        Assert.That(page[one], Is.EqualTo(1));
        Assert.That(page[other], Is.EqualTo(25).Within(2));
        Assert.That(page.Series.Select(s => Exposition.Read(s).Labels).All(l => (l["site"], l["camera"]) == ("north", "good")), Is.True, text);
        var (exitCode, said) = Command.Run("sh", "-c", $"promtool check metrics < {folder.Write($"{depth}.txt", text)}");
        // 3: it would rather have other names.
        Assert.That(exitCode, Is.EqualTo(0).Or.EqualTo(3), said);
    }

    [Test]
    public async Task A_look_is_a_describe_where_nothing_else_is_said_and_its_series_are_not_kept_by_caches(CancellationToken cancellationToken)
    {
        using var answer = await exporter.Client.GetAsync(new Uri("/probe?camera=good", UriKind.Relative), cancellationToken);
        Assert.That(answer.Headers.CacheControl?.NoStore, Is.True);
        Assert.That(new Exposition(await answer.Content.ReadAsStringAsync(cancellationToken)).Series, Has.Some.StartsWith("verolux_camera_probe_duration_seconds{site=\"north\",camera=\"good\",depth=\"describe\"}"));
    }

    [Test]
    public async Task People_are_told_the_steps_and_where_they_point_to(CancellationToken cancellationToken)
    {
        var (status, text) = await AskAsync("?camera=changed&debug=true", cancellationToken);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(text, Does.StartWith("camera changed, site north\n\ndescribe: failed, auth\n").And.Match(@"(?m)^  connect +[0-9.]+ ms  ").And.Match(@"(?m)^  describe +[0-9.]+ ms  .*401"));
        Assert.That(text, Does.Match(@"(?m)^Points to Scenario B: credentials changed\n  http\S+/runbooks/RUNBOOK_CAMERA_OFFLINE#credentials-changed$"));
        Assert.That(text, Does.Contain("because verolux_camera_failure{").And.Not.Contain(Password));

        (_, text) = await AskAsync("?camera=good&depth=sample&debug=true", cancellationToken);
        Assert.That(text, Does.StartWith("camera good, site north\n\nsample: good\n").And.Contain(" FPS").And.EndWith("Nothing points to a problem.\n"));
    }

    [TestCase("", HttpStatusCode.BadRequest, "camera is missing")]
    [TestCase("?depth=sample", HttpStatusCode.BadRequest, "camera is missing")]
    [TestCase("?camera=nobody", HttpStatusCode.NotFound, "there is no such camera")]
    [TestCase("?camera=good&site=south", HttpStatusCode.NotFound, "there is no such camera")]
    [TestCase("?camera=GOOD", HttpStatusCode.NotFound, "there is no such camera")]
    [TestCase("?camera=good&camera=changed", HttpStatusCode.NotFound, "there is no such camera")]
    [TestCase("?camera=good&depth=picture", HttpStatusCode.BadRequest, "it has: describe, sample\n")]
    [TestCase("?camera=changed&depth=sample", HttpStatusCode.BadRequest, "it has: describe\n")]
    [TestCase("?camera=good&depth=%3Cscript%3E", HttpStatusCode.BadRequest, "it has: describe, sample\n")]
    [TestCase("?camera=off", HttpStatusCode.Conflict, "switched off in the configuration")]
    [TestCase("?camera=twin", HttpStatusCode.BadRequest, "add &site=")]
    public async Task What_can_not_be_asked_is_refused_with_its_remedy(string query, HttpStatusCode expected, string why, CancellationToken cancellationToken)
    {
        var (status, text) = await AskAsync(query, cancellationToken);
        Assert.That(status, Is.EqualTo(expected));
        Assert.That(text, Does.Contain(why).And.Not.Contain("<script"));
    }

    [Test]
    public async Task Of_two_cameras_with_one_name_the_site_tells_which(CancellationToken cancellationToken)
    {
        var (status, text) = await AskAsync("?camera=twin&site=south", cancellationToken);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(new Exposition(text)["verolux_camera_up{site=\"south\",camera=\"twin\"}"], Is.EqualTo(1));
        Assert.That(text, Does.Not.Contain("north"));
        Assert.That(twin.Connections, Is.EqualTo(1));
    }

    [TestCase("?camera={0}")]
    [TestCase("?target={0}&camera=nobody")]
    [TestCase("?camera=good&url={0}")]
    [TestCase("?camera=off&url={0}")]
    public async Task No_address_from_outside_is_ever_called(string query, CancellationToken cancellationToken)
    {
        using var outside = new TcpListener(IPAddress.Loopback, 0);
        outside.Start();
        var address = Uri.EscapeDataString($"rtsp://{outside.LocalEndpoint}/stream1");
        var (status, text) = await AskAsync(string.Format(null, query, address), cancellationToken);
        Assert.That(status, Is.EqualTo(query.Contains("good") ? HttpStatusCode.OK : query.Contains("off") ? HttpStatusCode.Conflict : HttpStatusCode.NotFound));
        Assert.That(text, Does.Not.Contain($"{outside.LocalEndpoint}"));
        Assert.That(outside.Pending(), Is.False);
    }

    [Test]
    public async Task Two_who_ask_at_once_share_one_look(CancellationToken cancellationToken)
    {
        var one = AskAsync("?camera=silent", cancellationToken);
        await farm.Requests!.FirstAsync(r => r.Path == silent.Path, cancellationToken);
        // It doesn't answer for six seconds yet.
        var other = AskAsync("?camera=silent", cancellationToken);
        var third = AskAsync("?camera=silent&debug=true", cancellationToken);
        Assert.That((await one).Text, Is.EqualTo((await other).Text).And.Contain("reason=\"timeout\""));
        Assert.That((await third).Text, Does.Contain("describe: failed, timeout"));
        Assert.That(silent.Connections, Is.EqualTo(1));
    }

    [Test]
    public async Task Asking_needs_the_role_of_those_who_scrape_once_there_are_tokens(CancellationToken cancellationToken)
    {
        using var own = new TemporaryFolder();
        own.Write("scrape", ScrapeToken);
        own.Write("operator", OperatorToken);
        own.Write("alertmanager", "0123456789-alertmanager");
        var camera = farm.Add("/guarded");
        await using var guarded = await ExporterHost.StartAsync($$"""
            access:
              tokens:
                - { role: scrape, file: scrape }
                - { role: operator, file: operator }
                - { role: alertmanager, file: alertmanager }
            cameras:
              targets:
                - { id: off, url: {{farm.Elsewhere}}, enabled: false }
                - { id: guarded, url: {{farm.Url(camera)}}, interval: 1h, timeout: 30s }
            """, own);
        foreach (var (path, token, expected) in ((string, string?, HttpStatusCode)[])[
            ("/probe?camera=guarded", null, HttpStatusCode.Unauthorized),
            ("/probe?camera=guarded", "0123456789-nobodys", HttpStatusCode.Unauthorized),
            ("/probe?camera=guarded", "0123456789-alertmanager", HttpStatusCode.Forbidden),
            ("/cameras", null, HttpStatusCode.Unauthorized),
            ("/cameras", ScrapeToken, HttpStatusCode.Forbidden),
            ("/cameras/guarded", null, HttpStatusCode.Unauthorized),
            ("/cameras/guarded", ScrapeToken, HttpStatusCode.Forbidden),
            ("/cameras/nobody", ScrapeToken, HttpStatusCode.Forbidden),
            ("/cameras/guarded/picture.jpg", null, HttpStatusCode.Unauthorized),
            ("/cameras/guarded/picture.jpg", ScrapeToken, HttpStatusCode.Forbidden),
            ("/cameras/guarded/picture.jpg", OperatorToken, HttpStatusCode.NotFound),
            ("/cameras", OperatorToken, HttpStatusCode.OK),
            ("/cameras/guarded", OperatorToken, HttpStatusCode.OK)])
        {
            Assert.That(await StatusAsync(guarded, path, token, cancellationToken), Is.EqualTo(expected), $"{path} with {token ?? "nothing"}");
        }
        Assert.That(camera.Connections, Is.Zero, "who is refused causes no look");
        Assert.That(await StatusAsync(guarded, "/probe?camera=guarded", ScrapeToken, cancellationToken), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusAsync(guarded, "/probe?camera=guarded", OperatorToken, cancellationToken), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(camera.Connections, Is.EqualTo(2));
    }

    static async Task<HttpStatusCode> StatusAsync(ExporterHost host, string path, string? token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        using var answer = await host.Client.SendAsync(request, cancellationToken);
        return answer.StatusCode;
    }
}
