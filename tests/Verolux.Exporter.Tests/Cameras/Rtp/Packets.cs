using System.Buffers.Binary;

namespace Verolux.Exporter.Tests.Cameras.Rtp;

/// <summary>RTP packets, and the payloads that a test needs in them.</summary>
static class Packets
{
    public const int Clock = 90_000;

    // NAL unit headers, and a byte of what follows.
    public static readonly byte[] Slice264 = [0x41, 0x9a];
    public static readonly byte[] Idr264 = [0x65, 0x88];
    public static readonly byte[] Sps264 = [0x67, 0x64];

    public static byte[] Packet(int sequence, uint timestamp, byte[]? payload = null, int type = 96, uint source = 7)
    {
        payload ??= Slice264;
        var packet = new byte[12 + payload.Length];
        (packet[0], packet[1]) = (0x80, (byte)type);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), source);
        payload.CopyTo(packet, 12);
        return packet;
    }

    /// <summary>A packet with its first byte replaced and bytes put behind the fixed header.</summary>
    public static byte[] With(byte first, byte[] behindHeader, byte[] payload)
    {
        var packet = Packet(1, 1, [.. behindHeader, .. payload]);
        packet[0] = first;
        return packet;
    }
}
