using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Redis;

/// <summary>Looks at other kinds of real servers: replicas, those that load, those with the append-only file, of a cluster, and without passwords.</summary>
[CancelAfter(60_000)]
public class RedisKindsTests
{
    static Task<Look> UntilAsync(RedisServer server, Func<Look, bool> fits, CancellationToken cancellationToken)
    {
        Look? last = null;
        return Eventually.FoundAsync<Look>(
            "the look", async () => (last = await Looking.At(server).LookAsync(cancellationToken)) is var look && fits(look) ? look : null, cancellationToken, () => $"{last}");
    }

    [TestCase("yes")]
    [TestCase("no", TestName = "A_replica_that_answers_nothing_old_still_tells_of_its_link")]
    public async Task A_replica_tells_whether_it_has_its_primary(string serveStaleData, CancellationToken cancellationToken)
    {
        await using var primary = await RedisServer.StartAsync(cancellationToken, "repl-diskless-sync-delay 0");
        await using var replica = await RedisServer.StartAsync(
            cancellationToken, $"replicaof 127.0.0.1 {primary.Port}", $"masterauth {RedisServer.AdminPassword}", $"replica-serve-stale-data {serveStaleData}");
        var look = await UntilAsync(replica, l => l.Value("link_up") == 1, cancellationToken);
        Assert.That(look.Samples.Single(s => s.Family.Name == "verolux_redis_info").Labels[^1], Is.EqualTo("replica"));
        Assert.That((await Looking.At(primary).LookAsync(cancellationToken)).Value("link_up"), Is.Null);

        await primary.StopAsync();
        await UntilAsync(replica, l => l.Failure is null && l.Value("link_up") == 0, cancellationToken);
        await primary.RestartAsync(cancellationToken);
        await UntilAsync(replica, l => l.Value("link_up") == 1, cancellationToken);
    }

    [Test]
    public async Task A_server_that_reads_its_data_is_loading_and_then_up(CancellationToken cancellationToken)
    {
        // A thousandth of a second for each key.
        await using var server = await RedisServer.StartAsync(cancellationToken, "key-load-delay 1000", "loading-process-events-interval-bytes 1024");
        server.Ask("DEBUG", "POPULATE", "2000", "key", "100");
        server.Ask("SAVE");
        await server.StopAsync();
        await server.RestartAsync(cancellationToken, "Server initialized");

        var loading = await UntilAsync(server, l => l.Reason() != "refused", cancellationToken);
        Assert.That((loading.Reason(), loading.Samples.Count), Is.EqualTo(("loading", 0)));
        Assert.That(loading.Failure!.Detail, Does.Match(@"still reading its data: [0-9.]+ % read, \d+ s to go"));
        await UntilAsync(server, l => l.Failure is null, cancellationToken);
    }

    [Test]
    public async Task The_default_user_without_a_password_needs_none_and_does_not_hide_that_another_one_is_wrong(CancellationToken cancellationToken)
    {
        await using var server = await RedisServer.StartAsync(cancellationToken, "user default on nopass +@all ~*");
        Assert.That((await Looking.Anonymously(server.Port).LookAsync(cancellationToken)).Failure, Is.Null);
        Assert.That((await Looking.At(server).LookAsync(cancellationToken)).Failure, Is.Null);
        Assert.That((await Looking.At(server).As("nobody", "wrong").LookAsync(cancellationToken)).Reason(), Is.EqualTo("auth"));
        Assert.That((await Looking.At(server).As(null, "wrong").LookAsync(cancellationToken)).Reason(), Is.EqualTo("auth"));
    }

    [Test]
    public async Task A_member_of_a_cluster_is_looked_at_by_itself(CancellationToken cancellationToken)
    {
        await using var server = await RedisServer.StartAsync(cancellationToken, "cluster-enabled yes", "appendonly yes");
        server.Ask("ACL", "LOG", "RESET");
        var look = await Looking.At(server).LookAsync(cancellationToken);
        Assert.That((look.Failure, look.Value("last_save_successful")), Is.EqualTo(((Failure?)null, (double?)1)));
        Assert.That(server.Ask("ACL", "LOG"), Is.Empty);
    }

    [Test]
    public async Task A_sentinel_holds_no_data_and_is_no_server(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        await using var sentinel = RunningProgram.Start("redis-server", [folder.Write("sentinel.conf", $"bind 127.0.0.1\nport {port}\ndir {folder.Path}\n"), "--sentinel"]);
        await sentinel.WaitForLineAsync(l => l.Contains("Sentinel ID"), cancellationToken);
        Assert.That((await Looking.Anonymously(port).LookAsync(cancellationToken)).Reason(), Is.EqualTo("protocol").Or.EqualTo("permission"));
    }

    [Test]
    public async Task A_server_that_comes_back_is_looked_at_again_with_its_counters_from_the_beginning(CancellationToken cancellationToken)
    {
        await using var server = await RedisServer.StartAsync(cancellationToken);
        Assert.That((await Looking.At(server).LookAsync(cancellationToken)).Failure, Is.Null);
        await server.StopAsync();
        var down = await Looking.At(server).LookAsync(cancellationToken);
        Assert.That((down.Reason(), down.Failure?.Detail), Is.EqualTo(("refused", $"127.0.0.1:{server.Port} refuses the connection: the host answers, and nothing listens there")));
        await server.RestartAsync(cancellationToken);
        Assert.That((await Looking.At(server).LookAsync(cancellationToken)).Value("evicted_keys_total"), Is.Zero);
    }
}
