using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Gpu;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Gpu;

/// <summary>What a card says, and what becomes of it.</summary>
[CancelAfter(60_000)]
public class CardTests
{
    const string Prefix = "verolux_gpu_";
    StandIn nvml = null!;
    Watch card = null!;

    [SetUp]
    public void Plug() => nvml = new StandIn();

    [TearDown]
    public void Unplug() => nvml.Dispose();

    async Task<Look> LookAsync(int number = 0)
    {
        var driver = new GpuCollector(GpuOptions.Off with { Enabled = true, Site = "north", UtilizationRatioThreshold = 0.95 }, new Nvml(nvml.File)).Watches.Single();
        card = (await driver.LookAsync(CancellationToken.None)).Found[number];
        return await card.LookAsync(CancellationToken.None);
    }

    async Task<Dictionary<string, double>> ReadAsync(int number = 0)
    {
        var look = await LookAsync(number);
        Assert.That(look.Failure, Is.Null);
        Assert.That(look.Samples.Select(s => s.Labels[..2]), Is.All.EqualTo(new[] { "north", StandIn.Uuid(number) }));
        return look.Samples.ToDictionary(s => string.Join(' ', [s.Family.Name[Prefix.Length..], .. s.Labels[2..]]), s => s.Value);
    }

    [Test]
    public async Task Everything_that_a_card_says_is_told_in_base_units()
    {
        nvml.AddProcess(0, "Compute", Environment.ProcessId, 1 << 30);
        Assert.That(await ReadAsync(), Is.EquivalentTo(new Dictionary<string, double>
        {
            ["info 0 Stand-in 0 555.42.06"] = 1,
            ["utilization_ratio"] = 0.42,
            ["memory_used_bytes"] = 4L << 30,
            ["memory_size_bytes"] = 16L << 30,
            ["decoder_utilization_ratio"] = 0.71,
            ["encoder_utilization_ratio"] = 0.13,
            ["temperature_celsius"] = 61,
            ["power_watts"] = 123.456,
            ["energy_joules_total"] = 9876543.21,
            ["ecc_errors_total"] = 3,
            ["throttled applications_clocks"] = 0,
            ["throttled sw_power_cap"] = 1,
            ["throttled hw_slowdown"] = 0,
            ["throttled sw_thermal"] = 0,
            ["throttled hw_thermal"] = 0,
            ["throttled hw_power_brake"] = 0,
            [$"process_memory_used_bytes {NameOf(Environment.ProcessId)}"] = 1 << 30,
        }));
    }

    [Test]
    public async Task The_second_card_speaks_for_itself()
    {
        nvml.Set(1, "nvmlDeviceGetUtilizationRates value", 100);
        nvml.Set(1, "nvmlDeviceGetPowerUsage value", 250_000);
        var read = await ReadAsync(1);
        Assert.That((read["info 1 Stand-in 1 555.42.06"], read["utilization_ratio"], read["power_watts"]), Is.EqualTo((1d, 1d, 250d)));
    }

    [TestCase("nvmlDeviceGetUtilizationRates", "utilization_ratio")]
    [TestCase("nvmlDeviceGetDecoderUtilization", "decoder_utilization_ratio")]
    [TestCase("nvmlDeviceGetEncoderUtilization", "encoder_utilization_ratio")]
    [TestCase("nvmlDeviceGetTemperature", "temperature_celsius")]
    [TestCase("nvmlDeviceGetPowerUsage", "power_watts")]
    [TestCase("nvmlDeviceGetTotalEnergyConsumption", "energy_joules_total")]
    [TestCase("nvmlDeviceGetTotalEccErrors", "ecc_errors_total")]
    [TestCase("Compute", "process_memory_used_bytes")]
    public async Task What_a_card_can_not_say_is_absent_and_the_rest_is_there(string function, string family)
    {
        nvml.AddProcess(0, "Compute", Environment.ProcessId, 1 << 30);
        var all = (await ReadAsync()).Keys.ToHashSet();
        // Not supported; no permission; and an error without a name, which drivers of notebooks give for the power.
        foreach (var result in (int[])[3, 4, 999])
        {
            nvml.Set(0, function, result);
            Assert.That(all.Except((await ReadAsync()).Keys).Select(k => k.Split(' ')[0]), Is.EqualTo(new[] { family }));
        }
    }

