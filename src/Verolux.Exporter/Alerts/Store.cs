using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Alerts;

/// <summary>
/// The receiver's memory: one SQLite file, written by one task. What a write did is on the disk when its task completes (WAL with
/// <c>synchronous=FULL</c>); writes that wait together share one commit. Not one of the systems that we watch, since "database down" must not wait for the
/// database.
/// </summary>
sealed partial class Store : IAsyncDisposable
{
    const int MostWaiting = 4096;
    const int MostPerCommit = 512;
    readonly Channel<Work> queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    readonly SqliteConnection connection;
    readonly FileStream ownership;
    readonly Action<TimeSpan> committed;
    readonly TimeProvider time;
    readonly Task writing;

    Store(string path, SqliteConnection connection, FileStream ownership, Action<TimeSpan> committed, TimeProvider time)
    {
        (Path, this.connection, this.ownership, this.committed, this.time) = (path, connection, ownership, committed, time);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Raised on the writing task when a commit failed: whatever was concluded from the writes in it is void.</summary>
    public event Action? RolledBack;

    public string Path { get; }

    /// <summary>Ends when nothing is written any more; with an exception if that was a fault.</summary>
    public Task Completion => writing;

    /// <param name="committed">Told how long each commit took.</param>
    /// <exception cref="StoreException">The file can't be used; the message says why and what to do.</exception>
    public static Store Open(string path, Action<TimeSpan> committed, TimeProvider time)
    {
        FileStream? ownership = null;
        SqliteConnection? connection = null;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            ownership = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            connection.Open();
            Check(connection);
            Schema.Prepare(connection);
            return new Store(path, connection, ownership, committed, time);
        }
        catch (Exception error)
        {
            // Whatever the reason, nothing stays open: the file may be tried again by this very process.
            connection?.Dispose();
            ownership?.Dispose();
            if (error is not (IOException or UnauthorizedAccessException or SqliteException or NotSupportedException))
                throw;
            if (error is SqliteException broken && IsCorrupt(broken))
                throw Corrupt(path, broken.Message);
            throw new StoreException(ownership is null && error is IOException and not (DirectoryNotFoundException or PathTooLongException)
                ? $"the store {path} is in use by another exporter, or its folder can't be written ({error.Message}); stop the other one, or set alerts.store to another file"
                : $"the store {path} can't be opened ({error.Message}); make its folder writable for this user and make room on its disk, or set alerts.store to another file");
        }
    }

    /// <summary>Copies a store that may be in use to another file, as it is at one moment.</summary>
    /// <exception cref="StoreException">There is no copy; the message says why and what to do.</exception>
    public static void Backup(string path, string copy)
    {
        if (!File.Exists(path))
            throw new StoreException($"there is no store {path}; set alerts.store in the configuration to the exporter's own");
        if (File.Exists(copy))
            throw new StoreException($"{copy} exists already; name a file that does not");
        try
        {
            // Made first and for its owner alone: labels of alerts are nobody else's business.
            var empty = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                empty.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            File.Open(copy, empty).Dispose();
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            connection.Open();
            using var command = new SqliteCommand("VACUUM INTO $1", connection);
            command.Parameters.AddWithValue("$1", copy);
            command.ExecuteNonQuery();
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path} can't be copied to {copy} ({error.Message}); name a file in a folder that this user can write, on a disk with room for it");
        }
    }

    /// <summary>A file that was damaged must not be built upon: what it holds may be wrong, and gets worse.</summary>
    static void Check(SqliteConnection connection)
    {
        using var command = new SqliteCommand("PRAGMA quick_check(1)", connection);
        if (command.ExecuteScalar() is string found && found != "ok")
            throw Corrupt(connection.DataSource, found);
        // It has read the whole file, and what it has read last is not what will be asked for.
        command.CommandText = "PRAGMA shrink_memory";
        command.ExecuteNonQuery();
    }

    static bool IsCorrupt(SqliteException error) => error.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB;

    static StoreException Corrupt(string path, string found) => new(
        $"the store {path} is damaged ({found}); put a copy made by `verolux-exporter store backup` in its place, or move it away with its -wal and -shm: the exporter then begins an empty one, and opens what fires again when Alertmanager repeats it");

    /// <summary>Does <paramref name="write"/> on the writing task within a transaction, and completes when that is on the disk.</summary>
    /// <exception cref="Exception">It is not on the disk.</exception>
    public async Task<T> WriteAsync<T>(Func<Session, T> write)
    {
        var work = new Work<T>(write);
        await queue.Writer.WriteAsync(work);
        return await work.Task;
    }

    /// <summary>A connection of its own for reading, which sees what was committed.</summary>
    public SqliteConnection OpenReader()
    {
        var reader = NewReader();
        reader.Open();
        return reader;
    }

    /// <summary>Writes what is waiting, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var pooled = NewReader();
        SqliteConnection.ClearPool(pooled);
        await connection.DisposeAsync();
        await ownership.DisposeAsync();
    }

    /// <summary>Stands once, because readers share a pool, and are let go with it, by the very text of their connection.</summary>
    SqliteConnection NewReader() => new(new SqliteConnectionStringBuilder { DataSource = Path, Mode = SqliteOpenMode.ReadOnly, Pooling = true, DefaultTimeout = 2 }.ToString());

    async Task WriteAsync()
    {
        var batch = new List<Work>(MostPerCommit);
        using var session = new Session(connection);
        try
        {
            while (await queue.Reader.WaitToReadAsync())
            {
                batch.Clear();
                while (batch.Count < MostPerCommit && queue.Reader.TryRead(out var work))
                    batch.Add(work);
                Write(session, batch);
            }
        }
        catch (Exception error)
        {
            // Nothing is written any more: whoever waits, or comes later, must learn it instead of waiting for ever.
            queue.Writer.TryComplete(error);
            while (queue.Reader.TryRead(out var work))
                batch.Add(work);
            foreach (var work in batch)
                work.Fail(error);
            throw;
        }
    }

    void Write(Session session, List<Work> batch)
    {
        if (TryCommit(session, batch) is not { } error)
            return;
        // The service ends by this, and says so: to go on would only make it worse.
        if (error is SqliteException broken && IsCorrupt(broken))
            throw Corrupt(Path, broken.Message);
        // One bad write must not take the others along: each gets a commit of its own.
        foreach (var work in batch)
        {
            if ((batch.Count == 1 ? error : TryCommit(session, [work])) is { } own)
                work.Fail(own);
        }
    }

    Exception? TryCommit(Session session, List<Work> batch)
    {
        var start = time.GetTimestamp();
        try
        {
            session.Begin();
            foreach (var work in batch)
                work.Do(session);
            session.Commit();
        }
        catch (Exception error)
        {
            session.RollBack();
            RolledBack?.Invoke();
            return error;
        }
        // Outside of the attempt: what is on the disk must not be taken for failed and written once more.
        committed(time.GetElapsedTime(start));
        session.TellCommitted();
        foreach (var work in batch)
            work.Complete();
        return null;
    }

    abstract class Work
    {
        public abstract void Do(Session session);

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    sealed class Work<T>(Func<Session, T> write) : Work
    {
        readonly TaskCompletionSource<T> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        T? result;

        public Task<T> Task => source.Task;

        public override void Do(Session session) => result = write(session);

        public override void Complete() => source.TrySetResult(result!);

        public override void Fail(Exception error) => source.TrySetException(error);
    }
}
