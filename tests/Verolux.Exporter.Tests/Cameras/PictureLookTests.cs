using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras;

/// <summary>What decoding tells, and everything about cameras that don't speak RTSP.</summary>
[CancelAfter(180_000)]
public class PictureLookTests
{
    const string Describe = CamerasCollector.DescribeDepth;
    const string Sample = CamerasCollector.SampleDepth;
    const string Picture = CamerasCollector.PictureDepth;

    static readonly Dictionary<string, CameraKind> Scenes = new()
    {
        ["moving"] = new(),
        ["frozen"] = new() { Scene = Scene.Frozen },
        ["black"] = new() { Scene = Scene.Black },
        ["noisy_still"] = new() { Scene = Scene.NoisyStill },
        ["dark"] = new() { Scene = Scene.Dark },
        ["h265_frozen"] = new() { Codec = Codec.H265, Scene = Scene.Frozen },
        ["h265_noisy_still"] = new() { Codec = Codec.H265, Scene = Scene.NoisyStill },
        ["mjpeg_frozen"] = new() { Codec = Codec.Mjpeg, Scene = Scene.Frozen, Fps = 5 },
        ["mjpeg_moving"] = new() { Codec = Codec.Mjpeg, Fps = 5 },
    };

    [Test]
    public async Task A_picture_that_waits_for_its_turn_does_not_keep_the_session_from_a_sample(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start(keepsRequests: false);
        using var ffmpeg = new Ffmpeg(TimeProvider.System);
        var turns = new List<IDisposable>();
        for (var i = 0; i < Environment.ProcessorCount; i++)
            turns.Add(await ffmpeg.Pictures.TakeAsync(cancellationToken));
        var state = new CameraState(Watching.At(farm.Url(farm.Add("/cam"))));
        var picture = new PictureLook(state, ffmpeg, TimeProvider.System).LookAsync(cancellationToken);

        Assert.That((await new SampleLook(state, ffmpeg, TimeProvider.System).LookAsync(cancellationToken)).Failure, Is.Null);
        Assert.That(picture.IsCompleted, Is.False);
        turns.ForEach(t => t.Dispose());
        Assert.That((await picture).Failure, Is.Null);
    }

    [Test]
    public async Task Frozen_and_black_are_recognised_and_what_is_only_still_or_dark_is_not(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var time = new FakeTimeProvider();
        var cameras = Scenes.Select(s => Watching.At(farm.Url(farm.Add($"/{s.Key}", s.Value))) with { Id = s.Key }).ToList();
        var watches = new CamerasCollector(cameras, time).Watches.Where(w => w.Check == Picture).ToList();
        var first = await Task.WhenAll(watches.Select(w => w.LookAsync(cancellationToken)));
        time.Advance(TimeSpan.FromMinutes(5));
        var second = await Task.WhenAll(watches.Select(w => w.LookAsync(cancellationToken)));

        for (var i = 0; i < watches.Count; i++)
        {
            var name = watches[i].Target.Name;
            Assert.That((first[i].Failure, second[i].Failure), Is.EqualTo(((Failure?)null, (Failure?)null)), name);
            Assert.That(first[i].Value("picture_frozen"), Is.Null, $"{name}: one look tells nothing");
            Assert.That(second[i].Value("picture_frozen"), Is.EqualTo(Scenes[name].Scene is Scene.Frozen or Scene.Black ? 1 : 0), name);
            Assert.That(second[i].Value("picture_black"), Is.EqualTo(Scenes[name].Scene == Scene.Black ? 1 : 0), name);
            Assert.That(second[i].Value("decodable"), Is.EqualTo(1), name);
            Assert.That((second[i].Value("width_pixels"), second[i].Value("height_pixels")), Is.EqualTo((320d, Scenes[name].Codec == Codec.Mjpeg ? 176d : 180d)), name);
            Assert.That(second[i].Value("picture_luma_ratio"), Scenes[name].Scene is Scene.Black or Scene.Dark ? Is.InRange(0, 0.25) : Is.InRange(0.2, 1), name);
            Assert.That(second[i].Picture, Is.Null, "no thumbnail was asked for");
        }
    }