    [Test]
    public async Task A_card_without_memory_of_its_own_has_none()
    {
        nvml.Set(0, "nvmlDeviceGetMemoryInfo_v2", 3);
        nvml.Set(0, "nvmlDeviceGetMemoryInfo", 3);
        Assert.That((await ReadAsync()).Keys, Has.None.StartsWith("memory").And.Member("utilization_ratio"));
    }

    [Test]
    public async Task A_driver_that_lacks_functions_leaves_out_what_they_tell_and_the_older_ones_tell_the_rest()
    {
        var now = (await ReadAsync()).Keys.ToHashSet();
        nvml.Dispose();
        nvml = new StandIn(old: true);
        nvml.AddProcess(0, "Compute", Environment.ProcessId, 1 << 30);
        var then = await ReadAsync();
        // It can't say either what the card can be throttled by.
        Assert.That(then.Keys.Except(now), Is.EquivalentTo(new[] { "throttled sync_boost", "throttled display_clocks", $"process_memory_used_bytes {NameOf(Environment.ProcessId)}" }));
        Assert.That(now.Except(then.Keys), Is.EqualTo(new[] { "energy_joules_total" }));
        Assert.That((then["throttled sw_power_cap"], then["throttled hw_thermal"]), Is.EqualTo((1d, 0d)));
        Assert.That(then["memory_used_bytes"], Is.EqualTo((4L << 30) + (256 << 20)), "the driver's own included");
    }

    [TestCase(0x1, "", TestName = "An_idle_card_is_not_slowed_down")]
    [TestCase(0x48, "hw_slowdown hw_thermal", TestName = "A_hot_card_is_slowed_down_by_heat")]
    [TestCase(0x80, "hw_power_brake", TestName = "A_power_supply_at_its_end_slows_a_card_down")]
    [TestCase(0x110, "", TestName = "What_the_card_can_not_tell_is_not_told")]
    public async Task What_slows_a_card_down_is_told(long reasons, string expected)
    {
        nvml.Set(0, "nvmlDeviceGetCurrentClocksEventReasons value", reasons);
        var active = (await ReadAsync()).Where(r => r.Key.StartsWith("throttled ") && r.Value == 1).Select(r => r.Key.Split(' ')[1]);
        Assert.That(string.Join(' ', active), Is.EqualTo(expected));
    }

    [Test]
    public async Task The_processes_that_hold_the_most_are_told_by_name()
    {
        using var folder = new TemporaryFolder();
        var sleepers = new List<RunningProgram>();
        try
        {
            for (var i = 0; i < 7; i++)
            {
                File.Copy("/bin/sleep", folder[$"infer-{i}"]);
                sleepers.Add(RunningProgram.Start(folder[$"infer-{i}"], ["1000"]));
                nvml.AddProcess(0, "Compute", sleepers[i].Id, 1000 + i);
            }
            // The same one also draws, and works in another part of a divided card.
            nvml.AddProcess(0, "Graphics", sleepers[6].Id, 500);
            nvml.AddProcess(0, "Compute", sleepers[6].Id, 100, part: 1);
            // A second one of a name.
            sleepers.Add(RunningProgram.Start(folder["infer-1"], ["1000"]));
            nvml.AddProcess(0, "MPSCompute", sleepers[7].Id, 100_000);
            // Ended meanwhile, or not visible from here; and one whose memory the driver doesn't know.
            nvml.AddProcess(0, "Compute", 1 << 30, 1_000_000);
            nvml.AddProcess(0, "Compute", Environment.ProcessId, -1);
            var processes = (await ReadAsync()).Where(r => r.Key.StartsWith("process_")).ToDictionary(r => r.Key.Split(' ')[1], r => r.Value);
            Assert.That(processes, Is.EquivalentTo(new Dictionary<string, double> { ["infer-1"] = 101_001, ["infer-6"] = 1106, ["infer-5"] = 1005, ["infer-4"] = 1004, ["infer-3"] = 1003 }));
        }
        finally
        {
            foreach (var sleeper in sleepers)
                await sleeper.DisposeAsync();
        }
    }

