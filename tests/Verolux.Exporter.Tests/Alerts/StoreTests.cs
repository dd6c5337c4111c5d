using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts;

[CancelAfter(60_000)]
public class StoreTests
{
    readonly FakeTimeProvider time = new(Workbench.Now);
    TemporaryFolder folder = null!;
    int commits;

    string File => folder["verolux.db"];

    [SetUp]
    public void Make() => (folder, commits) = (new TemporaryFolder(), 0);

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public async Task What_a_write_did_is_there_for_every_reader_once_its_task_completes()
    {
        await using var store = Open();
        Assert.That(await store.WriteAsync(session => session.Insert("INSERT INTO quarantine (received_at, why, raw) VALUES ($1, $2, $3)", 1L, "a", Array.Empty<byte>())), Is.EqualTo(1));
        Assert.That(Kept(store), Is.EqualTo(["a"]));
        await using var reader = store.OpenReader();
        await using var command = new SqliteCommand("SELECT count(*) FROM quarantine", reader);
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task The_writer_flushes_every_commit()
    {
        await using var store = Open();
        Assert.That(await store.WriteAsync(session => (Pragma(session, "journal_mode"), Pragma(session, "synchronous"), Pragma(session, "foreign_keys"))), Is.EqualTo(("wal", "2", "1")));
    }

    [Test]
    public async Task Writes_that_wait_together_share_one_commit()
    {
        await using var store = Open();
        var (held, go) = (new TaskCompletionSource(), new ManualResetEventSlim());
        var first = store.WriteAsync(_ =>
        {
            held.SetResult();
            go.Wait();
            return 0;
        });
        await held.Task;
        var others = Enumerable.Range(0, 100).Select(i => Keep(store, $"{i}")).ToArray();
        go.Set();
        await first;
        await Task.WhenAll(others);
        Assert.That(commits, Is.EqualTo(2));
        Assert.That(Kept(store), Is.EqualTo(Enumerable.Range(0, 100).Select(i => $"{i}")), "in the order in which they were asked for");
    }

    [Test]
    public async Task A_write_that_throws_takes_no_others_along()
    {
        await using var store = Open();
        var rolledBack = 0;
        store.RolledBack += () => rolledBack++;
        var (held, go) = (new TaskCompletionSource(), new ManualResetEventSlim());
        var first = store.WriteAsync(_ =>
        {
            held.SetResult();
            go.Wait();
            return 0;
        });
        await held.Task;
        var before = Keep(store, "before");
        var bad = store.WriteAsync<int>(session =>
        {
            session.Execute("INSERT INTO quarantine (received_at, why, raw) VALUES (1, 'bad', x'')");
            throw new InvalidOperationException("on purpose");
        });
        var after = Keep(store, "after");
        go.Set();
        await Task.WhenAll(first, before, after);
        await Assert.ThatAsync(() => bad, Throws.InvalidOperationException);
        Assert.That(Kept(store), Is.EqualTo(["before", "after"]));
        Assert.That(rolledBack, Is.EqualTo(2), "the shared commit and the bad one's own");
    }

    [Test]
    public async Task What_is_to_be_done_afterwards_is_done_once_and_only_for_what_is_on_the_disk()
    {
        await using var store = Open();
        var told = new List<string>();
        await store.WriteAsync(session => Say(session, "kept"));
        await Assert.ThatAsync(() => store.WriteAsync<int>(session => throw new InvalidOperationException($"{Say(session, "void")}")), Throws.InvalidOperationException);
        await Keep(store, "more");
        Assert.That(told, Is.EqualTo(["kept"]));

        int Say(Session session, string what)
        {
            session.Afterwards(() => told.Add($"{what}"));
            return 0;
        }
    }

    [Test]
    public async Task A_fault_afterwards_neither_repeats_the_write_nor_goes_unnoticed()
    {
        await using (var store = Open())
        {
            var faulty = store.WriteAsync(session =>
            {
                session.Execute("INSERT INTO quarantine (received_at, why, raw) VALUES (1, 'once', x'')");
                session.Afterwards(() => throw new InvalidOperationException("on purpose"));
                return 0;
            });
            await Assert.ThatAsync(() => faulty, Throws.InvalidOperationException);
            await Assert.ThatAsync(() => store.Completion, Throws.InvalidOperationException);
            await Assert.ThatAsync(() => Keep(store, "later"), Throws.Exception, "nobody waits for ever");
        }
        Assert.That(StoreReading.Rows(File, "SELECT why FROM quarantine"), Is.EqualTo(["once"]));
    }

    [Test]
    public async Task What_waits_is_written_before_it_closes()
    {
        var store = Open();
        var writes = Enumerable.Range(0, 1000).Select(i => Keep(store, $"{i}")).ToArray();
        await store.DisposeAsync();
        await Task.WhenAll(writes);
        Assert.That(StoreReading.Rows(File, "SELECT count(*) FROM quarantine"), Is.EqualTo(["1000"]));
        await Assert.ThatAsync(() => Keep(store, "late"), Throws.Exception);
    }

    [Test]
    public async Task A_file_in_use_is_refused_and_free_again_afterwards()
    {
        await using (Open())
            Assert.That(Open, Throws.TypeOf<StoreException>().With.Message.Contains($"the store {File} is in use by another exporter").And.Message.Contains("set alerts.store to another file"));
        await using var again = Open();
        Assert.That(await Keep(again, "x"), Is.Zero);
    }

    [Test]
    public async Task A_store_of_a_newer_version_is_refused_untouched_and_gives_its_lock_back()
    {
        await Open().DisposeAsync();
        var version = StoreReading.Rows(File, "PRAGMA user_version").Single();
        Execute("PRAGMA user_version = 99");
        for (var i = 0; i < 2; i++)
            Assert.That(Open, Throws.TypeOf<StoreException>().With.Message.Contains("was written by a newer version of the exporter"));
        Execute($"PRAGMA user_version = {version}");
        await Open().DisposeAsync();
    }

    [Test]
    public void A_file_that_is_no_database_is_refused_untouched()
    {
        var text = string.Concat(Enumerable.Repeat("this is no database. ", 100));
        folder.Write("verolux.db", text);
        Assert.That(Open, Throws.TypeOf<StoreException>().With.Message.Contains($"the store {File} is damaged").And.Message.Contains("store backup"));
        Assert.That(System.IO.File.ReadAllText(File), Is.EqualTo(text));
    }

    [TestCase("/proc/nowhere/verolux.db")]
    [TestCase("/dev/null/verolux.db")]
    public void A_folder_that_can_t_be_written_is_told_with_the_remedy(string path) =>
        Assert.That(() => Store.Open(path, _ => { }, time), Throws.TypeOf<StoreException>().With.Message.Contains(path).And.Message.Contains("set alerts.store to another file"));

    [Test]
    public async Task A_full_disk_fails_the_writes_and_nothing_else()
    {
        using var small = new SmallFileSystem(4);
        await using var store = Store.Open(Path.Combine(small.Path, "verolux.db"), _ => { }, time);
        await Keep(store, "before");
        small.Fill(1);
        var big = new byte[64 * 1024];
        for (var i = 0; i < 3; i++)
            await Assert.ThatAsync(() => store.WriteAsync(session => session.Insert("INSERT INTO quarantine (received_at, why, raw) VALUES (1, 'lost', $1)", big)), Throws.TypeOf<SqliteException>());
        Assert.That(Kept(store), Is.EqualTo(["before"]));
        small.Free();
        await Keep(store, "after");
        Assert.That(Kept(store), Is.EqualTo(["before", "after"]));
    }

    Store Open() => Store.Open(File, _ => commits++, time);

    static Task<int> Keep(Store store, string why) => store.WriteAsync(session =>
    {
        session.Execute("INSERT INTO quarantine (received_at, why, raw) VALUES (1, $1, $2)", why, Array.Empty<byte>());
        return 0;
    });

    [Test]
    public async Task A_store_of_an_earlier_version_keeps_its_deliveries_and_their_numbers()
    {
        Execute(await System.IO.File.ReadAllTextAsync(RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "stores", "version-2.sql")));
        await using var store = Open();
        Assert.That(store.Rows("SELECT id, destination, incident, action, level, state, attempts, created_at, due_at, ended_at, last_error, failover_of, reference FROM outbox ORDER BY id"), Is.EqualTo(new[]
        {
            "1|pagerduty|40000001|trigger|1|delivered|2|1794996400000|1794996400500|1794996401000|||",
            "2|gone|40000001|trigger|1|pending|3|1794996400000|1794996400500||answered 503: ||",
            "3|pagerduty|40000001|resolve|1|dead|1|1794996400000|1794996400500|1794996402000|answered 400: x||",
        }));
        Assert.That(await store.WriteAsync(Exporter.Alerts.Outbox.Outbox.Pending), Has.Count.EqualTo(1));
        Assert.That(store.Rows("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'incidents' ORDER BY name"), Is.EqualTo(new[] { "incidents_by_series", "incidents_by_storm", "incidents_ended", "incidents_open" }));
        Assert.That(store.Rows("SELECT * FROM pragma_foreign_key_check"), Is.Empty);
        Assert.That(store.Rows("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list('timeline') UNION SELECT \"table\" FROM pragma_foreign_key_list('feedback')"), Is.EqualTo(new[] { "incidents" }));
        var newest = long.Parse(store.Rows("SELECT seq FROM sqlite_sequence WHERE name = 'incidents'")[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(newest, Is.GreaterThanOrEqualTo(long.Parse(store.Rows("SELECT max(id) FROM incidents")[0], System.Globalization.CultureInfo.InvariantCulture)), "no number is given twice");
        Assert.That(store.Rows("SELECT count(*) FROM sqlite_sequence GROUP BY name HAVING count(*) > 1"), Is.Empty);
        const string Insert = "INSERT INTO outbox (destination, incident, series, severity, action, dedup_key, created_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        Assert.That(await store.WriteAsync(session => session.Insert(Insert, "d", 40_000_001L, new byte[16], "warning", "acknowledge", "k", 1L, 1L)), Is.EqualTo(10), "no number is given twice");
        await Assert.ThatAsync(() => store.WriteAsync(session => session.Insert(Insert, "d", 1L, new byte[16], "warning", "trigger", "k", 1L, 1L)), Throws.InstanceOf<SqliteException>(), "there is no such incident");
        await Assert.ThatAsync(() => store.WriteAsync(session => session.Insert(Insert, "d", 40_000_001L, new byte[16], "warning", "shout", "k", 1L, 1L)), Throws.InstanceOf<SqliteException>());
    }

    static IReadOnlyList<string> Kept(Store store) => store.Rows("SELECT why FROM quarantine ORDER BY id");

    static string Pragma(Session session, string name)
    {
        using var rows = session.Query($"PRAGMA {name}");
        rows.Read();
        return rows.GetString(0);
    }

    void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
