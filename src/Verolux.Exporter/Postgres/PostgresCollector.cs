using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Postgres;

/// <summary>Whether the databases can be connected to, who is connected, and what holds them up.</summary>
sealed class PostgresCollector(IReadOnlyList<PostgresTarget> targets, TimeProvider time) : ICollector
{
    static readonly Family Connections = Family.Gauge(
        "verolux_postgres_connections", "Connections of clients by state, without the exporter's own; absent where the role is no member of pg_monitor.", "server", "state");
    static readonly Family ConnectionsLimit = Family.Gauge(
        "verolux_postgres_connections_limit", "How many connections ordinary users may have in sum: max_connections without those that are reserved.", "server");
    static readonly Family InRecovery = Family.Gauge("verolux_postgres_in_recovery", "Whether the server replays what another one wrote, as a standby does: 1 yes, 0 no.", "server");
    static readonly Family ReplicationLag = Family.Gauge(
        "verolux_postgres_replication_lag_seconds",
        "How far a standby is behind: 0 where it has replayed all that it received and is connected to its source, else the age of the last transaction replayed; absent on a primary.", "server");
    static readonly Family DatabaseSize = Family.Gauge(
        "verolux_postgres_database_size_bytes", "Size of the database on disk, read at most every 5 minutes, of at most 100 databases; absent for those whose size the role may not know.", "server", "database");
    static readonly Family OldestTransaction = Family.Gauge(
        "verolux_postgres_oldest_transaction_timestamp_seconds", "When the oldest transaction began that a client has open, Unix time; absent where none is, or where the role is no member of pg_monitor.", "server");
    static readonly Family Deadlocks = Family.Counter("verolux_postgres_deadlocks_total", "Deadlocks in all databases, since the server's statistics were last reset.", "server");
    static readonly Family Info = Family.Gauge("verolux_postgres_info", "1, with the version of the server.", "server", "version");

    public string Slice => "postgres";

    public string TargetLabel => "server";

    public IReadOnlyList<FailureReason> Reasons => PostgresFailure.Reasons;

    public IReadOnlyList<Family> Families { get; } = [Connections, ConnectionsLimit, InRecovery, ReplicationLag, DatabaseSize, OldestTransaction, Deadlocks, Info];

    public IReadOnlyList<Watch> Watches { get; } = [.. targets.Select(t => WatchOf(t, time))];

    static Watch WatchOf(PostgresTarget options, TimeProvider time)
    {
        var target = new Target(options.Name, options.Site);
        return new Watch
        {
            Target = target,
            Options = options,
            Interval = options.Interval,
            Timeout = options.Timeout,
            LookAsync = new PostgresLook(options, target, time).LookAsync,
        };
    }

    internal static IReadOnlyList<Sample> Describe(PostgresReading reading, IReadOnlyList<(string Database, double Bytes)> sizes, Target target)
    {
        Sample Of(Family family, double value) => new(family, target.Labels, value);
        var samples = new List<Sample>
        {
            new(Info, [.. target.Labels, reading.Version], 1),
            Of(InRecovery, reading.InRecovery ? 1 : 0),
            Of(ConnectionsLimit, reading.ConnectionsLimit),
            Of(Deadlocks, reading.Deadlocks),
        };
        if (reading.Lag is { } lag)
            samples.Add(Of(ReplicationLag, lag));
        if (reading.OldestTransaction is { } oldest)
            samples.Add(Of(OldestTransaction, oldest));
        foreach (var (state, count) in reading.Connections ?? [])
            samples.Add(new Sample(Connections, [.. target.Labels, state], count));
        foreach (var (database, bytes) in sizes)
            samples.Add(new Sample(DatabaseSize, [.. target.Labels, database], bytes));
        return samples;
    }
}
