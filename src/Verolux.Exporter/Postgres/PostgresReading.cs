using Npgsql;

namespace Verolux.Exporter.Postgres;

/// <summary>What one look read of a server.</summary>
/// <param name="Version">Such as <c>15.18</c>.</param>
/// <param name="ConnectionsLimit">How many ordinary users may have in sum: without what is reserved for superusers.</param>
/// <param name="Lag">Seconds; null on a primary, and on a standby that has replayed nothing yet.</param>
/// <param name="Connections">Of clients, by state, without our own; null where the role may not see them.</param>
/// <param name="OldestTransaction">When the oldest open transaction of a client began, Unix seconds; null for none, and where the role may not see it.</param>
sealed record PostgresReading(
    string Version, bool InRecovery, double ConnectionsLimit, double Deadlocks, double? Lag, IReadOnlyList<(string State, double Count)>? Connections, double? OldestTransaction)
{
    /// <summary>The states that are told apart, as <c>pg_stat_activity</c> calls them; the rare others are one.</summary>
    static readonly string[] States = ["active", "idle", "idle in transaction", "idle in transaction (aborted)", "other"];

    // For PostgreSQL 13 to 18 alike. What differs among them: reserved_connections came with 16, the state "starting" with 18, and up to 13 extract() gave double precision.
    // A role that may not read all statistics is shown the others' sessions without their kind and state; a count of those would be 0, and wrong.
    // A standby whose receiver has received all that it has replayed is up to date, whether or not the primary has written anything lately; without a receiver nobody knows
    // how much is missing, so there the age of the last replayed transaction stands.
    const string Query = """
        SELECT
          split_part(current_setting('server_version'), ' ', 1),
          pg_is_in_recovery(),
          (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - coalesce(current_setting('reserved_connections', true), '0')::int)::float8,
          (SELECT coalesce(sum(deadlocks), 0)::float8 FROM pg_stat_database),
          CASE
            WHEN NOT pg_is_in_recovery() THEN NULL
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
            ELSE greatest(0, extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))::float8
          END,
          pg_has_role('pg_read_all_stats', 'USAGE'),
          extract(epoch FROM min(xact_start))::float8,
          count(*) FILTER (WHERE state = 'active'),
          count(*) FILTER (WHERE state = 'idle'),
          count(*) FILTER (WHERE state = 'idle in transaction'),
          count(*) FILTER (WHERE state = 'idle in transaction (aborted)'),
          count(*) FILTER (WHERE state NOT IN ('active', 'idle', 'idle in transaction', 'idle in transaction (aborted)') OR state IS NULL)
        FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
        """;

    /// <summary>Asks in one round trip.</summary>
    /// <exception cref="NpgsqlException">The server refuses, answers nonsense or goes away.</exception>
    public static async Task<PostgresReading> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Query, connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            throw new NpgsqlException("an aggregate gave no row");
        var seesAll = row.GetBoolean(5);
        double? Nullable(int column) => row.IsDBNull(column) ? null : row.GetDouble(column);
        return new PostgresReading(
            row.GetString(0), row.GetBoolean(1), row.GetDouble(2), row.GetDouble(3), Nullable(4),
            seesAll ? [.. States.Select((state, i) => (state, (double)row.GetInt64(7 + i)))] : null,
            seesAll ? Nullable(6) : null);
    }
}
