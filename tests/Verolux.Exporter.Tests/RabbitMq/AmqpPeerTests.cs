using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.RabbitMq;

/// <summary>What listens where the broker is expected, and is none.</summary>
[CancelAfter(60_000)]
public class AmqpPeerTests
{
    static IEnumerable<TestCaseData> Garbage =>
    [
        Case("a web server", Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
        Case("a mail server", Encoding.ASCII.GetBytes("220 mail.example ESMTP\r\n")),
        Case("another version of AMQP", [.. "AMQP"u8, 3, 1, 0, 0]),
        Case("an old version of AMQP", [.. "AMQP"u8, 0, 0, 9, 1]),
        Case("a frame longer than any", [1, 0, 0, 255, 255, 255, 255, 0, 10, 0, 10]),
        Case("a frame without its end", [1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 10, 1, 1]),
        Case("a method cut short", [1, 0, 0, 0, 0, 0, 5, 0, 10, 0, 10, 0, 206]),
        Case("a table longer than its frame", [1, 0, 0, 0, 0, 0, 10, 0, 10, 0, 10, 0, 9, 127, 255, 255, 255, 206]),
        Case("zeros", new byte[200]),
    ];

    static TestCaseData Case(string name, byte[] said) => new TestCaseData(said).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Garbage))]
    public async Task What_is_no_AMQP_is_said_to_be_none(byte[] said, CancellationToken cancellationToken)
    {
        await using var peer = ScriptedServer.Saying(said);
        await Watching.At(RabbitServer.UriOf(peer.Port)).FailsAsync(NetworkFailure.Protocol, cancellationToken);
    }

    [Test]
    public async Task A_peer_that_hangs_up_is_a_matter_of_the_protocol(CancellationToken cancellationToken)
    {
        await using var peer = new ScriptedServer(async (stream, ct) => await stream.ReadExactlyAsync(new byte[8], ct));
        await Watching.At(RabbitServer.UriOf(peer.Port)).FailsAsync(NetworkFailure.Protocol, cancellationToken);
    }

    [Test]
    public async Task Nobody_there_is_told_from_no_such_name(CancellationToken cancellationToken)
    {
        await Watching.At(RabbitServer.UriOf(FreePort.Next())).FailsAsync(NetworkFailure.Refused, cancellationToken);
        await Watching.At("amqp://u:p@no-such-host.invalid").FailsAsync(NetworkFailure.Dns, cancellationToken);
    }

    [Test]
    public async Task A_secret_that_cannot_be_read_is_a_matter_of_the_configuration(CancellationToken cancellationToken)
    {
        var look = await (Watching.At("") with { Uri = Secret.FromFile("/nonexistent/uri") }).FailsAsync(FailureReason.Config, cancellationToken);
        Assert.That(look.Failure!.Detail, Is.EqualTo("the address can't be read: file /nonexistent/uri does not exist"));
    }

    static IEnumerable<TestCaseData> Waiting =>
    [
        Case("silence", []),
        Case("one byte", [1]),
        Case("half a frame", [1, 0, 0, 0, 0, 0, 40, 0, 10, 0, 10, 0, 9]),
        Case("a frame of an unknown type", [77, 0, 0, 0, 0, 0, 1, 0, 206]),
        Case("a method that nobody knows", [1, 0, 0, 0, 0, 0, 4, 0, 99, 0, 99, 206]),
    ];

    [TestCaseSource(nameof(Waiting))]
    public async Task A_look_that_is_cancelled_leaves_no_connection_behind(byte[] said, CancellationToken cancellationToken)
    {
        await using var peer = ScriptedServer.Saying(said);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = Watching.At(RabbitServer.UriOf(peer.Port)).LookAsync(cancellation.Token);
        await Eventually.FoundAsync("the connection", () => peer.Open == 1 ? peer : null, cancellationToken);
        await cancellation.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.FoundAsync("the end of the connection", () => peer.Open == 0 ? peer : null, cancellationToken);
    }

    [Test]
    public async Task A_connection_that_is_never_made_ends_with_the_cancellation(CancellationToken cancellationToken)
    {
        using var hole = new BlackHole();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = Watching.At(RabbitServer.UriOf(hole.Port)).LookAsync(cancellation.Token);
        await cancellation.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
    }
}
