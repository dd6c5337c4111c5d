using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras;

/// <summary>Other people's servers, so that we don't only talk to ourselves; and hosts on which nobody talks.</summary>
[CancelAfter(120_000)]
public class RealCameraTests
{
    const string Describe = CamerasCollector.DescribeDepth;
    const string Sample = CamerasCollector.SampleDepth;

    [Test]
    public async Task GStreamer_s_cameras_are_measured_within_three_percent(CancellationToken cancellationToken)
    {
        await using var server = await GstreamerServer.StartAsync(cancellationToken);
        var paths = new Dictionary<string, (string Codec, double Fps)> { ["/h264_25"] = ("H264", 25), ["/h264_12"] = ("H264", 12), ["/h265_25"] = ("H265", 25), ["/mjpeg_5"] = ("JPEG", 5) };
        foreach (var (path, (codec, fps)) in paths)
        {
            // Each once: these answer 503 while they put away what the connection before has used.
            foreach (var camera in (IEnumerable<Verolux.Exporter.Cameras.Camera>)[Watching.At(server.Open(path)), Watching.At(server.Digest(path)).As(GstreamerServer.User, GstreamerServer.Password)])
            {
                var look = await camera.LookAsync(Sample, cancellationToken);
                Assert.That(look.Failure, Is.Null, path);
                Assert.That(look.Steps.Single(s => s.Name == Describe).Said, Does.Contain($"offers {codec}"), path);
                Assert.That(look.Value("frames_per_second"), Is.EqualTo(fps).Within(3).Percent, path);
                Assert.That((look.Value("streaming"), look.Value("rtp_packets_lost_ratio")), Is.EqualTo((1d, 0d)), path);
            }
        }
        foreach (var refusing in (string[])[server.Basic("/h264_25"), server.Digest("/h264_25")])
            Assert.That((await Watching.At(refusing).As(GstreamerServer.User, "wrong").LookAsync(Describe, cancellationToken)).Reason(), Is.EqualTo("auth"));
    }

    [Test]
    public async Task GStreamer_s_cameras_show_their_pictures(CancellationToken cancellationToken)
    {
        await using var server = await GstreamerServer.StartAsync(cancellationToken);
        foreach (var path in (string[])["/h264_25", "/h265_25", "/mjpeg_5"])
        {
            var look = await Watching.At(server.Digest(path)).As(GstreamerServer.User, GstreamerServer.Password).LookAsync(CamerasCollector.PictureDepth, cancellationToken);
            Assert.That((look.Failure, look.Value("decodable"), look.Value("width_pixels")), Is.EqualTo(((Failure?)null, 1d, 320d)), path);
        }
    }

    [Test]
    public async Task VLC_sends_over_UDP_only_so_that_nothing_is_known_of_its_stream(CancellationToken cancellationToken)
    {
        await using var server = await VlcServer.StartAsync(cancellationToken);
        var camera = Watching.At(server.Url);
        Assert.That((await camera.LookAsync(Describe, cancellationToken)).Failure, Is.Null);
        var sampled = await camera.LookAsync(Sample, cancellationToken);
        Assert.That((sampled.Reason(), sampled.Value("streaming")), Is.EqualTo(("transport", (double?)null)));
    }

    [Test]
    public async Task Where_nothing_answers_the_host_is_not_reachable(CancellationToken cancellationToken)
    {
        using var hole = new BlackHole();
        var look = await (Watching.At($"rtsp://127.0.0.1:{hole.Port}/cam") with { WebPort = hole.Port }).LookAsync(Describe, cancellationToken);
        Assert.That((look.Reason(), look.Value("host_reachable"), look.Value("web_reachable")), Is.EqualTo(("timeout", 0d, 0d)));
        Assert.That(look.Failure!.Detail, Does.Contain($"127.0.0.1:{hole.Port}"));
    }

    [Test]
    public async Task Where_connections_are_accepted_and_nothing_is_said_the_host_is_there(CancellationToken cancellationToken)
    {
        using var silent = new SilentServer();
        using var refusing = new RefusingPort();
        var look = await (Watching.At($"rtsp://127.0.0.1:{silent.Port}/cam") with { WebPort = refusing.Port }).LookAsync(Describe, cancellationToken);
        Assert.That((look.Reason(), look.Value("host_reachable"), look.Value("web_reachable")), Is.EqualTo(("timeout", 1d, 0d)));
    }
}
