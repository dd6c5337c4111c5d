using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Outbox;

namespace Verolux.Exporter.Alerts.Drills;

/// <summary>The drills of this process, one at a time, and what is heard of one from the parts that it goes through.</summary>
sealed partial class Drills(DrillPath path, TimeProvider time, ILogger<Drills> logger) : IAsyncDisposable
{
    readonly CancellationTokenSource stopping = new();
    readonly Lock guard = new();
    readonly Dictionary<(long Delivery, string Destination), Outcome> outcomes = [];
    readonly Dictionary<long, DateTimeOffset> stored = [];
    Task running = Task.CompletedTask;
    int? refused;

    /// <summary>Files that hold the tokens of the role alertmanager, for whoever has to compare them.</summary>
    public IReadOnlyList<string> TokenFiles { get; set; } = [];

    /// <summary>The last one, which may go on; null before the first.</summary>
    public DrillReport? Newest { get; private set; }

    /// <summary>Wakes whoever waits for something to happen.</summary>
    public Alarm News { get; } = new(time);

    /// <summary>What the last webhook that was not taken was answered since the drill began; null for none.</summary>
    public int? Refused
    {
        get
        {
            lock (guard)
                return refused;
        }
    }

    /// <summary>Begins one, which then goes on by itself, whoever looks on.</summary>
    /// <returns>Null while another goes on.</returns>
    public DrillReport? Begin(Who who, string note = "")
    {
        lock (guard)
        {
            if (!running.IsCompleted || stopping.IsCancellationRequested)
                return null;
            (refused, Newest) = (null, new DrillReport(who, time.GetUtcNow()));
            outcomes.Clear();
            stored.Clear();
            var run = new DrillRun(path, this, Drill.Begin(path.Site, who.Name, note, Newest.StartedAt), Newest, time);
            running = RunAsync(run, Newest);
            return Newest;
        }
    }

    /// <summary>An incident has changed, and that is on the disk.</summary>
    public void Changed(long incident)
    {
        lock (guard)
        {
            if (running.IsCompleted)
                return;
            stored.TryAdd(incident, time.GetUtcNow());
        }
        News.Wake();
    }

    /// <summary>When an incident was first on the disk since the drill began; null where it wasn't.</summary>
    public DateTimeOffset? StoredAt(long incident)
    {
        lock (guard)
            return stored.TryGetValue(incident, out var at) ? at : null;
    }

    /// <summary>A webhook was not taken.</summary>
    public void Failed(int status)
    {
        lock (guard)
            refused = status;
        News.Wake();
    }

    /// <summary>A destination was told something, or was to be.</summary>
    public void Attempted(OutboxRow row, Outcome outcome)
    {
        lock (guard)
        {
            // There is nothing to remember while nobody asks.
            if (running.IsCompleted)
                return;
            outcomes[(row.Id, row.Destination)] = outcome;
        }
        News.Wake();
    }

    /// <summary>What the last attempt at a delivery came to; null before the first.</summary>
    public Outcome? OutcomeOf(Told told)
    {
        lock (guard)
            return outcomes.GetValueOrDefault((told.Id, told.Destination));
    }

    /// <summary>Ends the one that goes on, which would otherwise keep the service from stopping.</summary>
    public void Stop() => stopping.Cancel();

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
        News.Dispose();
        stopping.Dispose();
    }

    async Task RunAsync(DrillRun run, DrillReport report)
    {
        // Whoever begins it holds the guard.
        await Task.Yield();
        Log.Begun(logger, report.Who.Name, report.Who.Source);
        await run.RunAsync(stopping.Token);
        foreach (var step in report.Steps.Where(s => !s.Ok))
            Log.Failed(logger, step.Name, step.What);
        Log.Ended(logger, report.Incident ?? "none", report.Failures, report.Steps.Count);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "A drill of the alerting path begins, by {Who} ({Source})")]
        public static partial void Begun(ILogger logger, string who, Source source);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The drill fails at \"{Step}\": {What}")]
        public static partial void Failed(ILogger logger, string step, string what);

        [LoggerMessage(Level = LogLevel.Information, Message = "The drill is over (incident {Incident}): {Failures} of {Steps} step(s) failed")]
        public static partial void Ended(ILogger logger, string incident, int failures, int steps);
    }
}