    [Test]
    public async Task Hundreds_of_processes_are_counted_all_the_same()
    {
        nvml.Set(0, "Compute processes 0", 100);
        for (var i = 0; i < 100; i++)
        {
            nvml.Set(0, $"Compute id {i}", Environment.ProcessId);
            nvml.Set(0, $"Compute part {i}", i);
            nvml.Set(0, $"Compute memory {i}", 10);
        }
        Assert.That((await ReadAsync())[$"process_memory_used_bytes {NameOf(Environment.ProcessId)}"], Is.EqualTo(1000));
    }

    [TestCase("nvmlDeviceGetUtilizationRates", 15, "lost", "the card has fallen off the bus (nvmlDeviceGetUtilizationRates returned 15)")]
    [TestCase("nvmlDeviceGetPowerUsage", 16, "lost", "the card must be reset before it can be used again (nvmlDeviceGetPowerUsage returned 16)")]
    [TestCase("nvmlDeviceGetName", 1, "no_driver", "the NVIDIA driver is not loaded (nvmlDeviceGetName returned 1)")]
    [TestCase("nvmlDeviceGetName", 18, "driver_mismatch", "the driver's library and its kernel module are of different versions: load the module again, or restart the machine (nvmlDeviceGetName returned 18)")]
    [TestCase("nvmlDeviceGetTemperature", 10, "hung", "the driver gave up waiting for the card (nvmlDeviceGetTemperature returned 10)")]
    [TestCase("handle", 4, "permission", "this user or container may not ask the card (nvmlDeviceGetHandleByUUID returned 4)")]
    [TestCase("handle", 17, "permission", "this user or container may not ask the card (nvmlDeviceGetHandleByUUID returned 17)")]
    [TestCase("handle", 999, "driver_error", "the driver answers with an error (nvmlDeviceGetHandleByUUID returned 999)")]
    [TestCase("nvmlDeviceGetMemoryInfo", 4, "permission", "this user or container may not ask the card (nvmlDeviceGetMemoryInfo returned 4)")]
    public async Task A_card_that_does_not_answer_is_told_with_its_reason(string function, int result, string reason, string detail)
    {
        await LookAsync();
        nvml.Set(0, "nvmlDeviceGetMemoryInfo_v2", function == "nvmlDeviceGetMemoryInfo" ? result : 0);
        nvml.Set(0, function, result);
        var look = await card.LookAsync(CancellationToken.None);
        Assert.That((look.Failure?.Reason.Name, look.Failure?.Detail, look.Samples.Count), Is.EqualTo((reason, detail, 0)));

        nvml.Set(0, "nvmlDeviceGetMemoryInfo_v2", 0);
        nvml.Set(0, function, 0);
        Assert.That((await card.LookAsync(CancellationToken.None)).Failure, Is.Null);
    }

    [Test]
    public async Task The_threshold_holds_without_a_look()
    {
        await LookAsync();
        Assert.That(card.Constants.Select(s => (s.Family.Name, string.Join(' ', s.Labels), s.Value)), Is.EqualTo(new[] { ("verolux_gpu_utilization_ratio_threshold", $"north {StandIn.Uuid(0)}", 0.95) }));
    }

    static string NameOf(int process) => File.ReadAllText($"/proc/{process}/comm").Trim();
}
