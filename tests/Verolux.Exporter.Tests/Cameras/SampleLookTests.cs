using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Collecting;

namespace Verolux.Exporter.Tests.Cameras;

/// <summary>What two seconds of a stream tell, against simulated cameras that know what they really sent.</summary>
[CancelAfter(120_000)]
public class SampleLookTests
{
    const string Sample = CamerasCollector.SampleDepth;

    static readonly Dictionary<string, CameraKind> Streams = new()
    {
        ["h264_5"] = new() { Fps = 5 },
        ["h264_12"] = new() { Fps = 12 },
        ["h264_25"] = new(),
        ["h264_30"] = new() { Fps = 30 },
        ["h265_5"] = new() { Codec = Codec.H265, Fps = 5 },
        ["h265_12"] = new() { Codec = Codec.H265, Fps = 12 },
        ["h265_25"] = new() { Codec = Codec.H265 },
        ["h265_30"] = new() { Codec = Codec.H265, Fps = 30 },
        ["mjpeg_5"] = new() { Codec = Codec.Mjpeg, Fps = 5 },
        ["mjpeg_12"] = new() { Codec = Codec.Mjpeg, Fps = 12 },
        ["mjpeg_25"] = new() { Codec = Codec.Mjpeg },
        ["mjpeg_30"] = new() { Codec = Codec.Mjpeg, Fps = 30 },
        ["fewer_than_declared"] = new() { Fps = 12, DeclaredFps = 25 },
        ["jittering"] = new() { Jitter = TimeSpan.FromMilliseconds(80) },
        ["losing_5_percent"] = new() { Loss = 0.05 },
        ["losing_30_percent"] = new() { Loss = 0.3 },
        ["mjpeg_losing_5_percent"] = new() { Codec = Codec.Mjpeg, Loss = 0.05 },
        ["reordered"] = new() { Scene = Scene.Reordered },
        ["wrapping_sequence"] = new() { FirstSequence = ushort.MaxValue - 20 },
        ["wrapping_timestamp"] = new() { FirstTimestamp = uint.MaxValue - 90_000 },
        ["timestamp_jump"] = new() { Packets = RtpFault.TimestampJump },
        ["no_marker"] = new() { Packets = RtpFault.NoMarker },
        ["frozen"] = new() { Scene = Scene.Frozen },
    };

