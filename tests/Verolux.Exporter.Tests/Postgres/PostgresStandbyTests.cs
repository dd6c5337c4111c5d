using NUnit.Framework;
using Verolux.Exporter.Postgres;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Postgres;

/// <summary>What a look sees of a real standby.</summary>
[CancelAfter(120_000)]
public class PostgresStandbyTests
{
    [Test]
    public async Task A_standby_is_known_by_its_recovery_and_its_lag(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var primary = await PostgresServer.StartAsync(cancellationToken);
        await using var standby = await primary.StandbyAsync(cancellationToken);
        var collector = Looking.At(folder.Write("standby", standby.Url()));
        Task LaggingAsync(string what, Predicate<double> fits, string? meanwhile = null) => Eventually.FoundAsync(
            what,
            async () =>
            {
                if (meanwhile is not null)
                    await primary.ExecuteAsync(meanwhile, cancellationToken);
                return await collector.LookAsync(cancellationToken) is var look && look.Of("replication_lag_seconds") is { } lag && fits(lag) ? look : null;
            },
            cancellationToken);
        await primary.ExecuteAsync("CREATE TABLE rows (id int)", cancellationToken);
        // Of a standby that has replayed nothing yet there is no last transaction, and of that no age.
        await Eventually.FoundAsync(
            "what the primary wrote", async () => await standby.AskAsync<bool>("SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'rows')", cancellationToken) ? "" : null, cancellationToken);
        await LaggingAsync("a standby that is up to date", lag => lag == 0);
        var standing = await collector.LookAsync(cancellationToken);
        Assert.That((standing.Of("in_recovery"), standing.Of("connections", "idle")), Is.EqualTo(((double?)1, (double?)0)));

        await standby.ExecuteAsync("SELECT pg_wal_replay_pause()", cancellationToken);
        // It stops at its leisure, and what comes until then is still replayed.
        await LaggingAsync("the lag of a standby that does not replay", lag => lag > 0.5, "INSERT INTO rows VALUES (1)");
        await standby.ExecuteAsync("SELECT pg_wal_replay_resume()", cancellationToken);
        await LaggingAsync("a standby that has caught up", lag => lag == 0);

        // Nobody knows what it misses.
        await primary.StopAsync();
        await LaggingAsync("the lag of a standby without its source", lag => lag > 0.5);

        await standby.ExecuteAsync("SELECT pg_promote()", cancellationToken);
        var promoted = await Looking.At(folder["standby"]).LookAsync(cancellationToken);
        Assert.That((promoted.Of("in_recovery"), promoted.Of("replication_lag_seconds")), Is.EqualTo(((double?)0, (double?)null)));
    }

    [Test]
    public async Task A_standby_that_takes_no_connections_is_starting_up(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var primary = await PostgresServer.StartAsync(cancellationToken);
        await using var standby = await primary.StandbyAsync(cancellationToken, "-c", "hot_standby=off");
        var failure = (await Looking.At(folder.Write("standby", standby.Url())).LookAsync(cancellationToken)).Failure;
        Assert.That(failure?.Reason, Is.EqualTo(PostgresFailure.StartingUp), failure?.Detail);
    }
}
