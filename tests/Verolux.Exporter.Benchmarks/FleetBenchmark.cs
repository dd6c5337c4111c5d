using System.Globalization;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Benchmarks;

/// <param name="SlowestScrape">In milliseconds.</param>
/// <param name="Cores">Of processor time.</param>
/// <param name="Megabytes">Resident (10^6 bytes).</param>
/// <param name="Reload">With one camera changed, in seconds.</param>
/// <param name="DelayMeanwhile">Of the look that started latest in the seconds around it; the upper bound of the histogram's bucket.</param>
sealed record Fleet(double MedianDelay, double LateDelay, double SlowestScrape, double Cores, double Megabytes, double Reload, double DelayMeanwhile);

/// <summary>10,000 cameras that are described every 15 s and scraped as Prometheus does. One in ten is dead: it resets the connection, says nothing, or refuses.</summary>
sealed partial class FleetBenchmark(CancellationToken cancellation)
{
    const int Cameras = 10_000;
    const int DeadPercent = 10;
    const int WarmUps = 2;
    const int Scrapes = 5;
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    Fleet? measured;

    /// <summary>Measures at the first call, which tells all of it.</summary>
    public async Task<Fleet> MeasureAsync() => measured ??= await RunAsync();

    async Task<Fleet> RunAsync()
    {
        using var folder = new WorkFolder();
        using var scraper = new Scraper();
        await using var site = await StartSiteAsync(cancellation);
        var urls = Urls(site);
        await using var exporter = await CameraExporter.StartAsync(folder, "interval: 15s", urls, cancellation);
        // The first scrapes after a start meet code that is not yet compiled, ours and the client's.
        for (var i = 0; i < WarmUps; i++)
        {
            await Task.Delay(Interval, cancellation);
            await scraper.ScrapeAsync(exporter.Url, ScrapeFormat.OpenMetrics, cancellation);
        }
        var (before, start) = (await Looks.ReadAsync(scraper, exporter, cancellation), TimeProvider.System.GetTimestamp());
        var (our, their) = (ProcessorTime.Of(exporter), ProcessorTime.Of(site));
        var scrapes = new List<double>();
        for (var i = 0; i < Scrapes; i++)
        {
            await Task.Delay(Interval, cancellation);
            scrapes.Add((await scraper.ScrapeAsync(exporter.Url, ScrapeFormat.OpenMetrics, cancellation)).TotalMilliseconds);
        }
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        (our, their) = ((ProcessorTime.Of(exporter) - our) / seconds, (ProcessorTime.Of(site) - their) / seconds);
        var megabytes = MemoryBenchmark.Resident(exporter.Id);
        var looks = (await Looks.ReadAsync(scraper, exporter, cancellation)).Since(before);
        Check(looks, seconds);
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"  fleet: {looks.Count / seconds:0} looks/s of which {looks.Failed / seconds:0} failed, {our:0.##} of a core for the exporter and {their:0.##} for the simulated cameras, scrapes after a warm-up {Spread.Of(scrapes)} ms"));
        var (reload, latest) = await ReloadAsync(folder, scraper, exporter, urls, cancellation);
        return new Fleet(looks.DelayQuantile(0.5), looks.DelayQuantile(0.99), scrapes.Max(), our, megabytes, reload, latest);
    }

    /// <summary>Changes one camera.</summary>
    /// <returns>How many seconds the reload took, and how late the latest look started meanwhile.</returns>
    static async Task<(double Seconds, double Latest)> ReloadAsync(WorkFolder folder, Scraper scraper, Child exporter, List<string> urls, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var before = await Looks.ReadAsync(scraper, exporter, cancellation);
        urls[Cameras / 2] += "?changed";
        CameraExporter.Write(folder, urls);
        var start = TimeProvider.System.GetTimestamp();
        using var answer = await http.PostAsync(new Uri(exporter.Url, "-/reload"), null, cancellation);
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        if (!answer.IsSuccessStatusCode)
            throw new BenchmarkException($"the reload was refused: {await answer.Content.ReadAsStringAsync(cancellation)}");
        await Task.Delay(TimeSpan.FromSeconds(2), cancellation);
        return (seconds, (await Looks.ReadAsync(scraper, exporter, cancellation)).Since(before).DelayQuantile(1));
    }

    /// <summary>The cameras, simulated.</summary>
    public static Task<Child> StartSiteAsync(CancellationToken cancellation) => Child.StartAsync(
        Path.Combine(AppContext.BaseDirectory, "Verolux.Exporter.Site"), ["--rtsp-port", "0", "--cameras", Text(Cameras), "--dead-percent", Text(DeadPercent)], Ports(), cancellation);

    /// <summary>Where they answer, or not.</summary>
    public static List<string> Urls(Child site)
    {
        var (port, refusing) = (site.Announced.Groups[1].Value, site.Announced.Groups[2].Value);
        // The site's own dead ones, the last of every ten, reset.
        return [.. Enumerable.Range(0, Cameras).Select(i => (i % 30) switch
        {
            19 => $"rtsp://127.0.0.1:{port}/silent",
            29 => $"rtsp://127.0.0.1:{refusing}/cam{Text(i)}",
            _ => $"rtsp://127.0.0.1:{port}/cam{Text(i)}",
        })];
    }

    /// <summary>Who looks at half of the cameras is on time easily.</summary>
    static void Check(Looks looks, double seconds)
    {
        var (rate, failed) = (looks.Count / seconds / (Cameras / Interval.TotalSeconds), looks.Failed / looks.Count * 100);
        if (rate < 0.95 || failed is < DeadPercent - 1 or > DeadPercent + 1)
            throw new BenchmarkException(string.Create(CultureInfo.InvariantCulture, $"{rate * 100:0.#} % of the looks were made, of which {failed:0.#} % failed"));
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"listen on rtsp://127\.0\.0\.1:(\d+) .* port (\d+) refuses")]
    private static partial Regex Ports();
}
