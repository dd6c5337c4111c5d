using System.Net.Sockets;
using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Site.Cameras;

/// <summary>What a good camera says, and what becomes of its connections and sessions.</summary>
[CancelAfter(30_000)]
public class CameraFarmTests
{
    CameraFarm farm = null!;
    Camera camera = null!;

    [SetUp]
    public void Start()
    {
        farm = CameraFarm.Start();
        camera = farm.Add("/gate_a1");
    }

    [TearDown]
    public ValueTask Stop() => farm.DisposeAsync();

    [Test]
    public async Task It_says_what_it_can()
    {
        using var talk = await TalkAsync();
        var reply = await talk.AskAsync("OPTIONS");
        Assert.That((reply.Status, reply.Headers["CSeq"]), Is.EqualTo((200, "1")));
        Assert.That(reply.Headers["Public"].Split(", "), Is.EqualTo(["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN"]));
    }

    [Test]
    public async Task It_describes_its_stream()
    {
        camera.Kind = new CameraKind { Fps = 12, DeclaredFps = 12.5 };
        using var talk = await TalkAsync();
        var reply = await talk.AskAsync("DESCRIBE", "Accept: application/sdp");
        Assert.That((reply.Status, reply.Headers["Content-Type"], reply.Headers["Content-Base"]), Is.EqualTo((200, "application/sdp", $"{talk.Url}/")));
        Assert.That(reply.Body.Split("\r\n"), Does.Contain("m=video 0 RTP/AVP 96").And.Contain("a=rtpmap:96 H264/90000").And.Contain("a=framerate:12.5").And.Contain("a=control:track0"));
        Assert.That(reply.Body, Does.Match("a=fmtp:96 packetization-mode=1;profile-level-id=4D40[0-9A-F]{2};sprop-parameter-sets=Z[^,]+,a[^\r]+\r\n"));
    }

    [TestCase(Codec.H265, "H265/90000")]
    [TestCase(Codec.Mjpeg, "JPEG/90000")]
    public async Task It_names_its_codec(object codec, string encoding)
    {
        camera.Kind = new CameraKind { Codec = (Codec)codec };
        using var talk = await TalkAsync();
        Assert.That((await talk.AskAsync("DESCRIBE")).Body, Does.Contain($" {encoding}\r\n"));
    }

    [Test]
    public async Task A_path_without_a_camera_is_not_found()
    {
        using var talk = await TalkAsync();
        await talk.SendAsync($"DESCRIBE {farm.Elsewhere} RTSP/1.0\r\nCSeq: 7\r\n\r\n");
        var reply = await talk.ReplyAsync();
        Assert.That((reply.Status, reply.Headers["CSeq"]), Is.EqualTo((404, "7")));
    }

    [TestCase("ANNOUNCE", 501)]
    [TestCase("PLAY", 454)]
    [TestCase("TEARDOWN", 454)]
    [TestCase("GET_PARAMETER", 200)]
    public async Task Without_a_session_the_answer_is(string method, int status)
    {
        using var talk = await TalkAsync();
        Assert.That((await talk.AskAsync(method)).Status, Is.EqualTo(status));
    }

    [TestCase("RTP/AVP;unicast;client_port=5000-5001", 461)]
    [TestCase("RTP/AVP;unicast;client_port=5000-5001, RTP/AVP/TCP;unicast;interleaved=4-5", 200)]
    public async Task It_sends_over_its_connection_only(string transport, int status)
    {
        using var talk = await TalkAsync();
        var reply = await talk.SetUpAsync(transport);
        Assert.That(reply.Status, Is.EqualTo(status));
        if (status == 200)
            Assert.That(reply.Headers["Transport"], Is.EqualTo("RTP/AVP/TCP;unicast;interleaved=4-5"));
    }

    [Test]
    public async Task A_wrong_session_is_not_found_and_a_playing_one_is_not_set_up()
    {
        using var talk = await TalkAsync();
        var session = RtspTalk.SessionOf(await talk.SetUpAsync());
        Assert.That((await talk.AskAsync("PLAY", "Session: another")).Status, Is.EqualTo(454));
        Assert.That((await talk.AskAsync("PLAY", $"Session: {session}")).Status, Is.EqualTo(200));
        Assert.That((await talk.SetUpAsync()).Status, Is.EqualTo(455));
    }

    [Test]
    public async Task After_TEARDOWN_nothing_comes_any_more()
    {
        using var talk = await TalkAsync();
        var session = RtspTalk.SessionOf(await talk.PlayAsync());
        await talk.PacketsAsync(1);
        Assert.That(camera.Sessions, Is.EqualTo(1));
        Assert.That((await talk.AskAsync("TEARDOWN", $"Session: {session}")).Status, Is.EqualTo(200));
        Assert.That(camera.Sessions, Is.Zero);
        Assert.That((await talk.AskAsync("GET_PARAMETER", $"Session: {session}")).Status, Is.EqualTo(454));
    }