    [Test]
    public async Task Frame_rates_are_measured_within_three_percent_of_the_truth(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var wrong = new List<string>();
        foreach (var (name, (camera, look)) in await farm.LookAtAllAsync(Streams, Sample, cancellationToken))
        {
            var truth = Streams[name].Fps * (double)camera.FramesSent / camera.Frames;
            // Of what is lost, a frame at either end may count for the one and not for the other.
            var allowed = (0.03 * truth) + (Streams[name].Loss > 0 ? truth / camera.FramesSent : 0);
            if (look.Failure is not null || look.Value("streaming") != 1 || look.Value("frames_per_second") is not { } fps || Math.Abs(fps - truth) > allowed)
                wrong.Add($"{name}: {look.Value("frames_per_second")} where {truth} was true; {look.Failure}");
        }
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public async Task What_else_is_measured_agrees_with_what_was_sent(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var before = TimeProvider.System.GetUtcNow();
        var looks = await farm.LookAtAllAsync(Streams, Sample, cancellationToken);
        var after = TimeProvider.System.GetUtcNow();

        foreach (var (name, (camera, look)) in looks)
        {
            Assert.That(look.Value("rtp_packets_lost_ratio"), Is.EqualTo((double)camera.Lost / (camera.Lost + camera.Packets)).Within(0.04), name);
            Assert.That(look.Value("last_frame_timestamp_seconds"), Is.InRange(before.ToUnixTimeSeconds(), after.ToUnixTimeSeconds() + 1), name);
            Assert.That(look.Value("rtp_jitter_seconds"), Is.GreaterThanOrEqualTo(0), name);
        }
        Assert.That(looks["h264_25"].Look.Value("rtp_packets_lost_ratio"), Is.Zero);
        foreach (var (name, fps) in (IEnumerable<(string, int)>)[("h264_25", 25), ("h265_25", 25), ("h264_30", 30), ("h265_30", 30), ("timestamp_jump", 25)])
        {
            var kind = Streams[name];
            // Two groups of pictures, 25 each, are about what two seconds show.
            var sent = Clip.Of(kind.Codec, kind.Scene).Frames.Take(50).Sum(f => f.Payloads.Sum(p => 12 + p.Length)) / 50.0 * fps;
            Assert.That(looks[name].Look.Value("received_bytes_per_second"), Is.EqualTo(sent).Within(20).Percent, name);
            if (name != "timestamp_jump")
                Assert.That(looks[name].Look.Value("keyframe_interval_seconds"), Is.EqualTo(25.0 / fps).Within(1).Percent, name);
        }
        Assert.That(looks["mjpeg_25"].Look.Value("keyframe_interval_seconds"), Is.Null, "every picture is one");
    }

    [TestCase(RtpFault.NoFrames)]
    [TestCase(RtpFault.WrongVersion)]
    [TestCase(RtpFault.WrongChannel)]
    [TestCase(RtpFault.HugePadding)]
    public async Task A_stream_without_pictures_does_not_stream(object fault)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Packets = (RtpFault)fault });
        var look = await Watching.At(farm.Url(camera)).LookAsync(Sample, TestContext.CurrentContext.CancellationToken);

        Assert.That((look.Reason(), look.Value("streaming"), look.Value("frames_per_second")), Is.EqualTo(("no_frames", 0d, (double?)null)));
        Assert.That(look.Failure!.Detail, Does.Contain("PLAY"));
        Assert.That(camera.Sessions, Is.Zero);
        Assert.That(farm.Requests!.Items.Select(r => r.Method), Has.Exactly(1).EqualTo("TEARDOWN"));
    }

    [TestCase(AnswerFault.SessionLost, "protocol", 0d, "PLAY was answered 454")]
    [TestCase(AnswerFault.UdpOnly, "transport", null, "SETUP was answered 461")]
    [TestCase(AnswerFault.BusyAtSetup, "busy", null, "SETUP was answered 453")]
    [TestCase(AnswerFault.BusyAtDescribe, "busy", null, "DESCRIBE was answered 453")]
    [TestCase(AnswerFault.NotFound, "not_found", 0d, "DESCRIBE was answered 404")]
    [TestCase(AnswerFault.Reset, "protocol", 0d, "DESCRIBE")]
    public async Task What_could_not_be_tried_is_unknown_and_everything_else_does_not_stream(object fault, string reason, double? streaming, string asked)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Answers = (AnswerFault)fault });
        var look = await Watching.At(farm.Url(camera)).LookAsync(Sample, TestContext.CurrentContext.CancellationToken);

        Assert.That((look.Reason(), look.Value("streaming")), Is.EqualTo((reason, streaming)));
        Assert.That(look.Failure!.Detail, Does.Contain(asked));
        Assert.That(camera.Sessions, Is.Zero);
    }

    [Test]
    public async Task A_session_that_the_camera_lost_is_torn_down_all_the_same(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Answers = AnswerFault.SessionLost });
        await Watching.At(farm.Url(camera)).LookAsync(Sample, cancellationToken);
        Assert.That(farm.Requests!.Items.Select(r => (r.Method, r.Status)), Has.One.EqualTo(("TEARDOWN", (int?)200)));
    }

    [Test]
    public async Task A_camera_that_is_busy_is_left_alone_twice_as_long_then_four_times_until_it_is_not(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Answers = AnswerFault.BusyAtSetup });
        var watch = Watching.At(farm.Url(camera)).WatchOf(Sample, TimeProvider.System);
        var rests = new List<double>();
        for (var i = 0; i < 4; i++)
            rests.Add((await watch.LookAsync(cancellationToken)).Rest / Watching.SampleInterval);
        camera.Kind = CameraKind.Good;
        rests.Add((await watch.LookAsync(cancellationToken)).Rest / Watching.SampleInterval);
        camera.Kind = new CameraKind { Answers = AnswerFault.BusyAtSetup };
        rests.Add((await watch.LookAsync(cancellationToken)).Rest / Watching.SampleInterval);

        Assert.That(rests, Is.EqualTo(new[] { 2d, 4, 4, 4, 0, 2 }));
    }

    [Test]
    public async Task A_camera_whose_only_session_somebody_else_has_is_busy_and_free_again_after_them(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { SessionLimit = 1 });
        var (one, other) = (Watching.At(farm.Url(camera)), Watching.At(farm.Url(camera)));
        var first = one.LookAsync(Sample, cancellationToken);
        await farm.Requests!.FirstAsync(r => r.Method == "PLAY", cancellationToken);
        Assert.That((await other.LookAsync(Sample, cancellationToken)).Reason(), Is.EqualTo("busy"));
        Assert.That((await first).Failure, Is.Null);
        Assert.That((await other.LookAsync(Sample, cancellationToken)).Failure, Is.Null);
    }

    [Test]
    public async Task A_look_that_is_cancelled_gives_its_session_back(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = Watching.At(farm.Url(camera)).LookAsync(Sample, cancel.Token);
        await farm.Requests!.FirstAsync(r => r.Method == "PLAY", cancellationToken);
        await cancel.CancelAsync();

        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
        await farm.Requests.FirstAsync(r => r.Method == "TEARDOWN", cancellationToken);
        Assert.That(camera.Sessions, Is.Zero);
    }

    [Test]
    public async Task Never_more_than_one_session_is_open_whoever_asks(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        await using var engine = new Engine(TimeProvider.System);
        await engine.ApplyAsync(new CamerasCollector([Watching.At(farm.Url(camera))], TimeProvider.System));
        for (var round = 0; round < 2; round++)
        {
            var seen = await Task.WhenAll(engine.Loop.Watches.Concat(engine.Loop.Watches).Select(w => w.LookNowAsync())).WaitAsync(cancellationToken);
            Assert.That(seen.Select(s => s.Failure), Is.All.Null);
        }
        Assert.That((camera.MostSessions, camera.Sessions), Is.EqualTo((1, 0)));
        // Those who asked together got one look: two rounds of a sample and a picture.
        Assert.That(farm.Requests!.Items.Count(r => r.Method == "PLAY"), Is.EqualTo(4));
    }

    [Test]
    public async Task A_camera_that_falls_silent_after_it_accepted_is_given_up(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Answers = AnswerFault.Silent });
        var look = await Watching.At(farm.Url(camera)).LookAsync(Sample, cancellationToken);

        Assert.That((look.Reason(), look.Value("streaming")), Is.EqualTo(("timeout", 0d)));
        Assert.That(look.Failure!.Detail, Does.Contain("DESCRIBE"));
    }
}
