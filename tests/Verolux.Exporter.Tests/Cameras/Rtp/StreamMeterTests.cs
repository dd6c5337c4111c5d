using NUnit.Framework;
using Verolux.Exporter.Cameras.Rtp;
using static Verolux.Exporter.Tests.Cameras.Rtp.Packets;

namespace Verolux.Exporter.Tests.Cameras.Rtp;

public class StreamMeterTests
{
    const uint Frame = Clock / 25;

    static StreamMeter New(Codec codec = Codec.H264) => new(codec, Clock);

    /// <summary>Reads packets that arrive just when their timestamps say.</summary>
    static StreamReading Read(Codec codec, params IEnumerable<byte[]> packets)
    {
        var meter = New(codec);
        foreach (var packet in packets)
            meter.Add(packet, TimeSpan.FromSeconds(packet.Length > 8 ? (double)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4)) / Clock : 0));
        return meter.Read();
    }

    static StreamReading Frames(params IEnumerable<int> frames) => Read(Codec.H264, frames.Select((f, i) => Packet(i, (uint)(1_000_000 + f * Frame))));

    [TestCase(0)]
    [TestCase(-90_000)]
    public void A_clock_that_does_not_advance_is_refused(int clockRate) => Assert.That(() => new StreamMeter(Codec.H264, clockRate), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Without_packets_nothing_is_known() => Assert.That(New().Read(), Is.EqualTo(new StreamReading(0, 0, null, null, null, null, null, 0)));

    [Test]
    public void One_frame_has_no_rate() => Assert.That(Read(Codec.H264, Packet(1, 1), Packet(2, 1)), Is.EqualTo(new StreamReading(2, 1, null, null, 0, 0, null, 0)));

    [Test]
    public void Two_frames_have_one()
    {
        var reading = Read(Codec.H264, Packet(1, 0, new byte[88]), Packet(2, Frame, new byte[188]));
        Assert.That(reading, Is.EqualTo(new StreamReading(2, 2, 25, 2500, 0, 0, null, 0)), "the last frame's bytes belong to the time after it");
    }

    [Test]
    public void Packets_of_one_timestamp_are_one_frame_and_no_marker_is_needed()
    {
        var reading = Read(Codec.H264, Enumerable.Range(0, 40).Select(i => Packet(i, (uint)(i / 4) * Frame)));
        Assert.That((reading.Packets, reading.Frames, reading.FramesPerSecond), Is.EqualTo((40, 10, 25.0)));
    }

    [Test]
    public void What_a_camera_sends_in_a_burst_is_no_speed()
    {
        var meter = New();
        // Two seconds of video within a millisecond, as a camera sends what it holds since the last key frame; then one second at its pace.
        for (var i = 0; i < 75; i++)
            meter.Add(Packet(i, (uint)i * Frame), i < 50 ? TimeSpan.FromMilliseconds(i / 50.0) : TimeSpan.FromMilliseconds((i - 49) * 40));
        Assert.That(meter.Read().FramesPerSecond, Is.EqualTo(25));
    }

    [Test]
    public void Numbers_and_timestamps_may_wrap()
    {
        var reading = Read(Codec.H264, Enumerable.Range(0, 50).Select(i => Packet(65_530 + i, unchecked(uint.MaxValue - 5 * Frame + (uint)i * Frame))));
        Assert.That((reading.Frames, reading.FramesPerSecond, reading.LostRatio), Is.EqualTo((50, 25.0, 0.0)));
    }

    [Test]
    public void Timestamps_that_never_advance_are_one_frame()
    {
        var reading = Read(Codec.H264, Enumerable.Range(0, 50).Select(i => Packet(i, 5)));
        Assert.That((reading.Frames, reading.FramesPerSecond, reading.BytesPerSecond), Is.EqualTo((1, (double?)null, (double?)null)));
    }

    // In the order of sending; the numbers are the order of showing.
    [TestCase(new[] { 0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12 }, Description = "two B-frames, cut off before they came")]
    [TestCase(new[] { 0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11 })]
    [TestCase(new[] { 2, 0, 1, 5, 3, 4, 8, 6, 7, 11, 9 }, Description = "the first key frame leads B-frames before it")]
    [TestCase(new[] { 2, 6, 4, 5, 9, 7, 8, 12, 10, 11, 15 }, Description = "begins at a B-frame")]
    [TestCase(new[] { 0, 8, 4, 2, 1, 3, 6, 5, 7, 16, 12, 10, 9, 11, 14, 13, 15, 24, 20, 18, 17, 19, 22, 21, 23, 32, 28 }, Description = "pyramid")]
    public void B_frames_count_where_they_belong(int[] order)
    {
        var reading = Frames(order);
        Assert.That((reading.Frames, reading.FramesPerSecond), Is.EqualTo((order.Length, 25.0)));
    }

    [Test]
    public void A_frame_that_is_not_sent_is_missing() =>
        Assert.That(Frames(Enumerable.Range(0, 51).Where(i => i % 2 == 0)).FramesPerSecond, Is.EqualTo(12.5));

    [TestCase(5, 25.0)]
    [TestCase(-5, 25.0)]
    [TestCase(600, 25.0)]
    [TestCase(-40_000, 25.0)]
    [TestCase(10.5, 25.0)]
    public void A_jump_of_the_clock_is_no_elapsed_time(double seconds, double rate)
    {
        var jump = (uint)(long)(seconds * Clock);
        var reading = Read(Codec.H264, Enumerable.Range(0, 100).Select(i => Packet(i, unchecked((uint)i * Frame + (i < 50 ? 0 : jump)))));
        // Up to ten seconds it might as well be a camera that stood still.
        if (Math.Abs(seconds) > 10)
            Assert.That((reading.Frames, reading.FramesPerSecond), Is.EqualTo((100, rate)));
        else
            Assert.That(reading.FramesPerSecond, Is.LessThan(rate).Or.EqualTo(rate).Within(1).Percent);
    }

    [Test]
    public void A_sender_that_starts_anew_starts_a_new_segment()
    {
        var reading = Read(Codec.H264, [
            .. Enumerable.Range(0, 50).Select(i => Packet(i, (uint)i * Frame)),
            .. Enumerable.Range(0, 50).Select(i => Packet(40_000 + i, (uint)i * Frame, source: 8))]);
        Assert.That((reading.Packets, reading.Frames, reading.FramesPerSecond, reading.LostRatio, reading.Rejected), Is.EqualTo((100, 100, 25.0, 0.0, 0)));
    }

    [Test]
    public void A_sender_that_only_counts_anew_does_so_from_its_second_packet()
    {
        var reading = Read(Codec.H264, [
            .. Enumerable.Range(0, 50).Select(i => Packet(i, (uint)i * Frame)),
            .. Enumerable.Range(50, 50).Select(i => Packet(40_000 + i, (uint)i * Frame))]);
        Assert.That((reading.Packets, reading.Frames, reading.FramesPerSecond, reading.LostRatio, reading.Rejected), Is.EqualTo((99, 99, 25.0, 0.0, 1)));
    }

    [Test]
    public void A_stray_packet_changes_nothing()
    {
        var reading = Read(Codec.H264, [Packet(1, 0), Packet(2, Frame), Packet(30_000, 77 * Frame), Packet(3, 2 * Frame), Packet(30_000, 77 * Frame), Packet(4, 3 * Frame)]);
        Assert.That((reading.Packets, reading.Frames, reading.FramesPerSecond, reading.LostRatio, reading.Rejected), Is.EqualTo((4, 4, 25.0, 0.0, 2)));
    }

    [TestCase(new[] { 1, 2, 3, 4 }, 0.0)]
    [TestCase(new[] { 1, 2, 4 }, 0.25)]
    [TestCase(new[] { 1, 10 }, 0.8)]
    [TestCase(new[] { 1, 3, 2, 4 }, 0.0)]
    [TestCase(new[] { 2, 1, 3, 4 }, 0.0)]
    [TestCase(new[] { 65_534, 65_535, 1 }, 0.25)]
    [TestCase(new[] { 0, 65_535, 1 }, 0.0)]
    [TestCase(new[] { 1, 2, 2, 2, 4 }, 0.25, Description = "duplicates make up for no loss")]
    [TestCase(new[] { 1, 200, 1 }, 0.99)]
    [TestCase(new[] { 1, 2, 130, 129 }, 126.0 / 130, Description = "what came before the gap says nothing of what comes after it")]
    [TestCase(new[] { 1, 3000 }, 2998.0 / 3000)]
    [TestCase(new[] { 1, 3001 }, 0.0, Description = "too far to be a loss")]
    public void Lost_is_what_was_expected_and_did_not_come(int[] numbers, double ratio) =>
        Assert.That(Read(Codec.H264, numbers.Select(n => Packet(n, Frame))).LostRatio, Is.EqualTo(ratio).Within(1e-12));

    [Test]
    public void A_packet_that_comes_twice_counts_once()
    {
        var reading = Read(Codec.H264, Packet(1, 0), Packet(1, 0), Packet(2, Frame), Packet(1, 0));
        Assert.That((reading.Packets, reading.Frames, reading.BytesPerSecond, reading.Rejected), Is.EqualTo((2, 2, 14 * 25.0, 0)));
    }

    [Test]
    public void Another_payload_type_is_none_of_this_stream()
    {
        var reading = Read(Codec.H264, Packet(1, 0), Packet(500, 12, type: 97), Packet(2, Frame));
        Assert.That((reading.Packets, reading.Frames, reading.FramesPerSecond, reading.LostRatio, reading.Rejected), Is.EqualTo((2, 2, 25.0, 0.0, 0)));
    }

    [Test]
    public void What_is_no_RTP_is_counted_apart()
    {
        var reading = Read(Codec.H264, [], "RTSP/1.0 200 OK\r\n"u8.ToArray(), Packet(1, 0), Packet(9, 0, type: 200), Packet(2, Frame));
        Assert.That((reading.Packets, reading.FramesPerSecond, reading.Rejected), Is.EqualTo((2, 25.0, 3)));
    }

    [Test]
    public void A_packet_of_nothing_but_padding_is_no_frame()
    {
        var empty = Packet(2, 7 * Frame, [0, 0, 3]);
        empty[0] = 0xa0;
        var reading = Read(Codec.H264, Packet(1, 0), empty, Packet(3, Frame));
        Assert.That((reading.Packets, reading.Frames, reading.FramesPerSecond, reading.LostRatio), Is.EqualTo((3, 2, 25.0, 0.0)));
    }

    [Test]
    public void Jitter_is_how_unevenly_packets_arrive()
    {
        var meter = New();
        // 10 ms late every other time: each difference is 10 ms, and so is what the estimate runs towards (RFC 3550, A.8).
        for (var i = 0; i < 200; i++)
            meter.Add(Packet(i, (uint)i * Frame), TimeSpan.FromMilliseconds(i * 40 + i % 2 * 10));
        Assert.That(meter.Read().Jitter, Is.EqualTo(0.01).Within(0.1).Percent);

        var second = New();
        second.Add(Packet(0, 0), TimeSpan.Zero);
        Assert.That(second.Read().Jitter, Is.Null);
        second.Add(Packet(1, Frame), TimeSpan.FromMilliseconds(56));
        Assert.That(second.Read().Jitter, Is.EqualTo(0.001).Within(1e-9), "a sixteenth of 16 ms");
    }

    [Test]
    public void A_jump_of_the_clock_is_no_jitter()
    {
        var meter = New();
        for (var i = 0; i < 100; i++)
            meter.Add(Packet(i, (uint)(i * Frame + (i < 50 ? 0 : 1_000_000_000))), TimeSpan.FromMilliseconds(i * 40));
        Assert.That(meter.Read().Jitter, Is.Zero.Within(1e-9));
    }

    static IEnumerable<TestCaseData<string, byte[], bool>> Payloads()
    {
        TestCaseData<string, byte[], bool> Case(Codec codec, string name, bool isKey, params byte[] payload) =>
            new TestCaseData<string, byte[], bool>(codec.ToString(), payload, isKey).SetArgDisplayNames($"{codec}, {name}");
        yield return Case(Codec.H264, "slice", false, 0x41, 5);
        yield return Case(Codec.H264, "IDR slice", true, 0x65, 0);
        yield return Case(Codec.H264, "SPS", true, 0x67, 0);
        yield return Case(Codec.H264, "PPS", false, 0x68, 5);
        yield return Case(Codec.H264, "SEI", false, 0x06, 5);
        yield return Case(Codec.H264, "STAP-A of SPS and PPS", true, 0x78, 0, 2, 0x67, 1, 0, 1, 0x68);
        yield return Case(Codec.H264, "STAP-A of SEI and IDR", true, 0x78, 0, 2, 0x06, 1, 0, 1, 0x65);
        yield return Case(Codec.H264, "STAP-A of SEI and slice", false, 0x78, 0, 2, 0x06, 0x65, 0, 1, 0x41);
        yield return Case(Codec.H264, "STAP-A whose IDR is longer than the packet", false, 0x78, 0, 9, 0x65, 1);
        yield return Case(Codec.H264, "STAP-A with an empty unit", false, 0x78, 0, 0, 0x65, 1);
        yield return Case(Codec.H264, "FU-A that starts an IDR", true, 0x7c, 0x85, 1);
        yield return Case(Codec.H264, "FU-A amid an IDR whose start is lost", true, 0x7c, 0x05, 1);
        yield return Case(Codec.H264, "FU-A of a slice", false, 0x7c, 0x81, 0x65);
        yield return Case(Codec.H264, "FU-A without header", false, 0x7c);
        yield return Case(Codec.H265, "TRAIL_R", false, 0x02, 1, 0x26);
        yield return Case(Codec.H265, "RASL_R", false, 0x12, 1, 0x26);
        yield return Case(Codec.H265, "BLA_W_LP", true, 16 << 1, 1);
        yield return Case(Codec.H265, "IDR_W_RADL", true, 19 << 1, 1);
        yield return Case(Codec.H265, "CRA", true, 21 << 1, 1);
        yield return Case(Codec.H265, "reserved", false, 22 << 1, 1);
        yield return Case(Codec.H265, "VPS", true, 32 << 1, 1);
        yield return Case(Codec.H265, "SPS", true, 33 << 1, 1);
        yield return Case(Codec.H265, "PPS", false, 34 << 1, 1);
        yield return Case(Codec.H265, "aggregate of SEI and IDR", true, 48 << 1, 1, 0, 2, 39 << 1, 1, 0, 2, 19 << 1, 1);
        yield return Case(Codec.H265, "aggregate of slices", false, 48 << 1, 1, 0, 2, 1 << 1, 1, 0, 2, 1 << 1, 1);
        yield return Case(Codec.H265, "fragment that starts an IDR", true, 49 << 1, 1, 0x80 | 19, 1);
        yield return Case(Codec.H265, "fragment of a slice", false, 49 << 1, 1, 0x80 | 1, 1);
        yield return Case(Codec.H265, "fragment without header", false, 49 << 1, 1);
        yield return Case(Codec.H265, "half a header", false, 19 << 1);
        yield return Case(Codec.Jpeg, "whatever", false, 0x65, 1);
        yield return Case(Codec.Other, "whatever", false, 0x65, 1);
    }

    [TestCaseSource(nameof(Payloads))]
    public void Key_frames_are_told_by_their_headers(string codec, byte[] payload, bool isKey)
    {
        var slice = codec == nameof(Codec.H265) ? [0x02, 1] : Slice264;
        var reading = Read(Enum.Parse<Codec>(codec), Enumerable.Range(0, 100).Select(i => Packet(i, (uint)i * Frame, i % 50 == 10 ? payload : slice)));
        Assert.That(reading.KeyframeInterval, Is.EqualTo(isKey ? TimeSpan.FromSeconds(2) : (TimeSpan?)null));
    }

    static TimeSpan? KeyframeInterval(params (double Second, byte[] Payload)[] packets) =>
        Read(Codec.H264, packets.Select((p, i) => Packet(i, (uint)(p.Second * Clock), p.Payload))).KeyframeInterval;

    [Test]
    public void One_key_frame_has_no_interval() => Assert.That(KeyframeInterval((0, Sps264), (0, Idr264), (0, Idr264), (1, Slice264)), Is.Null);

    [Test]
    public void Slices_of_one_key_frame_are_one() => Assert.That(KeyframeInterval((0, Idr264), (0, Idr264), (2, Sps264), (2, Idr264), (2, Idr264), (3, Slice264)), Is.EqualTo(TimeSpan.FromSeconds(2)));

    [Test]
    public void The_newest_two_decide() => Assert.That(KeyframeInterval((0, Idr264), (1, Idr264), (4, Idr264)), Is.EqualTo(TimeSpan.FromSeconds(3)));

    [Test]
    public void Parameter_sets_with_a_timestamp_of_their_own_are_no_key_frame_beside_it() =>
        Assert.That(KeyframeInterval((0.96, Sps264), (1, Idr264), (2.96, Sps264), (3, Idr264), (4.96, Sps264)), Is.EqualTo(TimeSpan.FromSeconds(2)));

    [Test]
    public void Without_instant_refreshes_the_parameter_sets_decide() =>
        Assert.That(KeyframeInterval((0, Sps264), (0, Idr264), (1, Slice264), (2, Sps264), (2, Slice264)), Is.EqualTo(TimeSpan.FromSeconds(2)));

    [Test]
    public void Over_a_jump_of_the_clock_nothing_is_measured() =>
        Assert.That(KeyframeInterval((0, Idr264), (1, Slice264), (9000, Idr264), (9001, Slice264)), Is.Null);
}
