using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Cameras.Picture;

/// <summary>What is told to ffmpeg, and what is read from it, without running it.</summary>
public class ReadingTests
{
    static readonly Source Camera = new(new Uri("rtsp://cam.example:8554/live"), "admin", "s3cr3t");

    [TestCase("file:///tmp/it's%20a%25%5Cb", @"'file:/tmp/it'\''s a%\b'")]
    [TestCase("file:///tmp/a'%20b%20'c", @"'file:/tmp/a'\'' b '\''c'")]
    public void A_path_can_not_leave_its_place(string url, string file) => Assert.That(Script.ForFile(new Uri(url)).Text!.Split('\n')[1], Is.EqualTo("file " + file));

    [Test]
    public void What_ffmpeg_can_not_be_told_is_refused()
    {
        var (script, failure) = Script.ForFile(new Uri("file:///tmp/a%0Aoption%20x%20y"));
        Assert.That((script, failure!.Reason), Is.EqualTo(((string?)null, FailureReason.Config)));
        Assert.That(failure.Detail, Does.Contain("control character"));
    }

    [TestCase("[tcp @ 0x55d] Connection to tcp://10.0.0.1:554?timeout=1 failed: Connection timed out", "timeout")]
    [TestCase("unix:/tmp/x: Invalid data found when processing input", "protocol")]
    [TestCase("Stream map '0:V:0' matches no streams.", "no_frames")]
    [TestCase("  Stream #0:0: Video: h264 (High), yuv420p, 640x360, 25 fps, 25 tbr, 90k tbn", "decode")]
    public void What_ffmpeg_says_has_a_reason(string line, string reason) => Assert.That(Complaints.Of([line], Camera, silent: false).Reason.Name, Is.EqualTo(reason));

    [Test]
    public void What_took_as_long_as_ffmpeg_waits_was_silence() =>
        Assert.That(Complaints.Of(["unix:/tmp/x: Invalid data found when processing input"], Camera, silent: true).Reason, Is.EqualTo(FailureReason.Timeout));

    [Test]
    public void No_spelling_of_the_password_is_told()
    {
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:s3cr3t"));
        var told = Complaints.Of([$"[rtsp @ 0x1] rtsp://admin:s3cr3t@cam/ s3cr3t {basic}"], Camera, false).Detail;
        Assert.That(told, Does.Not.Contain("s3cr3t").And.Not.Contain(basic).And.Not.Contain("cam/"));
        Assert.That(Camera.ToString(), Does.Not.Contain("s3cr3t"));
    }

    [TestCase("  Stream #0:0: Video: h264 (High), yuv420p(progressive), 640x360 [SAR 1:1 DAR 16:9], 25 fps, 25 tbr, 90k tbn", "h264", "High", 640, 360, 25d)]
    [TestCase("  Stream #0:1[0x2](und): Video: hevc (Main) (hvc1 / 0x31637668), yuv420p(tv), 3840x2160, 1000 kb/s, 29.97 fps, 29.97 tbr", "hevc", "Main", 3840, 2160, 29.97)]
    [TestCase("  Stream #0:0: Video: vp8, yuv420p, 320x240, 1k fps, 1k tbr", "vp8", null, 320, 240, 1000d)]
    [TestCase("  Stream #0:0: Video: mjpeg (Baseline), yuvj420p(pc, bt470bg/unknown/unknown), 640x360 [SAR 1:1 DAR 16:9], 90k tbr", "mjpeg", "Baseline", 640, 360, null)]
    [TestCase("  Stream #0:0: Video: h264, none, 90k tbr, 90k tbn", "h264", null, 0, 0, null)]
    public void What_the_stream_is_stands_in_one_line(string line, string codec, string? profile, int width, int height, double? fps) =>
        Assert.That(Complaints.Video(["Input #0, concat, from 'unix:/tmp/x':", line]), Is.EqualTo(new Complaints.Stream(codec, profile, width, height, fps)));

    [TestCase("    title           :   Stream #0:0: Video: h264, yuv420p, 1x1")]
    [TestCase("  Stream #0:0: Audio: aac, Video: no")]
    [TestCase("  Stream #0:0: Video: png, rgb24, 1x1, 90k tbn (attached pic)")]
    public void What_only_looks_like_it_is_not_it(string line) => Assert.That(Complaints.Video([line]), Is.Null);

    [TestCase("P5\n2 2\n255\nabcd", 2, 2)]
    [TestCase("P5\n2 2\n255\nabcdP5\n1 1\n255\nx", 1, 1)]
    [TestCase("P5\n2 2\n255\nabcdP5\n4 4\n255\nhalf", 2, 2)]
    public async Task The_newest_whole_picture_counts(string pgm, int width, int height)
    {
        var frames = await ReadAsync(Encoding.Latin1.GetBytes(pgm));
        Assert.That((frames.Newest?.Width, frames.Newest?.Height), Is.EqualTo(((int?)width, (int?)height)));
    }

