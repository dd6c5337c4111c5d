using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Gpu;

/// <summary>The section <c>gpu</c>: this machine's NVIDIA cards. They are found, not listed.</summary>
/// <param name="Enabled">Null is <c>auto</c>: where there is a card.</param>
/// <param name="UtilizationRatioThreshold">Above this share a card counts as saturated; null publishes none.</param>
sealed record GpuOptions(bool? Enabled, string Site, TimeSpan Interval, TimeSpan Timeout, double? UtilizationRatioThreshold)
{
    /// <summary>Nothing is watched.</summary>
    public static readonly GpuOptions Off = new(false, "", Watch.DefaultInterval, Watch.DefaultTimeout, null);

    /// <param name="utilizationRatioThreshold">What holds where the section sets none.</param>
    public static GpuOptions Read(Section gpu, string site, double? utilizationRatioThreshold)
    {
        var (interval, timeout) = Pace.Read(gpu);
        return new GpuOptions(EnabledOf(gpu), site, interval, timeout, gpu.Number("utilization_ratio_threshold", 0, 1) ?? utilizationRatioThreshold);
    }

    static bool? EnabledOf(Section gpu)
    {
        switch (gpu.Text("enabled"))
        {
            case null or "auto":
                return null;
            case "true":
                return true;
            case "false":
                return false;
            case var text:
                gpu.Refuse("enabled", $"\"{text}\" is neither auto, true nor false", "write auto, true or false");
                return null;
        }
    }
}
