using Verolux.Exporter.Collecting;
using Verolux.Exporter.Storage;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A folder of recordings on a file system that can be frozen.</summary>
sealed class StorageSubject : CollectorSubject
{
    readonly HungFileSystem disk;
    readonly string recordings;

    StorageSubject(HungFileSystem disk, TimeProvider time)
    {
        this.disk = disk;
        recordings = Path.Combine(disk.Path, "recordings");
        Collector = new StorageCollector([new StoragePath(recordings, "north", true, Watch.DefaultInterval, Watch.DefaultTimeout, 0.85)], time);
    }

    public override ICollector Collector { get; }

    public static async Task<CollectorSubject> MakeAsync(TimeProvider time, CancellationToken cancellationToken) => new StorageSubject(await HungFileSystem.MountAsync(cancellationToken), time);

    public override Task AnswerAsync(CancellationToken cancellationToken)
    {
        disk.Thaw();
        Directory.CreateDirectory(recordings);
        return File.WriteAllTextAsync(Path.Combine(recordings, "a.mp4"), "", cancellationToken);
    }

    public override Task FailAsync(CancellationToken cancellationToken)
    {
        disk.Thaw();
        if (Directory.Exists(recordings))
            Directory.Delete(recordings, recursive: true);
        return Task.CompletedTask;
    }

    public override Task HangAsync(CancellationToken cancellationToken) => disk.FreezeAsync(cancellationToken);

    public override ValueTask DisposeAsync() => disk.DisposeAsync();
}
