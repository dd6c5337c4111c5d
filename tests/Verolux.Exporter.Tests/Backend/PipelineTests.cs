using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Backend;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Backend;

/// <summary>What of the pipeline's cameras is remembered from one look to the next.</summary>
[CancelAfter(60_000)]
public class PipelineTests
{
    const string Reconnects = """verolux_pipeline_camera_reconnects_total{site="north",backend="backend",camera="gate_a1"}""";
    const string Threshold = """verolux_pipeline_camera_frames_per_second_threshold{site="north",backend="backend",camera="gate_a1"}""";
    const string Fps = """verolux_pipeline_camera_frames_per_second{site="north",backend="backend",camera="gate_a1"}""";

    SiteHost site = null!;
    Engine engine = null!;
    double? expected;

    [SetUp]
    public async Task Start()
    {
        site = await SiteHost.StartAsync();
        engine = new Engine();
        expected = null;
        site.Backend.Add("gate_a1");
        site.Backend.Add("gate_b2");
    }

    [TearDown]
    public async Task Stop()
    {
        await engine.DisposeAsync();
        await site.DisposeAsync();
    }

    [Test]
    public async Task Attempts_to_reconnect_are_summed_as_they_rise_and_start_anew()
    {
        var sums = new List<double?>();
        foreach (var attempts in new[] { 4, 6, 0, 3, 1, 1, 0 })
        {
            site.Backend.Cameras["gate_a1"].ReconnectAttempts = attempts;
            sums.Add((await NextAsync())[Reconnects]);
        }
        // The 4 were there before we were; between 3 and 1 it was back and lost again.
        Assert.That(sums, Is.EqualTo(new double?[] { 0, 2, 2, 5, 6, 6, 6 }));
    }

    [Test]
    public async Task They_are_counted_across_an_outage_of_the_back_end()
    {
        site.Backend.Cameras["gate_a1"].ReconnectAttempts = 1;
        await NextAsync();
        site.Backend.Faults(BackendSite.HealthCameras).Next(Faults.Answer(503));
        Assert.That((await NextAsync())[Reconnects], Is.Zero, "a counter that vanishes breaks increase()");
        site.Backend.Cameras["gate_a1"].ReconnectAttempts = 5;
        Assert.That((await NextAsync())[Reconnects], Is.EqualTo(4));
    }

    [Test]
    public async Task A_bad_answer_counts_for_nothing()
    {
        site.Backend.Cameras["gate_a1"].ReconnectAttempts = 1;
        await NextAsync();
        site.Backend.Faults(BackendSite.HealthCameras).Next(Faults.Answer(200, """{"cameras":{"gate_a1":{"reconnect_attempts":9},"gate_b2":7}}"""));
        await NextAsync();
        site.Backend.Cameras["gate_a1"].ReconnectAttempts = 2;
        Assert.That((await NextAsync())[Reconnects], Is.EqualTo(1));
    }

    [Test]
    public async Task A_camera_that_the_pipeline_has_no_more_takes_all_its_series_along()
    {
        Assert.That((await NextAsync()).Text, Does.Contain("gate_b2"));
        site.Backend.Cameras.TryRemove("gate_b2", out _);
        Assert.That((await NextAsync()).Text, Does.Contain("gate_a1").And.Not.Contains("gate_b2"));
    }

    [TestCase(null, 20)]
    [TestCase(30d, 20)]
    [TestCase(10d, 8)]
    public async Task A_camera_is_slow_below_the_runbook_s_number_or_four_fifths_of_its_own_rate(double? deliversFps, double threshold)
    {
        expected = deliversFps;
        Assert.That((await NextAsync())[Threshold], Is.EqualTo(threshold));
    }

    [Test]
    public async Task What_a_camera_should_deliver_may_change_while_it_is_watched()
    {
        await NextAsync();
        expected = 5;
        Assert.That((await NextAsync())[Threshold], Is.EqualTo(4));
    }

    [TestCase("refusing")]
    [TestCase("hanging")]
    public async Task Thresholds_stay_while_the_service_is_down_and_measurements_do_not(string how, CancellationToken cancellationToken)
    {
        await NextAsync();
        var asked = new Gate();
        site.Backend.Faults(BackendSite.HealthCameras).Always(how == "hanging" ? Services.HangAndTell(asked) : Faults.Answer(500));
        var waiting = NextAsync();
        if (how == "hanging")
        {
            await asked.OpenedAsync(cancellationToken);
            engine.Time.Advance(Watch.DefaultTimeout);
        }
        var page = await waiting;
        Assert.That((page[Threshold], page[Fps]), Is.EqualTo((20d, (double?)null)));
    }

    async Task<Exposition> NextAsync()
    {
        if (engine.Loop.Watches.Count == 0)
        {
            var cameras = (Services.At(site) with { Production = false, QueueStatsUrl = null, PipelineFpsThreshold = 20 }).Collect(engine.Time, (_, _) => expected).Check("cameras");
            await engine.ApplyAsync(new One(cameras));
        }
        else
            engine.Time.Advance(Watch.DefaultInterval);
        await engine.Time.TurnsAsync();
        return await engine.ScrapeAsync();
    }

    /// <summary>The slice with one of its watches.</summary>
    sealed class One(Watch watch) : ICollector
    {
        readonly ICollector whole = Services.At("http://localhost").Collect();

        public string Slice => whole.Slice;

        public string TargetLabel => whole.TargetLabel;

        public string? CheckLabel => whole.CheckLabel;

        public IReadOnlyList<FailureReason> Reasons => whole.Reasons;

        public IReadOnlyList<Family> Families => whole.Families;

        public IReadOnlyList<Watch> Watches => [watch];
    }
}
