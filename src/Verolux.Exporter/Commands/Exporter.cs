using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.ResponseCompression;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Api;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Backend;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Gpu;
using Verolux.Exporter.Pages;
using Verolux.Exporter.Redis;
using Verolux.Exporter.Postgres;
using Verolux.Exporter.RabbitMq;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Security;
using Verolux.Exporter.Storage;

namespace Verolux.Exporter.Commands;

/// <summary>The service, assembled: the one place that knows every folder.</summary>
sealed partial class Exporter : IAsyncDisposable
{
    readonly WebApplication app;
    readonly Series series;
    readonly CollectorLoop loop;
    readonly Triage triage;
    readonly Receiver receiver;
    readonly Destinations destinations;
    readonly ExporterMetrics metrics;
    readonly Series.Publication stated;
    readonly Ffmpeg ffmpeg;
    readonly Nvml nvml = new();
    readonly IReadOnlyList<ICollector> more;
    readonly TimeProvider time;
    readonly SemaphoreSlim reloading = new(1, 1);
    PosixSignalRegistration? hangup;
    ExporterOptions options;
    bool ready;

    /// <exception cref="StoreException">The store can't be opened.</exception>
    public Exporter(ExporterOptions options, TimeProvider time, params IReadOnlyList<ICollector> more)
    {
        (this.options, this.time, this.more) = (options, time, more);
        app = Build(options);
        var logs = app.Services.GetRequiredService<ILoggerFactory>();
        series = new Series(options.Site);
        metrics = new ExporterMetrics(series);
        stated = series.Open();
        ffmpeg = new Ffmpeg(time);
        loop = new CollectorLoop(series, metrics, time, logs.CreateLogger<CollectorLoop>(), app.Lifetime);
        triage = new Triage(loop, time, logs.CreateLogger<Triage>());
        var receiverMetrics = new ReceiverMetrics(series.Own, series.Registry);
        destinations = new Destinations(options.Alerts.Destinations, time);
        receiver = new Receiver(
            options.Alerts, options.Site, options.PublicUrl, new ResponsePlan(Runbooks, options.PublicUrl), () => Runbooks().Policy, triage, destinations.All,
            Store.Open(options.Alerts.Store, receiverMetrics.Committed, time), receiverMetrics, time, logs);
        Map(new ScrapeEndpoint(series, metrics));
        metrics.ConfigurationRead(time.GetUtcNow());
    }

    /// <summary>Where it listens, once started.</summary>
    public string Url => app.Urls.First();

    /// <summary>Everything that looks.</summary>
    public IReadOnlyList<ICollector> Collectors { get; private set; } = [];

    /// <summary>Hears of its readiness, reloads and end.</summary>
    public Supervisor Supervisor { get; init; } = Supervisor.None;

    /// <summary>Every watch in operation.</summary>
    public IReadOnlyCollection<Watched> Watches => loop.Watches;

