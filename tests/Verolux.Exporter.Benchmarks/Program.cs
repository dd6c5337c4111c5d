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
    var fleet = new FleetBenchmark(stop.Token);
    var incidents = new IncidentsBenchmark(stop.Token);
    var peers = new PeersBenchmark(stop.Token);
    Figure[] figures =
    [
        new("scrape", Reach.AtMost, 0.5, () => scrapes.MeasureAsync(ScrapeFormat.Text)),
        new("scrape-gzip", Reach.AtMost, 0.5, () => scrapes.MeasureAsync(ScrapeFormat.Gzip)),
        new("scrape-openmetrics", Reach.AtMost, 0.5, () => scrapes.MeasureAsync(ScrapeFormat.OpenMetrics)),
        new("memory", Reach.Under, 250, () => MemoryBenchmark.MeasureAsync(stop.Token)),
        new("alerts-repeat-1", Reach.None, 0, () => new AlertsBenchmark(1, stop.Token).RepeatsAsync()),
        new("alerts-repeat-10", Reach.AtLeast, 1.0, () => new AlertsBenchmark(10, stop.Token).RepeatsAsync()),
        new("alerts-repeat-100", Reach.AtLeast, 1.0, () => new AlertsBenchmark(100, stop.Token).RepeatsAsync()),
        new("alerts-new-1", Reach.AtLeast, 0.5, () => new AlertsBenchmark(1, stop.Token).NewAsync()),
        new("alerts-new-10", Reach.AtLeast, 0.5, () => new AlertsBenchmark(10, stop.Token).NewAsync()),
        new("alerts-new-100", Reach.AtLeast, 0.5, () => new AlertsBenchmark(100, stop.Token).NewAsync()),
        new("alerts-p99", Reach.AtMost, 20, () => AnswerBenchmark.MeasureAsync(stop.Token)),
        new("alerts-memory", Reach.Under, 150, async () => (await incidents.MeasureAsync()).Megabytes),
        new("alerts-board", Reach.Under, 150, async () => (await incidents.MeasureAsync()).Board),
        new("alerts-metrics", Reach.Under, 150, async () => (await incidents.MeasureAsync()).Metrics),
        new("describe-cpu", Reach.AtMost, 0.01, () => CameraBenchmark.DescribeAsync(stop.Token)),
        new("describe-cpu-blackbox", Reach.AtMost, 1.0, () => CameraBenchmark.DescribeAgainstBlackboxAsync(stop.Token)),
        new("sample-cpu", Reach.AtMost, 0.05, () => CameraBenchmark.SampleAsync(stop.Token)),
        new("fleet-delay-median", Reach.AtMost, 1, async () => (await fleet.MeasureAsync()).MedianDelay),
        new("fleet-delay-p99", Reach.AtMost, 3, async () => (await fleet.MeasureAsync()).LateDelay),
        new("fleet-scrape", Reach.Under, 150, async () => (await fleet.MeasureAsync()).SlowestScrape),
        new("fleet-cpu", Reach.None, 0, async () => (await fleet.MeasureAsync()).Cores),
        new("fleet-memory", Reach.None, 0, async () => (await fleet.MeasureAsync()).Megabytes),
        new("fleet-reload", Reach.Under, 1, async () => (await fleet.MeasureAsync()).Reload),
        new("fleet-reload-delay", Reach.AtMost, 1, async () => (await fleet.MeasureAsync()).DelayMeanwhile),
        new("peers-cpu", Reach.AtMost, 1, async () => (await peers.MeasureAsync()).Processor),
        new("peers-memory", Reach.AtMost, 1, async () => (await peers.MeasureAsync()).Memory),
    ];
    var wanted = args.Length == 0 ? figures : [.. figures.Where(f => f.Name == args[0] || f.Name.StartsWith($"{args[0]}-", StringComparison.Ordinal))];
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
