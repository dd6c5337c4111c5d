using System.Globalization;

namespace Verolux.Exporter.Collecting;

/// <summary>A watch in operation: its timer, its published series and what it saw last.</summary>
sealed partial class Watched : IAsyncDisposable
{
    /// <summary>How long an abandoned look may stay away before it is written off and counted.</summary>
    public static readonly TimeSpan WriteOffAfter = TimeSpan.FromSeconds(60);

    const int MostAbandoned = 3;

    // What a person who asks why wants to see: the failures, which a burst of good looks must not push out.
    const int GoodKept = 3;
    const int FailedKept = 10;

    /// <summary>Characters of a failure's detail in the log.</summary>
    const int LongestDetail = 500;
    readonly ICollector collector;
    readonly Health health;
    readonly string[] labels;
    readonly ExporterMetrics metrics;
    readonly TimeProvider time;
    readonly ILogger logger;
    readonly Action<Exception> fatal;
    readonly ITimer timer;
    readonly Dictionary<FailureReason, long> failures = [];
    readonly List<Sample> lasting = [];
    readonly Lock joining = new();
    Task<TimeSpan>? turn;
    Func<Task>? interrupt;
    DateTimeOffset? lastSuccess;
    long due;
    int abandoned;
    volatile bool stopped;

    public Watched(ICollector collector, Watch watch, Health health, Series series, ExporterMetrics metrics, TimeProvider time, ILogger logger, Action<Exception> fatal)
    {
        (this.collector, Watch, this.health, this.metrics, this.time, this.logger, this.fatal) = (collector, watch, health, metrics, time, logger, fatal);
        labels = health.LabelsOf(watch);
        LastHour = new LastHour(watch.Plotted);
        Publication = series.Open();
        timer = time.CreateTimer(static state => _ = ((Watched)state!).TurnAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ICollector Collector => collector;

    public string Slice => collector.Slice;

    public Watch Watch { get; }

    /// <summary>Where its series stand.</summary>
    public Series.Publication Publication { get; }

    /// <summary>The target's name, if it has one, and which of its watches this is where it has several.</summary>
    public string Name => Watch.Check is { } check ? $"{Watch.Target.Name} ({check})".TrimStart() : Watch.Target.Name;

    /// <summary>Of the families that are remembered; null where this slice has none.</summary>
    public History? History { get; set; }

    /// <summary>Whose look came upon this target; null where it is configured.</summary>
    public Watched? Finder { get; init; }

    /// <summary>Is told of the targets that a look has come upon.</summary>
    public Func<IReadOnlyList<Watch>, Task> FoundAsync { get; init; } = _ => Task.CompletedTask;

    /// <summary>How the newest look ended, or null before the first. One reference, so that who reads meanwhile never sees half of it.</summary>
    public Seen? Newest { get; private set; }

    /// <summary>How the looks of the last hour ended.</summary>
    public LastHour LastHour { get; }

    /// <summary>The last looks that have steps to tell, newest first: a few good ones, and more that failed. Replaced as a whole.</summary>
    public IReadOnlyList<Seen> Recent { get; private set; } = [];

    /// <summary>The last picture that a look brought back (JPEG); null where none did.</summary>
    public byte[]? Picture { get; private set; }

    /// <summary>Publishes what holds without a look, and looks for the first time after <paramref name="delay"/>.</summary>
    public async Task StartAsync(TimeSpan delay)
    {
        History?.Add(Watch.Constants);
        await Publication.ReplaceAsync(Watch.Constants);
        if (Watch.Interval != Watch.Never)
            Arm(delay);
    }

    /// <summary>What is published of this watch at this moment.</summary>
    public IReadOnlyList<Sample> Read() => Publication.Read();

    /// <summary>Looks at once, beside the timer; whoever asks while a look is under way gets that one.</summary>
    /// <exception cref="ObjectDisposedException">The watch was stopped before it ever saw anything.</exception>
    public async Task<Seen> LookNowAsync()
    {
        await JoinTurn();
        return Newest ?? throw new ObjectDisposedException(nameof(Watched));
    }

    /// <summary>Stops looking and withdraws the series. A look in flight is told to end, and what it says is not heard any more.</summary>
    public async ValueTask DisposeAsync()
    {
        stopped = true;
        await timer.DisposeAsync();
        await Publication.CloseAsync();
        try
        {
            // It may hold something of the target's, such as one of a camera's few sessions, that it then gives back.
            if (interrupt is { } look)
                await look();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    /// <summary>Ends when no look is under way, or at the latest when the token fires.</summary>
    public async Task EndedAsync(CancellationToken cancellation)
    {
        Task underWay;
        lock (joining)
            underWay = turn ?? Task.CompletedTask;
        await underWay.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    void Arm(TimeSpan delay)
    {
        due = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
        if (!stopped)
            timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    async Task TurnAsync()
    {
        try
        {
            var start = time.GetTimestamp();
            metrics.TurnStarted(time.GetElapsedTime(due, start));
            var pause = await JoinTurn();
            ForgetTurn();
            // The timer is armed again only now, so that a watch never has two turns at once; the cadence is kept all the same.
            var rest = (pause > Watch.Interval ? pause : Watch.Interval) - time.GetElapsedTime(start);
            Arm(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        }
        catch (Exception error)
        {
            // A watch that silently stopped looking would be worse than no exporter. One that was stopped finds what it publishes to disposed of.
            if (!stopped)
                fatal(error);
        }
    }

    Task<TimeSpan> JoinTurn()
    {
        lock (joining)
            return turn is { IsCompleted: false } underWay ? underWay : turn = LookAndReportAsync();
    }

    /// <summary>A turn that is over is nobody's to join, and ten thousand of them are megabytes.</summary>
    void ForgetTurn()
    {
        lock (joining)
            turn = turn is { IsCompleted: true } ? null : turn;
    }

    /// <returns>How long the target wants to be left alone.</returns>
    async Task<TimeSpan> LookAndReportAsync()
    {
        var start = time.GetTimestamp();
        var look = await LookAsync();
        if (!stopped)
            await ReportAsync(look, time.GetElapsedTime(start));
        return look.Rest;
    }

    async Task<Look> LookAsync()
    {
        if (abandoned >= (Watch.Interruptible ? MostAbandoned : 1))
            return Watch.Overran(string.Create(CultureInfo.InvariantCulture, $"{abandoned} earlier look(s) still hang, so no new one is started"));
        var cancellation = new CancellationTokenSource();
        interrupt = cancellation.CancelAsync;
        metrics.LookStarted();
        // On the pool, because a client library that blocks before its first await would otherwise never reach the deadline below.
        var look = Task.Run(() => Watch.LookAsync(cancellation.Token));
        try
        {
            return Checked(await look.WaitAsync(Watch.Timeout, time));
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            return Watch.Overran($"no answer within {Watch.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (Exception error)
        {
            // Not the message: a client library may have put a password into it.
            var fault = Look.Failed(FailureReason.Internal, $"the exporter itself failed with {error.GetType().Name}; its log has the trace");
            if (Newest?.Failure != fault.Failure)
                Log.Fault(logger, Slice, Watch.Target.Name, error.GetType().FullName, error.StackTrace);
            return fault;
        }
        finally
        {
            if (look.IsCompleted)
                End(look, cancellation);
            else
                Abandon(look, cancellation);
        }
    }

    Look Checked(Look look) => look.Failure is not { } failure || collector.Reasons.Contains(failure.Reason) || FailureReason.OfEverySlice.Contains(failure.Reason)
        ? look
        : throw new InvalidOperationException($"{Slice} gave the reason {failure.Reason}, which it has not declared");

    void Abandon(Task<Look> look, CancellationTokenSource cancellation)
    {
        Interlocked.Increment(ref abandoned);
        _ = cancellation.CancelAsync();
        var writeOff = time.CreateTimer(static state => ((ExporterMetrics)state!).LookWrittenOff(), metrics, WriteOffAfter, Timeout.InfiniteTimeSpan);
        _ = look.ContinueWith(
            ended =>
            {
                writeOff.Dispose();
                Interlocked.Decrement(ref abandoned);
                End(ended, cancellation);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    void End(Task look, CancellationTokenSource cancellation)
    {
        interrupt = null;
        _ = look.Exception;
        metrics.LookEnded();
        cancellation.Dispose();
    }

    async Task ReportAsync(Look look, TimeSpan took)
    {
        LogChange(Newest, look.Failure);
        Newest = new Seen(look.Failure, time.GetUtcNow(), took, look.Steps);
        LastHour.Add(Newest.At, look.Failure is null, look.Samples);
        Picture = look.Picture ?? Picture;
        if (look.Steps.Count > 0 || look.Failure is not null)
            Recent = Kept([Newest, .. Recent]);
        if (look.Failure is { } failure)
            failures[failure.Reason] = failures.GetValueOrDefault(failure.Reason) + 1;
        else
            lastSuccess = time.GetUtcNow();
        var samples = new List<Sample>(look.Samples.Count + Watch.Constants.Count + lasting.Count + 6);
        samples.AddRange(look.Samples);
        if (look.IsWhole)
            lasting.Clear();
        AddLasting(samples, look.Samples);
        AddHealth(samples, look.Failure, took);
        History?.Add(samples);
        await Publication.ReplaceAsync(samples);
        if (look.Found.Count > 0)
            await FoundAsync(look.Found);
    }

    static List<Seen> Kept(IEnumerable<Seen> newestFirst)
    {
        var (good, failed) = (0, 0);
        return [.. newestFirst.Where(s => s.Failure is null ? ++good <= GoodKept : ++failed <= FailedKept)];
    }

    /// <summary>Counters, last events and settings outlive a look that does not mention them, unless it says that it is whole; constants give way to a sample of the same series.</summary>
    void AddLasting(List<Sample> samples, IReadOnlyList<Sample> fresh)
    {
        // Not a number says nothing, and so takes nothing away either.
        static bool Holds(IReadOnlyList<Sample> some, Sample one)
        {
            for (var i = 0; i < some.Count; i++)
            {
                if (some[i].Family == one.Family && !double.IsNaN(some[i].Value) && some[i].Labels.AsSpan().SequenceEqual(one.Labels))
                    return true;
            }
            return false;
        }
        // In place, since a list for each look of each watch would live just long enough to grow old.
        lasting.RemoveAll(old => Holds(fresh, old));
        foreach (var constant in Watch.Constants)
        {
            if (!Holds(fresh, constant) && !Holds(lasting, constant))
                samples.Add(constant);
        }
        samples.AddRange(lasting);
        for (var i = 0; i < fresh.Count; i++)
        {
            if (fresh[i].Family.Kind != FamilyKind.Gauge && !double.IsNaN(fresh[i].Value))
                lasting.Add(fresh[i]);
        }
    }

    void AddHealth(List<Sample> samples, Failure? failure, TimeSpan took)
    {
        samples.Add(new Sample(health.Duration, labels, took.TotalSeconds));
        if (lastSuccess is { } success)
            samples.Add(new Sample(health.LastSuccess, labels, success.ToUnixTimeMilliseconds() / 1000.0));
        foreach (var (reason, count) in failures)
            samples.Add(new Sample(health.Failures, [.. labels, reason.Name], count));
        samples.AddRange(health.Of(Watch, failure));
    }

    void LogChange(Seen? before, Failure? now)
    {
        if (now is not null && now.Reason != before?.Failure?.Reason)
            Log.Down(logger, Slice, Name, now.Reason.Name, Printable.Line(now.Detail.Length > LongestDetail ? now.Detail[..LongestDetail] : now.Detail));
        else if (now is null && before is { Failure: not null })
            Log.Up(logger, Slice, Name);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Slice} {Target} is down: {Reason} ({Detail})")]
        public static partial void Down(ILogger logger, string slice, string target, string reason, string detail);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Slice} {Target} is up again")]
        public static partial void Up(ILogger logger, string slice, string target);

        [LoggerMessage(Level = LogLevel.Error, Message = "A look at {Slice} {Target} failed by a fault of the exporter: {Exception}\n{Trace}")]
        public static partial void Fault(ILogger logger, string slice, string target, string? exception, string? trace);
    }
}
