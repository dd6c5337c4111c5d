using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Storage;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Storage;

/// <summary>A file system that answers no more, as NFS when its server is away, under the real engine.</summary>
[CancelAfter(60_000)]
public class HungMountTests
{
    const string InFlight = """verolux_exporter_looks_in_flight{site="north"}""";

    [Test]
    public async Task A_hung_mount_is_a_timeout_holds_up_no_other_path_and_comes_back(CancellationToken cancellationToken)
    {
        await using var hung = await HungFileSystem.MountAsync(cancellationToken);
        using var sound = new TemporaryFolder();
        await using var engine = new Engine();
        string Of(string family, string path, string more = "") => $$"""verolux_storage_{{family}}{site="north",path="{{path}}"{{more}}}""";
        StoragePath Path(string path) => new(path, "north", false, Watch.DefaultInterval, Watch.DefaultTimeout, 0.85);

        await hung.FreezeAsync(cancellationToken);
        await engine.ApplyAsync(new StorageCollector([Path(hung.Path), Path(sound.Path)], engine.Time));
        await engine.PassAsync(5);
        var down = await engine.ScrapeAsync();
        Assert.That((down[Of("up", hung.Path)], down[Of("failure", hung.Path, ",reason=\"timeout\"")]), Is.EqualTo((0d, 1d)));
        Assert.That(down[Of("used_ratio_threshold", hung.Path)], Is.EqualTo(0.85));

        await engine.PassAsync(2.5);
        Assert.That((await engine.ScrapeAsync())[Of("up", sound.Path)], Is.EqualTo(1));

        // Nothing can interrupt the call, so a second one would only hang beside it.
        for (var turns = 2; turns <= 4; turns++)
        {
            await engine.PassAsync(7.5);
            await engine.PassAsync(7.5);
            var still = await engine.ScrapeAsync();
            Assert.That((still[Of("failures_total", hung.Path, ",reason=\"timeout\"")], still[InFlight]), Is.EqualTo(((double)turns, 1d)));
            Assert.That(still[Of("up", sound.Path)], Is.EqualTo(1));
        }

        hung.Thaw();
        await engine.UntilAsync(page => page[InFlight] == 0);
        await engine.PassAsync(7.5);
        var back = await engine.ScrapeAsync();
        Assert.That((back[Of("up", hung.Path)], back[Of("failure", hung.Path, ",reason=\"timeout\"")]), Is.EqualTo((1d, (double?)null)));
        Assert.That(back[Of("size_bytes", hung.Path)], Is.Positive);
    }
}
