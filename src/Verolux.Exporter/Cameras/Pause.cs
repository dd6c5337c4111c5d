using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>
/// How long a camera is left alone that said "busy", or that refused the password: twice the interval, then four times and so on, until it answers otherwise. Cameras lock a
/// user after a few wrong passwords, and one who goes on trying keeps the lock.
/// </summary>
sealed class Pause(TimeSpan interval)
{
    const int LongestBusy = 4;
    const int LongestRefused = 16;
    int factor = 1;

    public TimeSpan After(Failure? failure)
    {
        var longest = failure?.Reason == CameraReasons.Busy ? LongestBusy : failure?.Reason == CameraReasons.Auth ? LongestRefused : 1;
        factor = Math.Min(factor * 2, longest);
        return factor == 1 ? TimeSpan.Zero : interval * factor;
    }
}
