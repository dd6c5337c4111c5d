using System.Diagnostics;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Backend;
using Verolux.Exporter.Tests.Collecting;

namespace Verolux.Exporter.Tests.Backend;

/// <summary>A bad day: outages of each kind, again and again, after which everything is as it was.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public class OutageTests
{
    const int Outages = 500;

    [TestCase("error")]
    [TestCase("reset")]
    [TestCase("garbage")]
    [TestCase("nonsense")]
    [TestCase("hang")]
    public async Task Nothing_is_left_behind_by_outages(string kind, CancellationToken cancellationToken)
    {
        await using var site = await SiteHost.StartAsync(cancellationToken);
        await using var engine = new Engine();
        await engine.ApplyAsync(Services.At(site).OnlyHealth().Collect(engine.Time));
        await engine.Time.TurnsAsync();
        var plan = site.Backend.Faults(BackendSite.Health);
        int sockets = 0, threads = 0, series = 0;
        for (var i = 0; i < Outages; i++)
        {
            var asked = new Gate();
            plan.Next(kind switch
            {
                "error" => Faults.Answer(503),
                "reset" => Faults.Reset(),
                "garbage" => Faults.Garbage(),
                "nonsense" => Faults.Answer(200, "[]"),
                _ => Services.HangAndTell(asked),
            });
            engine.Time.Advance(Watch.DefaultInterval);
            if (kind == "hang")
            {
                await asked.OpenedAsync(cancellationToken);
                engine.Time.Advance(Watch.DefaultTimeout);
            }
            await engine.Time.TurnsAsync();
            if (kind == "hang")
                await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 0);
            await engine.PassAsync(kind == "hang" ? (Watch.DefaultInterval - Watch.DefaultTimeout).TotalSeconds : Watch.DefaultInterval.TotalSeconds);
            if (i == Outages / 10)
                (sockets, threads, series) = (Sockets(), Process.GetCurrentProcess().Threads.Count, (await engine.ScrapeAsync()).Series.Count);
        }
        var page = await engine.ScrapeAsync();
        Assert.That(page.Of("verolux_backend_up"), Is.EqualTo(new[] { 1d }));
        Assert.That(page.Of("verolux_backend_failures_total").Sum(), Is.EqualTo(Outages));
        Assert.That(page.Series, Has.Count.EqualTo(series));
        Assert.That(page.Of("verolux_exporter_looks_abandoned_total").Sum(), Is.EqualTo(0));
        Assert.That(Sockets(), Is.LessThan(sockets + 20), "sockets");
        Assert.That(Process.GetCurrentProcess().Threads.Count, Is.LessThan(threads + 20), "threads");
        await TestContext.Out.WriteLineAsync($"{kind}: sockets {sockets} -> {Sockets()}, threads {threads} -> {Process.GetCurrentProcess().Threads.Count}, series {series}");
    }

    static int Sockets() => Directory.GetFiles("/proc/self/fd").Count(f => new FileInfo(f).LinkTarget?.StartsWith("socket:") == true);
}
