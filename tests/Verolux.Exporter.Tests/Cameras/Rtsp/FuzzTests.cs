using System.Globalization;
using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>
/// Whatever a camera sends ends in an answer or an <see cref="RtspException"/> of one line, soon and in little memory.
/// </summary>
public class FuzzTests
{
    const long MostMemory = 32 * 1024 * 1024;

    static readonly string[] Answers =
    [
        Conversation.Ok, Conversation.Described, Conversation.SetUp, Conversation.Status("453 Not Enough Bandwidth"), Conversation.Status("302 Found", "Location: rtsp://u:p@h:1/x?y#z\r\n"),
        Conversation.Unauthorized("Digest realm=\"a\", nonce=\"b\", qop=\"auth,auth-int\", algorithm=SHA-256, stale=true, userhash=true", "Basic realm=\"a\""),
        Conversation.Unauthorized("Basic realm=\"a\", Digest realm=\"\\\"\", nonce=\"b\", opaque=\"\", algorithm=MD5-sess"),
        "$\0\0\u0004abcd" + Conversation.Ok, "OPTIONS rtsp://you/ RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 2\r\n\r\nxx", "HTTP/1.1 400 Bad Request\r\n\r\n", "RTSP/1.0 100 Continue\r\n\r\n",
        Conversation.WithBody(Conversation.Sdp, "Content-Base: rtsp://10.0.0.7/stream1/\r\nContent-Location: /x\r\n"),
    ];

    static readonly string[] Pieces =
    [
        "\r\n", "\n", "\r", "\r\n\r\n", " ", "\t", "\0", ":", ",", ";", "=", "\"", "\\", "$", "/", "*", "-", "RTSP/1.0 ", "200", "401", "CSeq: ", "Content-Length: ", "999999999999", "-1", "0", "2147483647",
        "WWW-Authenticate: ", "Digest ", "Basic ", "nonce=", "realm=\"", "algorithm=", "qop=", "stale=true", "Session: ", "Transport: ", "interleaved=", "Location: ", "Content-Base: ", "rtsp://", "%", "[", "]", "@",
        "m=video ", "m=audio ", "a=control:", "a=rtpmap:", "a=framerate:", "a=fmtp:", "v=0", "\u0085", "\u00ff", "\u00e2\u0080\u00a8", "sprop-", "1e308", "NaN", "$\0\u00ff\u00ff",
    ];

    [Test]
    public Task Answers_are_read() => RunAsync("answer", Answers, bytes =>
    {
        if (RtspAnswer.Parse(bytes) is not { } answer)
            return;
        Must(answer.Status is >= 100 and <= 999, "a status");
        foreach (var header in (string[])["CSeq", "Content-Length", "WWW-Authenticate", "Session", "Location", ""])
            Must(answer.Headers(header).All(h => !h.AsSpan().ContainsAny('\n', '\r')), "a header of one line");
    });

    [Test]
    public Task Challenges_are_answered() => RunAsync("challenge", [.. Answers.SelectMany(a => a.Split("\r\n")).Where(l => l.StartsWith("WWW", StringComparison.Ordinal)).Select(l => l[18..])], bytes =>
    {
        var header = RtspAnswer.Parse([.. "RTSP/1.0 401\nWWW-Authenticate: "u8, .. bytes])!.Header("WWW-Authenticate")!;
        Must(Challenge.Parse(header).Count <= 32, "few challenges");
        if (Challenge.Strongest([header, header]) is { } challenge)
            Must(!challenge.Answer("admin", "pw", "DESCRIBE", "rtsp://h/", 1).AsSpan().ContainsAny('\n', '\r'), "an answer of one line");
    });

    [Test]
    public Task Descriptions_are_read() => RunAsync("description", [Conversation.Sdp, "v=0\nm=audio 0 RTP/AVP 0\nm=video 0 RTP/AVP 26 96\na=framerate:12,5\na=fmtp:96 a=b; sprop-sps=AA==; sprop-pps=BB\n"], bytes =>
    {
        if (SessionDescription.Parse(Encoding.UTF8.GetString(bytes), out var problem) is not { } description)
        {
            Must(IsLine(problem), "a problem of one line");
            return;
        }
        if (description.Video is not { } video)
            return;
        Must(video is { PayloadType: >= 0 and <= 127, ClockRate: >= 1 and <= 10_000_000, FramesPerSecond: null or (> 0 and <= 1000) }, "a track within its ranges");
        Must(video.Describe().Split("\r\n") is [.. var lines, ""] && lines.All(l => IsLine(l) && l[1] == '=') && lines.Count(l => l[0] == 'm') == 1, "a description of its own that is one");
    });

