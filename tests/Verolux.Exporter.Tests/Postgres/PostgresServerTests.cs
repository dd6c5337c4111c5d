using Npgsql;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Postgres;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Postgres;

/// <summary>What a look sees of a real server.</summary>
[CancelAfter(120_000)]
public class PostgresServerTests
{
    PostgresServer server = null!;
    TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        server = await PostgresServer.StartAsync(CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task Everything_is_seen_by_a_member_of_pg_monitor_alone(CancellationToken cancellationToken)
    {
        await using var idle = await server.ConnectAsync(cancellationToken, PostgresServer.Plain);
        await using var waiting = await server.ConnectAsync(cancellationToken, PostgresServer.Plain);
        await PostgresServer.RunAsync(waiting, "BEGIN; SELECT 1", cancellationToken);
        await using var aborted = await server.ConnectAsync(cancellationToken, PostgresServer.Plain);
        await PostgresServer.RunAsync(aborted, "BEGIN", cancellationToken);
        Assert.That(async () => await PostgresServer.RunAsync(aborted, "SELECT 1 / 0", cancellationToken), Throws.InstanceOf<PostgresException>());
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var active = server.ExecuteAsync("SELECT pg_sleep(600)", enough.Token, PostgresServer.Plain);
        var began = await server.AskAsync<decimal>("SELECT extract(epoch FROM min(xact_start)) FROM pg_stat_activity WHERE usename = 'plain'", cancellationToken);

        // The connection that began it is closed, and its process may still be on its way out.
        var look = await Eventually.FoundAsync("the four connections", async () => await LookAsync(server.Url(), cancellationToken) is var l && States(l).Sum() == 4 ? l : null, cancellationToken);
        await enough.CancelAsync();
        await active.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        Assert.That(look.Failure, Is.Null);
        Assert.That(States(look), Is.EqualTo(new double?[] { 1, 1, 1, 1, 0 }));
        Assert.That(look.Of("oldest_transaction_timestamp_seconds"), Is.EqualTo((double)began).Within(0.001));
        Assert.That((look.Of("connections_limit"), look.Of("in_recovery"), look.Of("replication_lag_seconds")), Is.EqualTo(((double?)PostgresServer.MaxConnections - 3, (double?)0, (double?)null)));
        Assert.That(look.Of("database_size_bytes", "postgres"), Is.InRange(1e6, 1e9));
        Assert.That(look.Samples.Single(s => s.Family.Name == "verolux_postgres_info").Labels[2], Does.Match(@"^\d+\.\d+$"));
    }

    [Test]
    public async Task What_others_do_is_absent_without_pg_monitor_and_the_rest_is_there(CancellationToken cancellationToken)
    {
        await using var other = await server.ConnectAsync(cancellationToken);
        await PostgresServer.RunAsync(other, "BEGIN; SELECT 1", cancellationToken);
        var look = await LookAsync(server.Url(PostgresServer.Plain), cancellationToken);

        Assert.That(look.Failure, Is.Null);
        Assert.That(look.Samples.Select(s => s.Family.Name[17..]), Is.EquivalentTo(new[] { "info", "in_recovery", "connections_limit", "deadlocks_total", "database_size_bytes" }));
    }

    [Test]
    public async Task A_database_that_the_role_may_not_know_is_left_out_and_one_more_is_found_after_a_while(CancellationToken cancellationToken)
    {
        var clock = new Clock();
        var plain = Looking.At(folder.Write("plain", server.Url(PostgresServer.Plain)), time: clock);
        var monitor = Looking.At(folder.Write("monitor", server.Url()), time: clock);
        Assert.That((await monitor.LookAsync(cancellationToken)).Of("database_size_bytes", "hidden"), Is.Null);
        await server.ExecuteAsync("CREATE DATABASE hidden", cancellationToken);
        await server.ExecuteAsync("REVOKE CONNECT ON DATABASE hidden FROM PUBLIC", cancellationToken);

        Assert.That((await monitor.LookAsync(cancellationToken)).Of("database_size_bytes", "hidden"), Is.Null, "read a moment ago");
        clock.Advance(DatabaseSizes.KeptFor);
        Assert.That((await monitor.LookAsync(cancellationToken)).Of("database_size_bytes", "hidden"), Is.GreaterThan(1e6));
        var seen = await plain.LookAsync(cancellationToken);
        Assert.That((seen.Of("database_size_bytes", "hidden"), seen.Of("database_size_bytes", "postgres") > 1e6), Is.EqualTo(((double?)null, true)));
        await server.ExecuteAsync("DROP DATABASE hidden", cancellationToken);
    }

    [Test]
    public async Task Sizes_that_cant_be_read_are_absent_and_the_rest_is_there(CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("CREATE DATABASE locked", cancellationToken);
        var data = Path.Combine(server.Data, "base", $"{await server.AskAsync<uint>("SELECT oid FROM pg_database WHERE datname = 'locked'", cancellationToken)}");
        // It may be listed, and its files may not be asked for.
        Command.Run("chmod", "400", data);
        var look = await LookAsync(server.Url(), cancellationToken);
        Command.Run("chmod", "700", data);
        await server.ExecuteAsync("DROP DATABASE locked", cancellationToken);

        Assert.That((look.Failure, look.Of("database_size_bytes", "postgres"), look.Of("connections_limit")), Is.EqualTo(((Failure?)null, (double?)null, (double?)PostgresServer.MaxConnections - 3)));
    }

    [TestCase("exporter", "wrong", "postgres", "auth")]
    [TestCase("nobody_knows", "pg-s3cret", "postgres", "auth")]
    [TestCase("exporter", "pg-s3cret", "no_such", "not_found")]
    public async Task Who_is_not_let_in_is_told_why(string user, string password, string database, string reason, CancellationToken cancellationToken)
    {
        var failure = (await LookAsync(server.Url(user == "exporter" ? PostgresServer.Exporter : user, database, password), cancellationToken)).Failure;
        Assert.That(failure?.Reason.Name, Is.EqualTo(reason), failure?.Detail);
        Assert.That(failure?.Detail, Does.Not.Contain(PostgresServer.Password));
    }

    [Test]
    public async Task A_connection_string_without_a_password_is_not_let_in(CancellationToken cancellationToken)
    {
        var failure = (await LookAsync($"Host=127.0.0.1;Port={server.Port};Username={PostgresServer.Exporter};Database=postgres", cancellationToken)).Failure;
        Assert.That(failure?.Reason, Is.EqualTo(NetworkFailure.Auth), failure?.Detail);
    }

    [Test]
    public async Task A_permission_that_is_revoked_and_granted_again_is_noticed(CancellationToken cancellationToken)
    {
        var collector = Looking.At(folder.Write("revoked", server.Url(database: "guarded")));
        await server.ExecuteAsync("CREATE DATABASE guarded", cancellationToken);
        Assert.That((await collector.LookAsync(cancellationToken)).Failure, Is.Null);
        await server.ExecuteAsync("REVOKE CONNECT ON DATABASE guarded FROM PUBLIC", cancellationToken);
        Assert.That((await collector.LookAsync(cancellationToken)).Failure?.Reason, Is.EqualTo(NetworkFailure.Permission));
        await server.ExecuteAsync($"GRANT CONNECT ON DATABASE guarded TO {PostgresServer.Exporter}", cancellationToken);
        Assert.That((await collector.LookAsync(cancellationToken)).Failure, Is.Null);
        await server.ExecuteAsync("DROP DATABASE guarded WITH (FORCE)", cancellationToken);
    }

    [Test]
    public async Task A_password_that_is_changed_is_noticed_at_once_and_the_new_one_is_read(CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("CREATE ROLE rotated LOGIN PASSWORD 'first'", cancellationToken);
        var collector = Looking.At(folder.Write("rotated", server.Url("rotated", password: "first")));
        Assert.That((await collector.LookAsync(cancellationToken)).Failure, Is.Null);
        await server.ExecuteAsync("ALTER ROLE rotated PASSWORD 'second'", cancellationToken);
        Assert.That((await collector.LookAsync(cancellationToken)).Failure?.Reason, Is.EqualTo(NetworkFailure.Auth));
        folder.Write("rotated", server.Url("rotated", password: "second"));
        Assert.That((await collector.LookAsync(cancellationToken)).Failure, Is.Null);
    }

    [Test]
    public async Task A_server_whose_connections_are_all_taken_is_told_and_recovers(CancellationToken cancellationToken)
    {
        var collector = Looking.At(folder.Write("full", server.Url()));
        var taken = new List<NpgsqlConnection>();
        while (taken.Count < PostgresServer.MaxConnections)
        {
            try
            {
                taken.Add(await server.ConnectAsync(cancellationToken, PostgresServer.Plain));
            }
            catch (PostgresException full) when (full.SqlState == "53300")
            {
                break;
            }
        }
        Assert.That((await collector.LookAsync(cancellationToken)).Failure?.Reason, Is.EqualTo(NetworkFailure.TooManyConnections));
        foreach (var connection in taken)
            await connection.DisposeAsync();
        await Eventually.FoundAsync("a good look", async () => (await collector.LookAsync(cancellationToken)).Failure is null ? "one" : null, cancellationToken);
    }

    [Test]
    public async Task A_deadlock_is_counted(CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("CREATE TABLE rows (id int PRIMARY KEY, value int); INSERT INTO rows VALUES (1, 0), (2, 0)", cancellationToken);
        var collector = Looking.At(folder.Write("deadlock", server.Url()));
        var before = (await collector.LookAsync(cancellationToken)).Of("deadlocks_total");
        async Task TakeBothAsync(int first, int second, TaskCompletionSource mine, Task others)
        {
            await using var connection = await server.ConnectAsync(cancellationToken);
            await PostgresServer.RunAsync(connection, $"BEGIN; UPDATE rows SET value = 1 WHERE id = {first}", cancellationToken);
            mine.SetResult();
            await others.WaitAsync(cancellationToken);
            await PostgresServer.RunAsync(connection, $"UPDATE rows SET value = 1 WHERE id = {second}", cancellationToken);
        }
        var (one, two) = (new TaskCompletionSource(), new TaskCompletionSource());
        Assert.That(
            async () => await Task.WhenAll(TakeBothAsync(1, 2, one, two.Task), TakeBothAsync(2, 1, two, one.Task)),
            Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("40P01"));

        await Eventually.FoundAsync("the deadlock", async () => (await collector.LookAsync(cancellationToken)).Of("deadlocks_total") == before + 1 ? "it" : null, cancellationToken);
    }

    [Test]
    public async Task A_server_whose_certificate_is_trusted_is_looked_at(CancellationToken cancellationToken) =>
        Assert.That((await LookAsync(server.Url(), cancellationToken, new ClientTls(server["ca.pem"]))).Failure, Is.Null);

    [TestCase("other-ca.pem", null, "signed by nobody whom we trust")]
    [TestCase("ca.pem", "db.example", "the server's certificate is not for db.example")]
    public async Task A_server_that_is_not_the_one_meant_is_not_trusted(string authority, string? name, string why, CancellationToken cancellationToken)
    {
        var failure = (await LookAsync(server.Url(), cancellationToken, new ClientTls(server[authority], ServerName: name))).Failure;
        Assert.That(failure?.Reason, Is.EqualTo(NetworkFailure.Tls));
        Assert.That(failure?.Detail, Does.Contain(why));
    }

    [Test]
    public async Task A_certificate_that_the_server_wants_is_shown(CancellationToken cancellationToken)
    {
        var tls = new ClientTls(server["ca.pem"], server["certified.pem"], server["certified.key"]);
        Assert.That((await LookAsync(server.Url(PostgresServer.Showing), cancellationToken, tls)).Failure, Is.Null, "beside the password");
        Assert.That((await LookAsync($"Host=127.0.0.1;Port={server.Port};Username={PostgresServer.Certified};Database=postgres", cancellationToken, tls)).Failure, Is.Null, "in place of it");
    }

    [Test]
    public async Task Without_the_certificate_that_the_server_wants_nobody_is_let_in(CancellationToken cancellationToken)
    {
        Assert.That((await LookAsync(server.Url(PostgresServer.Showing), cancellationToken, new ClientTls(server["ca.pem"]))).Failure?.Reason, Is.EqualTo(NetworkFailure.Auth));
        Assert.That((await LookAsync(server.Url(PostgresServer.Showing), cancellationToken)).Failure?.Reason, Is.EqualTo(NetworkFailure.Auth));
        var strange = (await LookAsync(server.Url(PostgresServer.Showing), cancellationToken, new ClientTls(server["ca.pem"], server["stranger.pem"], server["stranger.key"]))).Failure;
        Assert.That(strange?.Detail, Does.Contain("tls.cert_file").Or.Contain("TLS"));
    }

    [Test]
    public async Task Tls_is_taken_where_it_is_offered_though_nobody_asked_for_it(CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("CREATE ROLE watched LOGIN PASSWORD 'pg-s3cret'; CREATE TABLE seen (ssl bool)", cancellationToken);
        // A role that only TLS lets in.
        await File.WriteAllTextAsync(Path.Combine(server.Data, "pg_hba.conf"), "hostnossl all watched 127.0.0.1/32 reject\n" + await File.ReadAllTextAsync(Path.Combine(server.Data, "pg_hba.conf"), cancellationToken), cancellationToken);
        await server.ExecuteAsync("SELECT pg_reload_conf()", cancellationToken);
        await Eventually.FoundAsync("the new rule", async () => await IsRefusedAsync("watched", cancellationToken) ? "it" : null, cancellationToken);

        Assert.That((await LookAsync(server.Url("watched"), cancellationToken)).Failure, Is.Null);
    }

    async Task<bool> IsRefusedAsync(string user, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await server.ConnectAsync(cancellationToken, user);
            return false;
        }
        catch (PostgresException)
        {
            return true;
        }
    }

    static IEnumerable<double?> States(Look look) =>
        ((string[])["active", "idle", "idle in transaction", "idle in transaction (aborted)", "other"]).Select(state => look.Of("connections", state));

    Task<Look> LookAsync(string connectionString, CancellationToken cancellationToken, ClientTls? tls = null) =>
        Looking.At(folder.Write(Guid.NewGuid().ToString(), connectionString), tls).LookAsync(cancellationToken);
}
