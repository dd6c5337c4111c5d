using System.Buffers.Binary;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>Packets of RTP and RTCP (RFC 3550) as they are interleaved with RTSP (RFC 2326 section 10.12).</summary>
static class Rtp
{
    /// <summary>Ticks a second of all three payload formats.</summary>
    public const int Clock = 90_000;

    /// <summary>What stands before an RTP payload: $, channel, length; the header of RTP.</summary>
    public const int Overhead = 4 + 12;

    public const int ReportLength = 4 + 28 + 20;

    public static int PayloadType(Codec codec) => codec == Codec.Mjpeg ? 26 : 96;

    /// <returns>How many bytes were written.</returns>
    public static int Write(Span<byte> to, int channel, int type, bool marker, ushort sequence, uint timestamp, uint source, ReadOnlySpan<byte> payload)
    {
        Interleave(to, channel, 12 + payload.Length);
        to[4] = 2 << 6;
        to[5] = (byte)((marker ? 0x80 : 0) | type);
        BinaryPrimitives.WriteUInt16BigEndian(to[6..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(to[8..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(to[12..], source);
        payload.CopyTo(to[Overhead..]);
        return Overhead + payload.Length;
    }

    /// <summary>A sender report and the source's name (RFC 3550 sections 6.4.1 and 6.5).</summary>
    /// <returns>How many bytes were written.</returns>
    public static int WriteReport(Span<byte> to, int channel, uint source, DateTimeOffset now, uint timestamp, uint packets, uint bytes)
    {
        Interleave(to, channel, ReportLength - 4);
        var report = to[4..];
        report[0] = 2 << 6;
        report[1] = 200;
        BinaryPrimitives.WriteUInt16BigEndian(report[2..], 6);
        BinaryPrimitives.WriteUInt32BigEndian(report[4..], source);
        var sinceEpoch = now - new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
        BinaryPrimitives.WriteUInt64BigEndian(report[8..], (ulong)(sinceEpoch.TotalSeconds * (1L << 32)));
        BinaryPrimitives.WriteUInt32BigEndian(report[16..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(report[20..], packets);
        BinaryPrimitives.WriteUInt32BigEndian(report[24..], bytes);
        var name = report[28..];
        name[0] = (2 << 6) | 1;
        name[1] = 202;
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], 4);
        BinaryPrimitives.WriteUInt32BigEndian(name[4..], source);
        // CNAME, 8 bytes, and two zeros that end the chunk on a multiple of four.
        "\u0001\u0008sim@site\0\0"u8.CopyTo(name[8..]);
        return ReportLength;
    }

    static void Interleave(Span<byte> to, int channel, int length)
    {
        to[0] = (byte)'$';
        to[1] = (byte)channel;
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)length);
    }
}
