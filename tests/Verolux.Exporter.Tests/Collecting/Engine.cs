using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Collecting;

/// <summary>The whole engine, with a clock that a test moves.</summary>
sealed class Engine : IHostApplicationLifetime, IAsyncDisposable
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    readonly LoggerFactory logs;
    readonly TaskCompletionSource stopped = new();

    public Engine(TimeProvider? time = null)
    {
        logs = new LoggerFactory([Log]);
        Loop = new CollectorLoop(Series, new ExporterMetrics(Series), time ?? Time, logs.CreateLogger<CollectorLoop>(), this);
    }

    public Clock Time { get; } = new();

    public Series Series { get; } = new("north");

    public Lines Log { get; } = new();

    public CollectorLoop Loop { get; }

    /// <summary>Completes when the engine has asked for the end of the process.</summary>
    public Task Stopped => stopped.Task.WaitAsync(Longest);

    public bool HasStopped => stopped.Task.IsCompleted;

    CancellationToken IHostApplicationLifetime.ApplicationStarted => CancellationToken.None;

    CancellationToken IHostApplicationLifetime.ApplicationStopping => CancellationToken.None;

    CancellationToken IHostApplicationLifetime.ApplicationStopped => CancellationToken.None;

    public Task ApplyAsync(params ICollector[] collectors) => Loop.ApplyAsync(collectors);

    /// <summary>Lets time pass, and waits for the turns that end by it.</summary>
    public async Task PassAsync(double seconds, int turns = 1)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        await Time.TurnsAsync(turns);
    }

    public Task<Exposition> ScrapeAsync() => Exposition.OfAsync(Series);

    /// <summary>Scrapes until a page is as wanted: for what ends on a thread that nobody can wait for.</summary>
    public async Task UntilAsync(Predicate<Exposition> wanted)
    {
        var start = Stopwatch.GetTimestamp();
        for (var page = await ScrapeAsync(); !wanted(page); page = await ScrapeAsync())
        {
            Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(Longest), page.Text);
            await Task.Yield();
        }
    }

    void IHostApplicationLifetime.StopApplication() => stopped.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await Loop.DisposeAsync();
        logs.Dispose();
    }
}
