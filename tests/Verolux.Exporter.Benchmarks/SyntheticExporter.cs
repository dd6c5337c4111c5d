using Verolux.Exporter.Commands;

namespace Verolux.Exporter.Benchmarks;

/// <summary>The product with the synthetic site beside its own slices: what this program is when it starts itself.</summary>
static class SyntheticExporter
{
    public const string Argument = "--synthetic-exporter";

    /// <summary>Starts it as a process of its own, and waits until every watch has looked.</summary>
    public static async Task<Child> StartAsync(WorkFolder folder, Scraper scraper, CancellationToken cancellation)
    {
        folder.Write("verolux.yml", "listen: 127.0.0.1:0\nstorage: { targets: auto }\n");
        var child = await Child.StartAsync(Environment.ProcessPath!, [Argument, folder.File("")], cancellation);
        try
        {
            while ((await scraper.PageAsync(child.Url, cancellation)).Count(IsSeries) < SyntheticCollector.Targets * SyntheticCollector.SeriesPerTarget)
                await Task.Delay(1000, cancellation);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public static bool IsSeries(string line) => line.StartsWith(SyntheticCollector.Prefix, StringComparison.Ordinal);

    /// <summary>The process itself.</summary>
    public static async Task<int> RunAsync(string folder)
    {
        var options = ExporterOptions.Load(Path.Combine(folder, "verolux.yml"), TimeProvider.System);
        foreach (var problem in options.Problems)
            Console.WriteLine(problem);
        await using var exporter = new Commands.Exporter(options, TimeProvider.System, new SyntheticCollector());
        await exporter.StartAsync();
        Console.WriteLine($"The synthetic site listens on {exporter.Url}");
        return await exporter.RunAsync() ? 0 : 1;
    }
}
