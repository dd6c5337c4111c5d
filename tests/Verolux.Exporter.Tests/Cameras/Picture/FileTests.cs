using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras.Picture;

/// <summary>Real ffmpeg on real files.</summary>
[CancelAfter(60_000)]
public class FileTests
{
    readonly Ffmpeg ffmpeg = new(TimeProvider.System);

    [OneTimeTearDown]
    public void End() => ffmpeg.Dispose();

    [TestCase("scene.mp4", "h264", "High", 25)]
    [TestCase("audio-and-scene.mp4", "h264", "High", 25)]
    [TestCase("hevc.mkv", "hevc", "Main", 25)]
    public async Task A_picture_says_what_it_is(string file, string codec, string profile, double fps, CancellationToken cancellationToken)
    {
        var (decoded, failure) = await ffmpeg.DecodeAsync(Of(file), thumbnail: false, cancellationToken);
        Assert.That(failure, Is.Null);
        Assert.That((decoded!.Codec, decoded.Profile, decoded.Width, decoded.Height, decoded.DeclaredFps), Is.EqualTo((codec, profile, 640, 360, (double?)fps)));
        Assert.That(decoded.Luma.Mean, Is.EqualTo(0.5).Within(0.02));
        Assert.That(decoded.Luma.Structure, Is.GreaterThan(0.1));
        Assert.That(decoded.Luma.IsBlack, Is.False);
        Assert.That(decoded.Thumbnail, Is.Null);

        var (described, _) = await ffmpeg.DescribeAsync(Of(file), cancellationToken);
        Assert.That(described, Is.EqualTo(new Described(codec, profile, 640, 360, fps)));
    }

    [Test]
    public async Task The_same_frames_have_the_same_hash_and_others_have_another(CancellationToken cancellationToken)
    {
        async Task<string> HashAsync(string file) => (await ffmpeg.DecodeAsync(Of(file), false, cancellationToken)).Decoded!.Luma.Hash;
        var scene = await HashAsync("scene.mp4");
        Assert.That(await HashAsync("scene.mp4"), Is.EqualTo(scene));
        Assert.That(await HashAsync("black.mp4"), Is.Not.EqualTo(scene));
    }

    [TestCase("black.mp4", true)]
    [TestCase("photo-full-range-black.jpg", true)]
    [TestCase("covered.mp4", true)]
    [TestCase("covered-noisy.mp4", true)]
    [TestCase("night.mp4", false)]
    [TestCase("dimmest.mp4", false)]
    [TestCase("lamp.mp4", false)]
    [TestCase("white.mp4", false)]
    [TestCase("still-noisy.mp4", false)]
    [TestCase("scene.mp4", false)]
    public async Task Black_is_told_from_dark(string file, bool black, CancellationToken cancellationToken)
    {
        var (decoded, failure) = await ffmpeg.DecodeAsync(Of(file), false, cancellationToken);
        Assert.That(failure, Is.Null);
        Assert.That(decoded!.Luma.IsBlack, Is.EqualTo(black), $"{decoded.Luma}");
    }

