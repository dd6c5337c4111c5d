using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;
using static Verolux.Exporter.Tests.Cameras.Rtsp.Conversation;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>Connecting, over real sockets: what there is between no answer and a TLS session.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class ConnectionTests
{
    readonly FakeTimeProvider time = new();
    readonly Trace trace = new(TimeProvider.System);

    [Test]
    public async Task A_connection_is_made_and_says_where_it_leads(CancellationToken cancellationToken)
    {
        await using var peer = ScriptedPeer.Saying(Ok, Described);
        await using var connection = await ConnectAsync(peer.Url, cancellationToken);
        var dialogue = new RtspDialogue(connection, peer.Url, trace);
        await dialogue.OptionsAsync(cancellationToken);
        Assert.That((await dialogue.DescribeAsync(cancellationToken)).Encoding, Is.EqualTo("H264"));
        Assert.That(connection.CertificateExpiry, Is.Null);
        Assert.That(trace.Steps.Select(s => s.Name), Is.EqualTo(new[] { "connect", "options", "describe" }));
    }

    [Test]
    public async Task A_name_is_looked_up_first(CancellationToken cancellationToken)
    {
        await using var peer = ScriptedPeer.Saying(Ok);
        await using var connection = await ConnectAsync(new Uri($"rtsp://localhost:{peer.Port}/"), cancellationToken);
        Assert.That(trace.Steps.Select(s => s.Name), Is.EqualTo(new[] { "dns", "connect" }));
        Assert.That(trace.Steps[0].Said, Does.Contain("127.0.0.1"));
    }

    [TestCase("nothing.invalid")]
    [TestCase("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid")]
    public async Task A_name_without_an_address_is_dns(string host, CancellationToken cancellationToken)
    {
        var failure = await FailureOfAsync(async () => await ConnectAsync(new Uri($"rtsp://{host}/"), cancellationToken));
        Assert.That(failure.Reason, Is.EqualTo(CameraReasons.Dns));
        Assert.That(failure.Detail, Is.AnyOf($"the name {host} has no address", $"the name servers don't answer for {host}"));
    }

    [TestCase("127.0.0.1")]
    [TestCase("[::1]")]
    public async Task A_port_that_nobody_listens_on_is_refused(string host, CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        Assert.That(await FailureOfAsync(async () => await ConnectAsync(new Uri($"rtsp://{host}:{port}/"), cancellationToken)), Is.EqualTo(new Failure(
            CameraReasons.Refused, $"{host}:{port} refuses the connection: the host answers, and nothing listens there")));
    }

    [Test]
    public async Task No_way_to_the_host_is_unreachable(CancellationToken cancellationToken)
    {
        var failure = await FailureOfAsync(async () => await ConnectAsync(new Uri("rtsp://255.255.255.255/"), cancellationToken));
        Assert.That(failure.Reason, Is.EqualTo(CameraReasons.Unreachable));
        Assert.That(failure.Detail, Is.EqualTo("there is no route to 255.255.255.255:554"));
    }

    [Test]
    public async Task A_host_that_swallows_everything_is_a_timeout_after_two_seconds_of_the_clock(CancellationToken cancellationToken)
    {
        // One connection that nobody accepts fills the queue, and the kernel drops what comes after.
        using var hole = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        hole.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        hole.Listen(0);
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)hole.LocalEndPoint!, cancellationToken);
        var port = ((IPEndPoint)hole.LocalEndPoint!).Port;
        var connecting = ConnectAsync(new Uri($"rtsp://127.0.0.1:{port}/"), cancellationToken);
        time.Advance(RtspConnection.ConnectTimeout - TimeSpan.FromMilliseconds(1));
        Assert.That(connecting.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(await FailureOfAsync(() => connecting), Is.EqualTo(new Failure(FailureReason.Timeout, $"connecting to 127.0.0.1:{port}: no answer within 2 s")));
    }

    [Test]
    public async Task A_caller_that_gives_up_is_not_a_failure_of_the_camera(CancellationToken cancellationToken)
    {
        await using var peer = ScriptedPeer.Saying();
        await using var connection = await ConnectAsync(peer.Url, cancellationToken);
        using var caller = new CancellationTokenSource();
        var asking = connection.SendAsync("OPTIONS", "rtsp://h/", "", caller.Token);
        await peer.NextAsync(cancellationToken);
        await caller.CancelAsync();
        Assert.That(async () => await asking, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Reset_closed_and_closed_half_way_are_protocol_failures([Values] bool asked, [Values("reset", "close", "half")] string how, CancellationToken cancellationToken)
    {
        await using var peer = new ScriptedPeer(async line =>
        {
            if (asked)
                await line.RequestAsync();
            if (how == "reset")
                line.Reset();
            else if (how == "half")
                line.CloseHalf();
            if (how == "half")
                await line.SilenceAsync();
        });
        // A reset may be seen while connecting as well as while asking.
        var failure = await FailureOfAsync(async () =>
        {
            await using var connection = await ConnectAsync(peer.Url, cancellationToken);
            await connection.SendAsync("OPTIONS", "rtsp://h/", "", cancellationToken);
        });
        Assert.That(failure.Reason, Is.EqualTo(CameraReasons.Protocol));
        Assert.That(failure.Detail, Is.EqualTo("OPTIONS: the camera closed the connection without an answer").Or.EqualTo(how == "reset" ? $"{peer.Url.Authority} drops the connection" : null));
    }

    [Test]
    public async Task An_answer_may_come_in_single_bytes(CancellationToken cancellationToken)
    {
        using var next = new SemaphoreSlim(0);
        var answer = "$\0\0\u0001x" + Ok.Replace("{cseq}", "1");
        await using var peer = new ScriptedPeer(async line =>
        {
            await line.RequestAsync();
            await line.DribbleAsync(answer, next);
            await line.SilenceAsync();
        });
        await using var connection = await ConnectAsync(peer.Url, cancellationToken);
        var asking = connection.SendAsync("OPTIONS", "rtsp://h/", "", cancellationToken);
        for (var i = 0; i < answer.Length; i++)
        {
            Assert.That(asking.IsCompleted, Is.False);
            next.Release();
        }
        Assert.That((await asking).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Over_tls_all_is_the_same_and_the_certificate_s_end_is_known(CancellationToken cancellationToken)
    {
        using var certificate = Pem.Authority("camera");
        await using var peer = ScriptedPeer.Saying(certificate, Ok, Described);
        await using var connection = await ConnectAsync(peer.Url, cancellationToken);
        var dialogue = new RtspDialogue(connection, peer.Url, trace);
        await dialogue.OptionsAsync(cancellationToken);
        Assert.That((await dialogue.DescribeAsync(cancellationToken)).Encoding, Is.EqualTo("H264"));
        Assert.That(connection.CertificateExpiry, Is.EqualTo(new DateTimeOffset(certificate.NotAfter.ToUniversalTime())));
        Assert.That(trace.Steps.Select(s => s.Name), Is.EqualTo(new[] { "connect", "tls", "options", "describe" }));
        Assert.That(trace.Steps[1].Said, Does.StartWith("Tls1"));
    }

    [TestCase("RTSP/1.0 400 Bad Request\r\n\r\n", "what answers there speaks no TLS that this machine accepts")]
    [TestCase("HTTP/1.1 400 Bad Request\r\n\r\n", "what answers there speaks no TLS that this machine accepts")]
    [TestCase("\u0015\u0003\u0003\0\u0002\u0002\u0028", "what answers there speaks no TLS that this machine accepts")]
    [TestCase("", "the connection was closed")]
    public async Task What_answers_a_hello_in_plain_words_or_not_at_all_is_tls(string answer, string why, CancellationToken cancellationToken)
    {
        await using var peer = new ScriptedPeer(async line =>
        {
            await line.SendAsync(answer);
            line.CloseHalf();
            await line.SilenceAsync();
        });
        Assert.That(await FailureOfAsync(async () => await ConnectAsync(new Uri($"rtsps://127.0.0.1:{peer.Port}/"), cancellationToken)), Is.EqualTo(new Failure(
            CameraReasons.Tls, $"the TLS handshake with 127.0.0.1:{peer.Port} failed: {why}")));
    }

    [TestCase("rtsp://h/", "h:554")]
    [TestCase("rtsps://h/", "h:322")]
    [TestCase("rtsp://h:8554/", "h:8554")]
    [TestCase("rtsp://[::1]/", "[::1]:554")]
    public void Ports_are_the_schemes_where_none_is_given(string url, string address) => Assert.That(RtspConnection.Address(new Uri(url)), Is.EqualTo(address));

    Task<RtspConnection> ConnectAsync(Uri url, CancellationToken cancellationToken) => RtspConnection.ConnectAsync(url, null, null, trace, time, cancellationToken);
}
