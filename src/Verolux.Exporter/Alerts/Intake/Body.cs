using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>A request's body in one rented array.</summary>
sealed class Body : IDisposable
{
    /// <summary>Bytes. Alertmanager puts 10,000 alerts into about 6.5 MB.</summary>
    public const int Largest = 32 * 1024 * 1024;

    byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    int length;

    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    /// <summary>Reads it whole.</summary>
    /// <returns>False where it is larger than <see cref="Largest"/>; then it has not been read to its end.</returns>
    public async Task<bool> ReadAsync(HttpContext context)
    {
        // The limit is ours, so that it is answered as we mean it. The server's own would also close the connection on a sender that is still sending, which
        // takes that for a broken network and tries again instead of reading the answer.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        if (context.Request.ContentLength > Largest)
            return false;
        while (true)
        {
            if (length == buffer.Length)
                Grow();
            var read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted);
            length += read;
            if (read == 0)
                return true;
            if (length > Largest)
                return false;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);

    void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
