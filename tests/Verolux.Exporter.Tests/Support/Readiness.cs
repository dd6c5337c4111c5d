namespace Verolux.Exporter.Tests.Support;

/// <summary>Waits for what other people's programs don't announce.</summary>
static class Readiness
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Fails when the program ends first, or when a minute passes.</summary>
    public static async Task UntilAsync(Func<Task<bool>> ready, RunningProgram program, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        while (!await ready())
        {
            if (program.HasEnded)
            {
                await program.WaitForExitAsync(cancellationToken);
                throw program.Failure("ended before it was ready");
            }
            try
            {
                await Task.Delay(Pause, deadline.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw program.Failure("wasn't ready in time");
            }
        }
    }

    public static Task UntilAnswersAsync(HttpClient client, Uri address, RunningProgram program, CancellationToken cancellationToken) =>
        UntilAsync(() => AnswersAsync(client, address, cancellationToken), program, cancellationToken);

    static async Task<bool> AnswersAsync(HttpClient client, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(address, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