    [TestCase("scene.mp4")]
    [TestCase("photo.jpg")]
    public async Task A_thumbnail_is_a_small_jpeg(string file, CancellationToken cancellationToken)
    {
        var (decoded, failure) = await ffmpeg.DecodeAsync(Of(file), thumbnail: true, cancellationToken);
        Assert.That(failure, Is.Null);
        Assert.That(decoded!.Thumbnail, Has.Length.InRange(1000, 100_000));
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["thumbnail.jpg"], decoded.Thumbnail!, cancellationToken);
        var (small, _) = await ffmpeg.DescribeAsync(new Source(new Uri(folder["thumbnail.jpg"])), cancellationToken);
        Assert.That((small!.Codec, small.Width, small.Height), Is.EqualTo(("mjpeg", 320, 180)));
    }

    [TestCase("garbage.mp4", "protocol")]
    [TestCase("empty.mp4", "protocol")]
    [TestCase("truncated.mp4", "protocol")]
    [TestCase("sound.wav", "protocol")]
    [TestCase("sound.mp4", "no_frames")]
    [TestCase("damaged.mp4", "decode")]
    [TestCase("large.png", "decode")]
    [TestCase("missing.mp4", "not_found")]
    public async Task What_is_no_picture_has_a_reason(string file, string reason, CancellationToken cancellationToken)
    {
        var (decoded, failure) = await ffmpeg.DecodeAsync(Of(file), false, cancellationToken);
        Assert.That((decoded, failure?.Reason.Name), Is.EqualTo(((Decoded?)null, reason)), $"{failure}");
    }

    [Test]
    public async Task A_folder_can_have_any_name(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var path = folder["it's \"odd\" \\ 50% #1?.mp4"];
        File.Copy(Clips.Path("scene.mp4"), path);
        var (decoded, failure) = await ffmpeg.DecodeAsync(new Source(new Uri("file://" + Uri.EscapeDataString(path).Replace("%2F", "/"))), false, cancellationToken);
        Assert.That(failure, Is.Null);
        Assert.That(decoded!.Width, Is.EqualTo(640));
    }

    [TestCase("ffconcat version 1.0\nfile 'SECRET'\n", "playlist.mp4")]
    [TestCase("ffconcat version 1.0\nfile scene.mp4\n", "playlist.ffconcat")]
    [TestCase("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nSECRET\n#EXT-X-ENDLIST\n", "playlist.m3u8")]
    [TestCase("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n", "camera.sdp")]
    public async Task A_file_that_names_others_opens_none_of_them(string content, string name, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Clips.Path("scene.mp4"), folder["scene.mp4"]);
        folder.Write(name, content.Replace("SECRET", folder["scene.mp4"]));
        var (decoded, failure) = await ffmpeg.DecodeAsync(new Source(new Uri(folder[name])), false, cancellationToken);
        Assert.That((decoded, failure!.Reason), Is.EqualTo(((Decoded?)null, CameraReasons.Protocol)), failure.Detail);
    }

    [Test]
    public async Task A_sample_counts_frames_by_their_time_stamps(CancellationToken cancellationToken)
    {
        var (delivered, failure) = await ffmpeg.SampleAsync(Of("scene.mp4"), TimeSpan.FromSeconds(2), cancellationToken);
        Assert.That(failure, Is.Null);
        Assert.That(delivered!.Frames, Is.InRange(49, 51));
        Assert.That(delivered.FramesPerSecond, Is.EqualTo(25).Within(0.1));
        Assert.That(delivered.KeyframeInterval, Is.EqualTo(TimeSpan.FromSeconds(1)));
        var size = new FileInfo(Clips.Path("scene.mp4")).Length / 3.0;
        Assert.That(delivered.BytesPerSecond, Is.EqualTo(size).Within(30).Percent);
    }

    [TestCase("sound.mp4")]
    [TestCase("sound.wav")]
    public async Task Sound_alone_has_no_frames(string file, CancellationToken cancellationToken)
    {
        Assert.That((await ffmpeg.SampleAsync(Of(file), TimeSpan.FromSeconds(2), cancellationToken)).Failure?.Reason, Is.AnyOf(CameraReasons.NoFrames, CameraReasons.Protocol));
        Assert.That((await ffmpeg.DescribeAsync(Of(file), cancellationToken)).Failure?.Reason, Is.AnyOf(CameraReasons.NoFrames, CameraReasons.Protocol));
    }

    [Test]
    public async Task Without_ffmpeg_the_reason_says_so_until_it_is_installed(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        using var lacking = new Ffmpeg(TimeProvider.System, folder.Path);
        Assert.That((await lacking.DecodeAsync(Of("scene.mp4"), false, cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.NoDecoder));
        Assert.That((await lacking.DescribeAsync(Of("scene.mp4"), cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.NoDecoder));

        foreach (var program in (string[])["ffmpeg", "ffprobe"])
            File.CreateSymbolicLink(folder[program], Path.Combine("/usr/bin", program));
        Assert.That((await lacking.DecodeAsync(Of("scene.mp4"), false, cancellationToken)).Failure, Is.Null);
    }

    [Test]
    public async Task An_ffmpeg_that_does_not_start_is_none(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        folder.Write("ffmpeg", "no program");
        folder.Write("ffprobe", "no program");
        using var broken = new Ffmpeg(TimeProvider.System, folder.Path);
        Assert.That((await broken.DecodeAsync(Of("scene.mp4"), false, cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.NoDecoder));
        Assert.That((await broken.SampleAsync(Of("scene.mp4"), TimeSpan.FromSeconds(1), cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.NoDecoder));
    }

    static Source Of(string file) => new(new Uri(Clips.Path(file)));
}
