using System.Buffers.Binary;

namespace Verolux.Exporter.Cameras.Rtp;

/// <summary>An RTP packet (RFC 3550, section 5.1), taken apart in place.</summary>
readonly ref struct RtpPacket
{
    const int FixedHeader = 12;

    public int PayloadType { get; private init; }

    public ushort SequenceNumber { get; private init; }

    public uint Timestamp { get; private init; }

    public uint Source { get; private init; }

    /// <summary>Without contributing sources, extension and padding; may be empty.</summary>
    public ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>False for what is no RTP, contradicts its own length, or is RTCP on the same channel (RFC 5761, section 4).</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RtpPacket packet)
    {
        packet = default;
        if (bytes.Length < FixedHeader || bytes[0] >> 6 != 2 || bytes[1] is >= 192 and <= 223)
            return false;
        var start = FixedHeader + 4 * (bytes[0] & 0x0f);
        if ((bytes[0] & 0x10) != 0)
        {
            if (bytes.Length < start + 4)
                return false;
            start += 4 + 4 * BinaryPrimitives.ReadUInt16BigEndian(bytes[(start + 2)..]);
        }
        var padded = (bytes[0] & 0x20) != 0;
        var padding = padded ? bytes[^1] : 0;
        if (bytes.Length < start + padding || (padded && padding == 0))
            return false;
        packet = new RtpPacket
        {
            PayloadType = bytes[1] & 0x7f,
            SequenceNumber = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            Timestamp = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            Source = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
            Payload = bytes[start..^padding],
        };
        return true;
    }
}
