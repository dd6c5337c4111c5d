using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

[CancelAfter(30_000)]
public class FileSystemsTests
{
    [TestCase(0.5)]
    [TestCase(0.97)]
    [TestCase(1)]
    public void A_small_file_system_is_filled_to_a_ratio_and_freed_again(double ratio)
    {
        using var small = new SmallFileSystem(4);
        Assert.That(small.UsedRatio, Is.Zero);
        small.Fill(ratio);
        Assert.That(small.UsedRatio, Is.EqualTo(ratio).Within(0.002).And.AtLeast(ratio));
        small.Free();
        Assert.That(small.UsedRatio, Is.Zero);
    }

    [Test]
    public void A_full_small_file_system_takes_nothing_more()
    {
        using var small = new SmallFileSystem(1);
        small.Fill(1);
        Assert.That(() => File.WriteAllText(Path.Combine(small.Path, "more"), "x"), Throws.InstanceOf<IOException>());
    }

    [Test]
    public void A_small_file_system_leaves_nothing_behind()
    {
        string path;
        using (var small = new SmallFileSystem(1))
            path = small.Path;
        Assert.That(Directory.Exists(path), Is.False);
        Assert.That(File.ReadAllText("/proc/self/mounts"), Does.Not.Contain(path));
    }

    [Test]
    public async Task A_frozen_file_system_hangs_statvfs_until_it_thaws(CancellationToken cancellationToken)
    {
        await using var system = await HungFileSystem.MountAsync(cancellationToken);
        Assert.That(Command.Run("stat", "-f", system.Path).ExitCode, Is.Zero);

        await system.FreezeAsync(cancellationToken);
        var asking = Task.Run(() => new DriveInfo(system.Path).TotalSize, cancellationToken);
        // 124 is what timeout says when the second is over.
        Assert.That(Command.Run("timeout", "1", "stat", "-f", system.Path).ExitCode, Is.EqualTo(124));
        Assert.That(asking.IsCompleted, Is.False);

        system.Thaw();
        Assert.That(await asking.WaitAsync(cancellationToken), Is.Positive);
        Assert.That(Command.Run("stat", "-f", system.Path).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Whoever_still_hangs_at_the_end_of_it_is_released(CancellationToken cancellationToken)
    {
        var system = await HungFileSystem.MountAsync(cancellationToken);
        await system.FreezeAsync(cancellationToken);
        await using var stat = RunningProgram.Start("stat", ["-f", system.Path]);
        await system.DisposeAsync();
        await stat.WaitForExitAsync(cancellationToken);
        Assert.That(Directory.Exists(system.Path), Is.False);
    }
}
