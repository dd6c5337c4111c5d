using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Redis;

/// <summary>Whatever may answer in the place of a Redis.</summary>
[CancelAfter(60_000)]
public class RedisPeerTests
{
    static Task<Look> LookAsync(RedisPeer peer, CancellationToken cancellationToken) => Looking.At(peer.Port).LookAsync(cancellationToken);

    [Test]
    public async Task What_the_peer_is_good_for(CancellationToken cancellationToken)
    {
        await using var peer = new RedisPeer();
        Assert.That((await LookAsync(peer, cancellationToken)).Value("memory_used_bytes"), Is.EqualTo(1000));
        await peer.ClosedAsync(cancellationToken);
        Assert.That(peer.Connections, Is.EqualTo(1));
    }

    // The answers to AUTH, to TIME, to what the client library asks for itself, and to INFO.
    [TestCase("auth", "WRONGPASS", "-WRONGPASS invalid username-password pair or user is disabled.\r\n")]
    [TestCase("auth", "user verolux", "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n")]
    [TestCase("auth", "user verolux", "-ERR invalid password\r\n")]
    [TestCase("auth", "none is configured", RedisPeer.Proper, "-NOAUTH Authentication required.\r\n")]
    [TestCase("permission", "protected mode", "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user.\r\n")]
    [TestCase("permission", "+info and +time", RedisPeer.Proper, "-NOPERM User verolux has no permissions to run the 'time' command\r\n")]
    [TestCase("permission", "+info and +time", RedisPeer.Proper, "-NOPERM this user has no permissions to run the 'time' command or its subcommand\r\n")]
    [TestCase("too_many_connections", "maxclients", "-ERR max number of clients reached\r\n")]
    [TestCase("too_many_connections", "maxclients", "-ERR max number of clients + cluster connections reached\r\n")]
    [TestCase("loading", "reading its data", RedisPeer.Proper, "-LOADING Redis is loading the dataset in memory\r\n")]
    [TestCase("loading", "reading its data", "-LOADING Valkey is loading the dataset in memory\r\n")]
    [TestCase("protocol", "unknown command", RedisPeer.Proper, "-ERR unknown command 'TIME'\r\n")]
    [TestCase("protocol", "answers \"HTTP/1.1 400 Bad Request\"", "HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")]
    [TestCase("protocol", "protocol", "\0\u00FF\u00FE\n")]
    [TestCase("protocol", "protocol", ":1\r\n")]
    [TestCase("protocol", "closes the connection", RedisPeer.Close)]
    [TestCase("protocol", "closes the connection", RedisPeer.Proper, RedisPeer.Close)]
    [TestCase("protocol", "after it", RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Close)]
    [TestCase("protocol", "after it", RedisPeer.Proper, RedisPeer.Proper, "garbage\r\n")]
    [TestCase("protocol", "after it", RedisPeer.Proper, RedisPeer.Proper, "$-5\r\n")]
    [TestCase("protocol", "after it", RedisPeer.Proper, RedisPeer.Proper, "$5\r\nab\r\n*1\r\n!\r\n\r\n\r\n")]
    [TestCase("protocol", "with the error", RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Proper, "-ERR it broke\r\n")]
    [TestCase("permission", "+info and +time", RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Proper, "-NOPERM this user has no permissions to run the 'info' command\r\n")]
    [TestCase("protocol", "nothing that a server with data says", RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Proper, Empty)]
    [TestCase("protocol", "nothing that a server with data says", RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Proper, "$-1\r\n")]
    public async Task What_comes_back_has_its_reason(string reason, string detail, params string[] answers)
    {
        await using var peer = new RedisPeer(answers);
        var look = await LookAsync(peer, TestContext.CurrentContext.CancellationToken);
        Assert.That((look.Reason(), look.Samples.Count), Is.EqualTo((reason, 0)), look.Failure?.Detail);
        Assert.That(look.Failure!.Detail, Does.Contain(detail).And.Not.Contain(RedisServer.Password));
        await peer.ClosedAsync(TestContext.CurrentContext.CancellationToken);
        Assert.That(peer.Connections, Is.EqualTo(1), "a wrong password that is sent twice is one that locks twice as fast");
    }

    [Test]
    public async Task An_answer_without_end_is_cut_off(CancellationToken cancellationToken)
    {
        await using var peer = new RedisPeer(new string('x', 100_000));
        var look = await LookAsync(peer, cancellationToken);
        Assert.That(look.Reason(), Is.EqualTo("protocol"));
        Assert.That(look.Failure!.Detail, Has.Length.LessThan(400));
    }

    // A password is masked before the quote is cut, wherever it stands in it.
    [TestCase("-ERR unknown command 'AUTH', with args beginning with: 'verolux' 'redis-exporter-secret'\r\n")]
    [TestCase("-ODD redis-exporter-secret\r\n")]
    [TestCase("+REDIS-EXPORTER-SECRET\r\n")]
    public async Task A_peer_that_repeats_the_password_is_quoted_without_it(string answer)
    {
        await using var peer = new RedisPeer(answer);
        var look = await LookAsync(peer, TestContext.CurrentContext.CancellationToken);
        Assert.That(look.Failure!.Detail, Does.Contain("***").And.Not.Match(new Regex(RedisServer.Password, RegexOptions.IgnoreCase)));
    }

    [TestCase(RedisPeer.Silence)]
    [TestCase(RedisPeer.Proper, RedisPeer.Silence)]
    [TestCase(RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Silence)]
    [TestCase(RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Proper, RedisPeer.Silence)]
    public async Task A_look_at_one_that_falls_silent_ends_with_its_token(params string[] answers)
    {
        await using var peer = new RedisPeer(answers);
        using var cancellation = new CancellationTokenSource();
        var look = LookAsync(peer, cancellation.Token);
        await Eventually.FoundAsync("the connection", () => peer.Open == 1 ? peer : null, TestContext.CurrentContext.CancellationToken);
        await cancellation.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
        await peer.ClosedAsync(TestContext.CurrentContext.CancellationToken);
    }

    [Test]
    public async Task A_look_at_one_that_drips_ends_with_its_token(CancellationToken cancellationToken)
    {
        await using var peer = new RedisPeer() { Drip = TimeSpan.FromMilliseconds(200) };
        using var cancellation = new CancellationTokenSource();
        var look = LookAsync(peer, cancellation.Token);
        await Eventually.FoundAsync("the connection", () => peer.Open == 1 ? peer : null, cancellationToken);
        await cancellation.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
        await peer.ClosedAsync(cancellationToken);
    }

    [Test]
    public async Task An_answer_in_pieces_is_put_together(CancellationToken cancellationToken)
    {
        await using var peer = new RedisPeer() { Drip = TimeSpan.Zero };
        Assert.That((await LookAsync(peer, cancellationToken)).Value("memory_used_bytes"), Is.EqualTo(1000));
    }

    [Test]
    public async Task A_name_that_nobody_has_is_a_matter_of_dns(CancellationToken cancellationToken)
    {
        var look = await (Looking.At(6379) with { Host = "redis.invalid" }).LookAsync(cancellationToken);
        Assert.That(look.Reason(), Is.EqualTo("dns"));
        Assert.That(look.Failure!.Detail, Does.Contain("redis.invalid:6379"));
    }

    [Test]
    public async Task A_host_that_never_answers_the_call_holds_a_look_until_its_token(CancellationToken cancellationToken)
    {
        using var hole = new BlackHole();
        using var cancellation = new CancellationTokenSource();
        var look = Looking.At(hole.Port).LookAsync(cancellation.Token);
        await cancellation.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
    }

    const string Empty = "$0\r\n\r\n";
}
