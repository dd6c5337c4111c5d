using System.Buffers.Binary;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>The RTP payload of MJPEG (RFC 2435) with its quantization tables in band (Q = 255). Baseline pictures with the standard Huffman tables, 4:2:0 or 4:2:2.</summary>
static class JpegPayload
{
    const int LargestPart = 1380;

    static ReadOnlySpan<byte> NextPicture => [0xFF, 0xD8, 0xFF];

    static ReadOnlySpan<byte> End => [0xFF, 0xD9];

    /// <summary>The pictures of a file that has them one after the other.</summary>
    public static IReadOnlyList<byte[]> Pictures(ReadOnlySpan<byte> file)
    {
        var pictures = new List<byte[]>();
        while (!file.IsEmpty)
        {
            // What looks like a marker never stands within a picture's own data.
            var next = file[2..].IndexOf(NextPicture);
            var length = next < 0 ? file.Length : next + 2;
            pictures.Add(file[..length].ToArray());
            file = file[length..];
        }
        return pictures;
    }

    public static IReadOnlyList<byte[]> Packetize(byte[] picture)
    {
        var tables = new byte[16][];
        ReadOnlySpan<byte> frame = [];
        var at = 2;
        for (; picture[at + 1] != 0xDA; at += 2 + Length(picture, at))
        {
            var segment = picture.AsSpan(at + 4, Length(picture, at) - 2);
            if (picture[at + 1] == 0xDB)
            {
                for (; !segment.IsEmpty; segment = segment[65..])
                    tables[segment[0]] = segment[1..65].ToArray();
            }
            else if (picture[at + 1] == 0xC0)
            {
                frame = segment;
            }
        }
        var scan = picture.AsSpan(at + 2 + Length(picture, at));
        scan = scan[..scan.LastIndexOf(End)];
        var type = (byte)(frame[7] == 0x22 ? 1 : 0);
        var (width, height) = (BinaryPrimitives.ReadUInt16BigEndian(frame[3..]), BinaryPrimitives.ReadUInt16BigEndian(frame[1..]));
        var payloads = new List<byte[]>();
        for (var offset = 0; offset < scan.Length; offset += LargestPart)
        {
            byte[] header = [0, (byte)(offset >> 16), (byte)(offset >> 8), (byte)offset, type, 255, (byte)(width / 8), (byte)(height / 8)];
            byte[] quantization = offset == 0 ? [0, 0, 0, 128, .. tables[frame[8]], .. tables[frame[11]]] : [];
            payloads.Add([.. header, .. quantization, .. scan.Slice(offset, Math.Min(LargestPart, scan.Length - offset))]);
        }
        return payloads;
    }

    static int Length(byte[] picture, int marker) => BinaryPrimitives.ReadUInt16BigEndian(picture.AsSpan(marker + 2));
}
