using System.Globalization;

namespace Verolux.Exporter.Benchmarks;

/// <summary>What stays resident of a process that keeps 10,000 watches of 15 series each, looks at all of them every 15 s, and is scraped.</summary>
static class MemoryBenchmark
{
    const int Scrapes = 30;

    // Two rounds of looks go by meanwhile.
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <returns>Megabytes (10^6 bytes).</returns>
    public static async Task<double> MeasureAsync(CancellationToken cancellation)
    {
        using var folder = new WorkFolder();
        using var scraper = new Scraper();
        await using var exporter = await SyntheticExporter.StartAsync(folder, scraper, cancellation);
        var resident = new List<double>();
        for (var i = 0; i < Scrapes; i++)
        {
            await Task.Delay(Pause, cancellation);
            await scraper.ScrapeAsync(exporter.Url, i % 2 == 0 ? ScrapeFormat.Text : ScrapeFormat.OpenMetrics, cancellation);
            resident.Add(Resident(exporter.Id));
        }
        await Console.Error.WriteLineAsync($"  memory: resident after each scrape {Spread.Of(resident)} MB, after the last {resident[^1].ToString("0.#", CultureInfo.InvariantCulture)} MB");
        return resident[^1];
    }

    /// <returns>Megabytes (10^6 bytes).</returns>
    public static double Resident(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
