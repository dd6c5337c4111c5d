using System.Globalization;
using System.Text.Unicode;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Verolux.Exporter.Alerts;

/// <summary>
/// The writing task's connection within one transaction, with its statements prepared once. What is written goes to SQLite directly, because a command and its
/// parameters cost more than the row they write.
/// </summary>
sealed class Session : IDisposable
{
    // Microsoft.Data.Sqlite's own default.
    const int BusyMilliseconds = 30_000;
    readonly SqliteConnection connection;
    readonly Dictionary<string, sqlite3_stmt> statements = [];
    readonly Dictionary<string, SqliteCommand> queries = [];
    readonly List<Action> afterwards = [];

    public Session(SqliteConnection connection)
    {
        this.connection = connection;
        Check(raw.sqlite3_busy_timeout(connection.Handle, BusyMilliseconds));
    }

    /// <summary>Executes a statement whose parameters are <c>$1</c>, <c>$2</c> and so on.</summary>
    /// <param name="sql">A constant: statements are remembered.</param>
    /// <param name="parameters">Numbers, texts (<see cref="ReadOnlyMemory{T}"/> of bytes is a text in UTF-8), arrays of bytes as blobs, or nothing.</param>
    public void Execute(string sql, params ReadOnlySpan<object?> parameters)
    {
        if (!statements.TryGetValue(sql, out var statement))
            statements[sql] = statement = Prepare(sql);
        for (var i = 0; i < parameters.Length; i++)
            Check(Bind(statement, i + 1, parameters[i]));
        var result = raw.sqlite3_step(statement);
        // The reset repeats the error, and ends the statement whatever came of it.
        _ = raw.sqlite3_reset(statement);
        if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
            Check(result);
    }

    /// <summary>As <see cref="Execute"/>, for an INSERT.</summary>
    /// <returns>The new row's id.</returns>
    public long Insert(string sql, params ReadOnlySpan<object?> parameters)
    {
        Execute(sql, parameters);
        return raw.sqlite3_last_insert_rowid(connection.Handle);
    }

    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> parameters)
    {
        if (!queries.TryGetValue(sql, out var command))
        {
            queries[sql] = command = new SqliteCommand(sql, connection);
            for (var i = 1; i <= parameters.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
            command.Prepare();
        }
        for (var i = 0; i < parameters.Length; i++)
            command.Parameters[i].Value = parameters[i] ?? DBNull.Value;
        return command.ExecuteReader();
    }

    /// <summary>Has something done once all this is on the disk, on the writing task; not at all if it never gets there.</summary>
    public void Afterwards(Action action) => afterwards.Add(action);

    public void Begin() => Execute("BEGIN IMMEDIATE");

    public void Commit() => Execute("COMMIT");

    /// <summary>Does what was asked for with <see cref="Afterwards"/>. A fault in it undoes nothing: the commit stands.</summary>
    public void TellCommitted()
    {
        foreach (var action in afterwards)
            action();
        afterwards.Clear();
    }

    public void RollBack()
    {
        afterwards.Clear();
        // A full disk makes SQLite roll back by itself, and then there is nothing left to roll back.
        if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
            Execute("ROLLBACK");
    }

    public void Dispose()
    {
        foreach (var statement in statements.Values)
            statement.Dispose();
        foreach (var command in queries.Values)
            command.Dispose();
    }

    sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(connection.Handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        // SQLite numbers them in the order in which they first appear, whatever they are called.
        for (var i = 1; i <= raw.sqlite3_bind_parameter_count(statement); i++)
        {
            if (raw.sqlite3_bind_parameter_name(statement, i).utf8_to_string() != string.Create(CultureInfo.InvariantCulture, $"${i}"))
                throw new ArgumentException($"the parameters do not first appear in their order in: {sql}", nameof(sql));
        }
        return statement;
    }

    static int Bind(sqlite3_stmt statement, int index, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(statement, index),
        long number => raw.sqlite3_bind_int64(statement, index, number),
        int number => raw.sqlite3_bind_int64(statement, index, number),
        double number => raw.sqlite3_bind_double(statement, index, number),
        string text => raw.sqlite3_bind_text(statement, index, text),
        byte[] blob => raw.sqlite3_bind_blob(statement, index, blob),
        ReadOnlyMemory<byte> utf8 when Utf8.IsValid(utf8.Span) => raw.sqlite3_bind_text(statement, index, utf8.Span),
        // SQLite takes any bytes for a text; what is none is made one here, so that whoever reads it gets a text.
        ReadOnlyMemory<byte> other => raw.sqlite3_bind_text(statement, index, System.Text.Encoding.UTF8.GetString(other.Span)),
        _ => throw new ArgumentException($"{value.GetType()} is not a type of the store", nameof(value)),
    };

    void Check(int result) => SqliteException.ThrowExceptionForRC(result, connection.Handle);
}
