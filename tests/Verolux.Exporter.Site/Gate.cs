namespace Verolux.Exporter.Site;

/// <summary>Holds back whoever waits at it until a test opens it; stays open.</summary>
sealed class Gate
{
    readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => opened.TrySetResult();

    public Task OpenedAsync(CancellationToken cancellationToken) => opened.Task.WaitAsync(cancellationToken);
}
