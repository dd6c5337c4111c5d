using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Gpu;
using Verolux.Exporter.Tests.Collecting;

namespace Verolux.Exporter.Tests.Gpu;

/// <summary>Cards that come, go and hang, under the real engine.</summary>
[CancelAfter(60_000)]
public class GpuWatchTests
{
    const string InFlight = """verolux_exporter_looks_in_flight{site="north"}""";
    const string DriverUp = """verolux_gpu_driver_up{site="north"}""";
    StandIn nvml = null!;
    Engine engine = null!;

    [SetUp]
    public async Task Watch_two_cards()
    {
        nvml = new StandIn();
        engine = new Engine();
        await engine.ApplyAsync(Slice());
        await engine.Time.TurnsAsync(3);
    }

    [TearDown]
    public async Task Stop()
    {
        nvml.Release();
        await engine.DisposeAsync();
        nvml.Dispose();
    }

    GpuCollector Slice(double threshold = 0.95) => new(GpuOptions.Off with { Enabled = true, Site = "north", UtilizationRatioThreshold = threshold }, new Nvml(nvml.File));

    /// <summary>The first card hangs, and the look at it was given up.</summary>
    async Task HangAsync()
    {
        nvml.Set(0, "hangs", 1);
        engine.Time.Advance(Watch.DefaultInterval);
        await engine.Time.TurnsAsync(2);
        Assert.That(SpinWait.SpinUntil(() => nvml.Get(0, "inside") == 1, TimeSpan.FromSeconds(30)), "the look has begun");
        await engine.PassAsync(5);
    }

    static string Of(string family, int card, string more = "") => $$"""verolux_gpu_{{family}}{site="north",gpu="{{StandIn.Uuid(card)}}"{{more}}}""";

    static string Reason(string family, int card, string reason) => Of(family, card, $",reason=\"{reason}\"");

    static string DriverReason(string family, string reason) => $$"""verolux_gpu_{{family}}{site="north",gpu="",reason="{{reason}}"}""";

    [Test]
    public async Task The_driver_is_up_by_its_own_name_and_is_no_card()
    {
        var page = await engine.ScrapeAsync();
        Assert.That((page[DriverUp], page[Of("up", 0)], page[Of("up", 1)], page.Of("verolux_gpu_up").Count), Is.EqualTo((1d, 1d, 1d, 2)));
        Assert.That(engine.Loop.Watches.Select(w => w.Name), Is.EquivalentTo(new[] { "(driver)", StandIn.Uuid(0), StandIn.Uuid(1) }));
    }

    [Test]
    public async Task A_card_that_hangs_delays_no_other_and_comes_back()
    {
        await HangAsync();
        for (var turns = 1; turns <= 4; turns++)
        {
            var page = await engine.ScrapeAsync();
            Assert.That((page[Of("up", 0)], page[Reason("failure", 0, "hung")], page[Reason("failures_total", 0, "hung")]), Is.EqualTo((0d, 1d, (double)turns)));
            Assert.That((page[Of("up", 1)], page[Of("utilization_ratio", 1)], page[DriverUp]), Is.EqualTo((1d, 0.42, 1d)));
            Assert.That((page[Of("utilization_ratio", 0)], page[Of("utilization_ratio_threshold", 0)], page[Of("energy_joules_total", 0)]), Is.EqualTo(((double?)null, 0.95, 9876543.21)));
            Assert.That((page[InFlight], nvml.Get(0, "inside"), nvml.Get(0, "most inside")), Is.EqualTo((1d, 1, 1)), "nothing can interrupt the call, so a second one would only hang beside it");
            await engine.PassAsync(turns == 1 ? 10 : 15, turns: 3);
        }

        nvml.Release();
        await engine.UntilAsync(page => page[InFlight] == 0);
        await engine.PassAsync(15, turns: 3);
        var back = await engine.ScrapeAsync();
        Assert.That((back[Of("up", 0)], back[Reason("failure", 0, "hung")], back[Of("utilization_ratio", 0)]), Is.EqualTo((1d, (double?)null, 0.42)));
    }

    [Test]
    public async Task A_driver_that_hangs_is_told_and_comes_back()
    {
        nvml.Set(StandIn.Driver, "hangs", 1);
        engine.Time.Advance(Watch.DefaultInterval);
        await engine.PassAsync(5, turns: 3);
        var down = await engine.ScrapeAsync();
        Assert.That((down[DriverUp], down[DriverReason("failure", "hung")]), Is.EqualTo((0d, 1d)));

        nvml.Release();
        await engine.UntilAsync(page => page[InFlight] == 0);
        await engine.PassAsync(10, turns: 3);
        var back = await engine.ScrapeAsync();
        Assert.That((back[DriverUp], back[DriverReason("failure", "hung")], back[Of("up", 0)]), Is.EqualTo((1d, (double?)null, 1d)));
    }

