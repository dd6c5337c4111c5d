using System.Globalization;

namespace Verolux.Exporter.Alerts.Heartbeat;

/// <summary>
/// Compares the clock of the Prometheus that evaluates the rules with ours, once a minute: when an alert started is by its clock, and until when somebody has to
/// respond is by both.
/// </summary>
/// <param name="prometheus">Ends with a slash.</param>
sealed partial class ClockLoop(Uri prometheus, ReceiverMetrics metrics, TimeProvider time, ILogger<ClockLoop> logger) : IDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    readonly Wire wire = new(null);
    bool failed;

    public void Dispose() => wire.Dispose();

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
            await CompareAsync(cancellation);
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    /// <summary>Compares once. Throws only on cancellation.</summary>
    public async Task CompareAsync(CancellationToken cancellation)
    {
        TimeSpan? skew = null;
        var asked = time.GetUtcNow();
        var why = await wire.GetAsync(new Uri(prometheus, "-/healthy"), time, (response, _) => Task.FromResult(Read(response, asked, out skew)), cancellation);
        metrics.PrometheusClock(skew);
        if (why is not null && !failed)
            Log.NotCompared(logger, why);
        failed = why is not null;
    }

    /// <returns>Null, or why it tells no time.</returns>
    string? Read(HttpResponseMessage response, DateTimeOffset asked, out TimeSpan? skew)
    {
        skew = null;
        // Who asks for a login may be another machine, with a clock of its own.
        if (!response.IsSuccessStatusCode)
            return string.Create(CultureInfo.InvariantCulture, $"-/healthy is answered {(int)response.StatusCode}");
        skew = Wire.Skew(response, asked, time.GetUtcNow());
        return skew is null ? "its answer bears no date" : null;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The clock of alerts.prometheus_url can't be compared with ours ({Why}); it is tried again every minute")]
        public static partial void NotCompared(ILogger logger, string why);
    }
}
