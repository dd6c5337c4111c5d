using System.Buffers;
using FFMpegCore.Pipes;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>Reads JPEGs one after the other and keeps the newest.</summary>
sealed class Thumbnail : IPipeSink
{
    /// <summary>Of all pictures of one look together; one of 320 by 320 pixels takes about 20 KiB.</summary>
    const int MostBytes = 512 * 1024;

    static readonly byte[] Start = [0xFF, 0xD8, 0xFF];
    static readonly byte[] End = [0xFF, 0xD9];

    readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>Null when none came whole.</summary>
    public byte[]? Newest
    {
        get
        {
            var all = bytes.WrittenSpan;
            var end = all.LastIndexOf(End);
            var start = end < 0 ? -1 : all[..end].LastIndexOf(Start);
            return start < 0 ? null : all[start..(end + End.Length)].ToArray();
        }
    }

    public string GetStreamArguments() => "";

    public async Task ReadAsync(Stream inputStream, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        while (await inputStream.ReadAsync(buffer, cancellationToken) is > 0 and var count && bytes.WrittenCount + count <= MostBytes)
            bytes.Write(buffer.AsSpan(0, count));
    }
}
