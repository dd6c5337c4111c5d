using System.Buffers.Binary;

namespace Verolux.Exporter.Cameras.Rtp;

/// <summary>Finds key frames by what RTP payload headers say of them, and the time between the newest two.</summary>
sealed class KeyFrames(Codec codec)
{
    Spacing pictures;
    Spacing parameterSets;

    /// <summary>
    /// In units of the RTP clock; null until two key frames of one segment were seen. Pictures that refer to none before them decide; where there are no two
    /// of those (open groups of pictures, gradual refresh) the parameter sets do, which are repeated before each place from which decoding may start.
    /// </summary>
    public long? Interval => pictures.Interval ?? parameterSets.Interval;

    /// <param name="timestamp">Extended; a frame may be added packet by packet.</param>
    public void Add(ReadOnlySpan<byte> payload, long timestamp)
    {
        var (picture, parameterSet) = codec switch
        {
            Codec.H264 => OfH264(payload),
            Codec.H265 => OfH265(payload),
            _ => default,
        };
        if (picture)
            pictures.Add(timestamp);
        if (parameterSet)
            parameterSets.Add(timestamp);
    }

    /// <summary>Timestamps before and after this are not comparable.</summary>
    public void Break()
    {
        pictures.Break();
        parameterSets.Break();
    }

    /// <summary>RFC 6184: single units, aggregates (5.7) and fragments (5.8).</summary>
    static (bool Picture, bool ParameterSet) OfH264(ReadOnlySpan<byte> payload)
    {
        const int Aggregate = 24, Fragment = 28;
        if (payload.IsEmpty)
            return default;
        switch (payload[0] & 0x1f)
        {
            case Aggregate:
                var (picture, parameterSet) = (false, false);
                for (var rest = payload[1..]; TryNext(ref rest, out var unit);)
                    (picture, parameterSet) = (picture || IsPicture(unit[0]), parameterSet || IsParameterSet(unit[0]));
                return (picture, parameterSet);
            // Any fragment tells, the first one may be lost.
            case Fragment:
                return payload.Length > 1 ? (IsPicture(payload[1]), IsParameterSet(payload[1])) : default;
            default:
                return (IsPicture(payload[0]), IsParameterSet(payload[0]));
        }

        static bool IsPicture(byte header) => (header & 0x1f) == 5;
        static bool IsParameterSet(byte header) => (header & 0x1f) == 7;
    }

    /// <summary>RFC 7798: single units (4.4.1), aggregates (4.4.2) and fragments (4.4.3).</summary>
    static (bool Picture, bool ParameterSet) OfH265(ReadOnlySpan<byte> payload)
    {
        const int Aggregate = 48, Fragment = 49;
        if (payload.Length < 2)
            return default;
        switch (TypeOf(payload[0]))
        {
            case Aggregate:
                var (picture, parameterSet) = (false, false);
                for (var rest = payload[2..]; TryNext(ref rest, out var unit);)
                    (picture, parameterSet) = (picture || IsPicture(TypeOf(unit[0])), parameterSet || IsParameterSet(TypeOf(unit[0])));
                return (picture, parameterSet);
            case Fragment:
                return payload.Length > 2 ? (IsPicture(payload[2] & 0x3f), IsParameterSet(payload[2] & 0x3f)) : default;
            case var type:
                return (IsPicture(type), IsParameterSet(type));
        }

        static int TypeOf(byte header) => header >> 1 & 0x3f;
        // BLA, IDR and CRA; VPS and SPS.
        static bool IsPicture(int type) => type is >= 16 and <= 21;
        static bool IsParameterSet(int type) => type is 32 or 33;
    }

    /// <summary>Takes the next unit, never an empty one, off an aggregate in which each has its length before it.</summary>
    static bool TryNext(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> unit)
    {
        unit = default;
        if (rest.Length < 2)
            return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (length == 0 || rest.Length < 2 + length)
            return false;
        unit = rest.Slice(2, length);
        rest = rest[(2 + length)..];
        return true;
    }

    struct Spacing
    {
        long? newest;

        public long? Interval { get; private set; }

        public void Add(long timestamp)
        {
            if (timestamp <= newest)
                return;
            Interval = timestamp - newest ?? Interval;
            newest = timestamp;
        }

        public void Break() => newest = null;
    }
}