    /// <summary>Restores what was open, listens, and begins to look and to deliver.</summary>
    public async Task StartAsync()
    {
        await receiver.RestoreAsync();
        await StateAsync();
        await app.StartAsync();
        await WatchAsync();
        // Before anybody is told that it listens: a signal that nobody has asked for ends the process.
        hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            _ = ReloadAsync();
        });
        ready = true;
        Supervisor.Ready(Status);
    }

    /// <summary>
    /// Reads the configuration, its files and the runbooks again, and goes on with them as a whole; with any mistake in them, as before. Targets that are
    /// configured as before are not disturbed.
    /// </summary>
    /// <returns>The mistakes.</returns>
    public async Task<IReadOnlyList<Problem>> ReloadAsync()
    {
        await reloading.WaitAsync();
        var status = "keeps its configuration, for what was read last has mistakes";
        try
        {
            Supervisor.Reloading();
            // On the pool: ten thousand cameras take a moment, and whoever asked may be a signal's only thread.
            var fresh = await Task.Run(() => options.Again(time));
            if (fresh.Problems.Count > 0)
            {
                metrics.ConfigurationRefused();
                foreach (var problem in fresh.Problems)
                    Log.Refused(app.Logger, problem.ToString());
                return fresh.Problems;
            }
            options = fresh;
            await StateAsync();
            await WatchAsync();
            metrics.ConfigurationRead(time.GetUtcNow());
            Log.Reloaded(app.Logger, loop.Watches.Count);
            status = Status;
            return [];
        }
        finally
        {
            Supervisor.Ready(status);
            reloading.Release();
        }
    }

    /// <summary>Runs until it is told to stop.</summary>
    /// <returns>Whether it stopped because it was told to, and not by a fault.</returns>
    public async Task<bool> RunAsync()
    {
        using var delivering = new CancellationTokenSource();
        using var stopping = app.Lifetime.ApplicationStopping.Register(Supervisor.Stopping);
        var deliveries = receiver.RunAsync(delivering.Token);
        var told = app.WaitForShutdownAsync();
        if (await Task.WhenAny(told, deliveries) == deliveries)
        {
            Log.Fault(app.Logger, deliveries.Exception?.InnerException);
            await app.StopAsync();
        }
        ready = false;
        await delivering.CancelAsync();
        await deliveries.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !deliveries.IsFaulted && Environment.ExitCode == 0;
    }

    /// <summary>Asks it to stop, which <see cref="RunAsync"/> then does.</summary>
    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        hangup?.Dispose();
        await app.DisposeAsync();
        await loop.DisposeAsync();
        await receiver.DisposeAsync();
        destinations.Dispose();
        ffmpeg.Dispose();
        reloading.Dispose();
        series.Dispose();
    }

    string Status => $"{loop.Watches.Count} watches, {Url}";

    Catalogue Runbooks() => options.Catalogue;

    /// <summary>Publishes what the runbooks state, and says what is wrong with them and with the secrets that pages need: before the night in which one is due.</summary>
    async Task StateAsync()
    {
        await stated.ReplaceAsync(RunbookSeries.Of(options));
        foreach (var problem in options.Catalogue.Problems)
            Log.Runbook(app.Logger, problem.ToString());
        foreach (var problem in options.Alerts.Problems())
            Log.Secret(app.Logger, problem.ToString());
    }

    /// <summary>Looks at what is configured.</summary>
    async Task WatchAsync()
    {
        Collectors =
        [
            new StorageCollector(options.Storage, time),
            new CamerasCollector(options.Cameras, time, ffmpeg),
            new BackendCollector(options.Backend, time, (site, camera) => options.ExpectedFps(site, camera)),
            new GpuCollector(options.Gpu, nvml),
            new RedisCollector(options.Redis),
            new PostgresCollector(options.Postgres, time),
            new RabbitMqCollector(options.RabbitMq),
            .. more,
        ];
        var scenarios = options.Catalogue.Runbooks.SelectMany(r => r.Scenarios).ToList();
        loop.Remembers = Collectors.SelectMany(c => c.Families).Where(f => scenarios.Exists(s => s.When?.NamesRise(f.Name) == true)).ToHashSet().Contains;
        await loop.ApplyAsync(Collectors);
    }

    static WebApplication Build(ExporterOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning)
            // What keeps it from starting is thrown, and told by whoever starts it.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Listen.Address, options.Listen.Port, options.Access.Web.Apply);
        });
        // A caller that never finishes must not use up the ten seconds that a container is given to stop.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.Providers.Add<GzipCompressionProvider>();
            // Not JSON: Alertmanager asks for it with every webhook, and its answer is small and in a hurry.
            compression.MimeTypes = ["text/plain", "application/openmetrics-text", "text/html", "text/css"];
        });
        builder.Services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Fastest);
        return builder.Build();
    }

    void Map(ScrapeEndpoint scrape)
    {
        app.UseSecurityHeaders(options.Access);
        app.UseOwnHosts(options.Access, options.PublicUrl);
        app.UseRouting();
        app.Use(receiver.Intake.WatchRefusals);
        app.UseAccess(options.Access);
        app.UseResponseCompression();
        app.MapGet("/metrics", scrape.ServeAsync).RequireRole(Role.Scrape);
        app.MapGet("/probe", new ProbeEndpoint(loop, Runbooks, options.PublicUrl, triage).ServeAsync).RequireRole(Role.Scrape);
        app.Map("/api/v1/alertmanager", receiver.Intake.ServeAlertsAsync).RequireRole(Role.Alertmanager);
        app.Map("/api/v1/alertmanager/watchdog", receiver.Intake.ServeWatchdogAsync).RequireRole(Role.Alertmanager);
        // Whoever holds the signing secret may speak here.
        app.MapPost("/api/v1/pagerduty", receiver.PagerDuty.ServeAsync).ForAnyone();
        receiver.Incidents.Map(app);
        receiver.Postmortems.Map(app);
        receiver.DeadLetters.Map(app);
        receiver.Drills.TokenFiles = options.Access.FilesOf(Role.Alertmanager);
        new DrillApi(receiver.Drills).Map(app);
        app.MapPost("/-/reload", async () => await ReloadAsync() is { Count: > 0 } problems
            ? Results.Text($"The configuration is as it was, because of what was read:\n{string.Join('\n', problems)}\n", statusCode: StatusCodes.Status500InternalServerError)
            : Results.Text("reloaded\n")).RequireRole(Role.Operator);
        app.MapGet("/livez", () => Results.Text("alive\n")).ForAnyone();
        app.MapGet("/readyz", async () => !ready ? Results.Text("not ready: starting or stopping\n", statusCode: 503)
            : await receiver.IsWritableAsync() ? Results.Text("ready\n") : Results.Text("not ready: the store takes no writes\n", statusCode: 503)).ForAnyone();
        app.MapPages(Runbooks, loop, receiver, options.Site, time);
        new CameraPages(loop, Runbooks, triage, time).Map(app);
        new IncidentPages(receiver, Runbooks, triage, time).Map(app);
        new DrillPages(receiver.Drills).Map(app);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Runbooks: {Problem}")]
        public static partial void Runbook(ILogger logger, string problem);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Nothing gets through there until this is corrected: {Problem}")]
        public static partial void Secret(ILogger logger, string problem);

        [LoggerMessage(Level = LogLevel.Error, Message = "The configuration is not reloaded: {Problem}")]
        public static partial void Refused(ILogger logger, string problem);

        [LoggerMessage(Level = LogLevel.Information, Message = "The configuration is reloaded, {Watches} watches")]
        public static partial void Reloaded(ILogger logger, int watches);

        [LoggerMessage(Level = LogLevel.Critical, Message = "Delivery has ended by a fault, so the exporter ends: what is pending is on the disk and goes out after the next start")]
        public static partial void Fault(ILogger logger, Exception? error);
    }
}
