using System.Runtime.InteropServices;
using Verolux.Exporter.Benchmarks;

if (args is [SyntheticExporter.Argument, var folder])
    return await SyntheticExporter.RunAsync(folder);

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    await using var scrapes = new ScrapeBenchmark(stop.Token);
    Figure[] figures =
    [
        new("scrape", Reach.AtMost, 0.5, () => scrapes.MeasureAsync(ScrapeFormat.Text)),
        new("scrape-gzip", Reach.AtMost, 0.5, () => scrapes.MeasureAsync(ScrapeFormat.Gzip)),
        new("scrape-openmetrics", Reach.AtMost, 0.5, () => scrapes.MeasureAsync(ScrapeFormat.OpenMetrics)),
        new("memory", Reach.Under, 250, () => MemoryBenchmark.MeasureAsync(stop.Token)),
        new("alerts-repeat", Reach.AtLeast, 1.0, () => AlertsBenchmark.RepeatsAsync(stop.Token)),
        new("alerts-new", Reach.AtLeast, 0.5, () => AlertsBenchmark.NewAsync(stop.Token)),
    ];
    var wanted = args.Length == 0 ? figures : [.. figures.Where(f => f.Name == args[0])];
    if (wanted.Length == 0 || args.Length > 1)
        throw new BenchmarkException($"There is no benchmark \"{string.Join(' ', args)}\"; there are: {string.Join(", ", figures.Select(f => f.Name))}");
    foreach (var figure in wanted)
        Console.WriteLine(figure.Line(await figure.MeasureAsync()));
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
catch (BenchmarkException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
catch (Exception error)
{
    // Caught, although it is a fault: what is not caught ends the process before the programs it started are stopped.
    await Console.Error.WriteLineAsync(error.ToString());
    return 1;
}
