using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>A real file system of a few megabytes (tmpfs), to be filled.</summary>
sealed class SmallFileSystem : IDisposable
{
    readonly TemporaryFolder folder = new();

    public SmallFileSystem(int megabytes)
    {
        var (exitCode, output) = Command.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Path);
        if (exitCode == 0)
            return;
        folder.Dispose();
        throw new AssertionException($"mounting a tmpfs failed; the end-to-end tests need root or CAP_SYS_ADMIN: {output}");
    }

    public string Path => folder.Path;

    public double UsedRatio => (double)Used / Drive.TotalSize;

    DriveInfo Drive => new(Path);

    long Used => Drive.TotalSize - Drive.TotalFreeSpace;

    string Filler => folder["filler"];

    /// <summary>Leaves at least this part of the file system used, 1 being all of it.</summary>
    public void Fill(double ratio)
    {
        var missing = (long)Math.Ceiling(ratio * Drive.TotalSize) - Used;
        using var filler = new FileStream(Filler, FileMode.Append);
        var block = new byte[4096];
        for (; missing > 0; missing -= block.Length)
            filler.Write(block, 0, (int)Math.Min(block.Length, missing));
    }

    public void Free()
    {
        // Emptied first: a process that is about to be started elsewhere may still have it open, and would keep what it takes.
        using (var filler = new FileStream(Filler, FileMode.Open))
            filler.SetLength(0);
        File.Delete(Filler);
    }

    public void Dispose()
    {
        // Lazily: whoever still has it open must not keep the test from ending.
        Command.Run("umount", "-l", Path);
        folder.Dispose();
    }
}
