using NUnit.Framework;
using Verolux.Exporter.Cameras.Rtp;

namespace Verolux.Exporter.Tests.Cameras.Rtp;

public class HostilePacketTests
{
    const int Count = 250_000;

    /// <summary>Wholly random, and random with a right first byte, type and source, so that each layer gets its share. Four codecs make a million.</summary>
    [Test]
    public void A_million_random_packets_neither_throw_nor_allocate([Values(0, 1, 2, 3)] int codec, [Values(1, 8000, 90_000, int.MaxValue)] int clockRate)
    {
        var random = new Random(codec * 31 + clockRate);
        var meter = new StreamMeter((Codec)codec, clockRate);
        var buffer = new byte[80];
        // Whatever the runtime compiles on first use is compiled before counting.
        Feed(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Feed(Count);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        var reading = meter.Read();
        Assert.That(reading.Packets, Is.GreaterThan(Count / 100));
        Assert.That(reading.Rejected, Is.GreaterThan(Count / 100));
        Assert.That(reading.LostRatio, Is.InRange(0, 1));
        foreach (var value in (double?[])[reading.FramesPerSecond, reading.BytesPerSecond, reading.Jitter])
            Assert.That(value, Is.Null.Or.InRange(0, 1e15));
        Assert.That(reading.KeyframeInterval, Is.Null.Or.GreaterThan(TimeSpan.Zero));

        void Feed(int count)
        {
            ushort sequence = 0;
            for (var i = 0; i < count; i++)
            {
                var packet = buffer.AsSpan(0, random.Next(buffer.Length + 1));
                random.NextBytes(packet);
                if (packet.Length > 12 && random.Next(4) > 0)
                {
                    (packet[0], packet[1]) = ((byte)(random.Next(8) == 0 ? 0x80 | packet[0] : 0x80), 96);
                    packet[8..12].Clear();
                    if (random.Next(8) > 0)
                        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(packet[2..], sequence++);
                }
                meter.Add(packet, TimeSpan.FromTicks(random.NextInt64()));
            }
        }
    }
}
