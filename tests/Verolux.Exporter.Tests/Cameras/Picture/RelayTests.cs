using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Cameras.Rtsp;
using Verolux.Exporter.Tests.Site.Cameras;
using Verolux.Exporter.Tests.Support;
using static Verolux.Exporter.Tests.Cameras.Rtsp.Conversation;

namespace Verolux.Exporter.Tests.Cameras.Picture;

/// <summary>What ffmpeg gets to see of a camera, and the camera of us, with a test in ffmpeg's place.</summary>
[CancelAfter(60_000)]
public class RelayTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task The_packets_of_the_stream_come_from_an_address_that_tells_nothing_of_the_camera(CancellationToken cancellationToken)
    {
        await using var camera = ScriptedPeer.Saying(Conversation.Described, SetUp, Ok + On(2, "one") + On(3, "report") + On(7, "other") + On(2, "") + On(2, "two"), Ok);
        var relay = await OpenAsync(camera.Url, cancellationToken);
        await using (relay)
        {
            Assert.That(Script.ForRelay(relay.Address, Patience), Does.Not.Contain(User).And.Not.Contain("s3cret").And.Not.Contain("stream1").And.Not.Contain($":{camera.Port}"));
            using var ffmpeg = await RtspTalk.ConnectAsync(relay.Address, cancellationToken);
            Assert.That((await ffmpeg.AskAsync("OPTIONS")).Headers, Does.ContainKey("Public").WithValue("OPTIONS, DESCRIBE, SETUP, PLAY").And.ContainKey("CSeq").WithValue("1"));
            var described = await ffmpeg.AskAsync("DESCRIBE", "Accept: application/sdp");
            Assert.That(described.Headers["CSeq"], Is.EqualTo("2"));
            Assert.That(described.Body, Does.EndWith("m=video 0 RTP/AVP 96\r\na=control:video\r\na=rtpmap:96 H264/90000\r\na=framerate:25\r\n"));
            var setUp = await ffmpeg.SetUpAsync();
            Assert.That((setUp.Headers["Session"], setUp.Headers["Transport"]), Is.EqualTo(("1", "RTP/AVP/TCP;unicast;interleaved=0-1")));
            Assert.That((await ffmpeg.AskAsync("PLAY", "Session: 1")).Status, Is.EqualTo(200));
            foreach (var sent in (string[])["one", "", "two"])
            {
                var packet = await ffmpeg.PacketAsync();
                Assert.That((packet.Channel, System.Text.Encoding.ASCII.GetString(packet.Bytes)), Is.EqualTo((0, sent)));
            }
        }
        Assert.That(await MethodsAsync(camera, 4, cancellationToken), Is.EqualTo(new[] { "DESCRIBE", "SETUP", "PLAY", "TEARDOWN" }));
    }

    [Test]
    public async Task Whoever_does_not_know_the_address_is_told_nothing(CancellationToken cancellationToken)
    {
        await using var camera = ScriptedPeer.Saying(Conversation.Described, SetUp, Ok, Ok);
        await using var relay = await OpenAsync(camera.Url, cancellationToken);
        using var other = await RtspTalk.ConnectAsync(new Uri(relay.Address).GetLeftPart(UriPartial.Authority), cancellationToken);
        await other.SendAsync($"DESCRIBE {other.Url}/ RTSP/1.0\r\nCSeq: 1\r\n\r\n");
        Assert.That(await other.BytesAsync(1), Is.Empty);
    }

    [Test]
    public async Task A_session_is_given_back_when_nobody_comes_for_its_packets(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        await using (await OpenAsync(new Uri(farm.Url(camera)), cancellationToken))
            await Eventually.FoundAsync("the first frames", () => camera.Frames > 10 ? camera : null, cancellationToken);
        Assert.That(camera.Sessions, Is.Zero);
        Assert.That(farm.Requests!.Items[^1].Method, Is.EqualTo("TEARDOWN"));
    }

    [Test]
    public async Task A_camera_that_sends_without_end_has_to_wait_and_holds_nobody_up(CancellationToken cancellationToken)
    {
        var answers = new Queue<string>([Conversation.Described, SetUp, Ok]);
        var sent = 0L;
        await using var camera = new ScriptedPeer(async line =>
        {
            while (answers.TryDequeue(out var answer))
                await line.SendAsync(answer.Replace("{cseq}", ScriptedStream.Requested((await line.RequestAsync())!, "CSeq")));
            for (var packet = $"$\u0002\u00ff\u00ff{new string('x', ushort.MaxValue)}"; ; sent += packet.Length)
                await line.SendAsync(packet);
        });
        await using (await OpenAsync(camera.Url, cancellationToken))
            await Eventually.FoundAsync("more than is kept", () => Interlocked.Read(ref sent) > 4 << 20 ? camera : null, cancellationToken);
        Assert.That(Interlocked.Read(ref sent), Is.LessThan(64 << 20));
    }

    [TestCase(AnswerFault.NotFound, "not_found", "DESCRIBE was answered 404")]
    [TestCase(AnswerFault.UdpOnly, "transport", "SETUP was answered 461")]
    [TestCase(AnswerFault.SessionLost, "protocol", "PLAY was answered 454")]
    public async Task What_the_camera_refuses_is_told_in_the_words_of_a_sample_and_leaves_no_session(object fault, string reason, string detail)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Answers = (AnswerFault)fault });
        var (relay, failure) = await Relay.OpenAsync(new Source(new Uri(farm.Url(camera))), Patience, TimeProvider.System, TestContext.CurrentContext.CancellationToken);
        Assert.That((relay, failure!.Reason.Name), Is.EqualTo(((Relay?)null, reason)));
        Assert.That(failure.Detail, Does.StartWith(detail));
        Assert.That(farm.Requests!.Items.Count(r => r.Method == "TEARDOWN"), Is.EqualTo(reason == "protocol" ? 1 : 0));
        Assert.That(camera.Sessions, Is.Zero);
    }

    [TestCase(0, "DESCRIBE")]
    [TestCase(1, "SETUP")]
    [TestCase(2, "PLAY")]
    public async Task Every_step_has_its_time(int answers, string asked, CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        await using var camera = ScriptedPeer.Saying(new[] { Conversation.Described, SetUp }[..answers]);
        var opening = Relay.OpenAsync(new Source(camera.Url), Patience, time, cancellationToken);
        Assert.That(await MethodsAsync(camera, answers + 1, cancellationToken), Has.Member(asked));
        time.Advance(Patience);
        if (asked == "PLAY")
        {
            Assert.That(await MethodsAsync(camera, 1, cancellationToken), Is.EqualTo(new[] { "TEARDOWN" }));
            time.Advance(Patience);
        }
        var failure = (await opening).Failure!;
        Assert.That((failure.Reason, failure.Detail), Is.EqualTo((FailureReason.Timeout, $"{asked}: no answer within the 30 s that the look has")));
    }

    [Test]
    public async Task A_session_is_given_back_when_nobody_wants_the_look_any_more(CancellationToken cancellationToken)
    {
        await using var camera = ScriptedPeer.Saying(Conversation.Described, SetUp);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var opening = Relay.OpenAsync(new Source(camera.Url), Patience, TimeProvider.System, cancel.Token);
        Assert.That(await MethodsAsync(camera, 3, cancellationToken), Is.EqualTo(new[] { "DESCRIBE", "SETUP", "PLAY" }));
        await cancel.CancelAsync();
        Assert.That(async () => await opening, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await MethodsAsync(camera, 1, cancellationToken), Is.EqualTo(new[] { "TEARDOWN" }));
    }

    [Test]
    public async Task A_camera_that_hangs_up_ends_the_stream_and_says_why(CancellationToken cancellationToken)
    {
        var answers = new Queue<string>([Conversation.Described, SetUp, Ok + On(2, "one")]);
        await using var camera = new ScriptedPeer(async line =>
        {
            while (answers.TryDequeue(out var answer))
                await line.SendAsync(answer.Replace("{cseq}", ScriptedStream.Requested((await line.RequestAsync())!, "CSeq")));
        });
        await using var relay = await OpenAsync(camera.Url, cancellationToken);
        using var ffmpeg = await RtspTalk.ConnectAsync(relay.Address, cancellationToken);
        await ffmpeg.AskAsync("PLAY");
        Assert.That((await ffmpeg.PacketAsync()).Bytes, Is.EqualTo("one"u8.ToArray()));
        Assert.That(await ffmpeg.BytesAsync(1), Is.Empty);
        Assert.That((relay.Failure?.Reason, relay.Failure?.Detail), Is.EqualTo((CameraReasons.Protocol, "the stream: the camera closed the connection without an answer")));
    }

    static string On(int channel, string packet) => $"${(char)channel}\0{(char)packet.Length}{packet}";

    static async Task<Relay> OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        var (relay, failure) = await Relay.OpenAsync(new Source(url, User, Password), Patience, TimeProvider.System, cancellationToken);
        Assert.That(failure, Is.Null);
        return relay!;
    }

    static async Task<IReadOnlyList<string>> MethodsAsync(ScriptedPeer camera, int count, CancellationToken cancellationToken)
    {
        var methods = new List<string>();
        while (methods.Count < count)
            methods.Add((await camera.NextAsync(cancellationToken)).Split(' ')[0]);
        return methods;
    }
}