    [Test]
    public async Task A_session_ends_with_its_connection(CancellationToken cancellationToken)
    {
        using (var talk = await TalkAsync())
            await talk.PlayAsync();
        await Eventually.FoundAsync("the session's end", () => camera.Sessions == 0 ? camera : null, cancellationToken);
        Assert.That((camera.MostSessions, camera.Connections), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task One_session_more_than_there_may_be_finds_it_busy()
    {
        camera.Kind = new CameraKind { SessionLimit = 1 };
        using var first = await TalkAsync();
        using var second = await TalkAsync();
        Assert.That((await first.SetUpAsync()).Status, Is.EqualTo(200));
        Assert.That((await second.SetUpAsync()).Status, Is.EqualTo(453));
        Assert.That((await first.AskAsync("TEARDOWN", $"Session: {RtspTalk.SessionOf(await first.AskAsync("GET_PARAMETER"))}")).Status, Is.EqualTo(200));
        Assert.That((await second.SetUpAsync()).Status, Is.EqualTo(200));
        Assert.That(camera.MostSessions, Is.EqualTo(1));
    }

    [Test]
    public async Task Cutting_it_resets_its_connections_until_it_is_restored()
    {
        using var talk = await TalkAsync();
        await talk.AskAsync("OPTIONS");
        camera.Cut();
        Assert.That(async () => await talk.AskAsync("OPTIONS"), Throws.InstanceOf<IOException>());
        using (var again = await TalkAsync())
            Assert.That(async () => await again.AskAsync("OPTIONS"), Throws.InstanceOf<IOException>());
        camera.Restore();
        using var after = await TalkAsync();
        Assert.That((await after.AskAsync("OPTIONS")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task While_it_flaps_every_other_connection_is_reset()
    {
        camera.Flap();
        for (var i = 0; i < 2; i++)
        {
            using (var good = await TalkAsync())
            {
                Assert.That((await good.AskAsync("OPTIONS")).Status, Is.EqualTo(200));
                Assert.That((await good.AskAsync("OPTIONS")).Status, Is.EqualTo(200), "one that was let in stays");
            }
            using var bad = await TalkAsync();
            Assert.That(async () => await bad.AskAsync("OPTIONS"), Throws.InstanceOf<IOException>());
        }
        camera.Restore();
        for (var i = 0; i < 2; i++)
        {
            using var after = await TalkAsync();
            Assert.That((await after.AskAsync("OPTIONS")).Status, Is.EqualTo(200));
        }
    }

    [Test]
    public async Task Cutting_it_breaks_off_what_plays()
    {
        using var talk = await TalkAsync();
        await talk.PlayAsync();
        camera.Cut();
        Assert.That(async () => await talk.PacketsAsync(1_000_000), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task Requests_are_kept_with_their_answers()
    {
        using var talk = await TalkAsync();
        await talk.AskAsync("OPTIONS", "User-Agent: test");
        await talk.AskAsync("PLAY");
        Assert.That(farm.Requests!.Items.Select(r => (r.Path, r.Method, r.Status)), Is.EqualTo([("/gate_a1", "OPTIONS", 200), ("/gate_a1", "PLAY", (int?)454)]));
        Assert.That(farm.Requests!.Items[0].Text, Does.EndWith("User-Agent: test"));
        Assert.That(camera.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task What_is_no_RTSP_ends_the_connection()
    {
        using var talk = await TalkAsync();
        await talk.SendAsync("hello\r\n\r\n");
        Assert.That(await talk.BytesAsync(1), Is.Empty);
    }

    [Test]
    public async Task Interleaved_bytes_of_the_client_are_skipped()
    {
        using var talk = await TalkAsync();
        await talk.SendAsync("$\u0001\0\u0004\r\n\r\n");
        Assert.That((await talk.AskAsync("OPTIONS")).Status, Is.EqualTo(200));
    }

    [Test]
    public void A_thousand_plain_cameras_are_dead_in_the_part_asked_for()
    {
        farm.AddPlain(1000, deadPercent: 10);
        var dead = Enumerable.Range(0, 1000).Where(i => farm.Find($"/cam{i}")!.Kind.Answers == AnswerFault.Reset).ToList();
        Assert.That(dead, Is.EqualTo(Enumerable.Range(0, 100).Select(i => (i * 10) + 9)));
    }

    [Test]
    public async Task A_refusing_port_refuses(CancellationToken cancellationToken)
    {
        using var refusing = new RefusingPort();
        using var client = new TcpClient();
        Assert.That(
            async () => await client.ConnectAsync("127.0.0.1", refusing.Port, cancellationToken),
            Throws.InstanceOf<SocketException>().With.Property(nameof(SocketException.SocketErrorCode)).EqualTo(SocketError.ConnectionRefused));
    }

    Task<RtspTalk> TalkAsync() => RtspTalk.ConnectAsync(farm, camera, CancellationToken.None);
}
