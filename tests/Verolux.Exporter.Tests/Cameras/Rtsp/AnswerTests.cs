using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;
using static Verolux.Exporter.Tests.Cameras.Rtsp.Conversation;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>What comes back, down to the bytes: what is forgiven, and what ends in which reason.</summary>
public class AnswerTests
{
    const string Late = "RTSP/1.0 200 OK\r\nCSeq: 0\r\nContent-Length: 4\r\n\r\nlate";
    const string Packet = "$\0\0\u0004abcd";

    static readonly TestCaseData[] Forgiven =
    [
        new TestCaseData(Described.Replace("\r\n", "\n").Replace($"Content-Length: {Sdp.Length}", $"Content-Length: {Sdp.Replace("\r\n", "\n").Length}")).SetArgDisplayNames("line feeds alone"),
        new TestCaseData(Described.Replace("200 OK", "200")).SetArgDisplayNames("no reason phrase"),
        new TestCaseData(Described.Replace("200 OK", "200 ")).SetArgDisplayNames("an empty reason phrase"),
        new TestCaseData(Described.Replace("RTSP/1.0 200", "RTSP/1.0   200")).SetArgDisplayNames("spaces before the status"),
        new TestCaseData(Described.Replace("CSeq", "cseq").Replace("Content-Length", "content-length")).SetArgDisplayNames("lower-case headers"),
        new TestCaseData(Described.Replace("CSeq: ", "CSeq :\t").Replace("Content-Length: ", "Content-Length:")).SetArgDisplayNames("oddly spaced headers"),
        new TestCaseData(Described.Replace("Content-Length: ", "Content-Length:\r\n  ")).SetArgDisplayNames("folded headers"),
        new TestCaseData(Described.Replace("Content-Length: ", "Content-Length:\n\t")).SetArgDisplayNames("headers folded with a line feed and a tab"),
        new TestCaseData("\r\n\r\n\n\0" + Described).SetArgDisplayNames("empty lines in front"),
        new TestCaseData(Packet + Packet + Described).SetArgDisplayNames("packets in front"),
        new TestCaseData("\r\n" + Packet + "\r\n" + Packet + "\r\n" + Described).SetArgDisplayNames("packets and empty lines in front"),
        new TestCaseData($"$\u0001{(char)0xff}{(char)0xff}{new string('x', 65535)}" + Described).SetArgDisplayNames("the longest packet in front"),
        new TestCaseData("OPTIONS rtsp://you/ RTSP/1.0\r\nCSeq: 1\r\n\r\n" + Described).SetArgDisplayNames("a request of the camera's in front"),
        new TestCaseData("SET_PARAMETER rtsp://you/ RTSP/1.0\r\nCSeq: 7\r\nContent-Length: 8\r\n\r\nRTSP/1.0" + Described).SetArgDisplayNames("a request with a body in front"),
        new TestCaseData(Late + Described).SetArgDisplayNames("a late answer in front"),
        new TestCaseData("RTSP/1.0 100 Continue\r\nCSeq: {cseq}\r\n\r\n" + Described).SetArgDisplayNames("go on, in front"),
        new TestCaseData(Described.Replace("CSeq: {cseq}\r\n", "")).SetArgDisplayNames("no CSeq"),
        new TestCaseData(Described.Replace("CSeq: {cseq}", "CSeq: 000{cseq}")).SetArgDisplayNames("a padded CSeq"),
        new TestCaseData(Described + "and a longer body\r\n\r\nthan claimed").SetArgDisplayNames("a longer body than claimed"),
        new TestCaseData(Described.Replace("RTSP/1.0 200 OK\r\n", "RTSP/1.0 200 OK\r\nnonsense\r\n: no name\r\n")).SetArgDisplayNames("lines that are no headers"),
    ];

    [TestCaseSource(nameof(Forgiven))]
    public async Task Cameras_get_this_wrong_and_are_understood_in_one_piece_or_byte_by_byte(string described)
    {
        foreach (var piece in (int[])[int.MaxValue, 1, 7])
        {
            await using var talk = new Conversation(new ScriptedStream(ScriptedStream.Script(Ok, described)) { Piece = piece });
            Assert.That(await talk.DescribeAsync(), Is.Null, $"in pieces of {piece}");
            Assert.That(talk.Trace.Steps[^1].Said, Does.EndWith("offers H264, 25 FPS declared"));
        }
    }

