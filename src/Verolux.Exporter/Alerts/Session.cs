using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Alerts;

/// <summary>The writing task's connection within one transaction, with its statements prepared once.</summary>
sealed class Session(SqliteConnection connection) : IDisposable
{
    readonly Dictionary<string, SqliteCommand> prepared = [];
    readonly List<Action> afterwards = [];

    /// <summary>Executes a statement whose parameters are <c>$1</c>, <c>$2</c> and so on.</summary>
    /// <param name="sql">A constant: statements are remembered.</param>
    public void Execute(string sql, params ReadOnlySpan<object?> parameters) => Bind(sql, parameters).ExecuteNonQuery();

    /// <summary>As <see cref="Execute"/>, for an INSERT.</summary>
    /// <returns>The new row's id.</returns>
    public long Insert(string sql, params ReadOnlySpan<object?> parameters)
    {
        Execute(sql, parameters);
        return SQLitePCL.raw.sqlite3_last_insert_rowid(connection.Handle);
    }

    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> parameters) => Bind(sql, parameters).ExecuteReader();

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
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
            Execute("ROLLBACK");
    }

    public void Dispose()
    {
        foreach (var command in prepared.Values)
            command.Dispose();
    }

    SqliteCommand Bind(string sql, ReadOnlySpan<object?> parameters)
    {
        if (!prepared.TryGetValue(sql, out var command))
        {
            prepared[sql] = command = new SqliteCommand(sql, connection);
            for (var i = 1; i <= parameters.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
            command.Prepare();
        }
        for (var i = 0; i < parameters.Length; i++)
            command.Parameters[i].Value = parameters[i] ?? DBNull.Value;
        return command;
    }
}
