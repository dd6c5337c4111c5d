using NUnit.Framework;
using Verolux.Exporter.Cameras.Rtp;

namespace Verolux.Exporter.Tests.Cameras.Rtp;

public class RtpPacketTests
{
    static readonly byte[] Payload = [1, 2, 3];

    static IEnumerable<TestCaseData<byte[]>> Sound()
    {
        yield return new TestCaseData<byte[]>(Packets.With(0x80, [], Payload)).SetArgDisplayNames("plain");
        yield return new TestCaseData<byte[]>(Packets.With(0x82, new byte[8], Payload)).SetArgDisplayNames("two contributing sources");
        yield return new TestCaseData<byte[]>(Packets.With(0x90, [0xbe, 0xde, 0, 0], Payload)).SetArgDisplayNames("empty extension");
        yield return new TestCaseData<byte[]>(Packets.With(0x91, [0, 0, 0, 0, 0xbe, 0xde, 0, 2, 9, 9, 9, 9, 9, 9, 9, 9], Payload)).SetArgDisplayNames("extension behind a source");
        yield return new TestCaseData<byte[]>(Packets.With(0xa0, [], [.. Payload, 1])).SetArgDisplayNames("least padding");
        yield return new TestCaseData<byte[]>(Packets.With(0xb0, [0, 0, 0, 1, 9, 9, 9, 9], [.. Payload, 0, 0, 0, 4])).SetArgDisplayNames("extension and padding");
    }

    static IEnumerable<TestCaseData<byte[]>> Unsound()
    {
        yield return new TestCaseData<byte[]>([]).SetArgDisplayNames("nothing");
        yield return new TestCaseData<byte[]>(Packets.With(0x80, [], [])[..11]).SetArgDisplayNames("half a header");
        foreach (var version in (byte[])[0x00, 0x40, 0xc0])
            yield return new TestCaseData<byte[]>(Packets.With(version, [], Payload)).SetArgDisplayNames($"version {version >> 6}");
        yield return new TestCaseData<byte[]>(Packets.With(0x8f, new byte[59], [])).SetArgDisplayNames("fewer sources than it says");
        yield return new TestCaseData<byte[]>(Packets.With(0x90, [0xbe, 0xde, 0], [])).SetArgDisplayNames("half an extension header");
        yield return new TestCaseData<byte[]>(Packets.With(0x90, [0xbe, 0xde, 0, 1], Payload)).SetArgDisplayNames("extension longer than the packet");
        yield return new TestCaseData<byte[]>(Packets.With(0x90, [0xbe, 0xde, 0xff, 0xff], Payload)).SetArgDisplayNames("longest extension");
        yield return new TestCaseData<byte[]>(Packets.With(0xa0, [], [1, 2, 3, 5])).SetArgDisplayNames("padding longer than the payload");
        yield return new TestCaseData<byte[]>(Packets.With(0xa0, [], [1, 2, 3, 0])).SetArgDisplayNames("padding that leaves itself out");
        yield return new TestCaseData<byte[]>(Packets.Packet(1, 1, Payload, type: 200)).SetArgDisplayNames("RTCP sender report");
        yield return new TestCaseData<byte[]>(Packets.Packet(1, 1, Payload, type: 204)).SetArgDisplayNames("RTCP of an application");
    }

    [TestCaseSource(nameof(Sound))]
    public void The_payload_is_found_behind_whatever_the_header_holds(byte[] bytes)
    {
        Assert.That(RtpPacket.TryRead(bytes, out var packet), Is.True);
        Assert.That(packet.Payload.ToArray(), Is.EqualTo(Payload));
        Assert.That((packet.PayloadType, packet.SequenceNumber, packet.Timestamp, packet.Source), Is.EqualTo((96, 1, 1, 7)));
    }

    [TestCaseSource(nameof(Unsound))]
    public void What_contradicts_itself_is_no_packet(byte[] bytes) => Assert.That(RtpPacket.TryRead(bytes, out _), Is.False);

    [Test]
    public void The_marker_is_no_part_of_the_payload_type()
    {
        Assert.That(RtpPacket.TryRead(Packets.Packet(65535, uint.MaxValue, type: 0x80 | 96, source: uint.MaxValue), out var packet), Is.True);
        Assert.That((packet.PayloadType, packet.SequenceNumber, packet.Timestamp, packet.Source), Is.EqualTo((96, 65535, uint.MaxValue, uint.MaxValue)));
    }

    [Test]
    public void Padding_may_be_all_there_is()
    {
        Assert.That(RtpPacket.TryRead(Packets.With(0xa0, [], [0, 0, 3]), out var packet), Is.True);
        Assert.That(packet.Payload.Length, Is.Zero);
    }
}
