using System.Globalization;
using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Site.Cameras;

/// <summary>The simulated cameras as ffmpeg sees them, which knows nothing of them.</summary>
[CancelAfter(120_000)]
public class FfmpegTests
{
    const string Credentials = $"{Access.DefaultUser}:{Access.DefaultPassword}@";

    // All at once: each of them takes as long as its frames do.
    static readonly string[] Good =
    [
        "open25", "h264_5", "h264_12", "h264_15", "h264_30", "h264_reordered", "h265_5", "h265_12", "h265_25", "h265_30", "mjpeg5", "mjpeg25", "fewer_frames_than_declared",
        "basic", "digest", "digest_md5", "several_challenges",
        "frozen", "black", "noisy_still", "dark", "h265_frozen", "h265_black", "h265_noisy_still", "h265_dark", "mjpeg_frozen", "mjpeg_black", "mjpeg_noisy_still", "mjpeg_dark",
        "wrap", "jittering",
    ];

    CameraFarm farm = null!;
    Dictionary<string, Task<Ended>> played = null!;

    [OneTimeSetUp]
    public void Play()
    {
        farm = CameraFarm.Start();
        farm.AddDemo();
        played = Good.ToDictionary(path => path, path => DecodeAsync(path, FramesOf(path)));
    }

    [OneTimeTearDown]
    public ValueTask Stop() => farm.DisposeAsync();

    [TestCaseSource(nameof(Good))]
    public async Task It_decodes_every_frame_of(string path)
    {
        var ended = await played[path];
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        var times = ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#').Select(l => long.Parse(l.Split(',')[2], CultureInfo.InvariantCulture)).ToList();
        Assert.That(times, Has.Count.EqualTo(FramesOf(path)));
        // In ticks of the RTP clock, as the muxer was told.
        var step = Rtp.Clock / DemoCameras.Kinds[path].Fps;
        // ffmpeg gives time 0 to the first frames until it has seen how times go on, with GStreamer's server as well.
        var known = times.SkipWhile(t => t == 0).ToList();
        Assert.That(known, Has.Count.GreaterThan(times.Count / 2));
        Assert.That(known.Zip(known.Skip(1), (a, b) => b - a), Has.All.EqualTo(step), "no frame is missing, none comes twice");
    }

    [TestCase("open25", "h264", "25/1")]
    [TestCase("h264_12", "h264", "12/1")]
    [TestCase("h265_30", "hevc", "30/1")]
    [TestCase("mjpeg5", "mjpeg", "5/1")]
    public async Task Its_probe_names_the_codec_and_the_rate(string path, string codec, string rate)
    {
        var ended = await Ended.OfAsync(
            "ffprobe",
            ["-v", "error", "-rtsp_transport", "tcp", "-timeout", "60000000", "-show_entries", "stream=codec_name,r_frame_rate", "-of", "csv=p=0", Url(path)],
            CancellationToken.None);
        Assert.That((ended.ExitCode, ended.Output.Trim(), ended.Errors), Is.EqualTo((0, $"{codec},{rate}", "")));
    }

    [TestCase("unauthorized_for_ever", "DESCRIBE failed: 401 Unauthorized")]
    [TestCase("password_changed", "DESCRIBE failed: 401 Unauthorized")]
    [TestCase("not_found", "DESCRIBE failed: 404 Stream Not Found")]
    [TestCase("forbidden", "DESCRIBE failed: 403 Forbidden")]
    [TestCase("busy", "SETUP failed: 453 Not Enough Bandwidth")]
    [TestCase("session_lost", "PLAY failed: 454 Session Not Found")]
    [TestCase("udp_only", "SETUP failed: 461 Unsupported Transport")]
    public async Task It_is_refused_by(string path, string status)
    {
        var ended = await DecodeAsync(path, 1);
        Assert.That(ended.ExitCode, Is.Not.Zero);
        Assert.That(ended.Errors, Does.Contain(status));
    }

    [Test]
    public async Task It_decodes_over_TLS()
    {
        using var certificate = SelfSigned.Certificate(TimeProvider.System);
        await using var secure = CameraFarm.Start(certificate: certificate);
        var url = secure.Url(secure.Add("/gate_a1"));
        Assert.That(url, Does.StartWith("rtsps://"));
        var ended = await DecodeAsync(new Uri(url), 25);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output.Split('\n').Count(l => l.Length > 0 && l[0] != '#'), Is.EqualTo(25));
    }

    static int FramesOf(string path) => DemoCameras.Kinds[path].Fps;

    string Url(string path) => $"rtsp://{Credentials}127.0.0.1:{farm.Port}/{path}";

    Task<Ended> DecodeAsync(string path, int frames) => DecodeAsync(new Uri(Url(path)), frames);

    // Frame times are passed through as they are; framemd5 prints them.
    static Task<Ended> DecodeAsync(Uri url, int frames) => Ended.OfAsync(
        "ffmpeg",
        ["-v", "error", "-rtsp_transport", "tcp", "-timeout", "60000000", "-i", url.AbsoluteUri, "-frames:v", $"{frames}", "-vsync", "passthrough", "-enc_time_base", $"1:{Rtp.Clock}", "-f", "framemd5", "-"],
        CancellationToken.None);
}
