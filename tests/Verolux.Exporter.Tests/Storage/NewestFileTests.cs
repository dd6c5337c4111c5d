using System.Runtime.Versioning;
using NUnit.Framework;
using Verolux.Exporter.Storage;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Storage;

[CancelAfter(60_000)]
[SupportedOSPlatform("linux")]
public class NewestFileTests
{
    static readonly TimeSpan Ample = TimeSpan.FromHours(1);
    static readonly DateTimeOffset Day = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    TemporaryFolder folder = null!;

    [SetUp]
    public void Make() => folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    NewestFile Newest() => new(folder["recordings"], TimeProvider.System);

    void Record(string name, int day)
    {
        var file = folder[$"recordings/{name}"];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        File.SetLastWriteTimeUtc(file, Day.AddDays(day).UtcDateTime);
    }

    DateTimeOffset? Walk()
    {
        using var newest = Newest();
        newest.Walk(Ample);
        return newest.LastWrite;
    }

    [Test]
    public void The_newest_file_of_all_folders_counts_hidden_ones_included()
    {
        Record("a.mp4", 1);
        Record("north/gate/.b.mp4", 3);
        Record("south/c.mp4", 2);
        // A folder's own time is the last change of its list, which is no recording.
        Directory.SetLastWriteTimeUtc(folder["recordings/south"], Day.AddDays(9).UtcDateTime);

        Assert.That(Walk(), Is.EqualTo(Day.AddDays(3)));
    }

    [Test]
    public void A_folder_without_files_has_no_newest()
    {
        Directory.CreateDirectory(folder["recordings/empty"]);
        Assert.That(Walk(), Is.Null);
    }

    [Test]
    public void A_link_is_not_followed()
    {
        Record("a.mp4", 1);
        File.WriteAllText(folder["elsewhere"], "");
        Directory.CreateDirectory(folder["others"]);
        File.WriteAllText(folder["others/new.mp4"], "");
        File.CreateSymbolicLink(folder["recordings/link.mp4"], folder["elsewhere"]);
        Directory.CreateSymbolicLink(folder["recordings/others"], folder["others"]);
        Directory.CreateSymbolicLink(folder["recordings/round"], folder["recordings"]);

        Assert.That(Walk(), Is.EqualTo(Day.AddDays(1)));
    }

    [Test]
    public void The_folder_itself_may_be_a_link()
    {
        Record("a.mp4", 1);
        Directory.CreateSymbolicLink(folder["link"], folder["recordings"]);
        using var newest = new NewestFile(folder["link"], TimeProvider.System);
        newest.Walk(Ample);
        Assert.That(newest.LastWrite, Is.EqualTo(Day.AddDays(1)));
    }

    [Test]
    public void Without_time_each_call_goes_on_by_one_file_from_where_the_last_one_stopped()
    {
        for (var day = 1; day <= 5; day++)
            Record($"{day}.mp4", day);
        using var newest = Newest();
        for (var call = 1; call <= 5; call++)
        {
            newest.Walk(TimeSpan.Zero);
            Assert.That(newest.LastWrite, Is.Null, "half a walk may have missed the newest");
        }
        newest.Walk(TimeSpan.Zero);
        Assert.That(newest.LastWrite, Is.EqualTo(Day.AddDays(5)));
    }

    [Test]
    public void Until_the_next_walk_is_complete_the_last_answer_holds_unless_a_newer_file_is_found()
    {
        Record("a.mp4", 1);
        using var newest = Newest();
        newest.Walk(Ample);
        Record("a.mp4", 4);
        newest.Walk(TimeSpan.Zero);
        Assert.That(newest.LastWrite, Is.EqualTo(Day.AddDays(4)));

        Record("a.mp4", 2);
        newest.Walk(TimeSpan.Zero);
        newest.Walk(TimeSpan.Zero);
        Assert.That(newest.LastWrite, Is.EqualTo(Day.AddDays(4)));
        newest.Walk(Ample);
        Assert.That(newest.LastWrite, Is.EqualTo(Day.AddDays(2)));
    }

    [Test]
    public void A_folder_that_vanishes_is_an_error_and_a_new_one_is_walked_from_its_beginning()
    {
        Record("a.mp4", 7);
        Record("b.mp4", 7);
        using var newest = Newest();
        newest.Walk(TimeSpan.Zero);
        Directory.Delete(folder["recordings"], recursive: true);
        // What was open is read to its end; what comes then finds no folder.
        Assert.That(() => { newest.Walk(Ample); newest.Walk(Ample); }, Throws.InstanceOf<IOException>());

        Record("a.mp4", 1);
        newest.Walk(Ample);
        Assert.That(newest.LastWrite, Is.EqualTo(Day.AddDays(1)), "what the broken walk had found is still there");
    }

    [Test]
    public void A_folder_that_may_not_be_read_is_an_error_and_not_an_empty_one()
    {
        Record("a.mp4", 1);
        File.SetUnixFileMode(folder.Path, Mode("rwxr-xr-x"));
        File.SetUnixFileMode(folder["recordings"], Mode("--x--x--x"));
        var thrown = Nobody.Calls(() =>
        {
            using var newest = Newest();
            return Assert.Catch(() => newest.Walk(Ample));
        });
        File.SetUnixFileMode(folder["recordings"], Mode("rwxr-xr-x"));
        Assert.That(thrown, Is.InstanceOf<UnauthorizedAccessException>());
    }

    [Test]
    public void A_folder_below_that_may_not_be_read_is_left_out()
    {
        Record("a.mp4", 1);
        Record("closed/b.mp4", 2);
        File.SetUnixFileMode(folder.Path, Mode("rwxr-xr-x"));
        File.SetUnixFileMode(folder["recordings/closed"], UnixFileMode.None);
        var found = Nobody.Calls(Walk);
        File.SetUnixFileMode(folder["recordings/closed"], Mode("rwxr-xr-x"));
        Assert.That(found, Is.EqualTo(Day.AddDays(1)));
    }

    static UnixFileMode Mode(string text) => (UnixFileMode)text.Aggregate(0, (mode, c) => (mode << 1) | (c == '-' ? 0 : 1));
}
