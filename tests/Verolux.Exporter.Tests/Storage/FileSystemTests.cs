using System.Globalization;
using System.Runtime.Versioning;
using NUnit.Framework;
using Verolux.Exporter.Storage;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Storage;

[CancelAfter(60_000)]
[SupportedOSPlatform("linux")]
public class FileSystemTests
{
    static double[] Stat(string path, string format) =>
        [.. Command.Run("stat", "-f", "-c", format, path).Output.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];

    [TestCase(0)]
    [TestCase(0.5)]
    [TestCase(1)]
    public void A_reading_agrees_with_stat(double used)
    {
        using var small = new SmallFileSystem(4);
        small.Fill(used);
        var (reading, error) = FileSystem.Read(small.Path);
        var stat = Stat(small.Path, "%S %b %a %c %d");

        Assert.That(error, Is.Zero);
        Assert.That(reading!.Size, Is.EqualTo(4 * 1024 * 1024).And.EqualTo(stat[0] * stat[1]));
        Assert.That(reading.Available, Is.EqualTo(stat[0] * stat[2]));
        Assert.That((reading.Inodes, reading.InodesAvailable), Is.EqualTo(((double?)stat[3], (double?)stat[4])));
        Assert.That(reading.ReadOnly, Is.False);
    }

    [Test]
    public void Each_file_takes_an_inode()
    {
        using var small = new SmallFileSystem(1);
        var before = FileSystem.Read(small.Path).Reading!;
        for (var i = 0; i < 5; i++)
            File.WriteAllText(Path.Combine(small.Path, $"{i}"), "");
        var after = FileSystem.Read(small.Path).Reading!;

        Assert.That((after.Inodes, after.InodesAvailable), Is.EqualTo((before.Inodes, before.InodesAvailable - 5)));
    }

    [Test]
    public void A_file_system_that_counts_no_inodes_has_none_rather_than_0()
    {
        Assert.That(Stat("/proc", "%c"), Is.EqualTo(new[] { 0d }));
        var reading = FileSystem.Read("/proc").Reading!;
        Assert.That((reading.Inodes, reading.InodesAvailable, reading.Size), Is.EqualTo(((double?)null, (double?)null, 0d)));
    }

    [TestCase("missing", 2)]
    [TestCase("file/below", 20)]
    public void What_can_not_be_asked_is_the_kernels_error(string name, int error)
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "");
        Assert.That(FileSystem.Read(folder[name]), Is.EqualTo(((FileSystemReading?)null, error)));
    }

    [Test]
    public void What_a_user_may_not_reach_is_the_kernels_error_too()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["closed/inside"]);
        File.SetUnixFileMode(folder["closed"], UnixFileMode.None);
        Assert.That(Nobody.Calls(() => FileSystem.Read(folder["closed/inside"]).Error), Is.EqualTo(13));
        File.SetUnixFileMode(folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
