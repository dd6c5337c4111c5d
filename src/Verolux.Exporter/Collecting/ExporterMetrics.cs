using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Prometheus;

namespace Verolux.Exporter.Collecting;

/// <summary>What the exporter says about itself, the standard <c>process_*</c> family included.</summary>
sealed class ExporterMetrics
{
    readonly Gauge watches;
    readonly Gauge looksInFlight;
    readonly Counter looksAbandoned;
    readonly Histogram lookDelay;
    readonly Counter scrapesRejected;
    readonly Gauge reloadSuccessful;
    readonly Gauge reloaded;

    // 1 ms to 10 s: a look that starts later than its interval has missed a whole turn.
    static readonly HistogramConfiguration DelayBuckets = new() { Buckets = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    public ExporterMetrics(Series series)
    {
        var own = series.Own;
        watches = own.CreateGauge("verolux_exporter_watches", "Watches that are configured.");
        looksInFlight = own.CreateGauge("verolux_exporter_looks_in_flight", "Looks that have started and are not back, abandoned ones included.");
        looksAbandoned = own.CreateCounter("verolux_exporter_looks_abandoned_total", "Looks that overran their timeout and were not back a minute later either.");
        lookDelay = own.CreateHistogram("verolux_exporter_look_delay_seconds", "How late a look started.", DelayBuckets);
        scrapesRejected = own.CreateCounter("verolux_exporter_scrapes_rejected_total", "Scrapes answered 503 because too many were being served.");
        reloadSuccessful = own.CreateGauge("verolux_exporter_config_last_reload_successful", "Whether the configuration was good when it was last read, the start included: 1 yes, 0 no, and the one before goes on.");
        reloaded = own.CreateGauge("verolux_exporter_config_last_reload_success_timestamp_seconds", "When the configuration in use was read, Unix time.");
        own.CreateGauge("verolux_exporter_build_info", "1, with the version and the revision it was built from.", ["version", "revision"]).WithLabels(Version, Revision).Set(1);
        ProcessMetrics.AddTo(series);
    }

    public static string Version { get; } = Informational().Split('+')[0];

    /// <summary>The source revision that the build was made from; empty where it was not known.</summary>
    public static string Revision { get; } = Informational().Split('+') is [_, var revision, ..] ? revision : "";

    public void Watching(int count) => watches.Set(count);

    public void TurnStarted(TimeSpan late) => lookDelay.Observe(Math.Max(0, late.TotalSeconds));

    public void LookStarted() => looksInFlight.Inc();

    public void LookEnded() => looksInFlight.Dec();

    public void LookWrittenOff() => looksAbandoned.Inc();

    public void ScrapeRejected() => scrapesRejected.Inc();

    public void ConfigurationRead(DateTimeOffset at)
    {
        reloadSuccessful.Set(1);
        reloaded.Set(at.ToUnixTimeMilliseconds() / 1000.0);
    }

    public void ConfigurationRefused() => reloadSuccessful.Set(0);

    static string Informational() => typeof(ExporterMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The standard process metrics. prometheus-net's own adapters enumerate threads and event counters at each scrape, which costs seconds at scale.</summary>
    static class ProcessMetrics
    {
        public static void AddTo(Series series)
        {
            var own = series.Own;
            var cpu = own.CreateCounter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
            var resident = own.CreateGauge("process_resident_memory_bytes", "Resident memory size in bytes.");
            var virtualSize = own.CreateGauge("process_virtual_memory_bytes", "Virtual memory size in bytes.");
            var open = own.CreateGauge("process_open_fds", "Number of open file descriptors.");
            var most = own.CreateGauge("process_max_fds", "Maximum number of open file descriptors.");
            own.CreateGauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.").Set(StartTime());
            most.Set(OpenFilesLimit());
            series.Registry.AddBeforeCollectCallback(() =>
            {
                using var process = Process.GetCurrentProcess();
                cpu.IncTo(process.TotalProcessorTime.TotalSeconds);
                resident.Set(process.WorkingSet64);
                virtualSize.Set(process.VirtualMemorySize64);
                open.Set(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
            });
        }

        static double StartTime()
        {
            using var process = Process.GetCurrentProcess();
            return new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0;
        }

        static double OpenFilesLimit()
        {
            var line = File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal));
            var soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
            return double.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : double.PositiveInfinity;
        }
    }
}