    [TestCase("")]
    [TestCase("P6\n2 2\n255\nabcdabcdabcd")]
    [TestCase("P5\n-2 2\n255\n")]
    [TestCase("P5\n0 2\n255\n")]
    [TestCase("P5\n16385 1\n255\n")]
    [TestCase("P5\n16384 16384\n255\n")]
    [TestCase("P5\n99999999999 1\n255\n")]
    [TestCase("P5 no end of line for more than thirty-two characters")]
    public async Task What_is_no_picture_is_none(string pgm) => Assert.That((await ReadAsync(Encoding.Latin1.GetBytes(pgm))).Newest, Is.Null);

    [Test]
    public async Task Brightness_is_measured_to_the_last_odd_pixel()
    {
        // 17 by 17: white but for the one pixel in the last row and column, which makes a block of its own.
        var pixels = Enumerable.Repeat((byte)255, 17 * 17).ToArray();
        pixels[^1] = 0;
        var luma = (await ReadAsync([.. "P5\n17 17\n255\n"u8, .. pixels])).Newest!.Value.Luma;
        Assert.That(luma.Mean, Is.EqualTo(288.0 / 289).Within(1e-9));
        Assert.That(luma.Deviation, Is.EqualTo(Math.Sqrt(288.0 / 289 * (1.0 / 289))).Within(1e-9));
        Assert.That(luma.Structure, Is.EqualTo(Math.Sqrt(0.75 * 0.25)).Within(1e-9));
    }

    [Test]
    public async Task One_pixel_changes_the_hash()
    {
        var pixels = new byte[100 * 100];
        var before = (await ReadAsync([.. "P5\n100 100\n255\n"u8, .. pixels])).Newest!.Value.Luma.Hash;
        pixels[^1] = 1;
        Assert.That((await ReadAsync([.. "P5\n100 100\n255\n"u8, .. pixels])).Newest!.Value.Luma.Hash, Is.Not.EqualTo(before));
    }

    [TestCase("0/0", "30000/1001", 29.97)]
    [TestCase("25/1", "50/1", 25d)]
    [TestCase("0/0", "90000/1", null)]
    [TestCase("x", "-1/1", null)]
    [TestCase("1e400/1", null, null)]
    public void A_declared_rate_is_a_fraction(string average, string? real, double? fps)
    {
        var stream = new ProbeStream("h264", "High", 640, 360, average, real);
        Assert.That(Probe.Describe(new ProbeOutput([stream], null, new ProbeFormat("mov")))!.DeclaredFps, fps is null ? Is.Null : Is.EqualTo(fps).Within(0.01));
    }

    [TestCase("""{}""")]
    [TestCase("""{"packets":[],"streams":[]}""")]
    [TestCase("""{"streams":[{"codec_name":"h264","width":0,"height":360}]}""")]
    public void Nothing_is_made_of_nothing(string json)
    {
        var output = Probe.Read(json)!;
        Assert.That((Probe.Describe(output), Probe.Sample(output)), Is.EqualTo(((Described?)null, (Delivered?)null)));
    }

    [TestCase("")]
    [TestCase("{\"packets\":[{\"pts_time\":")]
    [TestCase("{\"streams\":[{\"width\":\"many\"}]}")]
    public void What_is_no_json_is_none(string json) => Assert.That(Probe.Read(json), Is.Null);

    [Test]
    public void A_sample_needs_neither_order_nor_every_time_stamp()
    {
        var json = """
            {"packets":[{"pts_time":"0.2","size":"100","flags":"__"},{"pts_time":"0.0","size":"1000","flags":"K_"},{"pts_time":"0.1","size":"100","flags":"__"},
            {"size":"7","flags":"__"},{"pts_time":"0.4","size":"1000","flags":"K_"},{"pts_time":"N/A","size":"x"}]}
            """;
        var delivered = Probe.Sample(Probe.Read(json)!)!;
        Assert.That((delivered.Frames, delivered.KeyframeInterval), Is.EqualTo((6, (TimeSpan?)TimeSpan.FromSeconds(0.4))));
        Assert.That(delivered.FramesPerSecond, Is.EqualTo(7.5).Within(1e-9));
        Assert.That(delivered.BytesPerSecond, Is.EqualTo(3000).Within(1e-9));
    }

    static async Task<Frames> ReadAsync(byte[] pgm)
    {
        var frames = new Frames();
        await frames.ReadAsync(new MemoryStream(pgm), CancellationToken.None);
        return frames;
    }
}
