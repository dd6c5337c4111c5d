namespace Verolux.Exporter.Collecting;

/// <summary>Keeps every configured watch looking, each on its own timer, and nothing else running.</summary>
sealed partial class CollectorLoop(Series series, ExporterMetrics metrics, TimeProvider time, ILogger<CollectorLoop> logger, IHostApplicationLifetime lifetime) : IAsyncDisposable
{
    /// <summary>What looks in flight are given to take their leave of the target when the service stops.</summary>
    static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim changing = new(1, 1);
    readonly Dictionary<(string Slice, string Site, string Target, string? Check), Watched> running = [];
    bool ended;

    /// <summary>The families whose values of five minutes ago are kept for those who ask how much they rose.</summary>
    public Func<Family, bool> Remembers { get; set; } = _ => false;

    /// <summary>Every watch in operation, for those who read: pages and triage.</summary>
    public IReadOnlyCollection<Watched> Watches { get; private set; } = [];

    /// <summary>
    /// Makes the watches of <paramref name="collectors"/> the ones that run. What is new starts, spread over its interval so that ten thousand targets don't
    /// start together; what is gone stops and takes its series along; what is configured as before goes on undisturbed, with all that it has found.
    /// </summary>
    public async Task ApplyAsync(IReadOnlyList<ICollector> collectors)
    {
        await changing.WaitAsync();
        try
        {
            var wanted = collectors.SelectMany(c => c.Watches.Select(w => (Collector: c, Watch: w))).ToDictionary(w => Key(w.Collector, w.Watch));
            var gone = running.Where(r => r.Value.Finder is null && !(wanted.TryGetValue(r.Key, out var same) && same.Watch.Options.Equals(r.Value.Watch.Options))).ToList();
            await StopAsync(gone);
            await StopAsync([.. running.Where(r => r.Value.Finder is { } finder && !running.ContainsValue(finder))]);
            foreach (var (_, watched) in running)
                watched.History ??= HistoryOf(watched.Collector);
            var healths = collectors.ToDictionary(c => c, c => new Health(c));
            var starting = wanted.Where(w => !running.ContainsKey(w.Key)).ToList();
            for (var i = 0; i < starting.Count; i++)
            {
                var (key, (collector, watch)) = starting[i];
                await StartAsync(key, collector, watch, healths[collector], null, watch.Interval * ((double)i / starting.Count));
            }
            Tell();
        }
        finally
        {
            changing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await changing.WaitAsync();
        ended = true;
        changing.Release();
        foreach (var watched in running.Values)
            await watched.DisposeAsync();
        // By the real clock: whoever stops the service does not wait for an injected one.
        using var patience = new CancellationTokenSource(Farewell);
        await Task.WhenAll(running.Values.Select(w => w.EndedAsync(patience.Token)));
        running.Clear();
        changing.Dispose();
    }

    async Task StartAsync((string Slice, string Site, string Target, string? Check) key, ICollector collector, Watch watch, Health health, Watched? finder, TimeSpan delay)
    {
        Watched? watched = null;
        watched = running[key] = new Watched(collector, watch, health, series, metrics, time, logger, Fatal)
        {
            Finder = finder,
            History = HistoryOf(collector),
            FoundAsync = found => FoundAsync(watched!, found),
        };
        await watched.StartAsync(delay);
    }

    async Task StopAsync(IReadOnlyList<KeyValuePair<(string Slice, string Site, string Target, string? Check), Watched>> gone)
    {
        foreach (var (key, watched) in gone)
        {
            running.Remove(key);
            await watched.DisposeAsync();
        }
    }

    /// <summary>Begins to look at what a look has come upon, unless its watch is gone meanwhile.</summary>
    async Task FoundAsync(Watched finder, IReadOnlyList<Watch> found)
    {
        await changing.WaitAsync();
        try
        {
            if (ended || !running.ContainsValue(finder))
                return;
            foreach (var watch in found.Where(w => !running.ContainsKey(Key(finder.Collector, w))))
                await StartAsync(Key(finder.Collector, watch), finder.Collector, watch, new Health(finder.Collector), finder, TimeSpan.Zero);
            Tell();
        }
        finally
        {
            changing.Release();
        }
    }

    History? HistoryOf(ICollector collector) => collector.Families.Any(Remembers) ? new History(f => Remembers(f), time) : null;

    void Tell()
    {
        Watches = [.. running.Values];
        metrics.Watching(running.Count);
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
