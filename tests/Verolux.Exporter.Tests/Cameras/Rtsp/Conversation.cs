using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>One connection with its dialogue, over a stream of the test's.</summary>
sealed class Conversation : IAsyncDisposable
{
    public const string User = "admin";
    public const string Password = "s3cret/Pass+word";
    public const string Sdp = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=Media\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=framerate:25\r\na=control:trackID=1\r\n";
    public const string Ok = "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n\r\n";
    public static readonly Uri Url = new("rtsp://10.0.0.7/stream1");
    public static readonly string Described = WithBody(Sdp);
    public const string SetUp = "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nSession: 1234abcd;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=0000ABCD\r\n\r\n";
    readonly RtspConnection connection;

    public Conversation(ScriptedStream stream, Uri? url = null, bool credentials = false)
    {
        Stream = stream;
        connection = new RtspConnection(stream, credentials ? User : null, credentials ? Password : null, null);
        Dialogue = new RtspDialogue(connection, url ?? Url, Trace);
    }

    public ScriptedStream Stream { get; }

    public Trace Trace { get; } = new(TimeProvider.System);

    public RtspDialogue Dialogue { get; }

    public RtspConnection Connection => connection;

    public List<string> Requests => Stream.Requests;

    public static string WithBody(string body, string headers = "") =>
        $"RTSP/1.0 200 OK\r\nCSeq: {{cseq}}\r\n{headers}Content-Type: application/sdp\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    public static string Status(string line, string headers = "") => $"RTSP/1.0 {line}\r\nCSeq: {{cseq}}\r\n{headers}\r\n";

    public static string Unauthorized(params string[] challenges) => Status("401 Unauthorized", string.Concat(challenges.Select(c => $"WWW-Authenticate: {c}\r\n")));

    /// <summary>Does what a describe look does.</summary>
    /// <returns>Why it failed; null if it didn't.</returns>
    public async Task<Failure?> DescribeAsync()
    {
        try
        {
            await Dialogue.OptionsAsync(CancellationToken.None);
            await Dialogue.DescribeAsync(CancellationToken.None);
            return null;
        }
        catch (RtspException refused)
        {
            Trace.Fail(refused.Failure);
            return refused.Failure;
        }
    }

    /// <summary>The failure of something that must fail.</summary>
    public static async Task<Failure> FailureOfAsync(Func<Task> what)
    {
        try
        {
            await what();
        }
        catch (RtspException refused)
        {
            return refused.Failure;
        }
        throw new NUnit.Framework.AssertionException("it did not fail");
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
