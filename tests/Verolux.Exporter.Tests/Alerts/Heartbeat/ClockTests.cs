using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Heartbeat;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Heartbeat;

[CancelAfter(60_000)]
public class ClockTests
{
    const string Prometheus = "verolux_prometheus_clock_skew_seconds{site=\"north\"}";

    Lines log = null!;
    ILoggerFactory logs = null!;
    Series series = null!;

    [SetUp]
    public void Start()
    {
        (log, series) = (new Lines(), new Series("north"));
        logs = LoggerFactory.Create(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace));
    }

    [TearDown]
    public void Stop()
    {
        series.Dispose();
        logs.Dispose();
    }

    [Test]
    public async Task The_real_Prometheus_clock_is_compared_with_ours([Values] Versions versions, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var prometheus = await PrometheusServer.StartAsync(folder.Write("prometheus.yml", "global: {}\n"), folder.Path, FreePort.Next(), [], cancellationToken, versions);
        using var loop = Loop($"{prometheus.Url}/", new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(-10)));
        await loop.CompareAsync(cancellationToken);
        Assert.That(await SkewAsync(), Is.EqualTo(600).Within(60));
        Assert.That(log.All, Is.Empty);
    }

    [Test]
    public async Task It_is_compared_at_once_and_then_every_minute(CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider(Workbench.Now);
        var answer = Dated(-90);
        await using var server = ScriptedServer.Http(_ => answer);
        using var stop = new CancellationTokenSource();
        using var loop = Loop($"http://127.0.0.1:{server.Port}/", time);
        var running = loop.RunAsync(stop.Token);
        await Eventually.FoundAsync("the skew", async () => await SkewAsync() is -90 ? this : null, cancellationToken);
        answer = Dated(3660);
        time.Advance(ClockLoop.Period);
        await Eventually.FoundAsync("the next one", async () => await SkewAsync() is 3600 ? this : null, cancellationToken);
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task It_is_absent_where_it_is_not_known(CancellationToken cancellationToken)
    {
        var (answer, paths) = (Dated(5), new List<string>());
        var server = ScriptedServer.Http(path =>
        {
            paths.Add(path);
            return answer;
        });
        using var loop = Loop($"http://127.0.0.1:{server.Port}/prom/", new FakeTimeProvider(Workbench.Now));
        await ComparedAsync(5);
        answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
        await ComparedAsync(null);
        await ComparedAsync(null);
        answer = Dated(6);
        await ComparedAsync(6);
        answer = "HTTP/1.1 302 Found\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\nLocation: /login\r\nConnection: close\r\n\r\n";
        await ComparedAsync(null);
        answer = Dated(7);
        await ComparedAsync(7);
        await server.DisposeAsync();
        await ComparedAsync(null);
        Assert.That(paths, Has.Count.EqualTo(6).And.All.EqualTo("/prom/-/healthy"));
        Assert.That(log.Warnings, Is.EqualTo(((string[])["its answer bears no date", "-/healthy is answered 302", "ConnectionError"])
            .Select(why => $"The clock of alerts.prometheus_url can't be compared with ours ({why}); it is tried again every minute ")));

        async Task ComparedAsync(double? skew)
        {
            await loop.CompareAsync(cancellationToken);
            Assert.That(await SkewAsync(), Is.EqualTo(skew));
        }
    }

    [Test]
    public async Task What_an_Alertmanager_said_is_published()
    {
        const string Label = "{alertmanager=\"main\",site=\"north\"}";
        var metrics = new ReceiverMetrics(series.Own, series.Registry);
        SeenWatchdog Watchdog(int minute) => new(new Dictionary<string, string>(), Workbench.Now, Workbench.Now.AddMinutes(minute), Workbench.Now.AddHours(1));
        var view = new View("main", Workbench.Now, null, Workbench.Now, new Dictionary<string, SeenAlert>(), new Dictionary<string, Silence>(), [Watchdog(2), Watchdog(1)]);
        metrics.Looked(view with { Skew = TimeSpan.FromSeconds(-2.5) });
        var page = await Exposition.OfAsync(series);
        Assert.That(
            (page[$"verolux_alertmanager_up{Label}"], page[$"verolux_alertmanager_clock_skew_seconds{Label}"], page[$"verolux_alertmanager_watchdog_timestamp_seconds{Label}"]),
            Is.EqualTo(((double?)1, (double?)-2.5, (double?)Workbench.Now.AddMinutes(2).ToUnixTimeSeconds())));
        metrics.Looked(View.Failed("main", Workbench.Now, "it is away"));
        page = await Exposition.OfAsync(series);
        Assert.That(
            (page[$"verolux_alertmanager_up{Label}"], page[$"verolux_alertmanager_clock_skew_seconds{Label}"], page[$"verolux_alertmanager_watchdog_timestamp_seconds{Label}"]),
            Is.EqualTo(((double?)0, (double?)null, (double?)Workbench.Now.AddMinutes(2).ToUnixTimeSeconds())), "when it last fired stays known");
    }

    static string Dated(int seconds) => $"HTTP/1.1 200 OK\r\nDate: {Workbench.Now.AddSeconds(seconds):R}\r\nConnection: close\r\n\r\n";

    async Task<double?> SkewAsync() => (await Exposition.OfAsync(series))[Prometheus];

    ClockLoop Loop(string url, TimeProvider time) => new(new Uri(url), new ReceiverMetrics(series.Own, series.Registry), time, logs.CreateLogger<ClockLoop>());
}
