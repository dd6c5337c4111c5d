namespace Verolux.Exporter.Collecting;

/// <summary>
/// Why a look failed, as the value of the label <c>reason</c>. Each slice declares its closed list; these three are every slice's.
/// </summary>
/// <param name="Name">Lower case with underscores.</param>
sealed record FailureReason(string Name)
{
    /// <summary>The target can't be looked at as configured, for example because its secret can't be read.</summary>
    public static readonly FailureReason Config = new("config");

    /// <summary>The look was not back within its timeout.</summary>
    public static readonly FailureReason Timeout = new("timeout");

    /// <summary>A fault of the exporter's own; the log has the trace.</summary>
    public static readonly FailureReason Internal = new("internal");

    public static readonly IReadOnlyList<FailureReason> OfEverySlice = [Config, Timeout, Internal];

    public override string ToString() => Name;
}
