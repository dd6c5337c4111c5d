using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;
using static Verolux.Exporter.Tests.Cameras.Rtsp.Conversation;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>What a camera is asked, in which order, under which address.</summary>
public class DialogueTests
{
    [Test]
    public async Task A_whole_dialogue_is_said_in_order()
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Ok, WithBody(Sdp, "Content-Base: rtsp://10.0.0.7/stream1/\r\n"), SetUp, Ok, Ok));
        await talk.Dialogue.OptionsAsync(CancellationToken.None);
        var video = await talk.Dialogue.DescribeAsync(CancellationToken.None);
        var channel = await talk.Dialogue.SetupAsync(video, CancellationToken.None);
        Assert.That(channel, Is.EqualTo(2));
        await talk.Dialogue.PlayAsync(CancellationToken.None);
        await talk.Dialogue.TeardownAsync(CancellationToken.None);
        await talk.Dialogue.TeardownAsync(CancellationToken.None);
        var agent = $"User-Agent: verolux-exporter/{ExporterMetrics.Version}\r\n";
        Assert.That(talk.Requests, Is.EqualTo(new[]
        {
            $"OPTIONS rtsp://10.0.0.7/stream1 RTSP/1.0\r\nCSeq: 1\r\n{agent}\r\n",
            $"DESCRIBE rtsp://10.0.0.7/stream1 RTSP/1.0\r\nCSeq: 2\r\n{agent}Accept: application/sdp\r\n\r\n",
            $"SETUP rtsp://10.0.0.7/stream1/trackID=1 RTSP/1.0\r\nCSeq: 3\r\n{agent}Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
            $"PLAY rtsp://10.0.0.7/stream1/ RTSP/1.0\r\nCSeq: 4\r\n{agent}Session: 1234abcd\r\nRange: npt=0.000-\r\n\r\n",
            $"TEARDOWN rtsp://10.0.0.7/stream1/ RTSP/1.0\r\nCSeq: 5\r\n{agent}Session: 1234abcd\r\n\r\n",
        }));
        Assert.That(talk.Trace.Steps.Select(s => s.Name), Is.EqualTo(new[] { "options", "describe", "setup", "play" }));
    }

    [Test]
    public async Task A_session_is_given_back_after_a_play_that_failed()
    {
        await using var talk = await SetUpAsync(SetUp, Status("453 Not Enough Bandwidth"), Ok);
        Assert.That((await FailureOfAsync(() => talk.Dialogue.PlayAsync(CancellationToken.None))).Reason, Is.EqualTo(CameraReasons.Busy));
        await talk.Dialogue.TeardownAsync(CancellationToken.None);
        Assert.That(talk.Requests[^1], Does.StartWith("TEARDOWN ").And.Contain("\r\nSession: 1234abcd\r\n"));
    }

    [Test]
    public async Task A_session_is_given_back_while_pictures_still_come()
    {
        await using var talk = await SetUpAsync(SetUp, Ok + "$\u0002\0\u0001a", "$\u0002\0\u0001b$\u0002\0\u0001c" + Ok);
        await talk.Dialogue.PlayAsync(CancellationToken.None);
        await talk.Dialogue.TeardownAsync(CancellationToken.None);
        Assert.That(talk.Connection.LastStatus, Is.EqualTo(200));
    }

    [TestCase("")]
    [TestCase("Session:\r\n")]
    [TestCase("Session: ;timeout=60\r\n")]
    public async Task A_setup_without_a_session_is_none(string header)
    {
        var talk = new Conversation(ScriptedStream.Saying(Status("200 OK", header)));
        await using (talk)
        {
            var failure = await FailureOfAsync(() => talk.Dialogue.SetupAsync(Track("trackID=1"), CancellationToken.None));
            Assert.That(failure, Is.EqualTo(new Failure(CameraReasons.Protocol, "SETUP was answered 200 without a session")));
        }
    }

    [TestCase("RTP/AVP/TCP;unicast;interleaved=4-5", 4)]
    [TestCase("RTP/AVP/TCP;INTERLEAVED=6", 6)]
    [TestCase("RTP/AVP/TCP;unicast", 0)]
    [TestCase("RTP/AVP/TCP;interleaved=999-1000", 0)]
    [TestCase("RTP/AVP/TCP;interleaved=", 0)]
    [TestCase("RTP/AVP/TCP;interleaved=-1", 0)]
    public async Task The_channel_is_the_camera_s(string transport, int channel)
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Status("200 OK", $"Session: 1\r\nTransport: {transport}\r\n")));
        Assert.That(await talk.Dialogue.SetupAsync(Track("trackID=1"), CancellationToken.None), Is.EqualTo(channel));
    }

    [TestCase("rtsp://10.0.0.7/stream1", "", "trackID=1", "rtsp://10.0.0.7/stream1/trackID=1", "rtsp://10.0.0.7/stream1")]
    [TestCase("rtsp://10.0.0.7/stream1", "Content-Base: rtsp://10.0.0.7/stream1/\r\n", "trackID=1", "rtsp://10.0.0.7/stream1/trackID=1", "rtsp://10.0.0.7/stream1/")]
    [TestCase("rtsp://10.0.0.7/stream1", "Content-Base: rtsp://10.0.0.7/other\r\n", "trackID=1", "rtsp://10.0.0.7/other/trackID=1", "rtsp://10.0.0.7/other")]
    [TestCase("rtsp://10.0.0.7/stream1", "Content-Location: rtsp://10.0.0.7/there/\r\n", "1", "rtsp://10.0.0.7/there/1", "rtsp://10.0.0.7/there/")]
    [TestCase("rtsp://10.0.0.7/stream1", "Content-Base: \r\nContent-Location: rtsp://10.0.0.7/there/\r\n", "1", "rtsp://10.0.0.7/there/1", "rtsp://10.0.0.7/there/")]
    [TestCase("rtsp://10.0.0.7/stream1", "Content-Base: /relative/\r\n", "1", "rtsp://10.0.0.7/stream1/1", "rtsp://10.0.0.7/stream1")]
    [TestCase("rtsp://10.0.0.7/stream1", "Content-Base: rtsp://a b/\r\n", "1", "rtsp://10.0.0.7/stream1/1", "rtsp://10.0.0.7/stream1")]
    [TestCase("rtsp://10.0.0.7/stream1", "", "rtsp://192.168.1.64/stream1/trackID=1?a=b", "rtsp://192.168.1.64/stream1/trackID=1?a=b", "rtsp://10.0.0.7/stream1")]
    [TestCase("rtsp://10.0.0.7/stream1", "", "RTSP://h/t", "RTSP://h/t", "rtsp://10.0.0.7/stream1")]
    [TestCase("rtsp://10.0.0.7/stream1", "", "*", "rtsp://10.0.0.7/stream1", "rtsp://10.0.0.7/stream1")]
    [TestCase("rtsp://10.0.0.7/stream1", "", "", "rtsp://10.0.0.7/stream1", "rtsp://10.0.0.7/stream1")]
    [TestCase("rtsp://10.0.0.7/cam/realmonitor?channel=1&subtype=0", "Content-Base: rtsp://10.0.0.7/cam/realmonitor?channel=1&subtype=0/\r\n", "trackID=0",
        "rtsp://10.0.0.7/cam/realmonitor?channel=1&subtype=0/trackID=0", "rtsp://10.0.0.7/cam/realmonitor?channel=1&subtype=0/")]
    [TestCase("rtsp://10.0.0.7/axis-media/media.amp?videocodec=h264", "Content-Base: rtsp://10.0.0.7/axis-media/media.amp/\r\n", "rtsp://10.0.0.7/axis-media/media.amp/stream=0?videocodec=h264",
        "rtsp://10.0.0.7/axis-media/media.amp/stream=0?videocodec=h264", "rtsp://10.0.0.7/axis-media/media.amp/")]
    public async Task A_track_is_set_up_under_its_address(string url, string headers, string control, string track, string aggregate)
    {
        await using var talk = new Conversation(ScriptedStream.Saying(WithBody(Sdp.Replace("trackID=1", control), headers), SetUp, Ok), new Uri(url));
        var video = await talk.Dialogue.DescribeAsync(CancellationToken.None);
        await talk.Dialogue.SetupAsync(video, CancellationToken.None);
        await talk.Dialogue.PlayAsync(CancellationToken.None);
        Assert.That(talk.Requests.Select(r => r.Split(' ')[1]), Is.EqualTo(new[] { url, track, aggregate }));
    }

    [TestCase("two words")]
    [TestCase("tab\there")]
    [TestCase("nul\0here")]
    [TestCase("umläut")]
    [TestCase("delete\u007f")]
    [TestCase("x RTSP/1.0\r\nX-Injected: 1")]
    public async Task A_control_address_that_would_break_the_request_is_not_sent(string control)
    {
        await using var talk = new Conversation(ScriptedStream.Saying());
        var failure = await FailureOfAsync(() => talk.Dialogue.SetupAsync(Track(control), CancellationToken.None));
        Assert.That(failure.Reason, Is.EqualTo(CameraReasons.Protocol));
        Assert.That(failure.Detail, Does.StartWith("the stream's control address \"").And.EndWith("\" can't be used").And.Not.Contain('\n').And.Not.Contain('\r'));
        Assert.That(talk.Requests, Is.Empty);
    }

    [Test]
    public async Task A_control_address_of_many_kilobytes_is_not_sent()
    {
        await using var talk = new Conversation(ScriptedStream.Saying(WithBody(Sdp.Replace("control:*", $"control:{new string('x', 100_000)}"))));
        Assert.That((await FailureOfAsync(() => talk.Dialogue.DescribeAsync(CancellationToken.None))).Detail, Has.Length.LessThan(200));
    }

    [TestCase("", "what DESCRIBE was answered with is no session description")]
    [TestCase("<html>", "what DESCRIBE was answered with is no session description")]
    [TestCase("v=0\r\n", "what DESCRIBE was answered with offers no pictures")]
    [TestCase("v=0\r\nm=audio 0 RTP/AVP 0\r\n", "what DESCRIBE was answered with offers no pictures")]
    [TestCase("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/0\r\n", "what DESCRIBE was answered with gives its pictures a clock of 0 Hz")]
    public async Task What_describes_no_pictures_is_a_protocol_failure(string body, string detail)
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Ok, WithBody(body)));
        Assert.That(await talk.DescribeAsync(), Is.EqualTo(new Failure(CameraReasons.Protocol, detail)));
    }

    static VideoTrack Track(string control) => new(96, "H264", 90000, null, control, null, []);

    static async Task<Conversation> SetUpAsync(params string[] answers)
    {
        var talk = new Conversation(ScriptedStream.Saying(answers));
        await talk.Dialogue.SetupAsync(Track("trackID=1"), CancellationToken.None);
        return talk;
    }
}
