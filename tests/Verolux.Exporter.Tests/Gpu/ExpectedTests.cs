using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Gpu;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Gpu;

/// <summary>Where a card is expected, and so a missing driver is a failure; and where nothing is said of any.</summary>
[CancelAfter(60_000)]
public class ExpectedTests
{
    const string NoNvml = "/nonexistent/libnvidia-ml.so.1";
    TemporaryFolder pci = null!;

    [SetUp]
    public void NoDevices() => pci = new TemporaryFolder();

    [TearDown]
    public void RemoveThem() => pci.Dispose();

    void PlugIn(string device, string vendor, string deviceClass)
    {
        Directory.CreateDirectory(pci[device]);
        pci.Write($"{device}/vendor", vendor + "\n");
        pci.Write($"{device}/class", deviceClass + "\n");
    }

    int Watches(bool? enabled, string nvml = NoNvml) => Slice(enabled, new Nvml(nvml)).Watches.Count;

    GpuCollector Slice(bool? enabled, Nvml nvml) => new(GpuOptions.Off with { Enabled = enabled, Site = "north" }, nvml, pci.Path);

    [TestCase(true, 1)]
    [TestCase(false, 0)]
    [TestCase(null, 0)]
    public void Without_a_card_and_a_driver_only_who_says_so_expects_one(bool? enabled, int watches) => Assert.That(Watches(enabled), Is.EqualTo(watches));

    [TestCase(true, 1)]
    [TestCase(false, 0)]
    [TestCase(null, 1)]
    public void A_card_on_the_bus_is_expected_to_answer(bool? enabled, int watches)
    {
        PlugIn("0000:01:00.0", "0x10de", "0x030200");
        Assert.That(Watches(enabled), Is.EqualTo(watches));
    }

    [TestCase("0x10de", "0x030000", 1, TestName = "A_card_with_a_display_output_counts")]
    [TestCase("0x10de", "0x040300", 0, TestName = "The_sound_of_a_card_does_not_count")]
    [TestCase("0x10de", "0x068000", 0, TestName = "A_bridge_of_the_same_maker_does_not_count")]
    [TestCase("0x8086", "0x030000", 0, TestName = "A_card_of_another_maker_does_not_count")]
    public void A_device_counts_by_maker_and_class(string vendor, string deviceClass, int watches)
    {
        PlugIn("0000:00:02.0", vendor, deviceClass);
        Assert.That(Watches(null), Is.EqualTo(watches));
    }

    [Test]
    public void A_device_that_can_not_be_read_is_passed_over()
    {
        Directory.CreateDirectory(pci["0000:00:01.0"]);
        PlugIn("0000:01:00.0", "0x10de", "0x030000");
        Assert.That(Watches(null), Is.EqualTo(1));
    }

    [Test]
    public void A_driver_that_answers_is_watched_though_the_bus_shows_no_card()
    {
        using var nvml = new StandIn();
        Assert.That(Watches(null, nvml.File), Is.EqualTo(1));
        Assert.That(Watches(false, nvml.File), Is.Zero);
        pci.Dispose();
        Assert.That(Watches(null, nvml.File), Is.EqualTo(1), "a machine without a PCI bus");
        pci = new TemporaryFolder();
    }

    [Test]
    public void A_library_that_is_only_installed_makes_nobody_expect_a_card()
    {
        using var nvml = new StandIn();
        nvml.Set("nvmlInit_v2", 9);
        Assert.That(Watches(null, nvml.File), Is.Zero);
    }

    [Test]
    public void A_driver_that_answered_once_is_expected_after_a_reload_though_it_is_gone()
    {
        using var standIn = new StandIn();
        var nvml = new Nvml(standIn.File);
        Assert.That(Slice(null, nvml).Watches, Has.Count.EqualTo(1));
        standIn.Set("nvmlInit_v2", 9);
        standIn.Set("result", 9);
        Assert.That(Slice(null, nvml).Watches, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_driver_that_hangs_keeps_nobody_from_starting()
    {
        using var nvml = new StandIn();
        nvml.Set("hangs", 1);
        var options = GpuOptions.Off with { Enabled = null, Timeout = TimeSpan.FromMilliseconds(100) };
        Assert.That(new GpuCollector(options, new Nvml(nvml.File), pci.Path).Watches, Is.Empty);
        nvml.Release();
        SpinWait.SpinUntil(() => nvml.Get("open") == 1);
    }

    [Test]
    public async Task Where_a_card_is_expected_a_missing_driver_is_told(CancellationToken cancellationToken)
    {
        var look = await Slice(true, new Nvml(NoNvml)).Watches.Single().LookAsync(cancellationToken);
        Assert.That(look.Failure, Is.EqualTo(new Failure(GpuReasons.NoDriver, "no NVIDIA driver is installed, or this container is not shown it (libnvidia-ml.so.1 can't be loaded)")));
        Assert.That(look.Samples.Select(s => (s.Family.Name, string.Join(',', s.Labels), s.Value)), Is.EqualTo(new[] { ("verolux_gpu_driver_up", "north", 0d) }));
    }
}
