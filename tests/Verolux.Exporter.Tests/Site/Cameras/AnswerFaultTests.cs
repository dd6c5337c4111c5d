using System.Globalization;
using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;

namespace Verolux.Exporter.Tests.Site.Cameras;

[CancelAfter(30_000)]
public class AnswerFaultTests
{
    CameraFarm farm = null!;

    [SetUp]
    public void Start() => farm = CameraFarm.Start();

    [TearDown]
    public ValueTask Stop() => farm.DisposeAsync();

    [TestCase(AnswerFault.BusyAtDescribe, 453)]
    [TestCase(AnswerFault.NotFound, 404)]
    [TestCase(AnswerFault.Forbidden, 403)]
    [TestCase(AnswerFault.Unavailable, 503)]
    public async Task DESCRIBE_is_answered_with(object fault, int status)
    {
        using var talk = await TalkAsync((AnswerFault)fault);
        Assert.That((await talk.AskAsync("OPTIONS")).Status, Is.EqualTo(200));
        Assert.That((await talk.AskAsync("DESCRIBE")).Status, Is.EqualTo(status));
    }

    [TestCase(AnswerFault.BusyAtSetup, 453)]
    [TestCase(AnswerFault.UdpOnly, 461)]
    public async Task SETUP_is_answered_with(object fault, int status)
    {
        using var talk = await TalkAsync((AnswerFault)fault);
        Assert.That((await talk.AskAsync("DESCRIBE")).Status, Is.EqualTo(200));
        Assert.That((await talk.SetUpAsync()).Status, Is.EqualTo(status));
        Assert.That(farm.Find("/gate")!.Sessions, Is.Zero);
    }

    [Test]
    public async Task The_session_is_lost_before_PLAY()
    {
        using var talk = await TalkAsync(AnswerFault.SessionLost);
        Assert.That((await talk.PlayAsync()).Status, Is.EqualTo(454));
    }

    [TestCase(AnswerFault.MovedPermanently, 301)]
    [TestCase(AnswerFault.MovedTemporarily, 302)]
    public async Task DESCRIBE_leads_elsewhere(object fault, int status)
    {
        using var talk = await TalkAsync((AnswerFault)fault);
        var reply = await talk.AskAsync("DESCRIBE");
        Assert.That((reply.Status, reply.Headers["Location"]), Is.EqualTo((status, farm.Elsewhere)));
        farm.Find("/gate")!.Kind = new CameraKind { Answers = (AnswerFault)fault, Location = "rtsp://127.0.0.1:9/" };
        Assert.That((await talk.AskAsync("DESCRIBE")).Headers["Location"], Is.EqualTo("rtsp://127.0.0.1:9/"));
    }

    [Test]
    public async Task The_connection_is_reset()
    {
        using var talk = await TalkAsync(AnswerFault.Reset);
        Assert.That(async () => await talk.AskAsync("OPTIONS"), Throws.InstanceOf<IOException>().With.Message.Contains("reset"));
    }

    [Test]
    public async Task Nothing_is_ever_answered(CancellationToken cancellationToken)
    {
        using var talk = await TalkAsync(AnswerFault.Silent);
        var answer = talk.AskAsync("OPTIONS");
        var request = await farm.Requests!.ItemAsync(1, cancellationToken);
        Assert.That(request.Status, Is.Null);
        Assert.That(answer.IsCompleted, Is.False);
        farm.Find("/gate")!.Cut();
        Assert.That(async () => await answer, Throws.InstanceOf<IOException>(), "it ends with the connection only");
    }

    [Test]
    public async Task The_answer_comes_a_byte_at_a_time()
    {
        using var talk = await TalkAsync(AnswerFault.Slow);
        var start = TimeProvider.System.GetTimestamp();
        await talk.SendAsync($"OPTIONS {talk.Url} RTSP/1.0\r\nCSeq: 1\r\n\r\n");
        Assert.That(await talk.BytesAsync(3), Is.EqualTo("RTS"u8.ToArray()));
        Assert.That(TimeProvider.System.GetElapsedTime(start).TotalSeconds, Is.GreaterThan(1.9));
    }

    [Test]
    public async Task Garbage_has_no_lines()
    {
        var bytes = await SaidAsync(AnswerFault.Garbage, 4096);
        Assert.That(bytes, Has.Length.EqualTo(4096).And.None.EqualTo((byte)'\n').And.None.EqualTo((byte)'\r'));
    }

