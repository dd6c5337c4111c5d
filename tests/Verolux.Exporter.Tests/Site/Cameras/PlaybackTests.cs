using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;

namespace Verolux.Exporter.Tests.Site.Cameras;

/// <summary>The packets of a session.</summary>
[CancelAfter(30_000)]
public class PlaybackTests
{
    CameraFarm farm = null!;

    [SetUp]
    public void Start() => farm = CameraFarm.Start();

    [TearDown]
    public ValueTask Stop() => farm.DisposeAsync();

    [Test]
    public async Task They_begin_where_PLAY_says_and_go_on_from_there()
    {
        using var talk = await TalkAsync(new CameraKind { Fps = 100 });
        var info = (await talk.PlayAsync()).Headers["RTP-Info"].Split(';');
        var packets = await talk.FramesAsync(30);
        Assert.That(info[0], Is.EqualTo($"url={talk.Url}/track0"));
        Assert.That(info[1..], Is.EqualTo([$"seq={packets[0].Sequence}", $"rtptime={packets[0].Timestamp}"]));
        Assert.That(packets.Select((p, i) => p.Sequence == (ushort)(packets[0].Sequence + i)), Has.All.True);
        Assert.That(packets.Select(p => p.Timestamp).Distinct().Select(t => t - packets[0].Timestamp), Is.EqualTo(Enumerable.Range(0, 30).Select(i => i * 900)));
        Assert.That(packets.Select(p => (p.Version, p.PayloadType, p.Channel, p.HasPadding)).Distinct(), Is.EqualTo([(2, 96, 0, false)]));
        Assert.That(MarkersAreRight(packets), Is.True);
    }

    [Test]
    public async Task A_large_picture_is_fragmented()
    {
        using var talk = await TalkAsync(new CameraKind { Codec = Codec.H265 });
        await talk.PlayAsync();
        var packets = await talk.FramesAsync(1);
        Assert.That(packets.Select(p => p.Bytes.Length), Has.All.LessThanOrEqualTo(1412));
        Assert.That(packets.Count(p => ((p.Payload[0] >> 1) & 0x3F) == 49), Is.GreaterThan(2), "fragmentation units (RFC 7798 section 4.4.3)");
    }

    [Test]
    public async Task Numbers_wrap()
    {
        using var talk = await TalkAsync(new CameraKind { Fps = 100, FirstSequence = 65_534, FirstTimestamp = uint.MaxValue });
        await talk.PlayAsync();
        var packets = await talk.FramesAsync(3);
        Assert.That(packets.Take(4).Select(p => p.Sequence), Is.EqualTo([65_534, 65_535, 0, 1]));
        Assert.That(packets.Select(p => p.Timestamp).Distinct(), Is.EqualTo([uint.MaxValue, 899u, 1799u]));
    }

    [Test]
    public async Task They_never_come_too_early()
    {
        using var talk = await TalkAsync(new CameraKind { Fps = 50 });
        var start = TimeProvider.System.GetTimestamp();
        await talk.PlayAsync();
        await talk.FramesAsync(25);
        // The first of the frame after the 25.
        Assert.That(TimeProvider.System.GetElapsedTime(start).TotalSeconds, Is.GreaterThan(0.495));
    }

