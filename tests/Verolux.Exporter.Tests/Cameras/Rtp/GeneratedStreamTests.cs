using NUnit.Framework;
using Verolux.Exporter.Cameras.Rtp;
using static Verolux.Exporter.Tests.Cameras.Rtp.Packets;

namespace Verolux.Exporter.Tests.Cameras.Rtp;

/// <summary>Streams made up at random, measured by the meter and by a model that keeps every packet and knows no wrap.</summary>
public class GeneratedStreamTests
{
    sealed record Sent(long Number, long Timestamp, int Segment, bool IsKey, byte[] Bytes);

    /// <param name="Between">B-frames between two others.</param>
    sealed record Kind(double Fps, int Between, int PacketsOfFrame, bool Jumps);

    static Kind Any(Random random, bool jumps) => new(random.Next(3) == 0 ? random.Next(5, 61) : random.Next(500, 6001) / 100.0, random.Next(4), random.Next(1, 9), jumps);

    static List<Sent> Generate(Random random, Kind kind)
    {
        var packets = new List<Sent>();
        // Often near the wraps, so that these lie within the stream.
        var number = random.Next(2) == 0 ? 65_536L - random.Next(300) : random.Next(65_536);
        var origin = random.Next(2) == 0 ? (1L << 32) - random.Next(10 * Clock) : random.NextInt64(1L << 32);
        var (source, segment) = ((uint)random.Next(), 0);
        var group = (kind.Between + 1) * random.Next(2, 12);
        var frames = (int)(kind.Fps * random.Next(4, 12)) + 4 * group;
        var end = frames - frames % (kind.Between + 1);
        for (var i = 0; i <= end; i++)
        {
            if (kind.Jumps && i > 0 && i % group == 0 && i + group < end && random.Next(6) == 0)
            {
                segment++;
                origin += random.Next(2) == 0 ? random.NextInt64(20 * Clock, 1L << 31) : -random.NextInt64(2000 * Clock, 1L << 31);
                if (random.Next(2) == 0)
                    (source, number) = (source + 1, random.Next(65_536));
            }
            // The frame that is shown after the B-frames is sent before them.
            var shown = kind.Between == 0 || i == 0 ? i : (i - 1) % (kind.Between + 1) == 0 ? i + kind.Between : i - 1;
            var timestamp = origin + (long)Math.Round(shown * Clock / kind.Fps);
            var isKey = shown % group == 0;
            for (var part = random.Next(kind.PacketsOfFrame); part >= 0; part--, number++)
            {
                byte[] payload = [.. isKey ? Idr264 : Slice264, .. new byte[random.Next(1400)]];
                packets.Add(new Sent(number, timestamp, segment, isKey, Packet((int)(number & 0xffff), unchecked((uint)timestamp), payload, source: source)));
            }
        }
        return packets;
    }

    static StreamReading Measure(IEnumerable<Sent> arriving)
    {
        var meter = new StreamMeter(Codec.H264, Clock);
        foreach (var packet in arriving)
            meter.Add(packet.Bytes, TimeSpan.Zero);
        return meter.Read();
    }

    /// <summary>The formula itself: distinct timestamps less one over the time between the first and the last, in sum over the segments.</summary>
    static double FramesPerSecond(IEnumerable<Sent> packets)
    {
        var segments = packets.GroupBy(p => p.Segment, p => p.Timestamp).Select(s => s.Distinct().Order().ToList()).ToList();
        return segments.Sum(s => s.Count - 1.0) * Clock / segments.Sum(s => s[^1] - s[0]);
    }

    static double BytesPerSecond(IEnumerable<Sent> packets)
    {
        var segments = packets.GroupBy(p => p.Segment).Select(s => s.ToList()).ToList();
        return segments.Sum(s => s.Where(p => p.Timestamp < s.Max(q => q.Timestamp)).Sum(p => (double)p.Bytes.Length)) * Clock
            / segments.Sum(s => s.Max(p => p.Timestamp) - s.Min(p => p.Timestamp));
    }

    /// <summary>Some packets up to eight places later.</summary>
    static List<Sent> Shuffle(Random random, List<Sent> packets) => [.. packets.Select((p, i) => (Packet: p, Place: i + (random.Next(5) == 0 ? random.Next(9) + 0.5 : 0))).OrderBy(p => p.Place).Select(p => p.Packet)];

    static readonly int[] Seeds = [.. Enumerable.Range(1, 12)];

    [TestCaseSource(nameof(Seeds))]
    public void The_rate_is_right_whatever_the_stream_is_like(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            var kind = Any(random, jumps: true);
            var sent = Generate(random, kind);
            var reading = Measure(sent);
            Assert.That(reading.FramesPerSecond, Is.EqualTo(kind.Fps).Within(1).Percent, kind.ToString());
            Assert.That((reading.Packets, reading.Frames, reading.LostRatio, reading.Rejected), Is.EqualTo((sent.Count, sent.DistinctBy(p => (p.Segment, p.Timestamp)).Count(), 0.0, 0)), kind.ToString());
            if (kind.Between == 0)
                Assert.That(reading.BytesPerSecond, Is.EqualTo(BytesPerSecond(sent)).Within(1e-6).Percent, kind.ToString());
            var keys = sent.Where(p => p.IsKey && p.Segment == sent[^1].Segment).Select(p => p.Timestamp).Distinct().Order().ToList();
            if (keys.Count > 1)
                Assert.That(reading.KeyframeInterval!.Value.TotalSeconds, Is.EqualTo((keys[^1] - keys[^2]) / (double)Clock).Within(1e-4), kind.ToString());
        }
    }

    [TestCaseSource(nameof(Seeds))]
    public void The_rate_is_right_when_packets_overtake_and_repeat_each_other(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            // Without B-frames, which nobody can tell from late packets for certain.
            var kind = Any(random, jumps: false) with { Between = 0 };
            var sent = Generate(random, kind);
            var arriving = Shuffle(random, [.. sent.SelectMany(p => Enumerable.Repeat(p, random.Next(10) == 0 ? 2 : 1))]);
            var reading = Measure(arriving);
            Assert.That(reading.FramesPerSecond, Is.EqualTo(kind.Fps).Within(1).Percent, kind.ToString());
            Assert.That((reading.Packets, reading.Frames, reading.LostRatio, reading.Rejected), Is.EqualTo((sent.Count, sent.DistinctBy(p => p.Timestamp).Count(), 0.0, 0)), kind.ToString());
        }
    }

    [TestCaseSource(nameof(Seeds))]
    public void What_is_lost_is_lost_and_what_came_is_measured(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            var kind = Any(random, jumps: false) with { Between = 0 };
            var share = random.NextDouble() * 0.6;
            var arrived = Generate(random, kind).Where(_ => random.NextDouble() >= share).ToList();
            var expected = arrived.Max(p => p.Number) - arrived.Min(p => p.Number) + 1;
            var reading = Measure(arrived);
            Assert.That(reading.LostRatio, Is.EqualTo(1 - (double)arrived.Count / expected).Within(1e-12), kind.ToString());
            Assert.That((reading.Packets, reading.Frames), Is.EqualTo((arrived.Count, arrived.DistinctBy(p => p.Timestamp).Count())), kind.ToString());
            Assert.That(reading.FramesPerSecond, Is.EqualTo(FramesPerSecond(arrived)).Within(1e-6).Percent, kind.ToString());
            Assert.That(reading.BytesPerSecond, Is.EqualTo(BytesPerSecond(arrived)).Within(1e-6).Percent, kind.ToString());
        }
    }
}
