using System.Globalization;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Benchmarks;

/// <summary>Real cameras: GStreamer's RTSP server, H.264 at 25 frames per second under each of its paths.</summary>
sealed partial class GstreamerCameras : IAsyncDisposable
{
    readonly Child server;

    GstreamerCameras(Child server) => this.server = server;

    public string Address => $"127.0.0.1:{server.Announced.Groups[1].Value}";

    public static async Task<GstreamerCameras> StartAsync(int count, CancellationToken cancellation)
    {
        var (script, clips) = (Path.Combine(AppContext.BaseDirectory, "gstreamer-cameras.py"), Path.Combine(AppContext.BaseDirectory, "clips"));
        // Debian's own Python: its modules are Debian packages.
        return new GstreamerCameras(await Child.StartAsync("/usr/bin/python3", [script, "0", "0", "0", count.ToString(CultureInfo.InvariantCulture), clips], Ports(), cancellation));
    }

    public string Url(int camera) => string.Create(CultureInfo.InvariantCulture, $"rtsp://{Address}/cam{camera}");

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [GeneratedRegex(@"^PORTS (\d+)")]
    private static partial Regex Ports();
}