    [Test]
    public Task Conversations_end() => RunAsync("conversation", Answers, (random, bytes) =>
    {
        var stream = new ScriptedStream((request, number) => number == 1 ? bytes
            : number > 12 ? null
            : random.Next(3) == 0 ? Mutated(random, Answers) : Encoding.Latin1.GetBytes(Answers[random.Next(Answers.Length)].Replace("{cseq}", ScriptedStream.Requested(request, "CSeq"))))
        {
            Piece = random.Next(4) == 0 ? random.Next(1, 9) : int.MaxValue,
            Resets = random.Next(2) == 0,
            Endless = random.Next(200) == 0 && Mutated(random, Answers) is { Length: > 0 } pattern ? pattern : null,
        };
        // Nothing in the stream waits, so the task is complete when it is returned.
        var talking = TalkAsync(stream, random.Next(2) == 0);
        Must(talking.IsCompleted, "an end");
        talking.GetAwaiter().GetResult();
        foreach (var request in stream.Requests)
            Must(!request.Replace("\r\n", "").AsSpan().ContainsAny('\n', '\r'), "a request of whole lines");
        Must(stream.Requests.Count <= 15, "few requests");
    });

    static async Task TalkAsync(ScriptedStream stream, bool credentials)
    {
        await using var talk = new Conversation(stream, credentials: credentials);
        var patience = stream.Patience;
        try
        {
            await talk.Dialogue.OptionsAsync(CancellationToken.None);
            var video = await talk.Dialogue.DescribeAsync(CancellationToken.None);
            await talk.Dialogue.SetupAsync(video, CancellationToken.None);
            await talk.Dialogue.PlayAsync(CancellationToken.None);
            for (var i = 0; i < 20; i++)
                await talk.Connection.ReadPacketAsync(patience);
            await talk.Dialogue.TeardownAsync(CancellationToken.None);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // A stream of nothing is read for as long as the caller likes.
        }
        catch (RtspException refused)
        {
            talk.Trace.Fail(refused.Failure);
            Must(CameraReasons.All.Contains(refused.Failure.Reason), "a reason of the list");
        }
        foreach (var step in talk.Trace.Steps)
            Must(step.Said.Length < 600 && IsLine(step.Said), "a sentence of one line");
    }

    static bool IsLine(string text) => text.Length > 0 && !text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029');

    // Not the framework's: it would write down each of a million.
    static void Must(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"this is not {what}");
    }

    static Task RunAsync(string name, string[] seeds, Action<byte[]> read) => RunAsync(name, seeds, (_, bytes) => read(bytes));

    static Task RunAsync(string name, string[] seeds, Action<Random, byte[]> read) => Fuzz.RunAsync(name, random => Mutated(random, seeds), (_, random, bytes) =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        read(random, bytes);
        return GC.GetAllocatedBytesForCurrentThread() - before is > MostMemory and var taken ? throw new InvalidOperationException($"took {taken} bytes") : Task.CompletedTask;
    });

    /// <summary>A few seeds, each changed in a few places; now and then only noise.</summary>
    static byte[] Mutated(Random random, string[] seeds)
    {
        if (random.Next(20) == 0)
        {
            var noise = new byte[random.Next(400)];
            random.NextBytes(noise);
            return noise;
        }
        var text = new StringBuilder();
        for (var i = random.Next(1, 3); i > 0; i--)
            text.Append(seeds[random.Next(seeds.Length)].Replace("{cseq}", random.Next(1, 4).ToString(CultureInfo.InvariantCulture)));
        for (var i = random.Next(6); i > 0 && text.Length > 0; i--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(6))
            {
                case 0:
                    text[at] = (char)random.Next(256);
                    break;
                case 1:
                    text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at));
                    break;
                case 2:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 3:
                    text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 40), text.Length - at)));
                    break;
                case 4:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)], random.Next(1, 30));
                    break;
                default:
                    text.Length = at;
                    break;
            }
        }
        return Encoding.Latin1.GetBytes(text.ToString());
    }
}
