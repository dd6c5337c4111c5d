using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Intake;

[CancelAfter(60_000)]
public class WatchdogTests
{
    const string Path = "/api/v1/alertmanager/watchdog";
    const string Metric = "verolux_watchdog_last_seen_timestamp_seconds";
    const string Labels = """{"alertname":"Watchdog","severity":"none"}""";

    TemporaryFolder folder = null!;
    FakeTimeProvider time = null!;
    RunningExporter exporter = null!;

    [SetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        time = new FakeTimeProvider(Workbench.Now);
        exporter = await RunningExporter.StartAsync(folder, time);
    }

    [TearDown]
    public async Task Stop()
    {
        await exporter.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task A_firing_watchdog_is_remembered_across_a_restart()
    {
        Assert.That(await exporter.MetricAsync(Metric), Is.Null, "absent before the first");
        Assert.That(await exporter.PostAsync(Bodies.Of(Bodies.Alert(Labels)), Path), Is.EqualTo((200, """{"watchdog":"seen"}""")));
        Assert.That(await exporter.MetricAsync(Metric), Is.EqualTo($"{Workbench.Now.ToUnixTimeSeconds()}"));
        time.Advance(TimeSpan.FromSeconds(60));
        await exporter.PostAsync(Bodies.Of(Bodies.Alert(Labels)), Path);
        Assert.That(exporter.Rows("SELECT alertmanager, last_seen FROM watchdogs"), Is.EqualTo([$"http://am:9093|{Workbench.Now.AddSeconds(60).ToUnixTimeMilliseconds()}"]));
        await exporter.DisposeAsync();
        exporter = await RunningExporter.StartAsync(folder, time);
        Assert.That(await exporter.MetricAsync(Metric), Is.EqualTo($"{Workbench.Now.AddSeconds(60).ToUnixTimeSeconds()}"));
        Assert.That(exporter.Rows("SELECT 1 FROM incidents"), Is.Empty, "it is no incident");
    }

    [TestCase("[]")]
    [TestCase("RESOLVED")]
    public async Task What_does_not_fire_proves_nothing(string alerts)
    {
        var body = alerts == "[]" ? Bodies.Of() : Bodies.Of(Bodies.Resolved(Labels));
        Assert.That(await exporter.PostAsync(body, Path), Is.EqualTo((200, """{"watchdog":"not firing"}""")));
        Assert.That(exporter.Rows("SELECT 1 FROM watchdogs"), Is.Empty);
        Assert.That(await exporter.MetricAsync(Metric), Is.Null);
    }

    [Test]
    public async Task The_number_of_Alertmanagers_is_bounded_but_known_ones_go_on()
    {
        for (var i = 0; i < 70; i++)
            await exporter.PostAsync(Bodies.Of(Bodies.Alert(Labels)).Replace("am:9093", $"am{i}:9093"), Path);
        time.Advance(TimeSpan.FromSeconds(60));
        await exporter.PostAsync(Bodies.Of(Bodies.Alert(Labels)).Replace("am:9093", "am5:9093"), Path);
        Assert.That(exporter.Rows("SELECT count(*), sum(last_seen > (SELECT min(last_seen) FROM watchdogs)) FROM watchdogs"), Is.EqualTo(["64|1"]));
    }

    [Test]
    public async Task What_is_not_understood_is_kept_here_too()
    {
        Assert.That((await exporter.PostAsync("[7]", Path)).Status, Is.EqualTo(200));
        Assert.That((await exporter.PostAsync("7]", Path)).Status, Is.EqualTo(400));
        Assert.That(exporter.Rows("SELECT raw FROM quarantine"), Is.EqualTo(["[7]"]));
        Assert.That(await exporter.MetricAsync("""verolux_webhook_requests_total{route="watchdog",code="400"}"""), Is.EqualTo("1"));
    }
}
