using System.Runtime.Versioning;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Storage;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Storage;

[CancelAfter(60_000)]
[SupportedOSPlatform("linux")]
public class StorageCollectorTests
{
    static readonly Target Target = new("/r", "north");

    static StoragePath Of(string path, bool recordings = false, double? threshold = null) =>
        new(path, "north", recordings, Watch.DefaultInterval, Watch.DefaultTimeout, threshold);

    static Watch WatchOf(StoragePath path) => new StorageCollector([path], new FakeTimeProvider()).Watches.Single();

    static Task<Look> LookAsync(string path, bool recordings = false) => WatchOf(Of(path, recordings)).LookAsync(CancellationToken.None);

    static double? Value(IReadOnlyList<Sample> samples, string name) => samples.Where(s => s.Family.Name == $"verolux_storage_{name}").Select(s => (double?)s.Value).SingleOrDefault();

    [Test]
    public void A_reading_is_described_in_base_units()
    {
        var samples = StorageCollector.Describe(new FileSystemReading(1000, 150, 64, 16, false), DateTimeOffset.UnixEpoch.AddMilliseconds(1500), Target);

        Assert.That(samples.ToDictionary(s => s.Family.Name, s => s.Value), Is.EquivalentTo(new Dictionary<string, double>
        {
            ["verolux_storage_size_bytes"] = 1000,
            ["verolux_storage_available_bytes"] = 150,
            ["verolux_storage_used_ratio"] = 0.85,
            ["verolux_storage_read_only"] = 0,
            ["verolux_storage_inodes"] = 64,
            ["verolux_storage_inodes_available"] = 16,
            ["verolux_storage_last_write_timestamp_seconds"] = 1.5,
        }));
        Assert.That(samples.Select(s => s.Labels), Is.All.EqualTo(new[] { "north", "/r" }));
    }

    [Test]
    public void What_is_not_known_is_not_described()
    {
        var samples = StorageCollector.Describe(new FileSystemReading(1000, 0, null, null, true), null, Target);

        Assert.That((Value(samples, "inodes"), Value(samples, "inodes_available"), Value(samples, "last_write_timestamp_seconds")), Is.EqualTo(((double?)null, (double?)null, (double?)null)));
        Assert.That((Value(samples, "used_ratio"), Value(samples, "read_only")), Is.EqualTo((1d, 1d)));
    }

    [Test]
    public void A_file_system_without_a_size_has_no_ratio() =>
        Assert.That(Value(StorageCollector.Describe(new FileSystemReading(0, 0, null, null, false), null, Target), "used_ratio"), Is.NaN, "which the engine does not publish");

    [Test]
    public async Task A_full_file_system_is_full()
    {
        using var small = new SmallFileSystem(1);
        small.Fill(1);
        var samples = (await LookAsync(small.Path)).Samples;
        Assert.That((Value(samples, "available_bytes"), Value(samples, "used_ratio"), Value(samples, "read_only")), Is.EqualTo((0d, 1d, 0d)));
    }

    [Test]
    public async Task A_file_system_that_became_read_only_is_read_only()
    {
        using var small = new SmallFileSystem(1);
        Assert.That(Command.Run("mount", "-o", "remount,ro", small.Path), Is.EqualTo((0, "")));
        Assert.That(Value((await LookAsync(small.Path)).Samples, "read_only"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_read_only_mount_of_a_writable_file_system_is_not_read_only()
    {
        using var small = new SmallFileSystem(1);
        using var folder = new TemporaryFolder();
        var mount = Directory.CreateDirectory(folder["mount"]).FullName;
        Assert.That(Command.Run("mount", "--bind", small.Path, mount), Is.EqualTo((0, "")));
        try
        {
            Assert.That(Command.Run("mount", "-o", "remount,bind,ro", mount), Is.EqualTo((0, "")));
            Assert.That(() => File.WriteAllText(Path.Combine(mount, "x"), ""), Throws.InstanceOf<IOException>());
            Assert.That(FileSystem.Read(mount).Reading!.ReadOnly, Is.True, "the kernel says so of this mount");
            Assert.That(Value((await LookAsync(mount)).Samples, "read_only"), Is.Zero);
        }
        finally
        {
            Command.Run("umount", "-l", mount);
        }
    }

    [Test]
    public async Task Recordings_tell_when_the_newest_was_written_and_other_paths_do_not()
    {
        using var folder = new TemporaryFolder();
        var written = new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(folder.Write("a.mp4", ""), written);

        Assert.That(Value((await LookAsync(folder.Path, recordings: true)).Samples, "last_write_timestamp_seconds"), Is.EqualTo(new DateTimeOffset(written).ToUnixTimeSeconds()));
        Assert.That(Value((await LookAsync(folder.Path)).Samples, "last_write_timestamp_seconds"), Is.Null);
    }

    [Test]
    public void The_threshold_holds_without_a_look()
    {
        Assert.That(Value(WatchOf(Of("/nowhere", threshold: 0.97)).Constants, "used_ratio_threshold"), Is.EqualTo(0.97));
        Assert.That(WatchOf(Of("/nowhere")).Constants, Is.Empty);
    }

    [TestCase("missing", "not_found")]
    [TestCase("file/below", "not_found")]
    [TestCase("loop", "io")]
    public async Task A_path_that_can_not_be_looked_at_says_why(string name, string reason)
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "");
        File.CreateSymbolicLink(folder["loop"], folder["loop"]);
        var look = await LookAsync(folder[name]);

        Assert.That((look.Failure?.Reason.Name, look.Samples.Count), Is.EqualTo((reason, 0)));
        Assert.That(look.Failure?.Detail, Does.Contain(folder[name]));
    }

    [TestCase("closed/inside", false)]
    [TestCase("closed", true)]
    public void A_path_that_this_user_may_not_reach_or_list_is_a_matter_of_permission(string name, bool recordings)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["closed/inside"]);
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(folder["closed"], UnixFileMode.None);
        var look = Nobody.Calls(() => LookAsync(folder[name], recordings).GetAwaiter().GetResult());
        File.SetUnixFileMode(folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        Assert.That(look.Failure?.Reason.Name, Is.EqualTo("permission"));
        Assert.That(Value(look.Samples, "used_ratio"), recordings ? Is.InRange(0, 1) : Is.Null, "how full the disk is needs no listing");
    }

    [Test]
    public async Task A_file_in_place_of_the_recordings_is_an_error()
    {
        using var folder = new TemporaryFolder();
        Assert.That((await LookAsync(folder.Write("file", ""), recordings: true)).Failure?.Reason.Name, Is.EqualTo("io"));
    }
}
