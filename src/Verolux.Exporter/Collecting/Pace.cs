using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Collecting;

/// <summary>How often a target is looked at, and how long a look may take.</summary>
readonly record struct Pace(TimeSpan Interval, TimeSpan Timeout)
{
    /// <summary>Reads <c>interval</c> and <c>timeout</c> of a target.</summary>
    public static Pace Read(Section target)
    {
        var interval = target.Duration("interval", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)) ?? Watch.DefaultInterval;
        var timeout = target.Duration("timeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)) ?? (Watch.DefaultTimeout < interval ? Watch.DefaultTimeout : interval);
        if (timeout > interval)
            target.Refuse("timeout", $"{Durations.Format(timeout)} is longer than the interval of {Durations.Format(interval)}", "make it at most as long");
        return new Pace(interval, timeout);
    }
}
