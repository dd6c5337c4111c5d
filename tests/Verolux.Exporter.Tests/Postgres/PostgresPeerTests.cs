using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Postgres;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Support;
using static Verolux.Exporter.Tests.Postgres.PostgresPeer;

namespace Verolux.Exporter.Tests.Postgres;

/// <summary>What a look makes of whoever is no healthy server.</summary>
[CancelAfter(60_000)]
public class PostgresPeerTests
{
    TemporaryFolder folder = null!;

    [SetUp]
    public void Make() => folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    static IEnumerable<TestCaseData> Garbage =>
    [
        Case("a web server", Say(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"))),
        Case("a web server that waits", SayAndWait(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"))),
        Case("a mail server", SayAndWait(Encoding.ASCII.GetBytes("220 mail.example ESMTP\r\n"))),
        Case("a Redis", SayAndWait(Encoding.ASCII.GetBytes("-ERR unknown command\r\n"))),
        Case("a MySQL", SayAndWait(0x4a, 0, 0, 0, 0x0a, (byte)'8', (byte)'.', (byte)'0')),
        Case("nothing", Say()),
        Case("a reset", ResetAsync),
        Case("an end in the middle of a message", ThenGone((byte)'R', 0, 0)),
        Case("a message of no known type", WithoutTls(Message('?', [1, 2, 3]))),
        Case("a length below its own", ThenGone((byte)'R', 0, 0, 0, 0, 0, 0, 0, 0)),
        Case("a welcome without a version", WithoutTls([.. Message('R', Int32(0)), .. Message('Z', "I"u8.ToArray())])),
        Case("a way to authenticate that nobody knows", WithoutTls(Message('R', Int32(99)))),
        Case("a broken row", ThenGone([.. Welcome, .. Message('D', [0, 99])])),
    ];

    [TestCaseSource(nameof(Garbage))]
    public async Task Garbage_is_no_answer_of_the_protocol_and_costs_little(object talk, CancellationToken cancellationToken)
    {
        await using var peer = new PostgresPeer((Func<NetworkStream, CancellationToken, Task>)talk);
        var before = GC.GetTotalAllocatedBytes();
        var look = await LookAsync(peer.Url, cancellationToken);

        Assert.That(look.Failure?.Reason, Is.EqualTo(NetworkFailure.Protocol), look.Failure?.Detail);
        Assert.That(look.Samples, Is.Empty);
        // Of all threads, other tests' included; what would be too much is a gigabyte.
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(400_000_000));
    }

    [TestCase("28P01", "password authentication failed for user \"exporter\"", "auth")]
    [TestCase("28000", "no pg_hba.conf entry for host \"10.0.0.9\"", "auth")]
    [TestCase("3D000", "database \"x\" does not exist", "not_found")]
    [TestCase("42501", "permission denied for database \"x\"", "permission")]
    [TestCase("53300", "sorry, too many clients already", "too_many_connections")]
    [TestCase("57P01", "terminating connection due to administrator command", "starting_up")]
    [TestCase("57P03", "the database system is starting up", "starting_up")]
    [TestCase("57014", "canceling statement due to statement timeout", "timeout")]
    [TestCase("53100", "could not extend file", "protocol")]
    [TestCase("08P01", "unsupported startup parameter", "protocol")]
    public async Task A_servers_refusal_is_told_by_its_code_and_in_its_words(string sqlState, string text, string reason, CancellationToken cancellationToken)
    {
        await using var peer = new PostgresPeer(WithoutTls(Fatal(sqlState, text)));
        var failure = (await LookAsync(peer.Url, cancellationToken)).Failure!;

        Assert.That((failure.Reason.Name, failure.Detail), Is.EqualTo((reason, $"127.0.0.1:{peer.Port} answers with SQLSTATE {sqlState}: {text}")));
    }

    [Test]
    public async Task A_server_that_repeats_the_password_is_not_quoted(CancellationToken cancellationToken)
    {
        await using var peer = new PostgresPeer(WithoutTls(Fatal("28P01", "pg-s3cret is wrong")));
        Assert.That((await LookAsync(peer.Url, cancellationToken)).Failure?.Detail, Does.Contain("28P01").And.Not.Contain("pg-s3cret"));
    }

    [Test]
    public async Task A_long_story_is_cut(CancellationToken cancellationToken)
    {
        await using var peer = new PostgresPeer(WithoutTls(Fatal("XX000", new string('x', 10_000))));
        Assert.That((await LookAsync(peer.Url, cancellationToken)).Failure?.Detail, Has.Length.LessThan(400));
    }

    [Test]
    public async Task A_port_where_nobody_listens_refuses(CancellationToken cancellationToken)
    {
        var failure = (await LookAsync($"postgresql://u:pg-s3cret@127.0.0.1:{FreePort.Next()}/x", cancellationToken)).Failure;
        Assert.That((failure?.Reason, failure?.Detail), Is.EqualTo((NetworkFailure.Refused, failure?.Detail)));
        Assert.That(failure?.Detail, Does.Contain("nothing listens there").And.Not.Contain("s3cret"));
    }

    [Test]
    public async Task A_name_without_an_address_is_told(CancellationToken cancellationToken) =>
        Assert.That((await LookAsync("postgresql://u:p@no-such-host.invalid/x", cancellationToken)).Failure?.Reason, Is.EqualTo(NetworkFailure.Dns));

    [Test]
    public async Task Who_never_answers_is_given_up(CancellationToken cancellationToken)
    {
        using var hole = new BlackHole();
        using var silent = new SilentServer();
        await using var peer = new PostgresPeer(WithoutTls());
        foreach (var port in (int[])[hole.Port, silent.Port, peer.Port])
        {
            var look = await LookOrTimeoutAsync($"postgresql://u:p@127.0.0.1:{port}/x", cancellationToken);
            Assert.That(look?.Failure?.Reason ?? FailureReason.Timeout, Is.EqualTo(FailureReason.Timeout), look?.Failure?.Detail);
        }
        await GoneAsync(peer, cancellationToken);
    }

    [Test]
    public async Task Who_answers_byte_by_byte_is_given_up(CancellationToken cancellationToken)
    {
        await using var peer = new PostgresPeer(Drip(TimeSpan.FromMilliseconds(10), Welcome));
        var look = await LookOrTimeoutAsync(peer.Url, cancellationToken);
        Assert.That(look?.Failure?.Reason ?? FailureReason.Timeout, Is.EqualTo(FailureReason.Timeout), look?.Failure?.Detail);
        await GoneAsync(peer, cancellationToken);
    }

    /// <summary>What the library waits for as long as a byte comes now and then, whatever it is told. It must stay with a few such looks, and end with the server's patience.</summary>
    [Test]
    public async Task Who_drips_a_message_without_end_holds_few_looks_and_is_looked_at_again_afterwards()
    {
        await using var peer = new PostgresPeer(Drip(TimeSpan.FromMilliseconds(100), [(byte)'N', 0, 1, 0, 0]));
        await using var engine = new Engine();
        await engine.ApplyAsync(Looking.At(folder.Write("connection", peer.Url), time: engine.Time, timeout: 1));
        engine.Time.Advance(TimeSpan.Zero);
        for (var i = 0; i < 6; i++)
        {
            await engine.PassAsync(1);
            await engine.PassAsync(14, turns: 0);
        }
        var page = await engine.ScrapeAsync();
        Assert.That(page.Series, Has.One.Match("^verolux_postgres_failure{.*reason=\"timeout\""));
        Assert.That(page.Of("verolux_exporter_looks_in_flight").Single(), Is.LessThanOrEqualTo(3));

        peer.HangUp();
        peer.TalkAsync = AnswerAsync;
        await engine.UntilAsync(p => p.Of("verolux_exporter_looks_in_flight").Single() == 0);
        engine.Time.Advance(TimeSpan.FromSeconds(15));
        await engine.UntilAsync(p => p.Of("verolux_postgres_up").Single() == 1);
    }

    [Test]
    public async Task A_cancelled_look_destroys_its_connection(CancellationToken cancellationToken)
    {
        var asked = new TaskCompletionSource();
        await using var peer = new PostgresPeer(async (stream, stop) =>
        {
            await DeclineTlsAsync(stream, stop);
            await stream.WriteAsync(Welcome, stop);
            await HearAsync(stream, stop);
            asked.TrySetResult();
            await SayAndWait()(stream, stop);
        });
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = Looking.At(folder.Write("connection", peer.Url)).Watches.Single().LookAsync(cancelling.Token);
        await asked.Task.WaitAsync(cancellationToken);
        await cancelling.CancelAsync();

        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
        await GoneAsync(peer, cancellationToken);
    }

    [Test]
    public async Task Tls_that_is_wanted_and_not_offered_is_told(CancellationToken cancellationToken)
    {
        await using var peer = new PostgresPeer(AnswerAsync);
        var failure = (await Looking.At(folder.Write("connection", peer.Url), new ClientTls()).LookAsync(cancellationToken)).Failure;
        Assert.That((failure?.Reason, failure?.Detail), Is.EqualTo((NetworkFailure.Tls, $"127.0.0.1:{peer.Port} does not begin TLS when asked to")));
    }

    [Test]
    public async Task A_connection_string_is_read_again_at_every_look(CancellationToken cancellationToken)
    {
        await using var peer = new PostgresPeer(AnswerAsync);
        var collector = Looking.At(folder["connection"]);
        Assert.That((await collector.LookAsync(cancellationToken)).Failure, Is.EqualTo(new Failure(FailureReason.Config, $"the connection string: file {folder["connection"]} does not exist")));
        folder.Write("connection", "postgresql://u:pg-s3cret@/x?y");
        var wrong = (await collector.LookAsync(cancellationToken)).Failure;
        Assert.That((wrong?.Reason, wrong?.Detail.Contains("pg-s3cret")), Is.EqualTo((FailureReason.Config, false)));
        folder.Write("connection", peer.Url);
        Assert.That((await collector.LookAsync(cancellationToken)).Failure, Is.Null);
    }

    [Test]
    public async Task A_tls_file_that_cant_be_read_is_the_configurations_fault(CancellationToken cancellationToken)
    {
        var look = await Looking.At(folder.Write("connection", "postgresql://u:p@localhost/x"), new ClientTls(folder["none.pem"])).LookAsync(cancellationToken);
        Assert.That(look.Failure?.Reason, Is.EqualTo(FailureReason.Config));
    }

    [Test]
    public async Task A_server_that_hangs_delays_no_other()
    {
        using var silent = new SilentServer();
        await using var peer = new PostgresPeer(AnswerAsync);
        await using var engine = new Engine();
        PostgresTarget Target(string name, string url) => new(name, "north", Secret.FromFile(folder.Write(name, url)), null, Watch.DefaultInterval, TimeSpan.FromSeconds(2));
        await engine.ApplyAsync(new PostgresCollector([Target("a-silent", $"postgresql://u:p@127.0.0.1:{silent.Port}/x"), Target("good", peer.Url)], engine.Time));
        // The second starts half an interval after the first, which is still at it.
        await engine.PassAsync(1, turns: 0);
        engine.Time.Advance(TimeSpan.FromSeconds(0.5));
        await engine.UntilAsync(page => page.Of("verolux_exporter_looks_in_flight").Single() == 1);
        engine.Time.Advance(TimeSpan.FromSeconds(6));
        await engine.UntilAsync(page => page.Series.Any(s => s.StartsWith("verolux_postgres_up{") && s.Contains("good")));
        var page = await engine.ScrapeAsync();
        Assert.That(page.Series.Where(s => s.StartsWith("verolux_postgres_connections_limit")), Has.One.Contains("good"));
    }

    static TestCaseData Case(string name, Func<NetworkStream, CancellationToken, Task> talk) => new TestCaseData((object)talk).SetArgDisplayNames(name);

    static Func<NetworkStream, CancellationToken, Task> ThenGone(params byte[] bytes) => async (stream, stop) =>
    {
        await DeclineTlsAsync(stream, stop);
        await stream.WriteAsync(bytes, stop);
    };

    static Task GoneAsync(PostgresPeer peer, CancellationToken cancellationToken) =>
        Eventually.FoundAsync("the end of the connection", () => peer.Open == 0 ? "it" : null, cancellationToken);

    Task<Look> LookAsync(string url, CancellationToken cancellationToken) => Looking.At(folder.Write("connection", url)).LookAsync(cancellationToken);

    /// <returns>Null where the look heeded its deadline instead of noticing it itself.</returns>
    async Task<Look?> LookOrTimeoutAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            return await Looking.At(folder.Write("connection", url), timeout: 1).LookAsync(cancellationToken);
        }
        catch (Exception error) when (error is OperationCanceledException or Npgsql.NpgsqlException)
        {
            return null;
        }
    }
}
