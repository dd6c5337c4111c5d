using System.Buffers.Binary;

namespace Verolux.Exporter.Alerts;

/// <summary>
/// What makes two alerts the same series: the first 128 bits of the SHA-256 of their labels without <c>severity</c> and without those that only tell replicas
/// apart. A cryptographic hash, because labels come from outside and a made-up collision would hide an alert.
/// </summary>
readonly record struct SeriesKey(ulong High, ulong Low)
{
    public const int Size = 16;

    public static SeriesKey From(ReadOnlySpan<byte> hash) => new(BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]));

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), Low);
        return bytes;
    }

    /// <summary>The key under which PagerDuty merges what belongs together. It needs no database, so every copy of an alert gets the same one.</summary>
    public string DedupKey() => $"vx1-{Convert.ToHexStringLower(ToBytes())}";
}
