using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>A made-up slice: things that have a value, count events and were seen.</summary>
sealed class Things(params IReadOnlyList<Watch> watches) : ICollector
{
    public static readonly FailureReason Broken = new("broken");
    public static readonly FailureReason Gone = new("gone");
    public static readonly Family Value = Family.Gauge("verolux_thing_value", "A measurement.", "thing");
    public static readonly Family Threshold = Family.Gauge("verolux_thing_value_threshold", "What its value should stay under.", "thing");
    public static readonly Family Status = Family.Gauge("verolux_thing_status_code", "What it answered.", "thing");
    public static readonly Family Events = Family.Counter("verolux_thing_events_total", "What happened to it.", "thing");
    public static readonly Family Seen = Family.LastEvent("verolux_thing_last_event_timestamp_seconds", "When something last happened to it.", "thing");

    public static readonly Family Limit = Family.Setting("verolux_thing_limit", "What it may have at most.", "thing");

    public string Slice => "thing";

    public string TargetLabel => "thing";

    public IReadOnlyList<FailureReason> Reasons => [Broken, Gone];

    public IReadOnlyList<Family> Families => [Value, Threshold, Status, Events, Seen, Limit];

    public IReadOnlyList<Watch> Watches => watches;

    public static Sample Of(Family family, double value, string thing = "a") => new(family, ["north", thing], value);

    /// <summary>A look that found a value.</summary>
    public static Look Good(double value = 1) => new([Of(Value, value)]);

    public static Watch Watch(
        Func<CancellationToken, Task<Look>> look, string thing = "a", object? options = null, double interval = 15, bool interruptible = true, params Sample[] constants) => new()
        {
            Target = new Target(thing, "north"),
            Options = options ?? thing,
            Interval = TimeSpan.FromSeconds(interval),
            Interruptible = interruptible,
            Constants = constants,
            LookAsync = look,
        };

    /// <summary>A slice of one thing, whose looks give these in their order and the last one ever after.</summary>
    public static Things Giving(params Func<Look>[] looks)
    {
        var next = 0;
        return new Things(Watch(_ => Task.FromResult(looks[Math.Min(next++, looks.Length - 1)]())));
    }
}