    [Test]
    public async Task Two_sessions_do_not_begin_with_the_same_picture()
    {
        var camera = farm.Add("/gate");
        var first = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var talk = await RtspTalk.ConnectAsync(farm, camera, CancellationToken.None);
            await talk.PlayAsync();
            first.Add(string.Concat((await talk.FramesAsync(1)).Select(p => Convert.ToHexString(p.Payload))));
        }
        Assert.That(first, Is.Unique);
        Assert.That(camera.MostSessions, Is.InRange(1, 2));
    }

    [Test]
    public async Task A_sender_report_comes_first()
    {
        using var talk = await TalkAsync(new CameraKind());
        await talk.PlayAsync();
        var report = await talk.PacketAsync();
        Assert.That((report.Channel, report.Version, (int)report.Bytes[1]), Is.EqualTo((1, 2, 200)));
    }

    [Test]
    public async Task What_is_lost_is_seeded_and_leaves_gaps()
    {
        var kind = new CameraKind { Codec = Codec.Mjpeg, Fps = 100, Loss = 0.3, Seed = 7, FirstSequence = 0 };
        var seen = new List<List<int>>();
        for (var i = 0; i < 2; i++)
        {
            var camera = farm.Add($"/gate{i}", kind);
            using var talk = await RtspTalk.ConnectAsync(farm, camera, CancellationToken.None);
            await talk.PlayAsync();
            seen.Add([.. (await talk.PacketsAsync(100)).Select(p => (int)p.Sequence)]);
            Assert.That(camera.Lost, Is.GreaterThanOrEqualTo(seen[i][^1] - 99));
        }
        Assert.That(seen[0], Is.EqualTo(seen[1]));
        Assert.That(seen[0][^1], Is.InRange(115, 200), "100 of about 143");
    }

    [Test]
    public async Task B_frames_have_earlier_times_than_what_comes_before_them()
    {
        using var talk = await TalkAsync(new CameraKind { Scene = Scene.Reordered, Fps = 100 });
        await talk.PlayAsync();
        var times = (await talk.FramesAsync(7)).Select(p => p.Timestamp).Distinct().ToList();
        Assert.That(times.Select(t => (int)(t - times[0]) / 900), Is.EqualTo([0, 3, 1, 2, 6, 4, 5]));
    }

    [Test]
    public async Task Nothing_may_come_although_PLAY_succeeds()
    {
        using var talk = await TalkAsync(new CameraKind { Packets = RtpFault.NoFrames });
        var session = RtspTalk.SessionOf(await talk.PlayAsync());
        await talk.AskAsync("TEARDOWN", $"Session: {session}");
        Assert.That(farm.Find("/gate")!.Frames, Is.Zero);
    }

    [TestCase(RtpFault.WrongVersion, nameof(Packet.Version), 1)]
    [TestCase(RtpFault.WrongChannel, nameof(Packet.Channel), 6)]
    [TestCase(RtpFault.NoMarker, nameof(Packet.Marker), false)]
    [TestCase(RtpFault.HugePadding, nameof(Packet.HasPadding), true)]
    public async Task Every_packet_may_have_a_wrong(object fault, string field, object value)
    {
        using var talk = await TalkAsync(new CameraKind { Packets = (RtpFault)fault });
        await talk.PlayAsync();
        var packets = await talk.PacketsAsync(10);
        Assert.That(packets, Has.All.Property(field).EqualTo(value));
        if ((RtpFault)fault == RtpFault.HugePadding)
            Assert.That(packets.Select(p => (int)p.Bytes[^1]), Has.All.EqualTo(255).And.All.GreaterThan(packets.Max(p => p.Bytes.Length)));
    }

    [Test]
    public async Task Timestamps_may_jump_once()
    {
        using var talk = await TalkAsync(new CameraKind { Packets = RtpFault.TimestampJump, Fps = 10, FirstTimestamp = 0 });
        await talk.PlayAsync();
        var times = (await talk.FramesAsync(12)).Select(p => p.Timestamp).Distinct().ToList();
        Assert.That(times.Zip(times.Skip(1), (a, b) => b - a), Is.EqualTo([.. Enumerable.Repeat(9000u, 9), (1u << 30) + 9000u, 9000u]));
    }

    [Test]
    public async Task Frames_and_packets_are_counted()
    {
        using var talk = await TalkAsync(new CameraKind { Fps = 100 });
        var session = RtspTalk.SessionOf(await talk.PlayAsync());
        var packets = await talk.FramesAsync(10);
        await talk.AskAsync("TEARDOWN", $"Session: {session}");
        var camera = farm.Find("/gate")!;
        Assert.That(camera.Frames, Is.GreaterThanOrEqualTo(11));
        Assert.That(camera.Packets, Is.GreaterThan(packets.Count));
        Assert.That(camera.Lost, Is.Zero);
    }

    [Test]
    public void Every_demo_camera_has_a_clip() => Assert.That(DemoCameras.Kinds.Values.Select(k => Clip.Of(k.Codec, k.Scene).Frames.Count), Has.All.Positive);

    static bool MarkersAreRight(IReadOnlyList<Packet> packets) =>
        packets.Zip(packets.Skip(1)).All(pair => pair.First.Marker == (pair.First.Timestamp != pair.Second.Timestamp)) && packets[^1].Marker;

    Task<RtspTalk> TalkAsync(CameraKind kind) => RtspTalk.ConnectAsync(farm, farm.Add("/gate", kind), CancellationToken.None);
}
