namespace Verolux.Exporter.Site.Cameras;

/// <summary>
/// The RTP payload of H.264 (RFC 6184: single NAL unit packets and FU-A) and of H.265 (RFC 7798: single NAL unit packets and FUs). They differ in the header of a NAL unit: one byte with
/// the type in its low five bits, two bytes with the type in the middle of the first.
/// </summary>
sealed class NalUnits
{
    /// <summary>What an Ethernet frame leaves after the headers of IP, TCP and RTP, roundly.</summary>
    const int LargestPayload = 1400;

    readonly int headerLength;
    readonly int delimiter;
    readonly (int First, int Last) parameterSets;
    readonly (int First, int Last) keys;

    NalUnits(int headerLength, int delimiter, (int, int) parameterSets, (int, int) keys) =>
        (this.headerLength, this.delimiter, this.parameterSets, this.keys) = (headerLength, delimiter, parameterSets, keys);

    public static NalUnits H264 { get; } = new(1, delimiter: 9, parameterSets: (7, 8), keys: (5, 5));

    public static NalUnits H265 { get; } = new(2, delimiter: 35, parameterSets: (32, 34), keys: (16, 21));

    public bool IsParameterSet(byte[] nalu) => Type(nalu) >= parameterSets.First && Type(nalu) <= parameterSets.Last;

    public bool IsKey(byte[] nalu) => Type(nalu) >= keys.First && Type(nalu) <= keys.Last;

    /// <summary>Access units of a byte stream (Annex B of either standard) that has a delimiter before each of them; the delimiters themselves are left out, as most cameras do.</summary>
    public IReadOnlyList<List<byte[]>> AccessUnits(ReadOnlySpan<byte> stream)
    {
        var units = new List<List<byte[]>>();
        var at = StartCode(stream, 0);
        while (at < stream.Length)
        {
            var next = StartCode(stream, at + 3);
            var nalu = stream[(at + 3)..next].TrimEnd((byte)0).ToArray();
            if (Type(nalu) == delimiter)
                units.Add([]);
            else
                units[^1].Add(nalu);
            at = next;
        }
        return units;
    }

    public IReadOnlyList<byte[]> Packetize(IEnumerable<byte[]> nalus) => [.. nalus.SelectMany(Packetize)];

    IEnumerable<byte[]> Packetize(byte[] nalu)
    {
        if (nalu.Length <= LargestPayload)
        {
            yield return nalu;
            yield break;
        }
        var room = LargestPayload - headerLength - 1;
        for (var at = headerLength; at < nalu.Length; at += room)
        {
            var part = nalu.AsSpan(at, Math.Min(room, nalu.Length - at));
            yield return [.. FragmentHeader(nalu), FragmentFlags(nalu, first: at == headerLength, last: at + room >= nalu.Length), .. part];
        }
    }

    ReadOnlySpan<byte> FragmentHeader(byte[] nalu) => headerLength == 1
        ? new[] { (byte)((nalu[0] & 0xE0) | 28) }
        : new[] { (byte)((nalu[0] & 0x81) | (49 << 1)), nalu[1] };

    byte FragmentFlags(byte[] nalu, bool first, bool last) => (byte)((first ? 0x80 : 0) | (last ? 0x40 : 0) | Type(nalu));

    int Type(byte[] nalu) => headerLength == 1 ? nalu[0] & 0x1F : (nalu[0] >> 1) & 0x3F;

    static int StartCode(ReadOnlySpan<byte> stream, int from)
    {
        var found = stream[Math.Min(from, stream.Length)..].IndexOf("\0\0\u0001"u8);
        return found < 0 ? stream.Length : from + found;
    }
}
