using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>Waits for what can only be asked for.</summary>
static class Eventually
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until there is an answer. Fails when the test's time is over, with <paramref name="what"/> was missing and what was there instead.</summary>
    public static async Task<T> FoundAsync<T>(string what, Func<Task<T?>> askAsync, CancellationToken cancellationToken, Func<string>? instead = null)
        where T : class
    {
        try
        {
            while (true)
            {
                if (await askAsync() is { } found)
                    return found;
                await Task.Delay(Pause, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            throw new AssertionException($"{what} did not come in time{(instead is null ? "" : $"; instead: {instead()}")}");
        }
    }

    public static Task<T> FoundAsync<T>(string what, Func<T?> ask, CancellationToken cancellationToken, Func<string>? instead = null)
        where T : class => FoundAsync(what, () => Task.FromResult(ask()), cancellationToken, instead);
}
