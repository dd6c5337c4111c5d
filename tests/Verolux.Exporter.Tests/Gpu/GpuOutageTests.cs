using System.Diagnostics;
using NUnit.Framework;
using Verolux.Exporter.Gpu;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Gpu;

/// <summary>A long life: what fails and comes back five hundred times leaves nothing behind.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public class GpuOutageTests
{
    const int Outages = 500;

    [TestCase("no_driver")]
    [TestCase("driver_mismatch")]
    [TestCase("lost")]
    [TestCase("permission")]
    [TestCase("hung")]
    public async Task Five_hundred_outages_leave_nothing_behind(string kind)
    {
        using var nvml = new StandIn();
        nvml.Set("cards", 1);
        await using var engine = new Engine();
        await engine.ApplyAsync(new GpuCollector(GpuOptions.Off with { Enabled = true, Site = "north", UtilizationRatioThreshold = 0.95 }, new Nvml(nvml.File)));
        await engine.Time.TurnsAsync(2);
        await OutageAsync(engine, nvml, kind);
        var before = Held();
        var series = (await engine.ScrapeAsync()).Series.ToHashSet();
        var clock = Stopwatch.GetTimestamp();
        for (var i = 1; i < Outages; i++)
            await OutageAsync(engine, nvml, kind);

        var page = await engine.ScrapeAsync();
        Assert.That(page.Series, Is.EquivalentTo(series));
        Assert.That(page[$$"""verolux_gpu_failures_total{site="north",gpu="{{StandIn.Uuid(0)}}",reason="{{kind}}"}"""], kind == "lost" ? Is.InRange(Outages, 2 * Outages) : Is.EqualTo(Outages));
        Assert.That((page.Of("verolux_gpu_up").Single(), page.Of("verolux_exporter_looks_in_flight").Single(), nvml.Get("open"), nvml.Get("anywhere")), Is.EqualTo((1d, 0d, 1, 0)));
        var after = Held();
        await TestContext.Out.WriteLineAsync(
            $"{kind}: {Outages} outages in {Stopwatch.GetElapsedTime(clock).TotalSeconds:F1} s; threads {before.Threads} to {after.Threads}, files {before.Files} to {after.Files}, "
            + $"heap {before.Heap} to {after.Heap} KiB, {nvml.Get("inits")} starts of the library");
        // Whatever else runs in this process has threads and files of its own; a leak of one a time would be hundreds.
        Assert.That(after.Threads - before.Threads, Is.LessThan(100));
        Assert.That(after.Files - before.Files, Is.LessThan(100));
    }

    static async Task OutageAsync(Engine engine, StandIn nvml, string kind)
    {
        void Set(bool on)
        {
            switch (kind)
            {
                case "no_driver" or "driver_mismatch":
                    nvml.Set("nvmlInit_v2", on ? kind == "no_driver" ? 9 : 18 : 0);
                    nvml.Set("result", on ? kind == "no_driver" ? 9 : 18 : 0);
                    break;
                case "lost":
                    nvml.Set(0, "gone", on ? 1 : 0);
                    break;
                case "permission":
                    nvml.Set(0, "handle", on ? 4 : 0);
                    break;
                default:
                    nvml.Set(0, "hangs", on ? 1 : 0);
                    break;
            }
        }

        Set(on: true);
        if (kind == "hung")
        {
            await engine.PassAsync(15);
            await engine.PassAsync(5);
            Set(on: false);
            await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 0);
            await engine.PassAsync(10, turns: 2);
            return;
        }
        await engine.PassAsync(15, turns: 2);
        Set(on: false);
        await engine.PassAsync(15, turns: 2);
        // The driver's look may have begun anew while the card was still away, and then it takes another failure until the next does.
        if (kind == "lost" && (await engine.ScrapeAsync()).Of("verolux_gpu_up").Single() == 0)
            await engine.PassAsync(15, turns: 2);
    }

    static (int Threads, int Files, long Heap) Held()
    {
        using var process = Process.GetCurrentProcess();
        return (process.Threads.Count, Directory.GetFileSystemEntries("/proc/self/fd").Length, Heap.Held() / 1024);
    }
}
