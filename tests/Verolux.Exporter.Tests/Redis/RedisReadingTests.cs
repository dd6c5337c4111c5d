using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Redis;

namespace Verolux.Exporter.Tests.Redis;

/// <summary>Answers to INFO, cut down to what matters, as the servers' documentation and source have them.</summary>
public class RedisReadingTests
{
    const string Redis6 = """
        # Server
        redis_version:6.2.14
        redis_mode:standalone
        # Clients
        connected_clients:12
        blocked_clients:3
        # Memory
        used_memory:1048576
        maxmemory:2097152
        # Persistence
        loading:0
        rdb_last_bgsave_status:ok
        aof_enabled:0
        aof_last_bgrewrite_status:ok
        aof_last_write_status:ok
        # Stats
        rejected_connections:7
        evicted_keys:9
        # Replication
        role:master
        connected_slaves:0
        """;

    const string Redis8Replica = """
        redis_version:8.2.1
        redis_mode:standalone
        connected_clients:1
        blocked_clients:0
        used_memory:900000
        maxmemory:0
        loading:0
        async_loading:0
        rdb_last_bgsave_status:ok
        aof_enabled:0
        rejected_connections:0
        evicted_keys:0
        role:slave
        master_host:10.0.0.5
        master_link_status:down
        """;

    const string Valkey = """
        redis_version:7.2.4
        server_name:valkey
        valkey_version:8.1.3
        valkey_release_stage:ga
        server_mode:standalone
        used_memory:1
        role:master
        """;

    static RedisReading Parse(string info) => RedisReading.Parse(info.ReplaceLineEndings("\r\n"))!;

    static RedisReading With(string old, string @new) => Parse(Redis6.Replace(old, @new));

    [Test]
    public void Every_number_is_read() =>
        Assert.That(Parse(Redis6), Is.EqualTo(new RedisReading("6.2.14", "master", 1048576, 2097152, 12, 3, 9, 7, true, null, null)));

    [Test]
    public void A_replica_has_a_link_and_no_limit_is_none() =>
        Assert.That(Parse(Redis8Replica), Is.EqualTo(new RedisReading("8.2.1", "replica", 900000, null, 1, 0, 0, 0, true, false, null)));

    [Test]
    public void Valkey_has_a_version_of_its_own_beside_the_one_for_old_clients() => Assert.That(Parse(Valkey).Version, Is.EqualTo("valkey 8.1.3"));

    [Test]
    public void What_a_server_hides_or_garbles_is_not_known()
    {
        Assert.That(Parse("used_memory:1"), Is.EqualTo(new RedisReading(null, null, 1, null, null, null, null, null, null, null, null)));
        Assert.That(With("connected_clients:12", "connected_clients:many").Clients, Is.Null);
        Assert.That(With("connected_clients:12", "connected_clients:1e999").Clients, Is.Null);
        Assert.That(With("connected_clients:12", "connected_clients").Clients, Is.Null);
    }

    [TestCase("rdb_last_bgsave_status:ok", "rdb_last_bgsave_status:err", false)]
    [TestCase("rdb_last_bgsave_status:ok", "", null)]
    [TestCase("aof_last_write_status:ok", "aof_last_write_status:err", true, TestName = "An_append_only_file_that_is_off_does_not_count")]
    [TestCase("aof_enabled:0\naof_last_bgrewrite_status:ok\naof_last_write_status:ok", "aof_enabled:1\naof_last_bgrewrite_status:ok\naof_last_write_status:err", false)]
    [TestCase("aof_enabled:0\naof_last_bgrewrite_status:ok", "aof_enabled:1\naof_last_bgrewrite_status:err", false)]
    public void A_save_that_failed_shows(string old, string @new, bool? successful) => Assert.That(With(old, @new).LastSaveSuccessful, Is.EqualTo(successful));

    [Test]
    public void A_server_that_loads_says_how_far_it_is()
    {
        Assert.That(With("loading:0", "loading:1\nloading_loaded_perc:34.10\nloading_eta_seconds:12").Loading, Is.EqualTo("34.10 % read, 12 s to go"));
        Assert.That(With("loading:0", "loading:1").Loading, Is.Not.Null);
        Assert.That(With("loading:0", "loading:0\nasync_loading:1").Loading, Is.Null, "it answers from its old data meanwhile");
    }

    [TestCase("")]
    [TestCase("hello")]
    [TestCase("redis_version:7.0.15\nrole:master")]
    [TestCase("redis_mode:sentinel\nused_memory:1")]
    public void What_holds_no_data_is_no_server(string info) => Assert.That(RedisReading.Parse(info), Is.Null);

    [Test]
    public void A_reading_is_described_in_base_units()
    {
        var samples = RedisCollector.Describe(Parse(Redis6), new Target("main", "north"));
        Assert.That(samples.Where(s => !double.IsNaN(s.Value)).ToDictionary(s => s.Family.Name, s => s.Value), Is.EquivalentTo(new Dictionary<string, double>
        {
            ["verolux_redis_memory_used_bytes"] = 1048576,
            ["verolux_redis_memory_limit_bytes"] = 2097152,
            ["verolux_redis_clients"] = 12,
            ["verolux_redis_blocked_clients"] = 3,
            ["verolux_redis_evicted_keys_total"] = 9,
            ["verolux_redis_rejected_connections_total"] = 7,
            ["verolux_redis_last_save_successful"] = 1,
            ["verolux_redis_info"] = 1,
        }));
        Assert.That(samples[^1].Labels, Is.EqualTo(new[] { "north", "main", "6.2.14", "master" }));
    }

    [Test]
    public void A_replica_without_its_primary_is_described_so()
    {
        var samples = RedisCollector.Describe(Parse(Redis8Replica), new Target("main", "north"));
        Assert.That((samples.Value("link_up"), samples.Value("memory_limit_bytes")), Is.EqualTo((0d, (double?)null)));
    }
}