    [TestCase("HTTP/1.0 400 Bad Request\r\n\r\n", "OPTIONS was answered in HTTP: this is the camera's web port or a proxy, not its RTSP port")]
    [TestCase("SSH-2.0-OpenSSH_9.2\r\n", "OPTIONS was answered with something that is not RTSP; it begins with \"SSH-2.0-OpenSSH_9.2  \"")]
    [TestCase("\u0001\u0002\u0080binary", "OPTIONS was answered with something that is not RTSP; it begins with \"   binary\"")]
    [TestCase("\u0015\u0003\u0001\0\u0002\u0002\n", "OPTIONS was answered with something that is not RTSP; it begins with \"       \"")]
    [TestCase("RTSP/1.0 abc\r\n\r\n", "OPTIONS was answered with something that is not RTSP; it begins with \"RTSP/1.0 abc    \"")]
    [TestCase("RTSP/1.0 \r\nCSeq: 1\r\n\r\n", "OPTIONS was answered with something that is not RTSP; it begins with \"RTSP/1.0   CSeq: 1    \"")]
    [TestCase("RTSP/1.0 20", "OPTIONS: the camera closed the connection in the middle of its answer")]
    [TestCase("$\0\u0010\0half a packet", "OPTIONS: the camera closed the connection in the middle of its answer")]
    [TestCase("", "OPTIONS: the camera closed the connection without an answer")]
    [TestCase("\r\n\r\n", "OPTIONS: the camera closed the connection without an answer")]
    [TestCase("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 100\r\n\r\nshort", "OPTIONS: the camera closed the connection in the middle of its answer")]
    [TestCase("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 100\r\n\r\n", "OPTIONS: the camera closed the connection in the middle of its answer")]
    [TestCase("RTSP/1.0 200 OK\r\nCSeq: 17\r\n\r\n", "OPTIONS was answered with CSeq 17 where 1 was asked")]
    [TestCase("RTSP/1.0 200 OK\r\nCSeq: -1\r\n\r\n", "OPTIONS was answered with CSeq -1 where 1 was asked")]
    [TestCase("RTSP/1.0 200 OK\r\nCSeq: 99999999999999999999\r\n\r\n", "OPTIONS was answered with CSeq 99999999999999999999 where 1 was asked")]
    [TestCase("RTSP/1.0 200 OK\r\nCSeq: one\r\n\r\n", "OPTIONS was answered with CSeq one where 1 was asked")]
    [TestCase("RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", "OPTIONS was answered with a Content-Length of -1")]
    [TestCase("RTSP/1.0 200 OK\r\nContent-Length: many\r\n\r\n", "OPTIONS was answered with a Content-Length of many")]
    [TestCase("RTSP/1.0 200 OK\r\nContent-Length: 4294967296\r\n\r\n", "OPTIONS was answered with a Content-Length of 4294967296")]
    [TestCase("RTSP/1.0 200 OK\r\nContent-Length: 1073741824\r\n\r\n", "OPTIONS was answered with a body of 1073741824 bytes, of which 256 KB are the most that is read")]
    public async Task What_is_no_answer_is_a_protocol_failure_that_says_what_came(string bytes, string detail)
    {
        foreach (var piece in (int[])[int.MaxValue, 1])
        {
            await using var talk = new Conversation(new ScriptedStream(ScriptedStream.Script(bytes)) { Piece = piece });
            var failure = await talk.DescribeAsync();
            Assert.That(failure!.Reason, Is.EqualTo(CameraReasons.Protocol));
            // Byte by byte, garbage is known before it is all there.
            Assert.That(failure.Detail, piece == 1 && detail.Contains("begins with", StringComparison.Ordinal) ? Does.StartWith("OPTIONS was answered with something that is not RTSP") : Is.EqualTo(detail));
            Assert.That(talk.Trace.Steps[^1].Said, Is.EqualTo(failure.Detail));
        }
    }

    [Test]
    public async Task A_reset_is_a_protocol_failure()
    {
        await using var talk = new Conversation(new ScriptedStream((_, _) => null) { Resets = true });
        Assert.That(await talk.DescribeAsync(), Is.EqualTo(new Failure(CameraReasons.Protocol, "OPTIONS: the camera closed the connection without an answer")));
    }

