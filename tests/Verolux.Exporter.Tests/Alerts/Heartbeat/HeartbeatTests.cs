using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Heartbeat;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Heartbeat;

[CancelAfter(60_000)]
public class HeartbeatTests
{
    const string Token = "s3cret-0f5c";
    const string Metric = "verolux_heartbeat_last_success_timestamp_seconds{site=\"north\"}";

    FakeTimeProvider time = null!;
    TemporaryFolder folder = null!;
    Lines log = null!;
    ILoggerFactory logs = null!;
    Series series = null!;
    ScriptedServer server = null!;
    Journal<string> calls = null!;
    string status = null!;
    Func<Task<bool>> isWritable = null!;
    TimeSpan? watchdogAge;
    TimeSpan? criticalAge;

    [SetUp]
    public void Start()
    {
        time = new FakeTimeProvider(Workbench.Now);
        (folder, log, series, calls) = (new TemporaryFolder(), new Lines(), new Series("north"), new Journal<string>());
        logs = LoggerFactory.Create(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace));
        (status, isWritable, watchdogAge, criticalAge) = ("200 OK", () => Task.FromResult(true), TimeSpan.FromSeconds(90), TimeSpan.FromMinutes(3));
        server = ScriptedServer.Http(path =>
        {
            calls.Add(path);
            return $"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        });
        folder.Write("url", $"http://127.0.0.1:{server.Port}/ping/{Token}\n");
    }

    [TearDown]
    public async Task Stop()
    {
        Assert.That(log.All.Select(l => l.Text), Has.None.Contains(Token).And.None.Contains($"{server.Port}"));
        await server.DisposeAsync();
        series.Dispose();
        logs.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task It_calls_once_a_minute(CancellationToken cancellationToken)
    {
        using var stop = new CancellationTokenSource();
        using var loop = Loop();
        var running = loop.RunAsync(stop.Token);
        Assert.That(await SentAsync(), Is.Null);
        for (var minute = 1; minute <= 3; minute++)
        {
            Assert.That(calls.Items, Has.Count.EqualTo(minute - 1));
            time.Advance(HeartbeatLoop.Period);
            await Eventually.FoundAsync("the heartbeat", async () => await SentAsync() == time.GetUtcNow() ? this : null, cancellationToken);
        }
        Assert.That(calls.Items, Is.EqualTo(Enumerable.Repeat($"/ping/{Token}", 3)));
        Assert.That(log.All, Is.Empty);
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase("store", "the store takes no writes")]
    [TestCase("watchdog", "no Watchdog has arrived for more than 90 s")]
    [TestCase("no watchdog", "no Watchdog has arrived for more than 90 s")]
    [TestCase("watchdog of a time to come", "no Watchdog has arrived for more than 90 s")]
    [TestCase("page", "a critical page has been waiting for more than 3 minutes")]
    public async Task Whatever_keeps_an_alert_from_getting_through_stops_it_until_it_is_over(string cause, string why)
    {
        using var loop = Loop();
        await loop.BeatAsync(CancellationToken.None);
        Assert.That(calls.Items, Has.Count.EqualTo(1));
        switch (cause)
        {
            case "store":
                isWritable = () => Task.FromResult(false);
                break;
            case "watchdog":
                watchdogAge = TimeSpan.FromSeconds(91);
                break;
            case "watchdog of a time to come":
                watchdogAge = TimeSpan.FromSeconds(-91);
                break;
            case "no watchdog":
                watchdogAge = null;
                break;
            case "page":
                criticalAge = TimeSpan.FromSeconds(181);
                break;
        }
        time.Advance(HeartbeatLoop.Period);
        await loop.BeatAsync(CancellationToken.None);
        await loop.BeatAsync(CancellationToken.None);
        Assert.That(calls.Items, Has.Count.EqualTo(1));
        Assert.That(await SentAsync(), Is.EqualTo(Workbench.Now));
        (isWritable, watchdogAge, criticalAge) = (() => Task.FromResult(true), TimeSpan.Zero, null);
        await loop.BeatAsync(CancellationToken.None);
        await loop.BeatAsync(CancellationToken.None);
        Assert.That(calls.Items, Has.Count.EqualTo(3));
        Assert.That(await SentAsync(), Is.EqualTo(Workbench.Now + HeartbeatLoop.Period));
        Assert.That(log.All, Is.EqualTo([
            (LogLevel.Warning, $"The heartbeat stays silent, so that whoever listens for it is alarmed: {why} "),
            (LogLevel.Information, "The heartbeat goes on "),
        ]));
    }

    [Test]
    public async Task A_store_that_answers_nothing_takes_no_writes()
    {
        using var loop = Loop();
        isWritable = () => new TaskCompletionSource<bool>().Task;
        var beating = loop.BeatAsync(CancellationToken.None);
        time.Advance(Wire.Timeout);
        await beating;
        Assert.That(log.Warnings.Single(), Does.EndWith(": the store takes no writes "));
        Assert.That(calls.Items, Is.Empty);
    }

    [TestCase("404 Gone", "it is answered 404")]
    [TestCase("302 Found\r\nLocation: /s3cret-0f5c", "it is answered 302, a redirect, which is not followed")]
    public async Task One_that_does_not_get_through_is_told_once_until_it_does(string refusal, string why)
    {
        using var loop = Loop();
        status = refusal;
        for (var i = 0; i < 3; i++)
            await loop.BeatAsync(CancellationToken.None);
        Assert.That((calls.Items.Count, await SentAsync()), Is.EqualTo((3, (DateTimeOffset?)null)));
        status = "204 No Content";
        for (var i = 0; i < 2; i++)
            await loop.BeatAsync(CancellationToken.None);
        Assert.That(await SentAsync(), Is.EqualTo(Workbench.Now));
        Assert.That(log.All, Is.EqualTo([
            (LogLevel.Warning, $"The heartbeat doesn't get through ({why}); it is sent again every minute "),
            (LogLevel.Information, "The heartbeat gets through again "),
        ]));
    }

    [TestCase("http://127.0.0.1:PORT/", "ConnectionError")]
    [TestCase("ftp://s3cret-0f5c", "heartbeat_url_file: holds no http(s) address")]
    [TestCase("s3cret-0f5c", "heartbeat_url_file: holds no http(s) address")]
    [TestCase("http://h/s3cret-0f5c\nhttp://h/", "heartbeat_url_file: holds no http(s) address")]
    [TestCase("http://s3cret-0f5c.invalid/", "NameResolutionError")]
    [TestCase("", "heartbeat_url_file: file FILE is empty")]
    public async Task An_address_that_leads_nowhere_is_told_without_it(string address, string why)
    {
        folder.Write("url", address.Replace("PORT", FreePort.Next().ToString(CultureInfo.InvariantCulture)));
        using var loop = Loop();
        await loop.BeatAsync(CancellationToken.None);
        Assert.That(log.Warnings, Is.EqualTo([$"The heartbeat doesn't get through ({why.Replace("FILE", folder["url"])}); it is sent again every minute "]));
    }

    [Test]
    public async Task A_service_that_is_not_trusted_is_told_without_its_name()
    {
        await using var stranger = await ChangingCertificate.StartAsync(_ => Task.CompletedTask);
        folder.Write("url", $"{stranger.Url.Replace("127.0.0.1", "localhost")}/{Token}");
        using var loop = Loop();
        await loop.BeatAsync(CancellationToken.None);
        Assert.That(log.Warnings, Is.EqualTo(["The heartbeat doesn't get through (SecureConnectionError: the server's certificate is not for its host); it is sent again every minute "]));
    }

    [Test]
    public async Task A_service_that_does_not_answer_is_given_up_after_ten_seconds()
    {
        var asked = new TaskCompletionSource();
        await using var silent = new ScriptedServer(async (stream, stop) =>
        {
            asked.TrySetResult();
            await ScriptedServer.UntilClosedAsync(stream, stop);
        });
        folder.Write("url", $"http://127.0.0.1:{silent.Port}/{Token}");
        using var loop = Loop();
        var beating = loop.BeatAsync(CancellationToken.None);
        await asked.Task;
        Assert.That(beating.IsCompleted, Is.False);
        time.Advance(Wire.Timeout);
        await beating;
        Assert.That(log.Warnings, Is.EqualTo(["The heartbeat doesn't get through (no answer within 10 s); it is sent again every minute "]));
    }

    [Test]
    public async Task The_receiver_calls_once_its_Watchdog_has_arrived(CancellationToken cancellationToken)
    {
        await using var exporter = await RunningExporter.StartAsync(folder, time, alerts: $"heartbeat_url_file: {folder["url"]}");
        Assert.That(await exporter.PostAsync(Bodies.Of(Bodies.Alert("""{"alertname":"Watchdog"}""")), "/api/v1/alertmanager/watchdog"), Is.EqualTo((200, """{"watchdog":"seen"}""")));
        time.Advance(HeartbeatLoop.Period);
        await calls.FirstAsync(_ => true, cancellationToken);
        var value = await Eventually.FoundAsync("the metric", () => exporter.MetricAsync("verolux_heartbeat_last_success_timestamp_seconds"), cancellationToken);
        Assert.That(value, Is.EqualTo($"{Workbench.Now.AddMinutes(1).ToUnixTimeSeconds()}"));
    }

    async Task<DateTimeOffset?> SentAsync() => (await Exposition.OfAsync(series))[Metric] is { } at ? DateTimeOffset.FromUnixTimeSeconds((long)at) : null;

    HeartbeatLoop Loop() => new(
        Secret.FromFile(folder["url"]), () => isWritable(), () => time.GetUtcNow() - watchdogAge, () => time.GetUtcNow() - criticalAge,
        new ReceiverMetrics(series.Own, series.Registry), time, logs.CreateLogger<HeartbeatLoop>());
}
