using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Prometheus;

namespace Verolux.Exporter.Collecting;

/// <summary>
/// <c>GET /metrics</c>: the text format, or OpenMetrics where the Accept header prefers it
/// (https://prometheus.io/docs/instrumenting/content_negotiation/).
/// </summary>
sealed class ScrapeEndpoint(Series series, ExporterMetrics metrics)
{
    /// <summary>How many scrapes are served at once. Each holds a whole page in memory; two Prometheus servers and a few people need no more.</summary>
    public const int MostConcurrent = 8;

    readonly Spare spare = new();
    int serving;

    public async Task ServeAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref serving) > MostConcurrent)
        {
            Interlocked.Decrement(ref serving);
            metrics.ScrapeRejected();
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync($"{MostConcurrent} scrapes are being served already; try again in a moment.\n");
            return;
        }
        try
        {
            var openMetrics = PrefersOpenMetrics(context.Request.Headers.Accept);
            using var page = new Page(spare);
            await series.WriteAsync(page, openMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText, context.RequestAborted);
            context.Response.ContentType = openMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
            await page.SendAsync(context.Response.Body, context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref serving);
        }
    }

    static bool PrefersOpenMetrics(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList([.. accept.OfType<string>()], out var types))
            return false;
        double Quality(string mediaType) => types.Where(t => t.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)).Select(t => t.Quality ?? 1).DefaultIfEmpty(0).Max();
        return Quality("application/openmetrics-text") is > 0 and var quality && quality >= Quality("text/plain");
    }

    /// <summary>
    /// Pieces for the next page, as many as the last one needed. The shared pool keeps fewer than a large page has, and what it drops would be allocated anew
    /// at every scrape.
    /// </summary>
    sealed class Spare
    {
        readonly Lock gate = new();
        readonly Stack<byte[]> pieces = [];

        public byte[] Take()
        {
            lock (gate)
                return pieces.TryPop(out var piece) ? piece : GC.AllocateUninitializedArray<byte>(Page.PieceSize);
        }

        public void Return(List<byte[]> page)
        {
            lock (gate)
            {
                foreach (var piece in page)
                {
                    if (pieces.Count < page.Count)
                        pieces.Push(piece);
                }
            }
        }
    }

    /// <summary>A page in pieces that are used again: one large array per scrape would be allocated anew each time and stay in the resident size.</summary>
    sealed class Page(Spare spare) : Stream
    {
        public const int PieceSize = 64 * 1024;
        readonly List<byte[]> pieces = [];
        int used = PieceSize;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public async Task SendAsync(Stream destination, CancellationToken cancellation)
        {
            for (var i = 0; i < pieces.Count; i++)
                await destination.WriteAsync(pieces[i].AsMemory(0, i < pieces.Count - 1 ? PieceSize : used), cancellation);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                if (used == PieceSize)
                {
                    pieces.Add(spare.Take());
                    used = 0;
                }
                var part = buffer[..Math.Min(buffer.Length, PieceSize - used)];
                part.CopyTo(pieces[^1].AsSpan(used));
                used += part.Length;
                buffer = buffer[part.Length..];
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Write(buffer.AsSpan(offset, count));
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            spare.Return(pieces);
            pieces.Clear();
            base.Dispose(disposing);
        }
    }
}
