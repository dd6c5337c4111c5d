namespace Verolux.Exporter.Collecting;

/// <summary>A slice of the watched system: everything that is true of its own domain and nothing else. The engine adds the schedule and the health series.</summary>
interface ICollector
{
    /// <summary>The <c>SLICE</c> in <c>verolux_SLICE_up</c>.</summary>
    string Slice { get; }

    /// <summary>The label that names a target, such as <c>camera</c> or <c>path</c>.</summary>
    string TargetLabel { get; }

    /// <summary>The label that tells the watches of one target apart (<c>depth</c>, <c>check</c>), or null where a target has one watch.</summary>
    string? CheckLabel => null;

    /// <summary>Every reason a look of this slice may give, beside those of every slice.</summary>
    IReadOnlyList<FailureReason> Reasons { get; }

    /// <summary>Every family that its samples belong to.</summary>
    IReadOnlyList<Family> Families { get; }

    IReadOnlyList<Watch> Watches { get; }
}

/// <summary>What is watched: one camera, one server, one path.</summary>
sealed class Target(string name, string site)
{
    public string Name => name;

    public string Site => site;

    /// <summary>The label values that every series of this target begins with.</summary>
    public string[] Labels { get; } = [site, name];
}

/// <summary>A target, how often to look at it, and how.</summary>
sealed class Watch
{
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Never = System.Threading.Timeout.InfiniteTimeSpan;

    public required Target Target { get; init; }

    /// <summary>The value of the slice's <see cref="ICollector.CheckLabel"/>.</summary>
    public string? Check { get; init; }

    /// <summary>What was configured. After a reload a watch with equal options goes on undisturbed.</summary>
    public required object Options { get; init; }

    /// <summary>Whether this watch, among its target's, says if the target is up.</summary>
    public bool DecidesUp { get; init; } = true;

    /// <summary>Between the starts of two looks; <see cref="Never"/> for what is switched off and has only its <see cref="Constants"/>.</summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>After this long the look is abandoned, whether or not it heeds its cancellation token.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>False for system calls that nothing can interrupt: no second look starts while one is outstanding.</summary>
    public bool Interruptible { get; init; } = true;

    /// <summary>What a look that is not back in time counts as, given what to tell people. A slice that knows what this means gives a reason of its own.</summary>
    public Func<string, Look> Overran { get; init; } = detail => Look.Failed(FailureReason.Timeout, detail);

    /// <summary>What holds whether or not the target answers: thresholds, what was configured, counters at 0.</summary>
    public IReadOnlyList<Sample> Constants { get; init; } = [];

    /// <summary>The family whose values of the last hour people see drawn; null for none. It must have one series a target.</summary>
    public Family? Plotted { get; init; }

    /// <summary>
    /// Looks once. Does its own clean-up when the token is cancelled: the connection in use is destroyed, children are killed. What it throws is a fault of
    /// ours (<see cref="FailureReason.Internal"/>); a target's failure is a <see cref="Look"/>.
    /// </summary>
    public required Func<CancellationToken, Task<Look>> LookAsync { get; init; }
}
