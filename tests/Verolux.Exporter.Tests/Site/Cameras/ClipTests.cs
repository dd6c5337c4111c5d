using System.Globalization;
using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Site.Cameras;

/// <summary>What is to be seen in the clips, as ffmpeg decodes them.</summary>
[CancelAfter(60_000)]
public class ClipTests
{
    static readonly string Folder = RepositoryRoot.Of("tests", "Verolux.Exporter.Site", "Cameras", "Clips");
    static readonly string[] Codecs = ["h264", "h265", "mjpeg"];

    [TestCaseSource(nameof(Codecs))]
    public async Task A_moving_scene_never_shows_the_same_picture_twice(string codec)
    {
        var pictures = await PicturesAsync($"moving.{codec}");
        Assert.That(pictures, Is.Unique.And.Count.EqualTo(Clip.Of(Enum.Parse<Codec>(codec, ignoreCase: true), Scene.Moving).Frames.Count));
    }

    [TestCaseSource(nameof(Codecs))]
    public async Task A_frozen_scene_is_one_picture(string codec) => Assert.That((await PicturesAsync($"frozen.{codec}")).Distinct(), Has.One.Items);

    [TestCaseSource(nameof(Codecs))]
    public async Task A_still_scene_with_noise_never_shows_the_same_picture_twice(string codec) => Assert.That(await PicturesAsync($"noisy_still.{codec}"), Is.Unique);

    [TestCaseSource(nameof(Codecs))]
    public async Task A_black_scene_has_no_light_at_all(string codec) => Assert.That(await BrightestAsync($"black.{codec}"), Is.LessThanOrEqualTo(16));

    [TestCaseSource(nameof(Codecs))]
    public async Task A_dark_scene_has_some_and_moves(string codec)
    {
        Assert.That(await BrightestAsync($"dark.{codec}"), Is.InRange(40, 90));
        Assert.That(await PicturesAsync($"dark.{codec}"), Is.Unique);
    }

    [TestCase(Codec.H264, Scene.Moving, 25)]
    [TestCase(Codec.H265, Scene.Moving, 25)]
    [TestCase(Codec.H264, Scene.Reordered, 25)]
    [TestCase(Codec.Mjpeg, Scene.Moving, 1)]
    public void A_key_frame_comes_once_a_second_of_a_camera_with_25_frames(object codec, object scene, int distance)
    {
        var clip = Clip.Of((Codec)codec, (Scene)scene);
        Assert.That(clip.KeyFrames, Is.EqualTo(Enumerable.Range(0, clip.Frames.Count / distance).Select(i => i * distance)));
    }

    [Test]
    public void They_are_small() => Assert.That(new DirectoryInfo(Folder).EnumerateFiles().Sum(f => f.Length), Is.LessThan(600_000));

    [Test]
    public void A_clip_that_was_never_made_is_named() =>
        Assert.That(() => Clip.Of(Codec.H265, Scene.Reordered), Throws.ArgumentException.With.Message.Contains("reordered.h265"));

    static async Task<IReadOnlyList<string>> PicturesAsync(string name)
    {
        var output = await DecodeAsync(name, "-f", "framemd5", "-");
        return [.. output.Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(',')[^1])];
    }

    /// <returns>The brightest pixel of all frames; black is 16, in MJPEG 0.</returns>
    static async Task<int> BrightestAsync(string name)
    {
        var output = await DecodeAsync(name, "-vf", "signalstats,metadata=print:key=lavfi.signalstats.YMAX:file=-", "-f", "null", "-");
        return output.Split('\n').Where(l => l.StartsWith("lavfi.")).Max(l => int.Parse(l.Split('=')[1], CultureInfo.InvariantCulture));
    }

    static async Task<string> DecodeAsync(string name, params IEnumerable<string> arguments)
    {
        var ended = await Ended.OfAsync("ffmpeg", ["-v", "error", "-i", Path.Combine(Folder, name), .. arguments], CancellationToken.None);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        return ended.Output;
    }
}
