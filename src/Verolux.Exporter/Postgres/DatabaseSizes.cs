using Npgsql;

namespace Verolux.Exporter.Postgres;

/// <summary>
/// The sizes of a server's databases, at most <see cref="Most"/> of them and read at most every <see cref="KeptFor"/>: the server asks the file system for every single file
/// of each database. They are extra: where they can't be read in time, the rest of the look stands.
/// </summary>
sealed class DatabaseSizes(TimeProvider time, TimeSpan timeout)
{
    /// <summary>Beyond these, databases are left out, the newest first; never the one that is connected to.</summary>
    public const int Most = 100;

    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(5);

    // Who may connect to a database, or read all statistics, may know its size; asking for another one would be an error.
    static readonly string Query = $"""
        SELECT datname, pg_database_size(oid)::float8
        FROM (
          SELECT datname, oid FROM pg_database
          WHERE NOT datistemplate AND (has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE'))
          ORDER BY datname <> current_database(), oid
          LIMIT {Most}
        ) AS visible
        """;

    volatile Kept? kept;

    /// <summary>What was read lately, or is read now.</summary>
    /// <returns>Name and bytes of each; empty where they can't be read.</returns>
    /// <exception cref="NpgsqlException">The server answers nonsense or goes away.</exception>
    public async Task<IReadOnlyList<(string Database, double Bytes)>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (kept is { } before && time.GetElapsedTime(before.At) < KeptFor)
            return before.Sizes;
        var sizes = await AskAsync(connection, cancellationToken);
        kept = new Kept(sizes, time.GetTimestamp());
        return sizes;
    }

    /// <summary>What was read before a failure may be of another server by now.</summary>
    public void Forget() => kept = null;

    async Task<IReadOnlyList<(string Database, double Bytes)>> AskAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // The server itself gives up in time, so that it is the sizes that are missing and not the look that fails.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(string.Create(null, $"SET statement_timeout = {(int)(timeout / 2).TotalMilliseconds}")),
                new NpgsqlBatchCommand(Query),
            },
        };
        try
        {
            var sizes = new List<(string, double)>();
            await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                // One that was dropped meanwhile has none.
                if (!rows.IsDBNull(1))
                    sizes.Add((rows.GetString(0), rows.GetDouble(1)));
            }
            return sizes;
        }
        catch (PostgresException refusal) when (refusal.Severity == "ERROR")
        {
            return [];
        }
    }

    sealed record Kept(IReadOnlyList<(string Database, double Bytes)> Sizes, long At);
}
