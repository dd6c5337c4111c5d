using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;
using static Verolux.Exporter.Tests.Cameras.Rtsp.Conversation;
using Ffmpeg = Verolux.Exporter.Cameras.Picture.Ffmpeg;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>A describe look as a whole, at a camera on a loopback port.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class DescribeLookTests
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    readonly FakeTimeProvider time = new();

    [Test]
    public async Task A_camera_that_answers_gives_its_samples(CancellationToken cancellationToken)
    {
        await using var peer = ScriptedPeer.Saying(Ok, Described);
        var look = await LookOf(At(peer.Url)).LookAsync(cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That(Lines(look), Is.EquivalentTo(new[]
        {
            "info north gate h264 tcp sw-1 = 1", "reconnects_total north gate = 0", "rtsp_status_code north gate = 200", "declared_frames_per_second north gate = 25",
            "phase_duration_seconds north gate connect = 0", "phase_duration_seconds north gate options = 0", "phase_duration_seconds north gate describe = 0",
        }));
        Assert.That(look.Steps.Select(s => (s.Name, s.Said)), Is.EqualTo(new[] { ("connect", $"127.0.0.1:{peer.Url.Port} accepts"), ("options", "200 OK"), ("describe", "200 OK, offers H264, 25 FPS declared") }));
        Assert.That(look.Rest, Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public async Task Over_tls_the_certificate_s_end_is_among_them(CancellationToken cancellationToken)
    {
        using var certificate = Pem.Authority("camera");
        await using var peer = ScriptedPeer.Saying(certificate, Ok, Described);
        var look = await LookOf(At(peer.Url)).LookAsync(cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That(Lines(look), Has.Member($"tls_certificate_expiry_timestamp_seconds north gate = {new DateTimeOffset(certificate.NotAfter.ToUniversalTime()).ToUnixTimeSeconds()}")
            .And.Member("info north gate h264 tls sw-1 = 1").And.Member("phase_duration_seconds north gate tls = 0"));
    }

    [Test]
    public async Task A_camera_that_refuses_gives_what_describes_the_refusal([Values] bool web, CancellationToken cancellationToken)
    {
        await using var peer = ScriptedPeer.Saying(Ok, Status("404 Not Found"));
        using var page = new TcpListener(IPAddress.Loopback, 0);
        page.Start();
        var port = ((IPEndPoint)page.LocalEndpoint).Port;
        if (!web)
            page.Stop();
        var look = await LookOf(At(peer.Url, port)).LookAsync(cancellationToken);
        Assert.That(look.Failure!.Reason, Is.EqualTo(CameraReasons.NotFound));
        Assert.That(Lines(look), Is.EquivalentTo(new[]
        {
            "info north gate  tcp sw-1 = 1", "reconnects_total north gate = 0", "rtsp_status_code north gate = 404",
            "phase_duration_seconds north gate connect = 0", "phase_duration_seconds north gate options = 0", "phase_duration_seconds north gate describe = 0",
            "host_reachable north gate = 1", $"web_reachable north gate = {(web ? 1 : 0)}",
        }));
        Assert.That(look.Steps.Select(s => s.Name), Is.EqualTo(new[] { "connect", "options", "describe", "host" }));
        Assert.That(look.Steps[2].Said, Is.EqualTo(look.Failure.Detail));
        Assert.That(look.Steps[3].Said, Is.EqualTo(web ? $"answers: its web port {port} accepts a connection" : $"answers, but its web port {port} doesn't"));
    }

    [TestCase("127.0.0.1")]
    [TestCase("[::1]")]
    [TestCase("localhost")]
    public async Task A_refused_port_is_a_host_that_answers(string host, CancellationToken cancellationToken)
    {
        var look = await LookOf(At(new Uri($"rtsp://{host}:{FreePort.Next()}/"), FreePort.Next())).LookAsync(cancellationToken);
        Assert.That(look.Failure!.Reason, Is.EqualTo(CameraReasons.Refused));
        Assert.That(Lines(look), Has.Member("host_reachable north gate = 1").And.Member("web_reachable north gate = 0"));
        Assert.That(Lines(look), Has.None.StartsWith("rtsp_status_code"));
    }

    [Test]
    public async Task A_silent_camera_is_a_timeout_after_three_quarters_of_the_look_and_a_host_that_answers(CancellationToken cancellationToken)
    {
        await using var peer = ScriptedPeer.Saying(Ok);
        var looking = LookOf(At(peer.Url, FreePort.Next())).LookAsync(cancellationToken);
        await peer.NextAsync(cancellationToken);
        Assert.That(await peer.NextAsync(cancellationToken), Does.StartWith("DESCRIBE "));
        time.Advance(TimeSpan.FromSeconds(3));
        var look = await looking;
        Assert.That(look.Failure, Is.EqualTo(new Failure(FailureReason.Timeout, "DESCRIBE: no answer within the 3 s that the look has")));
        Assert.That(Lines(look), Has.Member("phase_duration_seconds north gate describe = 3").And.Member("host_reachable north gate = 1").And.Member("rtsp_status_code north gate = 200"));
    }

    [Test]
    public async Task A_host_that_swallows_everything_is_not_reachable(CancellationToken cancellationToken)
    {
        using var hole = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        hole.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        hole.Listen(0);
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)hole.LocalEndPoint!, cancellationToken);
        var port = ((IPEndPoint)hole.LocalEndPoint!).Port;
        var looking = LookOf(At(new Uri($"rtsp://127.0.0.1:{port}/"), port)).LookAsync(cancellationToken);
        // The second deadline begins when the first has passed.
        while (!looking.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
        var look = await looking;
        Assert.That(look.Failure!.Reason, Is.EqualTo(FailureReason.Timeout));
        Assert.That(Lines(look), Has.Member("host_reachable north gate = 0").And.Member("web_reachable north gate = 0"));
        Assert.That(look.Steps[^1].Said, Is.EqualTo($"does not answer on its web port {port} either"));
    }

    [Test]
    public async Task A_name_without_an_address_says_nothing_of_the_host(CancellationToken cancellationToken)
    {
        var look = await LookOf(At(new Uri("rtsp://nothing.invalid/"))).LookAsync(cancellationToken);
        Assert.That(look.Failure!.Reason, Is.EqualTo(CameraReasons.Dns));
        Assert.That(Lines(look), Has.None.StartsWith("host_reachable").And.None.StartsWith("web_reachable"));
        Assert.That(look.Steps.Select(s => s.Name), Is.EqualTo(new[] { "dns" }));
    }

    [Test]
    public async Task Being_back_is_counted_and_the_first_time_is_none(CancellationToken cancellationToken)
    {
        await using var peer = ScriptedPeer.Saying(Status("500 Not yet"), Status("500 Not yet"), Ok, Described, Ok, Described, Ok, Status("404 Gone"), Ok, Status("404 Gone"), Ok, Described);
        var watched = LookOf(At(peer.Url));
        var seen = new List<string>();
        for (var i = 0; i < 6; i++)
            seen.Add(Lines(await watched.LookAsync(cancellationToken)).Single(l => l.StartsWith("reconnects", StringComparison.Ordinal)));
        Assert.That(seen.Select(l => l[^1]), Is.EqualTo("011112"));
    }

    [Test]
    public async Task The_codec_stays_while_the_camera_is_down_or_its_password_is(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("password", Password);
        await using var peer = ScriptedPeer.Saying(Ok, Described, Ok, Status("500 Out of order"));
        var watched = LookOf(At(peer.Url, password: Secret.FromFile(file)));
        await watched.LookAsync(cancellationToken);
        Assert.That(Lines(await watched.LookAsync(cancellationToken)), Has.Member("info north gate h264 tcp sw-1 = 1"));
        File.Delete(file);
        var look = await watched.LookAsync(cancellationToken);
        Assert.That(look.Failure, Is.EqualTo(new Failure(FailureReason.Config, $"the password can't be read: file {file} does not exist")));
        Assert.That(Lines(look), Is.EqualTo(new[] { "info north gate h264 tcp sw-1 = 1" }));
    }

    [Test]
    public async Task A_busy_camera_is_left_alone_twice_then_four_times_as_long_until_it_is_not(CancellationToken cancellationToken)
    {
        var busy = Status("453 Not Enough Bandwidth");
        await using var peer = ScriptedPeer.Saying(Ok, busy, Ok, busy, Ok, busy, Ok, Described, Ok, busy, Ok, Status("500 No"), Ok, busy);
        var watched = LookOf(At(peer.Url));
        var rests = new List<TimeSpan>();
        for (var i = 0; i < 7; i++)
            rests.Add((await watched.LookAsync(cancellationToken)).Rest);
        Assert.That(rests.Select(r => r / Interval), Is.EqualTo(new[] { 2, 4, 4, 0, 2, 0, 2.0 }));
    }

    DescribeLook LookOf(Camera camera) => new(new CameraState(camera), new Ffmpeg(time), time);

    static Camera At(Uri url, int webPort = 80, Secret? password = null) =>
        new("gate", "north", url, password is null ? null : User, password, null, "sw-1", true, false, webPort, Interval, TimeSpan.FromSeconds(5), null, null, false);

    static IEnumerable<string> Lines(Look look) => look.Samples.Select(s => $"{s.Family.Name["verolux_camera_".Length..]} {string.Join(' ', s.Labels)} = {s.Value}");
}