    [TestCase("RTSP/1.0 200 OK\r\nX: ", "x", "OPTIONS was answered with headers longer than 16 KB", 64)]
    [TestCase("RTSP/1.0 200 OK\r\n", "X: y\r\n", "OPTIONS was answered with headers longer than 16 KB", 64)]
    [TestCase("", "ABCD", "OPTIONS was answered with headers longer than 16 KB", 64)]
    [TestCase("", "\r\n", "OPTIONS was followed by 4 MB of other things and no answer", 4200)]
    [TestCase("", "\0", "OPTIONS was followed by 4 MB of other things and no answer", 4200)]
    [TestCase("", "$\0\0\u0004abcd", "OPTIONS was followed by 4 MB of other things and no answer", 4300)]
    [TestCase("", "OPTIONS rtsp://you/ RTSP/1.0\r\n\r\n", "OPTIONS was followed by 100 other messages and no answer", 64)]
    [TestCase("", "RTSP/1.0 200 OK\r\nCSeq: 0\r\n\r\n", "OPTIONS was followed by 100 other messages and no answer", 64)]
    [TestCase("", "RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n", "OPTIONS was followed by 100 other messages and no answer", 64)]
    [TestCase("RTSP/1.0 200 OK\r\nContent-Length: 300000\r\n\r\n", "x", "OPTIONS was answered with a body of 300000 bytes, of which 256 KB are the most that is read", 64)]
    public async Task What_never_ends_is_given_up_and_takes_no_memory(string begins, string goesOn, string detail, int mostKilobytes)
    {
        await using var talk = new Conversation(new ScriptedStream(ScriptedStream.Script(begins)) { Endless = Encoding.Latin1.GetBytes(goesOn) });
        Assert.That(await talk.DescribeAsync(), Is.EqualTo(new Failure(CameraReasons.Protocol, detail)));
        Assert.That(talk.Stream.Taken, Is.LessThanOrEqualTo(mostKilobytes * 1024));
    }

    [Test]
    public async Task A_claimed_body_takes_no_memory_before_it_comes()
    {
        await using var talk = new Conversation(ScriptedStream.Saying("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 262144\r\n\r\n"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That((await talk.DescribeAsync())!.Reason, Is.EqualTo(CameraReasons.Protocol));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    // Looking for the end of the headers from their beginning at every byte would cost a camera's dribble the square of its length.
    [Test]
    public async Task Headers_of_many_lines_byte_by_byte_are_one_answer()
    {
        await using var talk = new Conversation(new ScriptedStream(ScriptedStream.Script(Ok, Described.Replace("\r\n\r\nv=0", "\r\n" + string.Concat(Enumerable.Repeat("a:\n", 5000)) + "\r\nv=0"))) { Piece = 1 });
        Assert.That(await talk.DescribeAsync(), Is.Null);
    }

    [TestCase("301 Moved Permanently", "redirect", ": it points elsewhere, and a redirect is never followed")]
    [TestCase("302 Moved Temporarily", "redirect", ": it points elsewhere, and a redirect is never followed")]
    [TestCase("400 Bad Request", "protocol", "")]
    [TestCase("401 Unauthorized", "auth", ": it doesn't say what credentials it wants")]
    [TestCase("403 Forbidden", "forbidden", ": the configured user may not see this stream")]
    [TestCase("404 Stream Not Found", "not_found", ": there is no stream under the configured path")]
    [TestCase("453 Not Enough Bandwidth", "busy", ": all of the camera's sessions or its bandwidth are taken")]
    [TestCase("454 Session Not Found", "protocol", "")]
    [TestCase("461 Unsupported Transport", "transport", ": the camera doesn't send over TCP")]
    [TestCase("500 Internal Server Error", "protocol", "")]
    [TestCase("503 Service Unavailable", "protocol", "")]
    [TestCase("600", "protocol", "")]
    public async Task Every_status_has_its_reason(string status, string reason, string why)
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Ok, Status(status)));
        Assert.That(await talk.DescribeAsync(), Is.EqualTo(new Failure(CameraReasons.All.Single(r => r.Name == reason), $"DESCRIBE was answered {status}{why}")));
        Assert.That(talk.Connection.LastStatus, Is.EqualTo(int.Parse(status[..3])));
    }

