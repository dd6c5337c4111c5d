using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>Takes the requests out of what a client sends, and drops the RTCP between them (RFC 2326 section 10.12).</summary>
sealed class RtspReader(Stream stream) : IDisposable
{
    const int LargestRequest = 64 * 1024;

    byte[] buffer = ArrayPool<byte>.Shared.Rent(2048);
    int start;
    int end;

    /// <returns>null at the end, and after what is no RTSP.</returns>
    public async ValueTask<RtspRequest?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (end > start && buffer[start] == '$')
            {
                if (end - start >= 4 && 4 + BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(start + 2)) is var length && length <= end - start)
                {
                    start += length;
                    continue;
                }
            }
            else if (buffer.AsSpan(start, end - start).IndexOf("\r\n\r\n"u8) is var head and >= 0)
            {
                var request = RtspRequest.Parse(buffer.AsSpan(start, head));
                start += head + 4;
                if (request is not null && !await SkipBodyAsync(request, cancellationToken))
                    return null;
                return request;
            }
            if (!await FillAsync(cancellationToken))
                return null;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    async ValueTask<bool> SkipBodyAsync(RtspRequest request, CancellationToken cancellationToken)
    {
        if (request.Header("Content-Length") is not { } text)
            return true;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > LargestRequest)
            return false;
        while (end - start < length)
        {
            if (!await FillAsync(cancellationToken))
                return false;
        }
        start += length;
        return true;
    }

    async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end == buffer.Length)
        {
            if (end >= 2 * LargestRequest)
                return false;
            var larger = ArrayPool<byte>.Shared.Rent(2 * end);
            buffer.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
        end += read;
        return read > 0;
    }
}
