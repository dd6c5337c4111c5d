namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// A file system whose <c>statvfs</c> hangs while it is frozen, as NFS does when its server is away: bindfs (FUSE, Debian package of that name) shows a
/// folder, and is stopped. Nobody should look at all mounts meanwhile (<c>df</c>, <c>DriveInfo.GetDrives</c> and asking each): they would hang too.
/// </summary>
sealed class HungFileSystem : IAsyncDisposable
{
    readonly TemporaryFolder folder = new();
    readonly RunningProgram daemon;

    HungFileSystem()
    {
        Directory.CreateDirectory(folder["shown"]);
        Directory.CreateDirectory(Path);
        daemon = RunningProgram.Start("bindfs", ["-f", folder["shown"], Path]);
    }

    public string Path => folder["mount"];

    /// <summary>Mounted and still answering.</summary>
    public static async Task<HungFileSystem> MountAsync(CancellationToken cancellationToken)
    {
        var system = new HungFileSystem();
        try
        {
            await Readiness.UntilAsync(() => Task.FromResult(system.IsMounted()), system.daemon, cancellationToken);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    public Task FreezeAsync(CancellationToken cancellationToken) => daemon.PauseAsync(cancellationToken);

    public void Thaw() => daemon.Signal("CONT");

    public async ValueTask DisposeAsync()
    {
        // Whoever still waits gets an answer now, or an error once the daemon is gone.
        Thaw();
        await daemon.DisposeAsync();
        Command.Run("umount", "-l", Path);
        folder.Dispose();
    }

    bool IsMounted() => File.ReadLines("/proc/self/mounts").Any(line => line.Split(' ')[1] == Path);
}
