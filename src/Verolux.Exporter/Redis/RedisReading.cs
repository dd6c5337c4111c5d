using System.Globalization;

namespace Verolux.Exporter.Redis;

/// <summary>
/// What one answer to INFO says (https://redis.io/docs/latest/commands/info/; Valkey: https://valkey.io/commands/info/). What it does not say, as managed servers
/// hide some of it, is null.
/// </summary>
/// <param name="Version">Such as <c>7.0.15</c>; Valkey's own, with its name before it, since the one that it shows for old clients' sake is always 7.2.4.</param>
/// <param name="Role"><c>master</c> or <c>replica</c>.</param>
/// <param name="MemoryLimit">Bytes; null also where there is no limit.</param>
/// <param name="LastSaveSuccessful">Of the snapshot, and where the append-only file is on, of the last write and the last rewrite of that.</param>
/// <param name="LinkUp">Whether a replica is connected to its primary; null for others.</param>
/// <param name="Loading">Null when all is read, otherwise how far the server is, for people.</param>
sealed record RedisReading(
    string? Version,
    string? Role,
    double? MemoryUsed,
    double? MemoryLimit,
    double? Clients,
    double? BlockedClients,
    double? EvictedKeys,
    double? RejectedConnections,
    bool? LastSaveSuccessful,
    bool? LinkUp,
    string? Loading)
{
    /// <returns>Null where the text is of no server that holds data, as Sentinel's.</returns>
    public static RedisReading? Parse(string info)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in info.AsSpan().EnumerateLines())
        {
            if (line.IndexOf(':') is > 0 and var colon)
                fields[line[..colon].ToString()] = line[(colon + 1)..].Trim().ToString();
        }
        var memoryUsed = Number("used_memory");
        if (memoryUsed is null || Text("redis_mode") == "sentinel")
            return null;
        return new RedisReading(
            Version: Text("valkey_version") is { } valkey ? $"valkey {valkey}" : Text("redis_version"),
            Role: Text("role") is "slave" ? "replica" : Text("role"),
            MemoryUsed: memoryUsed,
            MemoryLimit: Number("maxmemory") is > 0 and var limit ? limit : null,
            Clients: Number("connected_clients"),
            BlockedClients: Number("blocked_clients"),
            EvictedKeys: Number("evicted_keys"),
            RejectedConnections: Number("rejected_connections"),
            LastSaveSuccessful: Saved(),
            LinkUp: Text("master_link_status") is { } link ? link == "up" : null,
            Loading: Text("loading") == "1" ? Progress() : null);

        string? Text(string field) => fields.GetValueOrDefault(field) is { Length: > 0 } text ? text : null;

        double? Number(string field) => double.TryParse(Text(field), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

        bool? Saved()
        {
            string?[] saves = Text("aof_enabled") == "1" ? [Text("rdb_last_bgsave_status"), Text("aof_last_write_status"), Text("aof_last_bgrewrite_status")] : [Text("rdb_last_bgsave_status")];
            return saves.Contains("err") ? false : saves.Contains("ok") ? true : null;
        }

        string Progress() => Text("loading_loaded_perc") is { } percent && Text("loading_eta_seconds") is { } seconds ? $"{percent} % read, {seconds} s to go" : "how far it is, it does not say";
    }
}
