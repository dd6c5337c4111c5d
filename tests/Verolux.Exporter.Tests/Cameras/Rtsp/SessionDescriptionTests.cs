using NUnit.Framework;
using Verolux.Exporter.Cameras.Rtsp;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>What cameras send for a session description, in the manner of each maker, and what they get wrong.</summary>
public class SessionDescriptionTests
{
    const string Hikvision = """
        v=0
        o=- 1691400000000000 1691400000000000 IN IP4 192.168.1.64
        s=Media Presentation
        e=NONE
        b=AS:5050
        t=0 0
        a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/
        m=video 0 RTP/AVP 96
        c=IN IP4 0.0.0.0
        b=AS:5000
        a=recvonly
        a=x-dimensions:1920,1080
        a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=1
        a=rtpmap:96 H264/90000
        a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00AKp2oHgCJ+WbgICAgQA==,aO48gA==
        a=Media_header:MEDIAINFO=494D4B48010300000400000100000000000000000000000000000000000000000000000000000000;
        a=appversion:1.0
        m=audio 0 RTP/AVP 8
        a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=2
        a=rtpmap:8 PCMA/8000
        """;

    const string Dahua = """
        v=0
        o=- 2251938191 2251938191 IN IP4 0.0.0.0
        s=RTSP Session/2.0
        c=IN IP4 0.0.0.0
        t=0 0
        a=control:*
        a=range:npt=now-
        a=packetization-supported:DH
        m=video 0 RTP/AVP 98
        a=control:trackID=0
        a=framerate:25.000000
        a=rtpmap:98 H265/90000
        a=fmtp:98 profile-id=1;sprop-sps=QgEBAWAAAAMAsAAAAwAAAwB7oAPAgBDljb5JMvTcBAQEAg==;sprop-pps=RAHA8vA8kAA=;sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwB7rAk=
        a=recvonly
        m=audio 0 RTP/AVP 97
        a=control:trackID=1
        a=rtpmap:97 MPEG4-GENERIC/16000
        """;

    const string Axis = """
        v=0
        o=- 1188340656180883 1 IN IP4 10.0.0.7
        s=Session streamed with GStreamer
        i=rtsp-server
        t=0 0
        a=tool:GStreamer
        a=type:broadcast
        a=range:npt=now-
        a=control:rtsp://10.0.0.7:554/axis-media/media.amp?videocodec=h264
        m=video 0 RTP/AVP 96
        c=IN IP4 0.0.0.0
        b=AS:50000
        a=rtpmap:96 H264/90000
        a=fmtp:96 packetization-mode=1;profile-level-id=640028;sprop-parameter-sets=Z2QAKK2EBUViuKxUdCAqKxXFYqOhAVFYrisVHQgK
        a=ts-refclk:local
        a=mediaclk:sender
        a=recvonly
        a=control:rtsp://10.0.0.7:554/axis-media/media.amp/stream=0?videocodec=h264
        a=framerate:30.000000
        a=transform:1.000000,0.000000,0.000000;0.000000,1.000000,0.000000;0.000000,0.000000,1.000000
        """;

    const string GStreamer = """
        v=0
        o=- 16427836171128399543 1 IN IP4 127.0.0.1
        s=Session streamed with GStreamer
        a=tool:GStreamer
        a=control:*
        a=range:npt=0-
        m=video 0 RTP/AVP 96
        c=IN IP4 0.0.0.0
        a=rtpmap:96 H264/90000
        a=framerate:25
        a=fmtp:96 packetization-mode=1;profile-level-id=42c01e;sprop-parameter-sets=Z0LAHtkAoD2hAAADAAEAAAMAMg8WLkg=,aMuMsg==
        a=control:stream=0
        """;

