using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Redis;

/// <summary>Whether Redis and Valkey servers answer, how full they are, and whether they save and replicate.</summary>
sealed class RedisCollector(IReadOnlyList<RedisTarget> targets) : ICollector
{
    static readonly Family MemoryUsed = Gauge("memory_used_bytes", "Memory that the server has allocated for its data and itself.");
    static readonly Family MemoryLimit = Gauge("memory_limit_bytes", "The server's maxmemory, beyond which it evicts keys or refuses writes; absent where there is no limit.");
    static readonly Family Clients = Gauge("clients", "Connected clients, this exporter's look among them; replicas do not count.");
    static readonly Family BlockedClients = Gauge("blocked_clients", "Clients that wait in a blocking command, as idle workers of a queue do.");
    static readonly Family EvictedKeys = Family.Counter("verolux_redis_evicted_keys_total", "Keys that were thrown out because maxmemory was reached.", "server");
    static readonly Family RejectedConnections = Family.Counter("verolux_redis_rejected_connections_total", "Connections that were refused because maxclients was reached.", "server");
    static readonly Family LastSave = Gauge("last_save_successful", "Whether the data was last saved to the disk without an error, in a snapshot and, where it is on, in the append-only file: 1 yes, 0 no. By default the server refuses writes while it is 0.");
    static readonly Family LinkUp = Gauge("link_up", "Whether a replica is connected to its primary: 1 yes, 0 no; absent for a server that is no replica.");
    static readonly Family Info = Family.Gauge("verolux_redis_info", "1, with the server's version (valkey and its version for Valkey) and its role, master or replica.", "server", "version", "role");

    public string Slice => "redis";

    public string TargetLabel => "server";

    public IReadOnlyList<FailureReason> Reasons => RedisReasons.All;

    public IReadOnlyList<Family> Families { get; } = [MemoryUsed, MemoryLimit, Clients, BlockedClients, EvictedKeys, RejectedConnections, LastSave, LinkUp, Info];

    public IReadOnlyList<Watch> Watches { get; } = [.. targets.Select(WatchOf)];

    static Watch WatchOf(RedisTarget redis)
    {
        var target = new Target(redis.Name, redis.Site);
        return new Watch
        {
            Target = target,
            Options = redis,
            Interval = redis.Pace.Interval,
            Timeout = redis.Pace.Timeout,
            LookAsync = cancellation => LookAsync(redis, target, cancellation),
        };
    }

    static async Task<Look> LookAsync(RedisTarget redis, Target target, CancellationToken cancellation)
    {
        string? password = null;
        if (redis.Password is { } secret)
        {
            if (secret.TryRead(out var read) is { } unreadable)
                return Look.Failed(FailureReason.Config, unreadable);
            password = read;
        }
        var (info, failure) = await RedisClient.InfoAsync(redis, password, cancellation);
        if (info is null)
            return new Look([], failure);
        if (RedisReading.Parse(info) is not { } reading)
            return Look.Failed(NetworkFailure.Protocol, $"{redis.Address} answers INFO with nothing that a server with data says; a Sentinel is not watched");
        if (reading.Loading is { } progress)
            return Look.Failed(RedisReasons.Loading, $"{redis.Address} is still reading its data: {progress}");
        return new Look(Describe(reading, target));
    }

    internal static IReadOnlyList<Sample> Describe(RedisReading reading, Target target)
    {
        // Not a number is unknown, and not published.
        Sample Of(Family family, double? value) => new(family, target.Labels, value ?? double.NaN);
        static double? Bit(bool? state) => state is { } known ? known ? 1 : 0 : null;
        return
        [
            Of(MemoryUsed, reading.MemoryUsed),
            Of(MemoryLimit, reading.MemoryLimit),
            Of(Clients, reading.Clients),
            Of(BlockedClients, reading.BlockedClients),
            Of(EvictedKeys, reading.EvictedKeys),
            Of(RejectedConnections, reading.RejectedConnections),
            Of(LastSave, Bit(reading.LastSaveSuccessful)),
            Of(LinkUp, Bit(reading.LinkUp)),
            new Sample(Info, [.. target.Labels, reading.Version ?? "", reading.Role ?? ""], 1),
        ];
    }

    static Family Gauge(string name, string help) => Family.Gauge($"verolux_redis_{name}", help, "server");
}
