namespace Verolux.Exporter.Collecting;

/// <summary>Keeps every configured watch looking, each on its own timer, and nothing else running.</summary>
sealed partial class CollectorLoop(Series series, ExporterMetrics metrics, TimeProvider time, ILogger<CollectorLoop> logger, IHostApplicationLifetime lifetime) : IAsyncDisposable
{
    /// <summary>What looks in flight are given to take their leave of the target when the service stops.</summary>
    static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    readonly Dictionary<(string Slice, string Site, string Target, string? Check), Watched> running = [];

    /// <summary>The families whose values of five minutes ago are kept for those who ask how much they rose.</summary>
    public Func<Family, bool> Remembers { get; init; } = _ => false;

    /// <summary>Every watch in operation, for those who read: pages and triage.</summary>
    public IReadOnlyCollection<Watched> Watches { get; private set; } = [];

    /// <summary>
    /// Makes the watches of <paramref name="collectors"/> the ones that run. What is new starts, spread over its interval so that ten thousand targets don't
    /// start together; what is gone stops and takes its series along; what is configured as before goes on undisturbed. Not to be called concurrently.
    /// </summary>
    public async Task ApplyAsync(IReadOnlyList<ICollector> collectors)
    {
        var wanted = collectors.SelectMany(c => c.Watches.Select(w => (Collector: c, Watch: w))).ToDictionary(w => Key(w.Collector, w.Watch));
        foreach (var (key, watched) in running.ToList())
        {
            if (wanted.TryGetValue(key, out var same) && same.Watch.Options.Equals(watched.Watch.Options))
                continue;
            running.Remove(key);
            await watched.DisposeAsync();
        }
        var healths = collectors.ToDictionary(c => c, c => new Health(c));
        var starting = wanted.Where(w => !running.ContainsKey(w.Key)).ToList();
        for (var i = 0; i < starting.Count; i++)
        {
            var (key, (collector, watch)) = starting[i];
            running[key] = new Watched(collector, watch, healths[collector], series, metrics, time, logger, Fatal) { History = collector.Families.Any(Remembers) ? new History(Remembers, time) : null };
            await running[key].StartAsync(watch.Interval * ((double)i / starting.Count));
        }
        Watches = [.. running.Values];
        metrics.Watching(running.Count);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watched in running.Values)
            await watched.DisposeAsync();
        // By the real clock: whoever stops the service does not wait for an injected one.
        using var patience = new CancellationTokenSource(Farewell);
        await Task.WhenAll(running.Values.Select(w => w.EndedAsync(patience.Token)));
        running.Clear();
    }

    static (string Slice, string Site, string Target, string? Check) Key(ICollector collector, Watch watch) => (collector.Slice, watch.Target.Site, watch.Target.Name, watch.Check);

    void Fatal(Exception error)
    {
        Log.Fatal(logger, error);
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "A watch can't go on, so the exporter ends: a monitor that looks no more must not look alive")]
        public static partial void Fatal(ILogger logger, Exception error);
    }
}