    const string Live555 = """
        v=0
        o=- 1690000000123456 1 IN IP4 192.168.0.10
        s=H.264 Video, streamed by the LIVE555 Media Server
        i=test.264
        t=0 0
        a=tool:LIVE555 Streaming Media v2023.01.19
        a=type:broadcast
        a=control:*
        a=range:npt=0-
        m=video 0 RTP/AVP 96
        c=IN IP4 0.0.0.0
        b=AS:500
        a=rtpmap:96 H264/90000
        a=fmtp:96 packetization-mode=1;profile-level-id=64001F;sprop-parameter-sets=Z2QAH6zZQFAFuwEQAAADABAAAAMDIPGDGWA=,aOvssiw=
        a=control:track1
        """;

    const string Vlc = """
        v=0
        o=- 17012345678901234567 17012345678901234567 IN IP4 host
        s=Unnamed
        i=N/A
        c=IN IP4 0.0.0.0
        t=0 0
        a=tool:vlc 3.0.20
        a=recvonly
        a=type:broadcast
        a=charset:UTF-8
        a=control:rtsp://127.0.0.1:8554/cam
        m=video 0 RTP/AVP 96
        b=RR:0
        a=rtpmap:96 H264/90000
        a=fmtp:96 packetization-mode=1;profile-level-id=64001f;sprop-parameter-sets=Z2QAH6zZQFAFuwEQAAADABAAAAMDIPGDGWA=,aOvssiw=;
        a=control:rtsp://127.0.0.1:8554/cam/trackID=0
        """;

    const string MediaMtx = """
        v=0
        o=- 0 0 IN IP4 127.0.0.1
        s=Stream
        c=IN IP4 0.0.0.0
        t=0 0
        m=audio 0 RTP/AVP 97
        a=control:rtsp://127.0.0.1:8554/cam/trackID=0
        a=rtpmap:97 opus/48000/2
        m=video 0 RTP/AVP 96
        a=control:rtsp://127.0.0.1:8554/cam/trackID=1
        a=rtpmap:96 AV1/90000
        """;

    const string Old = """
        v=0
        o=- 0 0 IN IP4 0.0.0.0
        s=MJPEG
        m=video 0 RTP/AVP 26
        a=control:video
        a=framerate:12,5
        """;

    [TestCase(Hikvision, 96, "H264", null, "rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=1", "Z00AKp2oHgCJ+WbgICAgQA==,aO48gA==", "rtsp://192.168.1.64:554/Streaming/Channels/101/")]
    [TestCase(Dahua, 98, "H265", 25.0, "trackID=0",
        "QgEBAWAAAAMAsAAAAwAAAwB7oAPAgBDljb5JMvTcBAQEAg==,RAHA8vA8kAA=,QAEMAf//AWAAAAMAsAAAAwAAAwB7rAk=", "*")]
    [TestCase(Axis, 96, "H264", 30.0, "rtsp://10.0.0.7:554/axis-media/media.amp/stream=0?videocodec=h264", "Z2QAKK2EBUViuKxUdCAqKxXFYqOhAVFYrisVHQgK", "rtsp://10.0.0.7:554/axis-media/media.amp?videocodec=h264")]
    [TestCase(GStreamer, 96, "H264", 25.0, "stream=0", "Z0LAHtkAoD2hAAADAAEAAAMAMg8WLkg=,aMuMsg==", "*")]
    [TestCase(Live555, 96, "H264", null, "track1", "Z2QAH6zZQFAFuwEQAAADABAAAAMDIPGDGWA=,aOvssiw=", "*")]
    [TestCase(Vlc, 96, "H264", null, "rtsp://127.0.0.1:8554/cam/trackID=0", "Z2QAH6zZQFAFuwEQAAADABAAAAMDIPGDGWA=,aOvssiw=", "rtsp://127.0.0.1:8554/cam")]
    [TestCase(MediaMtx, 96, "AV1", null, "rtsp://127.0.0.1:8554/cam/trackID=1", null, "")]
    [TestCase(Old, 26, "JPEG", 12.5, "video", null, "")]
    public void What_the_makers_send_is_read_with_any_line_end(string text, int type, string codec, double? fps, string control, string? sets, string session)
    {
        foreach (var lineEnd in (string[])["\n", "\r\n", "\r", " \r\n", "\n\n", "\0\r\n"])
        {
            var read = SessionDescription.Parse(text.Replace("\n", lineEnd), out var problem);
            Assert.That((problem, read?.Control), Is.EqualTo(("", session)));
            Assert.That(read!.Video! with { Format = [] }, Is.EqualTo(new VideoTrack(type, codec, 90_000, fps, control, sets, [])));
            Assert.That(read.Video.Format, Is.EqualTo(text.Split('\n').Where(l => l.StartsWith("a=fmtp:")).Select(l => l[2..])));
        }
    }

