using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Cameras;

/// <summary>One camera as configured. Equal to another by everything that a look depends on.</summary>
/// <param name="Id">The value of the label <c>camera</c>; unique within its site.</param>
/// <param name="Url"><c>rtsp</c>, <c>rtsps</c>, <c>http</c>, <c>https</c> or <c>file</c>, without user and password.</param>
/// <param name="ExpectedFps">Frames per second that the camera should deliver; null where nobody said.</param>
/// <param name="Switch">The network switch it hangs on, for telling one dead switch from many dead cameras; null where nobody said.</param>
/// <param name="Enabled">A disabled camera is not looked at, and only says that it is disabled.</param>
/// <param name="Maintenance">Looked at as always, but nobody is paged.</param>
/// <param name="WebPort">Where its web page answers; asked only after a failed describe.</param>
/// <param name="Interval">Between two describes.</param>
/// <param name="Timeout">Of a describe as a whole.</param>
/// <param name="Sample">Between two samples; null: the stream is never opened.</param>
/// <param name="Picture">Between two pictures; null: nothing is ever decoded.</param>
/// <param name="Thumbnail">Whether the last good picture is kept in memory for its page.</param>
sealed record Camera(
    string Id,
    string Site,
    Uri Url,
    string? Username,
    Secret? Password,
    double? ExpectedFps,
    string? Switch,
    bool Enabled,
    bool Maintenance,
    int WebPort,
    TimeSpan Interval,
    TimeSpan Timeout,
    TimeSpan? Sample,
    TimeSpan? Picture,
    bool Thumbnail)
{
    public bool IsRtsp => Url.Scheme is "rtsp" or "rtsps";
}
