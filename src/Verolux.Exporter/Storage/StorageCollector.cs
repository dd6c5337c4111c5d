using System.Globalization;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Storage;

/// <summary>How full the disks are, whether they can be written, and whether anyone still does.</summary>
sealed class StorageCollector(IReadOnlyList<StoragePath> paths, TimeProvider time) : ICollector
{
    /// <summary>The metric that the Storage Near Full runbook puts a number to.</summary>
    public const string UsedRatioMetric = "verolux_storage_used_ratio";

    static readonly FailureReason NotFound = new("not_found");
    static readonly FailureReason Permission = new("permission");
    static readonly FailureReason InputOutput = new("io");

    static readonly Family Size = Family.Gauge("verolux_storage_size_bytes", "Size of the file system that holds the path.", "path");
    static readonly Family Available = Family.Gauge("verolux_storage_available_bytes", "Bytes an ordinary user may still write there.", "path");
    static readonly Family UsedRatio = Family.Gauge(UsedRatioMetric, "Used share of the file system, 0 to 1: 1 - available / size, so that space reserved for root counts as used.", "path");
    static readonly Family UsedRatioThreshold = Family.Gauge($"{UsedRatioMetric}_threshold", "Above this used share the path counts as nearly full.", "path");
    static readonly Family Inodes = Family.Gauge("verolux_storage_inodes", "Inodes of the file system; absent where it has no fixed number.", "path");
    static readonly Family InodesAvailable = Family.Gauge("verolux_storage_inodes_available", "Inodes an ordinary user may still take; absent where the file system has no fixed number.", "path");
    static readonly Family ReadOnly = Family.Gauge("verolux_storage_read_only", "Whether the file system is read-only, as the kernel makes it when a disk fails: 1 yes, 0 no. A read-only mount of it into a container does not count.", "path");
    static readonly Family LastWrite = Family.LastEvent(
        "verolux_storage_last_write_timestamp_seconds", "When the newest file under a path of recordings was last written, Unix time; absent until the folder was read once.", "path");

    public string Slice => "storage";

    public string TargetLabel => "path";

    public IReadOnlyList<FailureReason> Reasons { get; } = [NotFound, Permission, InputOutput];

    public IReadOnlyList<Family> Families { get; } = [Size, Available, UsedRatio, UsedRatioThreshold, Inodes, InodesAvailable, ReadOnly, LastWrite];

    public IReadOnlyList<Watch> Watches { get; } = [.. paths.Select(p => WatchOf(p, time))];

    static Watch WatchOf(StoragePath path, TimeProvider time)
    {
        var target = new Target(path.Path, path.Site);
        var newest = path.Recordings ? new NewestFile(path.Path, time) : null;
        return new Watch
        {
            Target = target,
            Options = path,
            Interval = path.Interval,
            Timeout = path.Timeout,
            Interruptible = false,
            Constants = path.UsedRatioThreshold is { } threshold ? [new Sample(UsedRatioThreshold, target.Labels, threshold)] : [],
            // A thread of its own: on a dead mount the call hangs, and there a thread of the pool would be missing everywhere else.
            LookAsync = _ => Task.Factory.StartNew(() => Look(path, target, newest), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default),
        };
    }

    static Look Look(StoragePath path, Target target, NewestFile? newest)
    {
        var (reading, error) = FileSystem.Read(path.Path);
        if (reading is null)
            return Refused(path.Path, error);
        if (reading.ReadOnly && !Mounts.LeadsElsewhere(path.Path) && Mounts.IsReadOnlyHereAlone(Mounts.Read(), path.Path))
            reading = reading with { ReadOnly = false };
        try
        {
            newest?.Walk(path.Timeout / 2);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // How full the disk is was told all the same, and that alert must not go blind over a folder that can't be listed.
            return new Look(Describe(reading, null, target), new Failure(failure is UnauthorizedAccessException ? Permission : InputOutput, $"{path.Path} can't be listed: {failure.GetType().Name}"));
        }
        return new Look(Describe(reading, newest?.LastWrite, target));
    }

    internal static IReadOnlyList<Sample> Describe(FileSystemReading reading, DateTimeOffset? lastWrite, Target target)
    {
        Sample Of(Family family, double value) => new(family, target.Labels, value);
        var samples = new List<Sample>
        {
            Of(Size, reading.Size),
            Of(Available, reading.Available),
            // A file system without a size (a pseudo one) has no share either; not a number is not published.
            Of(UsedRatio, 1 - (reading.Available / reading.Size)),
            Of(ReadOnly, reading.ReadOnly ? 1 : 0),
        };
        if (reading is { Inodes: { } inodes, InodesAvailable: { } available })
            samples.AddRange([Of(Inodes, inodes), Of(InodesAvailable, available)]);
        if (lastWrite is { } written)
            samples.Add(Of(LastWrite, written.ToUnixTimeMilliseconds() / 1000.0));
        return samples;
    }

    static Look Refused(string path, int error) => error switch
    {
        2 or 20 => Collecting.Look.Failed(NotFound, $"{path} does not exist"), // ENOENT, ENOTDIR
        1 or 13 => Collecting.Look.Failed(Permission, $"{path} may not be reached by this user"), // EPERM, EACCES
        _ => Collecting.Look.Failed(InputOutput, string.Create(CultureInfo.InvariantCulture, $"asking for the file system of {path} failed with errno {error}")),
    };
}