    [TestCase("v=0\nm=VIDEO 0 rtp/avp 96\na=RTPMAP:96 h264/90000\na=Control:x", "H264", 90000, "x", TestName = "Lower and upper case")]
    [TestCase("v=0\nm=video 0 RTP/AVP 96", "", 90000, "", TestName = "No rtpmap")]
    [TestCase("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:97 H264/90000", "", 90000, "", TestName = "The rtpmap of another type")]
    [TestCase("v=0\nm=video 0 RTP/AVP 96 97\na=rtpmap:97 H265/1000\na=rtpmap:96 H264/90000", "H265", 1000, "", TestName = "Two types")]
    [TestCase("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96   H264 / 90000", "H264", 90000, "", TestName = "Spaces in the rtpmap")]
    [TestCase("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264", "H264", 90000, "", TestName = "No clock")]
    [TestCase("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/fast", "H264", 90000, "", TestName = "A clock in words")]
    [TestCase("v=0\nm=video", "", 90000, "", TestName = "A bare media line")]
    [TestCase("v=0\nm=video 0 RTP/AVP 999999999999", "", 90000, "", TestName = "A huge payload type")]
    [TestCase("v=0\nm=video 0 RTP/AVP -1", "", 90000, "", TestName = "A negative payload type")]
    [TestCase("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:a\na=control:b", "H264", 90000, "b", TestName = "Two controls")]
    [TestCase("m=video 0 RTP/AVP 96\n\0\0\0\0\u0001\u00ff=", "", 90000, "", TestName = "No version, and bytes behind")]
    public void Sloppy_descriptions_are_understood(string text, string codec, int clock, string control)
    {
        var video = SessionDescription.Parse(text, out _)!.Video!;
        Assert.That((video.Encoding, video.ClockRate, video.Control), Is.EqualTo((codec, clock, control)));
        Assert.That(video.PayloadType, Is.InRange(0, 127));
    }

    [TestCase("-90000")]
    [TestCase("0")]
    [TestCase("10000001")]
    [TestCase("9223372036854775807")]
    [TestCase("99999999999999999999999")]
    [TestCase("-99999999999999999999999")]
    public void A_clock_that_no_camera_has_is_refused(string clock)
    {
        Assert.That(SessionDescription.Parse($"v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/{clock}", out var problem), Is.Null);
        Assert.That(problem, Does.StartWith("gives its pictures a clock of ").And.EndWith(" Hz"));
    }

    [TestCase("29,97", 29.97)]
    [TestCase("0.5", 0.5)]
    [TestCase("0", null)]
    [TestCase("-1", null)]
    [TestCase("1001", null)]
    [TestCase("1e3", null)]
    [TestCase("NaN", null)]
    [TestCase("", null)]
    [TestCase("99999999999999999999999999999999999999999999", null)]
    public void A_frame_rate_is_taken_where_it_is_one(string rate, double? fps) =>
        Assert.That(SessionDescription.Parse($"v=0\nm=video 0 RTP/AVP 96\na=framerate:{rate}", out _)!.Video!.FramesPerSecond, Is.EqualTo(fps));

