using System.Globalization;

namespace Verolux.Exporter.Benchmarks;

/// <summary>
/// Processor time of a look, in times of what the tool takes that people would use in its place. Both ask the same cameras of the same server, in the same
/// seconds: the exporter goes on looking while the other tool works.
/// </summary>
static class CameraBenchmark
{
    const int DescribedCameras = 200;
    const int SampledCameras = 60;
    const int Probes = 2000;
    const int DescribedByFfprobe = 20;
    const int SampledByFfprobe = 12;
    const double MostFailed = 0.01;
    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(40);

    // No more often than the server can stand: at each describe it builds the camera's pipeline first.
    const string Habits = "interval: 5s";

    // As many as the exporter has looks, so that neither is better off by being woken less often.
    static readonly TimeSpan BetweenProbes = TimeSpan.FromSeconds(5.0 / DescribedCameras);

    /// <summary>A describe against ffprobe telling the streams.</summary>
    public static Task<double> DescribeAsync(CancellationToken cancellation) =>
        MeasureAsync("describe", DescribedCameras, Habits, "ffprobe", cameras => FfprobeAsync(DescribedByFfprobe, cameras, ["-show_streams"], cancellation), cancellation);

    /// <summary>A describe against blackbox_exporter sending OPTIONS, and no more.</summary>
    public static Task<double> DescribeAgainstBlackboxAsync(CancellationToken cancellation) =>
        MeasureAsync("describe", DescribedCameras, Habits, "prometheus-blackbox-exporter", cameras => BlackboxAsync(cameras, cancellation), cancellation);

    /// <summary>A sample against ffprobe counting the packets of the same two seconds.</summary>
    public static Task<double> SampleAsync(CancellationToken cancellation) => MeasureAsync(
        "sample", SampledCameras, "interval: 1h, sample: 5s", "ffprobe",
        cameras => FfprobeAsync(SampledByFfprobe, cameras, ["-probesize", "32", "-read_intervals", "%+2", "-count_packets", "-show_entries", "stream=nb_read_packets"], cancellation), cancellation);

    static async Task<double> MeasureAsync(string depth, int count, string habits, string other, Func<GstreamerCameras, Task<double>> otherAsync, CancellationToken cancellation)
    {
        using var folder = new WorkFolder();
        using var scraper = new Scraper();
        await using var cameras = await GstreamerCameras.StartAsync(count, cancellation);
        await using var exporter = await CameraExporter.StartAsync(folder, habits, Enumerable.Range(0, count).Select(cameras.Url), cancellation);
        await Task.Delay(WarmUp, cancellation);
        var (before, used) = (await Looks.ReadAsync(scraper, exporter, cancellation), ProcessorTime.Of(exporter));
        var their = await otherAsync(cameras);
        used = ProcessorTime.Of(exporter) - used;
        var looks = (await Looks.ReadAsync(scraper, exporter, cancellation)).Since(before);
        if (looks.Failed > MostFailed * looks.Count)
            throw new BenchmarkException($"of {looks.Count} looks {looks.Failed} have failed");
        var our = used / looks.Count;
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {depth}: ours {our * 1000:0.###} ms of processor time ({looks.Count} looks), {other} {their * 1000:0.###} ms"));
        return our / their;
    }

    /// <returns>Processor time of one run, in seconds.</returns>
    static async Task<double> FfprobeAsync(int runs, GstreamerCameras cameras, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var before = ProcessorTime.OfTheEnded();
        for (var i = 0; i < runs; i++)
            await Child.RunAsync("ffprobe", ["-v", "error", "-rtsp_transport", "tcp", .. arguments, cameras.Url(i)], cancellation);
        return (ProcessorTime.OfTheEnded() - before) / runs;
    }

    /// <summary>Writes the configuration with which blackbox_exporter asks a camera for its OPTIONS, as the module <c>rtsp</c>.</summary>
    public static string WriteBlackbox(WorkFolder folder) => folder.Write("blackbox.yml", """
        # It ends what it sends with a line feed itself.
        modules:
          rtsp:
            prober: tcp
            tcp:
              query_response:
                - send: "OPTIONS rtsp://127.0.0.1/cam0 RTSP/1.0\r\nCSeq: 1\r\n\r"
                - expect: "^RTSP/1.0 200"
        """);

    /// <returns>Processor time of one probe, in seconds.</returns>
    static async Task<double> BlackboxAsync(GstreamerCameras cameras, CancellationToken cancellation)
    {
        using var folder = new WorkFolder();
        using var http = new HttpClient();
        await using var blackbox = await Child.StartAsync("prometheus-blackbox-exporter", [$"--config.file={WriteBlackbox(folder)}", "--web.listen-address=127.0.0.1:0"], cancellation);
        var probe = new Uri(blackbox.Url, $"probe?module=rtsp&target={cameras.Address}");
        using var pace = new PeriodicTimer(BetweenProbes);
        async Task ProbeAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                await pace.WaitForNextTickAsync(cancellation);
                if (!(await http.GetStringAsync(probe, cancellation)).Contains("probe_success 1\n", StringComparison.Ordinal))
                    throw new BenchmarkException("prometheus-blackbox-exporter got no answer to OPTIONS");
            }
        }
        await ProbeAsync(Probes / 10);
        var before = ProcessorTime.Of(blackbox);
        await ProbeAsync(Probes);
        return (ProcessorTime.Of(blackbox) - before) / Probes;
    }
}
