using System.Globalization;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>Writes down what a look does and how long each part takes.</summary>
sealed class Trace(TimeProvider time)
{
    readonly List<Step> steps = new(6);
    string? current;
    long since;

    public IReadOnlyList<Step> Steps => steps;

    /// <summary>Whether anything accepted a connection.</summary>
    public bool Connected { get; set; }

    public void Begin(string name) => (current, since) = (name, time.GetTimestamp());

    /// <param name="said">What came of it.</param>
    public void End(string said)
    {
        if (current is not null)
            steps.Add(new Step(current, time.GetElapsedTime(since), said));
        current = null;
    }

    /// <summary>Ends the step that failed.</summary>
    public void Fail(Failure failure) => End(failure.Detail);

    /// <summary>Gives a look its time, and makes a failure of whatever keeps it from its end.</summary>
    /// <param name="look">Null, or how it failed.</param>
    /// <exception cref="OperationCanceledException">The look is not wanted any more.</exception>
    public async Task<Failure?> WithinAsync(TimeSpan limit, Func<CancellationToken, Task<Failure?>> look, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        Failure? failure;
        try
        {
            failure = await look(either.Token);
        }
        catch (RtspException refused)
        {
            failure = refused.Failure;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            failure = Silence(limit);
        }
        if (failure is not null)
            Fail(failure);
        return failure;
    }

    /// <summary>What it means that the step under way did not end in time.</summary>
    Failure Silence(TimeSpan limit) => new(
        FailureReason.Timeout, $"{(current is null ? "the camera" : current.ToUpperInvariant())}: no answer within the {limit.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture)} s that the look has");
}
