namespace Verolux.Exporter.Cameras;

/// <summary>Lets so many at once, and the others wait in their order.</summary>
sealed class Turns(int atOnce) : IDisposable
{
    readonly SemaphoreSlim free = new(atOnce, atOnce);

    /// <summary>Dispose of the answer to let the next one in.</summary>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellation)
    {
        await free.WaitAsync(cancellation);
        return new Turn(free);
    }

    public void Dispose() => free.Dispose();

    sealed class Turn(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
