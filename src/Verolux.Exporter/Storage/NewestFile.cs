using System.IO.Enumeration;

namespace Verolux.Exporter.Storage;

/// <summary>
/// Finds when the newest file under a folder was last written. A recordings tree may hold millions of files, so each call walks for a bounded time and the
/// next one goes on from there; the answer is that of the last complete walk, or newer. Not for concurrent use.
/// </summary>
sealed class NewestFile(string folder, TimeProvider time) : IDisposable
{
    static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    IEnumerator<DateTimeOffset?>? walk;
    DateTimeOffset? soFar;
    DateTimeOffset? complete;

    /// <summary>The newest file's last write; null while no walk has been completed, and where there is no file.</summary>
    public DateTimeOffset? LastWrite => complete is null ? null : soFar > complete ? soFar : complete;

    /// <summary>Walks on, for at most <paramref name="budget"/>, but by one entry at least.</summary>
    /// <exception cref="IOException">The folder can't be read. The next call starts anew.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read the folder. The next call starts anew.</exception>
    public void Walk(TimeSpan budget)
    {
        var start = time.GetTimestamp();
        try
        {
            walk ??= Begin();
            do
            {
                if (!walk.MoveNext())
                {
                    complete = soFar;
                    StartAnew();
                    return;
                }
                if (walk.Current is { } written && (soFar is null || written > soFar))
                    soFar = written;
            }
            while (time.GetElapsedTime(start) < budget);
        }
        catch
        {
            StartAnew();
            throw;
        }
    }

    public void Dispose() => StartAnew();

    void StartAnew()
    {
        walk?.Dispose();
        (walk, soFar) = (null, null);
    }

    IEnumerator<DateTimeOffset?> Begin()
    {
        // The walk leaves out what may not be read. That is right for a folder somewhere below, but the folder itself would pass for an empty one.
        Directory.EnumerateFileSystemEntries(folder).GetEnumerator().Dispose();
        return Files().GetEnumerator();
    }

    // Folders come along as nothing, so that a tree of empty ones is walked in steps as well.
    FileSystemEnumerable<DateTimeOffset?> Files() => new(folder, static (ref FileSystemEntry entry) => entry.IsDirectory ? null : entry.LastWriteTimeUtc, Everything);
}
