using Prometheus;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>A page whose writing stands still until it is released: nobody can publish or scrape meanwhile.</summary>
sealed class HeldPage : MemoryStream
{
    readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task WriteAsync(Series series) => series.WriteAsync(this, ExpositionFormat.PrometheusText, CancellationToken.None);

    public void Release() => released.TrySetResult();

    public override async Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => await released.Task;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await released.Task;

    public override Task FlushAsync(CancellationToken cancellationToken) => released.Task;

    public override void Write(byte[] buffer, int offset, int count)
    {
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
    }

    protected override void Dispose(bool disposing)
    {
        Release();
        base.Dispose(disposing);
    }
}
