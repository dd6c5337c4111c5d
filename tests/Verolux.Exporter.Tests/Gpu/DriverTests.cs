using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Gpu;

namespace Verolux.Exporter.Tests.Gpu;

/// <summary>What the driver says of its cards.</summary>
[CancelAfter(60_000)]
public class DriverTests
{
    StandIn nvml = null!;
    Watch driver = null!;

    [SetUp]
    public void Load()
    {
        nvml = new StandIn();
        driver = new GpuCollector(GpuOptions.Off with { Enabled = true, Site = "north" }, new Nvml(nvml.File)).Watches.Single();
    }

    [TearDown]
    public void Unload() => nvml.Dispose();

    async Task<(double Up, string? Reason, string Found)> LookAsync()
    {
        var look = await driver.LookAsync(CancellationToken.None);
        Assert.That(look.Samples.Select(s => (s.Family.Name, s.Labels)), Is.EqualTo(new[] { ("verolux_gpu_driver_up", new[] { "north" }) }));
        return (look.Samples[0].Value, look.Failure?.Reason.Name, string.Join(' ', look.Found.Select(w => w.Target.Name[4..12].TrimStart('0').PadLeft(1, '0'))));
    }

    [Test]
    public async Task It_finds_every_card() => Assert.That(await LookAsync(), Is.EqualTo((1d, (string?)null, "0 1")));

    [TestCase(9, "no_driver")]
    [TestCase(12, "no_driver")]
    [TestCase(18, "driver_mismatch")]
    [TestCase(4, "permission")]
    [TestCase(999, "driver_error")]
    public async Task A_driver_that_does_not_start_is_told_with_its_reason(int result, string reason)
    {
        nvml.Set("nvmlInit_v2", result);
        Assert.That(await LookAsync(), Is.EqualTo((0d, reason, "")));
        nvml.Set("nvmlInit_v2", 0);
        Assert.That(await LookAsync(), Is.EqualTo((1d, (string?)null, "0 1")));
    }

    [Test]
    public async Task Cards_that_were_there_once_are_looked_at_though_the_driver_is_gone()
    {
        await LookAsync();
        nvml.Set("nvmlInit_v2", 9);
        nvml.Set("result", 9);
        Assert.That(await LookAsync(), Is.EqualTo((0d, "no_driver", "0 1")));
    }

    [Test]
    public async Task A_driver_that_was_loaded_again_is_begun_anew()
    {
        await LookAsync();
        nvml.ReloadDriver();
        Assert.That(await LookAsync(), Is.EqualTo((0d, "no_driver", "0 1")), "what it was in the middle of is lost");
        Assert.That(await LookAsync(), Is.EqualTo((1d, (string?)null, "0 1")));
        Assert.That((nvml.Get("inits"), nvml.Get("open")), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task A_driver_without_a_card_is_told()
    {
        nvml.Set("cards", 0);
        Assert.That(await LookAsync(), Is.EqualTo((0d, "lost", "")));
    }

    [Test]
    public async Task A_lost_card_that_nobody_has_ever_seen_is_told_by_the_driver()
    {
        nvml.Set(1, "handle", 15);
        Assert.That(await LookAsync(), Is.EqualTo((0d, "lost", "0")));
        nvml.Set(1, "handle", 0);
        Assert.That(await LookAsync(), Is.EqualTo((1d, (string?)null, "0 1")));
        nvml.Set(1, "handle", 15);
        Assert.That(await LookAsync(), Is.EqualTo((1d, (string?)null, "0 1")), "from now on its own watch tells");
    }

    [Test]
    public async Task Cards_that_are_somebody_elses_are_no_failure_unless_all_are()
    {
        nvml.Set(1, "handle", 4);
        Assert.That(await LookAsync(), Is.EqualTo((1d, (string?)null, "0")));
        nvml.Set(0, "handle", 4);
        driver = new GpuCollector(GpuOptions.Off with { Enabled = true, Site = "north" }, new Nvml(nvml.File)).Watches.Single();
        Assert.That(await LookAsync(), Is.EqualTo((0d, "permission", "")));
    }

    [Test]
    public async Task A_card_that_is_plugged_in_is_found_when_the_driver_is_loaded_again()
    {
        nvml.Set("cards", 1);
        await LookAsync();
        nvml.Set("cards", 2);
        nvml.ReloadDriver();
        await LookAsync();
        Assert.That(await LookAsync(), Is.EqualTo((1d, (string?)null, "0 1")));
    }
}
