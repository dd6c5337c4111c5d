namespace Verolux.Exporter.Collecting;

/// <summary>What one look at a target gave: samples, and the failure if it failed.</summary>
/// <param name="Samples">After a failure only what describes the failed look itself, such as a status code.</param>
sealed record Look(IReadOnlyList<Sample> Samples, Failure? Failure = null)
{
    /// <summary>What was done, in turn, for people who ask why. Empty where there is nothing to tell beside the result.</summary>
    public IReadOnlyList<Step> Steps { get; init; } = [];

    /// <summary>How long the target is to be left alone, where that is longer than the watch's interval: it said that it is busy.</summary>
    public TimeSpan Rest { get; init; }

    /// <summary>
    /// Whether the samples are all that there is: counters, last events and settings that they don't mention belong to something that the target has no more, and go.
    /// </summary>
    public bool IsWhole { get; init; }

    /// <summary>Targets that this look has come upon. Each is looked at by itself from now on, for as long as the watch that found it goes on.</summary>
    public IReadOnlyList<Watch> Found { get; init; } = [];

    /// <summary>What the target showed (JPEG), where its page is to show it; the last one is kept in memory.</summary>
    public byte[]? Picture { get; init; }

    public static Look Failed(FailureReason reason, string detail) => new([], new Failure(reason, detail));
}

/// <summary>One thing that a look did.</summary>
/// <param name="Name">Lower case, one word, such as <c>connect</c>.</param>
/// <param name="Said">What came of it, for people. May quote the target, so it is untrusted text; without credentials.</param>
readonly record struct Step(string Name, TimeSpan Took, string Said);

/// <summary>How a look ended, and when. Without its samples: those are published, and keeping them would double what ten thousand watches hold.</summary>
/// <param name="Failure">Null after a success.</param>
sealed record Seen(Failure? Failure, DateTimeOffset At, TimeSpan Took, IReadOnlyList<Step> Steps);

/// <summary>Why a look failed.</summary>
/// <param name="Reason">For rules; from the slice's closed list.</param>
/// <param name="Detail">For people: one sentence of what was done and what came back, without credentials. May quote the target, so it is untrusted text.</param>
sealed record Failure(FailureReason Reason, string Detail);
