using System.Globalization;

namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// Real cameras: GStreamer's RTSP server on three loopback ports, one open, one with Basic, one with Digest (no qop, as RFC 2069 has it). Paths: /h264_25, /h264_12, /h265_25, /mjpeg_5 and
/// /cam0, /cam1 …
/// </summary>
sealed class GstreamerServer : IAsyncDisposable
{
    public const string User = "admin";
    public const string Password = "cam-secret";

    static readonly string Script = RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "gstreamer-cameras.py");
    static readonly string Clips = RepositoryRoot.Of("tests", "Verolux.Exporter.Site", "Cameras", "Clips");

    readonly int cameras;

    GstreamerServer(RunningProgram program, int cameras, IReadOnlyList<int> ports)
    {
        (Program, this.cameras) = (program, cameras);
        (OpenPort, BasicPort, DigestPort) = (ports[0], ports[1], ports[2]);
    }

    public RunningProgram Program { get; private set; }

    public int OpenPort { get; }

    public int BasicPort { get; }

    public int DigestPort { get; }

    public static Task<GstreamerServer> StartAsync(CancellationToken cancellationToken) => StartAsync(0, cancellationToken);

    /// <param name="cameras">How many /camN there are.</param>
    public static async Task<GstreamerServer> StartAsync(int cameras, CancellationToken cancellationToken)
    {
        var (program, ports) = await RunAsync(cameras, [0, 0, 0], cancellationToken);
        return new GstreamerServer(program, cameras, ports);
    }

    /// <param name="path">With a slash at its front.</param>
    /// <returns>Without credentials, as all of them.</returns>
    public string Open(string path) => $"rtsp://127.0.0.1:{OpenPort}{path}";

    public string Basic(string path) => $"rtsp://127.0.0.1:{BasicPort}{path}";

    public string Digest(string path) => $"rtsp://127.0.0.1:{DigestPort}{path}";

    /// <summary>Connections are still accepted, by the kernel; nothing is answered.</summary>
    public void Pause() => Program.Signal("STOP");

    public void Continue() => Program.Signal("CONT");

    /// <summary>From now on its ports refuse.</summary>
    public ValueTask StopAsync() => Program.DisposeAsync();

    /// <summary>After <see cref="StopAsync"/>, on the same ports.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken) =>
        (Program, _) = await RunAsync(cameras, [OpenPort, BasicPort, DigestPort], cancellationToken);

    public ValueTask DisposeAsync() => Program.DisposeAsync();

    static async Task<(RunningProgram Program, IReadOnlyList<int> Ports)> RunAsync(int cameras, IEnumerable<int> ports, CancellationToken cancellationToken)
    {
        // Debian's own Python: its modules are Debian packages.
        var program = RunningProgram.Start("/usr/bin/python3", [Script, .. ports.Select(p => $"{p}"), $"{cameras}", Clips]);
        try
        {
            var line = await program.WaitForLineAsync(l => l.StartsWith("PORTS "), cancellationToken);
            return (program, [.. line.Split(' ').Skip(1).Select(p => int.Parse(p, CultureInfo.InvariantCulture))]);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }
}
