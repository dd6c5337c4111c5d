using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Redis;

/// <summary>Looks at a real Redis, in every state that it can be put into.</summary>
[CancelAfter(60_000)]
public class RedisLookTests
{
    RedisServer server = null!;

    [OneTimeSetUp]
    public async Task Start() => server = await RedisServer.StartAsync(CancellationToken.None);

    [OneTimeTearDown]
    public ValueTask Stop() => server.DisposeAsync();

    Task<Look> LookAsync(CancellationToken cancellationToken) => Looking.At(server).LookAsync(cancellationToken);

    double Said(string field) => double.Parse(server.Ask("INFO").Split('\n').Single(l => l.StartsWith($"{field}:")).Split(':')[1]);

    [Test]
    public async Task A_server_is_described_by_what_it_says(CancellationToken cancellationToken)
    {
        var look = await LookAsync(cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That(look.Value("memory_used_bytes"), Is.EqualTo(Said("used_memory")).Within(20).Percent);
        Assert.That(look.Value("memory_limit_bytes"), Is.Null);
        Assert.That(look.Value("clients"), Is.GreaterThanOrEqualTo(1));
        Assert.That((look.Value("blocked_clients"), look.Value("last_save_successful"), look.Value("link_up")), Is.EqualTo((0d, 1d, (double?)null)));
        Assert.That(look.Samples.Single(s => s.Family.Name == "verolux_redis_info").Labels, Is.EqualTo(new[] { "north", "main", "7.0.15", "master" }));
    }

    [Test]
    public async Task The_rights_of_the_readme_are_enough_and_nothing_else_is_tried(CancellationToken cancellationToken)
    {
        server.Ask("ACL", "LOG", "RESET");
        Assert.That((await LookAsync(cancellationToken)).Failure, Is.Null);
        Assert.That(server.Ask("ACL", "LOG"), Is.Empty, "what was asked and refused");
    }

    [Test]
    public async Task A_look_leaves_no_connection_behind(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        await Eventually.FoundAsync("the end of the connection", () => server.Ask("CLIENT", "LIST") is var list && list.Contains($"user={RedisServer.User}") ? null : list, cancellationToken);
    }

    [TestCase(RedisServer.User, "wrong-secret", "user verolux")]
    [TestCase("nobody", "wrong-secret", "user nobody")]
    [TestCase(null, "wrong-secret", "user default")]
    public async Task Who_is_not_known_is_refused(string? user, string password, string who, CancellationToken cancellationToken)
    {
        var look = await Looking.At(server).As(user, password).LookAsync(cancellationToken);
        Assert.That((look.Reason(), look.Samples.Count), Is.EqualTo(("auth", 0)));
        Assert.That(look.Failure!.Detail, Does.Contain(who).And.Not.Contain(password));
    }

    [Test]
    public async Task Whose_password_is_not_configured_is_refused(CancellationToken cancellationToken)
    {
        var look = await Looking.Anonymously(server.Port).LookAsync(cancellationToken);
        Assert.That(look.Reason(), Is.EqualTo("auth"));
        Assert.That(look.Failure!.Detail, Does.Contain("none is configured"));
    }

    [Test]
    public async Task The_default_user_may_look_with_its_password_alone(CancellationToken cancellationToken) =>
        Assert.That((await Looking.At(server).As(null, RedisServer.AdminPassword).LookAsync(cancellationToken)).Failure, Is.Null);

    [Test]
    public async Task A_password_that_can_not_be_read_is_a_matter_of_the_configuration(CancellationToken cancellationToken)
    {
        var target = Looking.At(server) with { Password = Exporter.Configuration.Secret.FromFile("/nowhere/redis") };
        var look = await target.LookAsync(cancellationToken);
        Assert.That((look.Reason(), look.Failure?.Detail), Is.EqualTo(("config", "file /nowhere/redis does not exist")));
    }

    [Test]
    public async Task A_changed_password_is_used_at_the_next_look(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var target = Looking.At(server) with { Username = "changing", Password = Exporter.Configuration.Secret.FromFile(folder.Write("password", "first")) };
        server.Ask("ACL", "SETUSER", "changing", "on", ">first", "+info", "+time");
        Assert.That((await target.LookAsync(cancellationToken)).Failure, Is.Null);

        server.Ask("ACL", "SETUSER", "changing", "resetpass", ">second");
        Assert.That((await target.LookAsync(cancellationToken)).Reason(), Is.EqualTo("auth"));
        folder.Write("password", "second");
        Assert.That((await target.LookAsync(cancellationToken)).Failure, Is.Null);
    }

    [TestCase("-info")]
    [TestCase("-time")]
    public async Task A_right_that_was_taken_away_is_a_matter_of_permission(string right, CancellationToken cancellationToken)
    {
        server.Ask("ACL", "SETUSER", RedisServer.User, right);
        var look = await LookAsync(cancellationToken);
        server.Ask("ACL", "SETUSER", RedisServer.User, "+info", "+time");

        Assert.That((look.Reason(), look.Samples.Count), Is.EqualTo(("permission", 0)));
        Assert.That(look.Failure!.Detail, Does.Contain("+info and +time"));
        Assert.That((await LookAsync(cancellationToken)).Failure, Is.Null);
    }

    [Test]
    public async Task A_full_server_says_so_each_time_and_counts_whom_it_refused(CancellationToken cancellationToken)
    {
        var before = (await LookAsync(cancellationToken)).Value("rejected_connections_total");
        await Eventually.FoundAsync("the end of the connection", () => server.Ask("CLIENT", "LIST") is var list && list.Contains($"user={RedisServer.User}") ? null : list, cancellationToken);
        var idle = RunningProgram.Start("redis-cli", ["-p", $"{server.Port}", "--no-auth-warning", "-a", RedisServer.AdminPassword, "SUBSCRIBE", "nothing"]);
        await idle.WaitForLineAsync(l => l.Contains("subscribe"), cancellationToken);
        server.Ask("CONFIG", "SET", "maxclients", "1");
        for (var i = 0; i < 20; i++)
        {
            var look = await LookAsync(cancellationToken);
            Assert.That(look.Reason(), Is.EqualTo("too_many_connections"), look.Failure?.Detail);
        }
        await idle.DisposeAsync();

        var back = await Eventually.FoundAsync<Look>("a look", async () => await LookAsync(cancellationToken) is { Failure: null } look ? look : null, cancellationToken);
        server.Ask("CONFIG", "SET", "maxclients", "10000");
        Assert.That(back.Value("rejected_connections_total") - before, Is.GreaterThanOrEqualTo(20));
    }

    [Test]
    public async Task What_is_evicted_for_want_of_memory_is_counted(CancellationToken cancellationToken)
    {
        var before = (await LookAsync(cancellationToken)).Value("evicted_keys_total");
        server.Ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        server.Ask("DEBUG", "POPULATE", "1000", "key", "1000");
        var limit = Said("used_memory") - 200_000;
        server.Ask("CONFIG", "SET", "maxmemory", $"{limit}");
        server.Ask("SET", "one", "more");
        var look = await LookAsync(cancellationToken);
        server.Ask("CONFIG", "SET", "maxmemory", "0");

        Assert.That(look.Value("memory_limit_bytes"), Is.EqualTo(limit));
        Assert.That(look.Value("evicted_keys_total") - before, Is.InRange(1, 1000).And.EqualTo(Said("evicted_keys") - before));
    }

    [Test]
    public async Task A_client_that_waits_is_blocked(CancellationToken cancellationToken)
    {
        await using var worker = RunningProgram.Start("redis-cli", ["-p", $"{server.Port}", "--no-auth-warning", "-a", RedisServer.AdminPassword, "BLPOP", "queue", "0"]);
        await Eventually.FoundAsync<Look>("the blocked client", async () => await LookAsync(cancellationToken) is var look && look.Value("blocked_clients") == 1 ? look : null, cancellationToken);
    }

    [Test]
    public async Task A_save_that_fails_shows_until_one_succeeds(CancellationToken cancellationToken)
    {
        // A folder in the place of the file: the new snapshot can't be given its name.
        var place = Directory.CreateDirectory(Path.Combine(server.Folder, "dump.rdb"));
        server.Ask("BGSAVE");
        await Eventually.FoundAsync<Look>("the failed save", async () => await LookAsync(cancellationToken) is var look && look.Value("last_save_successful") == 0 ? look : null, cancellationToken);

        place.Delete();
        server.Ask("BGSAVE");
        await Eventually.FoundAsync<Look>("the good save", async () => await LookAsync(cancellationToken) is var look && look.Value("last_save_successful") == 1 ? look : null, cancellationToken);
    }

    [Test]
    public async Task A_script_that_does_not_end_lets_nobody_be_answered(CancellationToken cancellationToken)
    {
        server.Ask("CONFIG", "SET", "busy-reply-threshold", "1");
        await using var script = RunningProgram.Start("redis-cli", ["-p", $"{server.Port}", "--no-auth-warning", "-a", RedisServer.AdminPassword, "EVAL", "while true do end", "0"]);
        // Where the script begins in the middle of a look, the client library does not tell why it fails.
        var look = await Eventually.FoundAsync<Look>("the failure", async () => await LookAsync(cancellationToken) is var look && look.Reason() == "timeout" ? look : null, cancellationToken);
        server.Ask("SCRIPT", "KILL");

        Assert.That(look.Failure!.Detail, Does.Contain("script"));
        await Eventually.FoundAsync<Look>("a look", async () => await LookAsync(cancellationToken) is { Failure: null } again ? again : null, cancellationToken);
    }

    [Test]
    public async Task A_cancelled_look_ends_at_once_and_takes_its_connection_along(CancellationToken cancellationToken)
    {
        await using var paused = await RedisServer.StartAsync(cancellationToken);
        await paused.PauseAsync(cancellationToken);
        using var cancellation = new CancellationTokenSource();
        var look = Looking.At(paused).LookAsync(cancellation.Token);
        await cancellation.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());

        paused.Continue();
        await Eventually.FoundAsync("the end of the connection", () => paused.Ask("CLIENT", "LIST") is var list && list.Contains($"user={RedisServer.User}") ? null : list, cancellationToken);
    }
}
