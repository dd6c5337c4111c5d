namespace Verolux.Exporter.Collecting;

/// <summary>The health families that the engine publishes for every target of a slice.</summary>
sealed class Health
{
    readonly string? checkLabel;

    public Health(ICollector collector)
    {
        var (slice, target) = (collector.Slice, collector.TargetLabel);
        checkLabel = collector.CheckLabel;
        string[] labels = checkLabel is null ? [target] : [target, checkLabel];
        Up = Family.Gauge($"verolux_{slice}_up", $"Whether the {slice} target answered as it should: 1 yes, 0 no, absent not yet known.", target);
        Duration = Family.Gauge($"verolux_{slice}_probe_duration_seconds", "How long the newest look took.", labels);
        LastSuccess = Family.LastEvent($"verolux_{slice}_last_success_timestamp_seconds", "When a look last succeeded, Unix time.", labels);
        Failures = Family.Counter($"verolux_{slice}_failures_total", "Looks that failed, by reason.", [.. labels, "reason"]);
        Failing = Family.Gauge($"verolux_{slice}_failure", "1 while this is why the newest look failed; absent while it succeeded.", [.. labels, "reason"]);
    }

    public Family Up { get; }

    public Family Duration { get; }

    public Family LastSuccess { get; }

    public Family Failures { get; }

    public Family Failing { get; }

    public IReadOnlyList<Family> Families => [Up, Duration, LastSuccess, Failures, Failing];

    /// <summary>How one look ended.</summary>
    public IEnumerable<Sample> Of(Watch watch, Failure? failure)
    {
        if (watch.DecidesUp)
            yield return new Sample(Up, watch.Target.Labels, failure is null ? 1 : 0);
        if (failure is not null)
            yield return new Sample(Failing, [.. LabelsOf(watch), failure.Reason.Name], 1);
    }

    /// <summary>The label values of a watch in all families but <see cref="Up"/>.</summary>
    public string[] LabelsOf(Watch watch) => checkLabel is null ? watch.Target.Labels : [.. watch.Target.Labels, watch.Check ?? ""];
}