    [Test]
    public void A_track_is_described_anew_without_anything_that_leads_to_the_camera() =>
        Assert.That(SessionDescription.Parse(Dahua, out _)!.Video!.Describe(), Is.EqualTo("""
            v=0
            o=- 0 0 IN IP4 127.0.0.1
            s=camera
            t=0 0
            m=video 0 RTP/AVP 98
            a=control:video
            a=rtpmap:98 H265/90000
            a=framerate:25
            a=fmtp:98 profile-id=1;sprop-sps=QgEBAWAAAAMAsAAAAwAAAwB7oAPAgBDljb5JMvTcBAQEAg==;sprop-pps=RAHA8vA8kAA=;sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwB7rAk=

            """.ReplaceLineEndings("\r\n")));

    [TestCase("a=fmtp:96 x\ra=control:rtsp://elsewhere/")]
    [TestCase("a=fmtp:96 x\u2028a=control:rtsp://elsewhere/")]
    [TestCase("a=fmtp:96 x\0\u0001a=control:rtsp://elsewhere/")]
    [TestCase("a=framesize:96 1-1\u010d\u010aa=control:rtsp://elsewhere/")]
    [TestCase("a=rtpmap:96 H264\u000ba=control:x/90000")]
    [TestCase("a=rtpmap:96 H264 a=control:rtsp:/90000")]
    [TestCase("a=framerate:25\va=control:rtsp://elsewhere/")]
    [TestCase("a=range:npt=now-\na=control:rtsp://elsewhere/\nc=IN IP4 10.0.0.1\nm=video 0 RTP/AVP 97\na=fmtp:97 x")]
    public void No_camera_adds_lines_to_what_is_described_anew(string lines)
    {
        var text = SessionDescription.Parse($"v=0\nm=video 0 RTP/AVP 96\n{lines}", out _)!.Video!.Describe();
        Assert.That(text, Does.Match(@"\A([ -~]+\r\n)+\z").And.Not.Contain("elsewhere").And.Not.Contain("10.0.0.1"));
        Assert.That(text.Split("\r\n").Count(l => l.StartsWith("m=") || l.StartsWith("a=control")), Is.EqualTo(2), text);
    }

    [Test]
    public void No_camera_makes_what_is_described_anew_long()
    {
        var lines = string.Concat(Enumerable.Range(0, 1000).Select(i => $"a=fmtp:96 n={i}\n"));
        var text = SessionDescription.Parse($"v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 {new string('H', 100_000)}/90000\na=fmtp:96 {new string('x', 100_000)}\n{lines}", out _)!.Video!.Describe();
        Assert.That(text, Has.Length.LessThan(400).And.Contains("a=fmtp:96 n=7\r\n"));
    }

    [TestCase("v=0\n")]
    [TestCase("v=0\nm=audio 0 RTP/AVP 0\na=control:audio\n")]
    [TestCase("v=0\nm=application 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata/90000")]
    public void No_pictures_is_a_description_without(string text) => Assert.That(SessionDescription.Parse(text, out _), Is.EqualTo(new SessionDescription("", null)));

    [TestCase("")]
    [TestCase("\0\0\0")]
    [TestCase("<html><body>a=b</body></html>")]
    public void Anything_else_is_none(string text)
    {
        Assert.That(SessionDescription.Parse(text, out var problem), Is.Null);
        Assert.That(problem, Is.EqualTo("is no session description"));
    }

    [Test]
    public void Of_a_thousand_streams_the_first_with_pictures_is_taken()
    {
        var sound = string.Concat(Enumerable.Range(0, 1000).Select(i => $"m=audio 0 RTP/AVP 0\na=control:sound{i}\n"));
        var pictures = string.Concat(Enumerable.Range(0, 1000).Select(i => $"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:picture{i}\n"));
        Assert.That(SessionDescription.Parse("v=0\n" + sound + pictures, out _)!.Video!.Control, Is.EqualTo("picture0"));
    }
}
