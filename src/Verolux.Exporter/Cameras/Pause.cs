using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>How long a camera that said "busy" is left alone: twice the interval, then four times, until it answers otherwise.</summary>
sealed class Pause(TimeSpan interval)
{
    const int Longest = 4;
    int factor = 1;

    public TimeSpan After(Failure? failure)
    {
        factor = failure?.Reason == CameraReasons.Busy ? Math.Min(factor * 2, Longest) : 1;
        return factor == 1 ? TimeSpan.Zero : interval * factor;
    }
}