    [Test]
    public async Task A_driver_that_hangs_as_it_starts_is_told_and_comes_back()
    {
        using var hung = new StandIn();
        await using var other = new Engine();
        hung.Set("hangs", 1);
        await other.ApplyAsync(new GpuCollector(GpuOptions.Off with { Enabled = true, Site = "north" }, new Nvml(hung.File)));
        await other.PassAsync(5);
        Assert.That(((await other.ScrapeAsync())[DriverUp], (await other.ScrapeAsync())[DriverReason("failure", "hung")]), Is.EqualTo((0d, 1d)));
        hung.Release();
        await other.UntilAsync(page => page[InFlight] == 0);
        other.Time.Advance(TimeSpan.FromSeconds(10));
        await other.UntilAsync(page => page[DriverUp] == 1 && page[Of("up", 1)] == 1);
    }

    [Test]
    public async Task While_one_card_hangs_the_library_is_not_exchanged_under_it()
    {
        await HangAsync();
        nvml.Set(1, "gone", 1);
        await engine.PassAsync(10, turns: 3);
        nvml.Set(1, "gone", 0);
        await engine.PassAsync(15, turns: 3);
        Assert.That(((await engine.ScrapeAsync())[Of("up", 1)], nvml.Get("inits"), nvml.Get("open")), Is.EqualTo((0d, 1, 1)));

        nvml.Release();
        await engine.UntilAsync(page => page[InFlight] == 0);
        await engine.PassAsync(15, turns: 3);
        var back = await engine.ScrapeAsync();
        Assert.That((back[Of("up", 0)], back[Of("up", 1)], nvml.Get("inits"), nvml.Get("open")), Is.EqualTo((1d, 1d, 2, 1)));
    }

    [TestCase("lost")]
    [TestCase("gone")]
    public async Task A_card_that_vanishes_stays_as_down_and_comes_back(string how)
    {
        nvml.Set(1, how, 1);
        for (var i = 0; i < 4; i++)
        {
            await engine.PassAsync(15, turns: 3);
            var page = await engine.ScrapeAsync();
            Assert.That((page[Of("up", 1)], page[Reason("failure", 1, "lost")], page[Of("temperature_celsius", 1)]), Is.EqualTo((0d, 1d, (double?)null)));
            Assert.That((page[Of("utilization_ratio_threshold", 1)], page[Of("energy_joules_total", 1)]), Is.EqualTo((0.95, 9876543.21)));
            Assert.That((page[Of("up", 0)], page[DriverUp]), Is.EqualTo((1d, 1d)));
        }
        nvml.Set(1, how, 0);
        await engine.PassAsync(15, turns: 3);
        await engine.PassAsync(15, turns: 3);
        Assert.That((await engine.ScrapeAsync())[Of("up", 1)], Is.EqualTo(1));
    }

    [Test]
    public async Task A_card_that_saturates_is_seen_with_what_it_saturates()
    {
        nvml.Set(0, "nvmlDeviceGetUtilizationRates value", 100);
        nvml.Set(0, "nvmlDeviceGetDecoderUtilization value", 97);
        await engine.PassAsync(15, turns: 3);
        var page = await engine.ScrapeAsync();
        Assert.That((page[Of("utilization_ratio", 0)], page[Of("decoder_utilization_ratio", 0)], page[Of("utilization_ratio", 1)]), Is.EqualTo((1d, 0.97, 0.42)));
    }

    [Test]
    public async Task Without_a_driver_every_card_is_down_and_with_it_up_again()
    {
        nvml.Set("nvmlInit_v2", 9);
        nvml.Set("result", 9);
        await engine.PassAsync(15, turns: 3);
        var down = await engine.ScrapeAsync();
        Assert.That((down[DriverUp], down[Of("up", 0)], down[Of("up", 1)], down[DriverReason("failure", "no_driver")]), Is.EqualTo((0d, 0d, 0d, 1d)));

        nvml.Set("nvmlInit_v2", 0);
        nvml.Set("result", 0);
        await engine.PassAsync(15, turns: 3);
        var up = await engine.ScrapeAsync();
        Assert.That((up[DriverUp], up[Of("up", 0)], up[Of("up", 1)], up[DriverReason("failures_total", "no_driver")]), Is.EqualTo((1d, 1d, 1d, 1d)));
        Assert.That(string.Concat(engine.Log.All), Does.Contain("gpu (driver) is down: no_driver").And.Contain("gpu (driver) is up again"));
    }

    [Test]
    public async Task What_was_configured_anew_is_looked_at_anew_and_an_unchanged_reload_disturbs_nothing()
    {
        var before = engine.Loop.Watches.ToHashSet();
        await engine.ApplyAsync(Slice());
        Assert.That(engine.Loop.Watches, Is.EquivalentTo(before));

        await engine.ApplyAsync(Slice(0.8));
        await engine.UntilAsync(page => page[Of("utilization_ratio_threshold", 1)] == 0.8);
        Assert.That(engine.Loop.Watches.Intersect(before), Is.Empty);

        await engine.ApplyAsync(new GpuCollector(GpuOptions.Off, new Nvml(nvml.File)));
        Assert.That((await engine.ScrapeAsync()).Series, Has.None.StartsWith("verolux_gpu_"));
    }
}