    [TestCase("rtsp://user:pw@10.1.1.1:8554/other?token=1", "to rtsp://10.1.1.1:8554/other")]
    [TestCase("/other", "elsewhere")]
    [TestCase("file:///etc/passwd", "elsewhere")]
    [TestCase("rtsp://[broken", "elsewhere")]
    [TestCase("", "elsewhere")]
    public async Task A_redirect_says_where_to_and_is_not_followed(string location, string where)
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Ok, Status("302 Found", $"Location: {location}\r\n")));
        Assert.That((await talk.DescribeAsync())!.Detail, Is.EqualTo($"DESCRIBE was answered 302 Found: it points {where}, and a redirect is never followed"));
        Assert.That(talk.Requests, Has.Count.EqualTo(2));
    }

    [TestCase("404 Not Found")]
    [TestCase("405 Method Not Allowed")]
    [TestCase("501 Not Implemented")]
    public async Task Options_may_be_refused_by_a_camera_that_describes_well(string status)
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Status(status), Described));
        Assert.That(await talk.DescribeAsync(), Is.Null);
        Assert.That(talk.Trace.Steps.Select(s => (s.Name, s.Said)), Is.EqualTo(new[] { ("options", status), ("describe", "200 OK, offers H264, 25 FPS declared") }));
    }

    [Test]
    public async Task Long_and_many_lined_words_of_a_camera_become_one_short_line()
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Ok, Status("500 " + new string('a', 100) + "\u0085\u0007\t\u007f" + new string('b', 5000))));
        Assert.That((await talk.DescribeAsync())!.Detail, Is.EqualTo($"DESCRIBE was answered 500 {new string('a', 100)}    {new string('b', 16)}…"));
    }

    [Test]
    public async Task No_separator_of_unicode_breaks_the_line_either()
    {
        var sdp = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Sdp.Replace("H264", "a\u202Eb\u200Bc")));
        await using var talk = new Conversation(ScriptedStream.Saying(Ok, WithBody(sdp)));
        Assert.That(await talk.DescribeAsync(), Is.Null);
        Assert.That(talk.Trace.Steps[^1].Said, Is.EqualTo("200 OK, offers A B C, 25 FPS declared"));
    }

    [Test]
    public async Task Packets_come_in_turn_whatever_lies_between_them()
    {
        await using var talk = new Conversation(new ScriptedStream(ScriptedStream.Script(
            Ok + "$\u0002\0\u0002ab\r\n\0$\u0003\0\0OPTIONS rtsp://you/ RTSP/1.0\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n$\u0002\0\u0001c"))
        {
            Piece = 1,
        });
        await talk.Dialogue.OptionsAsync(CancellationToken.None);
        var packets = new List<(int, string)>();
        for (var i = 0; i < 3; i++)
        {
            var (channel, packet) = await talk.Connection.ReadPacketAsync(CancellationToken.None);
            packets.Add((channel, Encoding.Latin1.GetString(packet.Span)));
        }
        Assert.That(packets, Is.EqualTo(new[] { (2, "ab"), (3, ""), (2, "c") }));
        Assert.That((await FailureOfAsync(async () => await talk.Connection.ReadPacketAsync(CancellationToken.None))).Reason, Is.EqualTo(CameraReasons.Protocol));
    }

    [Test]
    public async Task A_stream_of_messages_without_a_packet_is_given_up()
    {
        await using var talk = new Conversation(new ScriptedStream((_, _) => null) { Endless = "RTSP/1.0 200 OK\r\n\r\n"u8.ToArray() });
        Assert.That(await FailureOfAsync(async () => await talk.Connection.ReadPacketAsync(CancellationToken.None)), Is.EqualTo(new Failure(
            CameraReasons.Protocol, "the stream was followed by 100 other messages and no packet")));
    }

    [TestCase("RTSP/1.0 200 OK", 200, "OK")]
    [TestCase("RTSP/2.0 453 Not Enough Bandwidth\r\n", 453, "Not Enough Bandwidth")]
    public void A_status_line_alone_is_an_answer(string head, int status, string reason)
    {
        var answer = RtspAnswer.Parse(Encoding.Latin1.GetBytes(head))!;
        Assert.That((answer.Status, answer.Reason), Is.EqualTo((status, reason)));
    }

    [TestCase("RTSP/1.0")]
    [TestCase("RTSP/1.0 ")]
    [TestCase("RTSP/1.0 99")]
    [TestCase("RTSP/1.0 099 x")]
    [TestCase("RTSP/1.0 -20 x")]
    [TestCase("RTSP/1.0 2000 x")]
    [TestCase("rtsp/1.0 200 OK")]
    [TestCase("")]
    public void Anything_else_is_none(string head) => Assert.That(RtspAnswer.Parse(Encoding.Latin1.GetBytes(head)), Is.Null);
}
