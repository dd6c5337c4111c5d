using System.Runtime.InteropServices;

namespace Verolux.Exporter.Storage;

/// <summary>What a file system said of itself.</summary>
/// <param name="Size">Bytes in all.</param>
/// <param name="Available">Bytes that an ordinary user may still write: less than what is free where blocks are reserved for root.</param>
/// <param name="Inodes">Null where the file system makes them as it goes (btrfs, some network file systems).</param>
sealed record FileSystemReading(double Size, double Available, double? Inodes, double? InodesAvailable, bool ReadOnly);

/// <summary>The system call behind <c>df</c>: <c>statvfs(3)</c>, which .NET offers only without inodes and flags.</summary>
static partial class FileSystem
{
    const ulong ReadOnlyFlag = 1; // ST_RDONLY

    /// <summary>Asks the file system that holds <paramref name="path"/>. Can't be interrupted: on a dead network mount it returns when the mount does.</summary>
    /// <returns>The reading, or the <c>errno</c> with which the kernel refused.</returns>
    public static (FileSystemReading? Reading, int Error) Read(string path)
    {
        if (StatVfs(path, out var s) != 0)
            return (null, Marshal.GetLastPInvokeError());
        var reading = new FileSystemReading(
            (double)s.Blocks * s.FragmentSize,
            (double)s.BlocksAvailable * s.FragmentSize,
            s.Files == 0 ? null : s.Files,
            s.Files == 0 ? null : s.FilesAvailable,
            (s.Flags & ReadOnlyFlag) != 0);
        return (reading, 0);
    }

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatVfs(string path, out StatVfsResult result);

    /// <summary><c>struct statvfs</c> of 64-bit Linux, the same in glibc and musl, with room for what follows.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    readonly struct StatVfsResult
    {
        public readonly ulong BlockSize;
        public readonly ulong FragmentSize;
        public readonly ulong Blocks;
        public readonly ulong BlocksFree;
        public readonly ulong BlocksAvailable;
        public readonly ulong Files;
        public readonly ulong FilesFree;
        public readonly ulong FilesAvailable;
        public readonly ulong Id;
        public readonly ulong Flags;
    }
}
