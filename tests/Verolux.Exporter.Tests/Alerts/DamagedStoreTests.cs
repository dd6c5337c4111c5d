using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Tests.Alerts.Incidents;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts;

/// <summary>What becomes of a store whose file is not what it should be, and the way out: a copy.</summary>
[CancelAfter(60_000)]
public class DamagedStoreTests
{
    Workbench bench = null!;

    [SetUp]
    public void Start() => bench = new Workbench();

    [TearDown]
    public void Stop() => bench.Dispose();

    [Test]
    public async Task A_file_that_was_damaged_is_refused()
    {
        await FillAsync(500);
        Damage();
        Assert.That(() => bench.OpenStore(), Throws.InstanceOf<StoreException>().With.Message.StartsWith($"the store {bench.StorePath} is damaged ("));
    }

    [Test]
    public async Task One_that_is_damaged_while_it_is_in_use_ends_the_writing_and_says_so()
    {
        await FillAsync(500);
        var store = bench.OpenStore();
        Damage();
        await Assert.ThatAsync(() => store.WriteAsync(session =>
        {
            // What is in memory is as it was; it has to be read again.
            session.Execute("PRAGMA shrink_memory");
            session.Execute("UPDATE incidents SET updated_at = updated_at + 1");
            return 0;
        }), Throws.Exception);
        Assert.That(async () => await store.Completion, Throws.InstanceOf<StoreException>().With.Message.Contains("is damaged"));
        await store.DisposeAsync();
    }

    [Test]
    public async Task A_copy_of_a_store_in_use_is_a_store()
    {
        await using (var ledger = new OpenLedger(bench))
        {
            await ledger.ApplyAsync(Enumerable.Range(0, 300).Select(n => Bodies.Alert(Bodies.LabelsOf(("alertname", "DiskFull"), ("n", $"{n}")))));
            Store.Backup(bench.StorePath, bench["copy.db"]);
            await ledger.ApplyAsync(Bodies.Alert());
        }
        if (!OperatingSystem.IsWindows())
            Assert.That(File.GetUnixFileMode(bench["copy.db"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        await using var copy = Store.Open(bench["copy.db"], _ => { }, bench.Time);
        Assert.That(copy.Rows("SELECT count(*) FROM incidents WHERE NOT is_storm"), Is.EqualTo(new[] { "300" }));
    }

    [Test]
    public async Task A_store_that_nobody_uses_is_copied_too()
    {
        await FillAsync(1);
        Store.Backup(bench.StorePath, bench["copy.db"]);
        Assert.That(StoreReading.Rows(bench["copy.db"], "SELECT count(*) FROM incidents"), Is.EqualTo(new[] { "1" }));
    }

    [Test]
    public async Task Nothing_is_overwritten_and_nothing_made_where_there_is_none()
    {
        await FillAsync(1);
        File.WriteAllText(bench["there"], "x");
        Assert.That(() => Store.Backup(bench.StorePath, bench["there"]), Throws.InstanceOf<StoreException>().With.Message.Contains("exists already"));
        Assert.That(() => Store.Backup(bench["none.db"], bench["copy.db"]), Throws.InstanceOf<StoreException>().With.Message.Contains("there is no store"));
        Assert.That(() => Store.Backup(bench.StorePath, bench["no/such/folder"]), Throws.InstanceOf<StoreException>().With.Message.Contains("can't be copied"));
        Assert.That(File.ReadAllText(bench["there"]), Is.EqualTo("x"));
    }

    [Test]
    public async Task The_command_line_copies_it(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await FillAsync(1);
        var config = folder.Write("verolux.yml", $"alerts: {{ store: {bench.StorePath} }}\n");
        var done = await ExporterProgram.RunToEndAsync(["store", "backup", folder["copy.db"], "--config", config], cancellationToken);
        Assert.That((done.ExitCode, done.Output.Trim()), Is.EqualTo((0, $"{bench.StorePath} was copied to {folder["copy.db"]}")), done.Errors);
        var again = await ExporterProgram.RunToEndAsync(["store", "backup", folder["copy.db"], "--config", config], cancellationToken);
        Assert.That((again.ExitCode, again.Errors), Is.EqualTo((1, $"{folder["copy.db"]} exists already; name a file that does not\n")));
    }

    async Task FillAsync(int count)
    {
        await using var ledger = new OpenLedger(bench);
        await ledger.ApplyAsync(Enumerable.Range(0, count).Select(n => Bodies.Alert(Bodies.LabelsOf(("alertname", $"DiskFull{n}")))));
    }

    /// <summary>Overwrites the middle of the file.</summary>
    void Damage()
    {
        using var file = File.Open(bench.StorePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = 3 * 4096;
        file.Write(Enumerable.Repeat((byte)0xAA, (int)Math.Min(file.Length - file.Position, 60 * 4096)).ToArray());
    }
}