    [Test]
    public async Task A_thumbnail_is_there_where_it_is_switched_on(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var look = await (Watching.At(farm.Url(farm.Add("/cam"))) with { Thumbnail = true }).LookAsync(Picture, cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That(look.Picture!.Take(3), Is.EqualTo(new byte[] { 0xFF, 0xD8, 0xFF }), "a JPEG");
    }

    [Test]
    public async Task Without_ffmpeg_nothing_is_known_of_the_picture_and_a_sample_still_works(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        var state = new CameraState(Watching.At(farm.Url(camera)));
        using var decoder = new Ffmpeg(TimeProvider.System, path: "/nowhere");
        var look = await new PictureLook(state, decoder, TimeProvider.System).LookAsync(cancellationToken);

        Assert.That((look.Reason(), look.Samples.Count, camera.Requests), Is.EqualTo(("no_decoder", 0, 0L)));
        Assert.That(look.Failure!.Detail, Does.Contain("install ffmpeg"));
        Assert.That((await new SampleLook(state, decoder, TimeProvider.System).LookAsync(cancellationToken)).Value("streaming"), Is.EqualTo(1));

        var other = new CameraState(Watching.At("http://127.0.0.1:9/video"));
        var sampled = await new SampleLook(other, decoder, TimeProvider.System).LookAsync(cancellationToken);
        Assert.That((sampled.Reason(), sampled.Value("streaming")), Is.EqualTo(("no_decoder", (double?)null)));
    }

    [TestCase("/basic")]
    [TestCase("/digest")]
    [TestCase("/digest_md5")]
    [TestCase("/digest_sha256", Description = "ffmpeg knows no SHA-256")]
    [TestCase("/several_challenges")]
    [TestCase("/stale_nonce")]
    public async Task A_picture_is_decoded_whatever_way_the_camera_wants_the_password(string path)
    {
        await using var farm = CameraFarm.Start();
        farm.AddDemo();
        await SeenAsync(farm, farm.Find(path)!, TestContext.CurrentContext.CancellationToken);
    }

    [Test]
    public async Task A_picture_is_decoded_over_tls(CancellationToken cancellationToken)
    {
        using var certificate = SelfSigned.Certificate(TimeProvider.System);
        await using var farm = CameraFarm.Start(certificate: certificate);
        await SeenAsync(farm, farm.Add("/cam", new CameraKind { Access = new Access(Challenge.DigestSha256), Codec = Codec.H265 }), cancellationToken);
    }

    [Test]
    public async Task Of_two_videos_the_first_is_decoded(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        await SeenAsync(farm, farm.Add("/cam", new CameraKind { Description = SdpFault.SecondVideo }), cancellationToken);
        Assert.That(farm.Requests!.Items.Single(r => r.Method == "SETUP").Text, Does.Contain("/cam/track0 "));
    }

    [Test]
    public async Task A_session_is_given_back_when_ffmpeg_fails(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        using var folder = new TemporaryFolder();
        foreach (var program in (string[])["ffmpeg", "ffprobe"])
            Command.Run("chmod", "+x", folder.Write(program, "#!/bin/sh\n[ \"$1\" = -version ]\n"));
        using var ffmpeg = new Ffmpeg(TimeProvider.System, folder.Path);
        var look = await new PictureLook(new CameraState(Watching.At(farm.Url(camera))), ffmpeg, TimeProvider.System).LookAsync(cancellationToken);

        Assert.That(look.Reason(), Is.EqualTo("protocol"), look.Failure?.Detail);
        Assert.That(farm.Requests!.Items.Select(r => r.Method), Is.EqualTo(new[] { "DESCRIBE", "SETUP", "PLAY", "TEARDOWN" }));
        Assert.That(camera.Sessions, Is.Zero);
    }

    [TestCase(AnswerFault.BusyAtSetup, "busy", null)]
    [TestCase(AnswerFault.UdpOnly, "transport", null)]
    [TestCase(AnswerFault.NotFound, "not_found", 0d)]
    [TestCase(AnswerFault.MovedTemporarily, "redirect", 0d)]
    public async Task What_could_not_be_tried_is_unknown_and_everything_else_is_not_decodable(object fault, string reason, double? decodable)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Answers = (AnswerFault)fault });
        var watch = Watching.At(farm.Url(camera)).WatchOf(Picture, TimeProvider.System);
        var look = await watch.LookAsync(TestContext.CurrentContext.CancellationToken);

        Assert.That((look.Reason(), look.Value("decodable")), Is.EqualTo((reason, decodable)), look.Failure?.Detail);
        Assert.That(look.Rest, Is.EqualTo(reason == "busy" ? 2 * Watching.PictureInterval : TimeSpan.Zero));
        Assert.That(farm.Requests!.Items.Select(r => r.Path), Is.All.StartsWith(camera.Path), "no redirect is followed");
    }

    [Test]
    public async Task A_camera_that_serves_http_is_described_sampled_and_seen(CancellationToken cancellationToken)
    {
        await using var server = await HttpCamera.StartAsync();
        var camera = Watching.At(server.Url).As(Access.DefaultUser, Access.DefaultPassword);
        var described = await camera.LookAsync(Describe, cancellationToken);
        var sampled = await camera.LookAsync(Sample, cancellationToken);
        var seen = await camera.LookAsync(Picture, cancellationToken);

        Assert.That((described.Failure, sampled.Failure, seen.Failure), Is.EqualTo(((Failure?)null, (Failure?)null, (Failure?)null)));
        Assert.That(described.Samples.Single(s => s.Family == CameraFamilies.Info).Labels, Is.EqualTo(new[] { "north", Watching.Name, "mjpeg", "http", "" }));
        Assert.That(sampled.Value("streaming"), Is.EqualTo(1));
        Assert.That(sampled.Value("frames_per_second"), Is.EqualTo(HttpCamera.Fps).Within(50).Percent, "frames bear no time of their own here, so that a machine under load shows");
        Assert.That(sampled.Value("received_bytes_per_second"), Is.GreaterThan(1000));
        Assert.That((seen.Value("decodable"), seen.Value("width_pixels")), Is.EqualTo((1d, 320d)));
    }

    [Test]
    public async Task A_wrong_password_and_a_path_that_is_not_there_are_told_over_http_too(CancellationToken cancellationToken)
    {
        await using var server = await HttpCamera.StartAsync();
        foreach (var depth in (string[])[Describe, Sample, Picture])
        {
            Assert.That((await Watching.At(server.Url).As(Access.DefaultUser, "wrong").LookAsync(depth, cancellationToken)).Reason(), Is.EqualTo("auth"), depth);
            Assert.That((await Watching.At(server.Url + "/none").LookAsync(depth, cancellationToken)).Reason(), Is.EqualTo("not_found"), depth);
        }
        Assert.That(server.Answers.Items, Is.All.EqualTo(401));
    }

    [Test]
    public async Task A_file_is_described_sampled_and_seen(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var clip = RepositoryRoot.Of("tests", "Verolux.Exporter.Site", "Cameras", "Clips", "moving.h264");
        Assert.That(Command.Run("ffmpeg", "-v", "error", "-r", "25", "-f", "h264", "-i", clip, "-c", "copy", folder["it's a clip.mp4"]).ExitCode, Is.Zero);
        var camera = Watching.At(new Uri(folder["it's a clip.mp4"]).AbsoluteUri);
        var described = await camera.LookAsync(Describe, cancellationToken);
        var sampled = await camera.LookAsync(Sample, cancellationToken);
        var seen = await camera.LookAsync(Picture, cancellationToken);

        Assert.That((described.Failure, sampled.Failure, seen.Failure), Is.EqualTo(((Failure?)null, (Failure?)null, (Failure?)null)));
        Assert.That(described.Samples.Single(s => s.Family == CameraFamilies.Info).Labels, Is.EqualTo(new[] { "north", Watching.Name, "h264", "file", "" }));
        Assert.That(described.Value("declared_frames_per_second"), Is.EqualTo(25));
        Assert.That(sampled.Value("frames_per_second"), Is.EqualTo(25).Within(3).Percent);
        Assert.That(sampled.Value("keyframe_interval_seconds"), Is.EqualTo(1).Within(1).Percent);
        Assert.That((seen.Value("decodable"), seen.Value("height_pixels")), Is.EqualTo((1d, 180d)));

        var missing = await Watching.At("file:///nowhere/clip.mp4").LookAsync(Describe, cancellationToken);
        Assert.That((missing.Reason(), missing.Value("host_reachable")), Is.EqualTo(("not_found", (double?)null)), "a file has no host to ask");
    }

    static async Task SeenAsync(CameraFarm farm, Verolux.Exporter.Site.Cameras.Camera camera, CancellationToken cancellationToken)
    {
        var look = await Watching.At(farm.Url(camera)).As(Access.DefaultUser, Access.DefaultPassword).LookAsync(Picture, cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That((look.Value("decodable"), look.Value("width_pixels")), Is.EqualTo((1d, 320d)));
        Assert.That(farm.Requests!.Items.Select(r => r.Text), Is.All.Contains($"User-Agent: verolux-exporter/{ExporterMetrics.Version}"), "ffmpeg asks the camera nothing");
        Assert.That(farm.Requests.Items.Count(r => r is { Method: "TEARDOWN", Status: 200 }), Is.EqualTo(1));
        Assert.That(camera.Sessions, Is.Zero);
    }
}
