using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Pages;

/// <summary>How a watched target stands.</summary>
/// <param name="State">One of <see cref="All"/>.</param>
/// <param name="Why">What is wrong, or why nobody knows; empty where all is well.</param>
/// <param name="At">When that was seen; null where nothing was.</param>
sealed record TargetState(string State, string Why, DateTimeOffset? At)
{
    /// <summary>In the order in which they are shown.</summary>
    public static readonly string[] All = ["down", "degraded", "unknown", "up", "disabled"];

    /// <summary>By the look that decides whether it is up, and then by those that go deeper.</summary>
    /// <param name="watches">All of the target's.</param>
    public static TargetState Of(IReadOnlyList<Watched> watches)
    {
        var deciding = Deciding(watches);
        if (deciding.Watch.Interval == Watch.Never)
            return new TargetState("disabled", "switched off in the configuration", null);
        if (deciding.Newest is not { } newest)
            return new TargetState("unknown", "not looked at yet", null);
        if (newest.Failure is { } failure)
            return new TargetState("down", $"{failure.Reason}: {failure.Detail}", newest.At);
        if (watches.FirstOrDefault(w => w.Newest?.Failure is not null) is { Newest: { Failure: { } deeper } seen } watched)
            return new TargetState("degraded", $"{watched.Watch.Check}: {deeper.Reason}: {deeper.Detail}", seen.At);
        return new TargetState("up", "", newest.At);
    }

    public static Watched Deciding(IReadOnlyList<Watched> watches) => watches.FirstOrDefault(w => w.Watch.DecidesUp) ?? watches[0];
}
