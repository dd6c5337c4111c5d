using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras.Picture;

/// <summary>Pictures made by ffmpeg itself, once for all tests of this folder.</summary>
[SetUpFixture]
public sealed class Clips
{
    const string Scene = "testsrc2=size=640x360:rate=25";
    static TemporaryFolder? folder;

    public static string Path(string name) => folder![name];

    [OneTimeSetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        Of("scene.mp4", Scene, "-t 3 -c:v libx264 -preset veryfast -profile:v high -g 25 -bf 0 -pix_fmt yuv420p");
        Of("audio-and-scene.mp4", Scene + "[out0];sine[out1]", "-t 1 -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac");
        Of("hevc.mkv", Scene, "-t 1 -c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p");
        Of("photo.jpg", Scene, "-frames:v 1");
        Of("photo-full-range-black.jpg", "color=black:size=640x360", "-frames:v 1 -pix_fmt yuvj420p");
        Of("black.mp4", "color=black:size=640x360:rate=25", "-t 1 -c:v libx264 -pix_fmt yuv420p");
        Of("covered.mp4", "color=black:size=640x360:rate=25,noise=alls=8:allf=t", "-t 1 -c:v libx264 -pix_fmt yuv420p");
        Of("covered-noisy.mp4", "color=black:size=640x360:rate=25,noise=alls=20:allf=t", "-t 1 -c:v libx264 -pix_fmt yuv420p");
        Of("night.mp4", Scene + ",eq=brightness=-0.4:contrast=0.15,noise=alls=8:allf=t", "-t 1 -c:v libx264 -pix_fmt yuv420p");
        Of("dimmest.mp4", Scene + ",eq=brightness=-0.43:contrast=0.06,noise=alls=4:allf=t", "-t 1 -c:v libx264 -pix_fmt yuv420p");
        Of("lamp.mp4", "color=black:size=640x360:rate=25,drawbox=x=300:y=100:w=32:h=32:color=gray:t=fill", "-t 1 -c:v libx264 -pix_fmt yuv420p");
        Of("white.mp4", "color=white:size=640x360:rate=25", "-t 1 -c:v libx264 -pix_fmt yuv420p");
        Of("still-noisy.mp4", "color=gray:size=640x360:rate=25,noise=alls=10:allf=t", "-t 4 -c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p");
        Of("sound.wav", "sine", "-t 1");
        Of("sound.mp4", "sine", "-t 1 -c:a aac");
        Of("large.png", "color=black:size=16000x9000", "-frames:v 1");
        Run("-i", Path("scene.mp4"), "-c", "copy", "-bsf:v", "h264_mp4toannexb,h264_metadata=aud=insert", "-f", "h264", Path("scene.h264"));
        File.WriteAllBytes(Path("truncated.mp4"), File.ReadAllBytes(Path("scene.mp4"))[..5000]);
        File.WriteAllBytes(Path("empty.mp4"), []);
        var garbage = new byte[300_000];
        new Random(5).NextBytes(garbage);
        File.WriteAllBytes(Path("garbage.mp4"), garbage);
        // The table of contents is whole, at the end; the frames are not.
        var damaged = File.ReadAllBytes(Path("scene.mp4"));
        damaged.AsSpan(100, damaged.AsSpan().IndexOf("moov"u8) - 108).Clear();
        File.WriteAllBytes(Path("damaged.mp4"), damaged);
    }

    [OneTimeTearDown]
    public void Remove() => folder!.Dispose();

    static void Of(string name, string source, string options) => Run(["-f", "lavfi", "-i", source, .. options.Split(' '), Path(name)]);

    static void Run(params string[] arguments)
    {
        var (exitCode, output) = Command.Run("ffmpeg", ["-nostdin", "-v", "error", "-y", .. arguments]);
        Assert.That(exitCode, Is.Zero, output);
    }
}