    [Test]
    public async Task Headers_may_never_end()
    {
        var said = Encoding.ASCII.GetString(await SaidAsync(AnswerFault.EndlessHeaders, 1_000_000));
        Assert.That(said, Has.Length.EqualTo(1_000_000).And.StartsWith("RTSP/1.0 200 OK\r\nCSeq: 1\r\nX-Filler: ").And.Not.Contains("\r\n\r\n"));
    }

    [Test]
    public async Task The_connection_may_end_within_a_line() => Assert.That(await SaidAsync(AnswerFault.HalfLine, 100), Is.EqualTo("RTSP/1.0 20"u8.ToArray()));

    [Test]
    public async Task CSeq_may_be_wrong()
    {
        using var talk = await TalkAsync(AnswerFault.WrongCSeq);
        Assert.That((await talk.AskAsync("OPTIONS")).Headers["CSeq"], Is.Not.EqualTo("1"));
    }

    [Test]
    public async Task A_stray_answer_may_come_first()
    {
        using var talk = await TalkAsync(AnswerFault.StrayAnswerFirst);
        Assert.That((await talk.AskAsync("OPTIONS")).Headers["CSeq"], Is.Not.EqualTo("1"));
        Assert.That((await talk.ReplyAsync()).Headers["CSeq"], Is.EqualTo("1"));
    }

    [TestCase(AnswerFault.ContentLengthHuge, "1000000000000")]
    [TestCase(AnswerFault.ContentLengthNegative, "-1")]
    public async Task Content_Length_may_be_senseless(object fault, string length)
    {
        var said = Encoding.ASCII.GetString(await SaidAsync((AnswerFault)fault, 200, "DESCRIBE"));
        Assert.That(said, Does.Contain($"Content-Length: {length}\r\n"));
    }

    [TestCase(AnswerFault.ContentLengthTooLong, 100)]
    [TestCase(AnswerFault.ContentLengthTooShort, -1)]
    public async Task Content_Length_may_be_wrong(object fault, int sign)
    {
        var truth = Sdp.Of(CameraKind.Good).Length;
        var said = Encoding.ASCII.GetString(await SaidAsync((AnswerFault)fault, 200, "DESCRIBE"));
        var length = int.Parse(said.Split("Content-Length: ")[1].Split('\r')[0], CultureInfo.InvariantCulture);
        Assert.That(length, Is.EqualTo(sign > 0 ? truth + sign : truth / 2));
    }

    [Test]
    public async Task The_description_may_be_binary()
    {
        using var talk = await TalkAsync(AnswerFault.BinaryBody);
        Assert.That((await talk.AskAsync("DESCRIBE")).Body, Has.Length.EqualTo(512).And.Contains("\0"));
    }

    [TestCase(SdpFault.NoMedia, 0)]
    [TestCase(SdpFault.None, 1)]
    [TestCase(SdpFault.ThousandMedia, 1000)]
    public async Task The_description_has_media(object fault, int count)
    {
        using var talk = await RtspTalk.ConnectAsync(farm, farm.Add("/gate", new CameraKind { Description = (SdpFault)fault }), CancellationToken.None);
        var lines = (await talk.AskAsync("DESCRIBE")).Body.Split("\r\n");
        Assert.That(lines.Count(l => l.StartsWith("m=")), Is.EqualTo(count));
        Assert.That(lines.Count(l => l.StartsWith("m=video")), Is.EqualTo(Math.Min(1, count)));
    }

    [Test]
    public async Task The_clock_may_be_negative()
    {
        using var talk = await RtspTalk.ConnectAsync(farm, farm.Add("/gate", new CameraKind { Description = SdpFault.NegativeClock }), CancellationToken.None);
        Assert.That((await talk.AskAsync("DESCRIBE")).Body, Does.Contain("a=rtpmap:96 H264/-90000\r\n"));
    }

    async Task<byte[]> SaidAsync(AnswerFault fault, int most, string method = "OPTIONS")
    {
        using var talk = await TalkAsync(fault);
        await talk.SendAsync($"{method} {talk.Url} RTSP/1.0\r\nCSeq: 1\r\n\r\n");
        return await talk.BytesAsync(most);
    }

    Task<RtspTalk> TalkAsync(AnswerFault fault) => RtspTalk.ConnectAsync(farm, farm.Add("/gate", new CameraKind { Answers = fault }), CancellationToken.None);
}
