using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Rtsp;
using Verolux.Exporter.Collecting;
using static Verolux.Exporter.Tests.Cameras.Rtsp.Conversation;

namespace Verolux.Exporter.Tests.Cameras.Rtsp;

/// <summary>How often a camera is told a password, and what comes of it.</summary>
public class AuthenticationTests
{
    const string First = """Digest realm="IP Camera(12345)", nonce="n1", qop="auth" """;
    const string Second = """Digest realm="IP Camera(12345)", nonce="n2", qop="auth" """;

    [Test]
    public async Task Nobody_is_told_a_password_before_asking_and_counts_go_up_with_each_use_of_a_nonce()
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Unauthorized(First), Ok, Described, SetUp, Ok), credentials: true);
        Assert.That(await talk.DescribeAsync(), Is.Null);
        await talk.Dialogue.SetupAsync(new VideoTrack(96, "H264", 90000, null, "trackID=1", null, []), CancellationToken.None);
        await talk.Dialogue.PlayAsync(CancellationToken.None);
        Assert.That(talk.Requests[0], Does.Not.Contain("Authorization"));
        var told = Told(talk).ToList();
        Assert.That(told.Select(t => t["nc"]), Is.EqualTo(new[] { "00000001", "00000002", "00000003", "00000004" }));
        Assert.That(told.Select(t => t["cnonce"]).Distinct().Count(), Is.EqualTo(4));
        Assert.That(told.Select(t => t["uri"]), Is.EqualTo(talk.Requests.Skip(1).Select(r => r.Split(' ')[1])));
    }

    [Test]
    public async Task A_stale_nonce_is_answered_with_the_new_one()
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Unauthorized(First), Ok, Unauthorized(Second + ", stale=true"), Described), credentials: true);
        Assert.That(await talk.DescribeAsync(), Is.Null);
        Assert.That(Told(talk).Select(t => (t["nonce"], t["nc"])), Is.EqualTo(new[] { ("n1", "00000001"), ("n1", "00000002"), ("n2", "00000001") }));
    }

    [Test]
    public async Task A_new_nonce_that_does_not_say_stale_is_answered_once()
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Unauthorized(First), Ok, Unauthorized(Second), Described), credentials: true);
        Assert.That(await talk.DescribeAsync(), Is.Null);
        Assert.That(Told(talk).Select(t => t["nonce"]), Is.EqualTo(new[] { "n1", "n1", "n2" }));
    }

    [TestCase("", 1, TestName = "The same nonce for ever")]
    [TestCase(", stale=true", 1, TestName = "The same nonce for ever, called stale")]
    [TestCase("{n}", 1, TestName = "A new nonce each time")]
    [TestCase("{n}, stale=true", 2, TestName = "A new nonce each time, called stale")]
    [TestCase("basic", 1, TestName = "Basic for ever")]
    public async Task A_camera_that_always_refuses_gets_few_passwords_and_none_twice_with_one_nonce(string kind, int passwords)
    {
        await using var talk = new Conversation(new ScriptedStream((request, number) => ScriptedStream.Script(Enumerable.Repeat(
            Unauthorized(kind == "basic" ? "Basic realm=\"x\"" : $"Digest realm=\"x\", nonce=\"n{(kind.StartsWith("{n}") ? number : 0)}\"{kind.Replace("{n}", "")}"), number).ToArray())(request, number)), credentials: true);
        var failure = await talk.DescribeAsync();
        Assert.That(failure!.Reason, Is.EqualTo(CameraReasons.Auth));
        Assert.That(failure.Detail, Does.StartWith("OPTIONS was answered 401 Unauthorized: the configured user and password are not taken"));
        Assert.That(talk.Requests.Count(r => r.Contains("Authorization: ")), Is.EqualTo(passwords));
        Assert.That(kind == "basic" || Told(talk).Select(t => t["nonce"]).Distinct().Count() == passwords);
    }

    [Test]
    public async Task Without_credentials_a_camera_that_wants_some_is_asked_once()
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Unauthorized(First)));
        Assert.That(await talk.DescribeAsync(), Is.EqualTo(new Failure(
            CameraReasons.Auth, "OPTIONS was answered 401 Unauthorized: it asks for a user and a password (Digest, realm \"IP Camera(12345)\"), and none are configured")));
        Assert.That(talk.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Where_the_password_is_asked_for_only_by_describe_it_is_told_there()
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Ok, Unauthorized("Basic realm=\"x\""), Described), credentials: true);
        Assert.That(await talk.DescribeAsync(), Is.Null);
        Assert.That(talk.Requests.Select(r => r.Contains("Authorization: Basic ")), Is.EqualTo(new[] { false, false, true }));
    }

    [TestCase("Negotiate", "it asks for credentials in a way that is not known here (Negotiate)")]
    [TestCase("Digest realm=\"x\", nonce=\"y\", algorithm=SHA-512-256", "it asks for credentials in a way that is not known here (Digest)")]
    [TestCase("", "it asks for credentials in a way that is not known here ()")]
    public async Task Challenges_that_nobody_knows_are_named(string challenge, string said)
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Unauthorized(challenge)), credentials: true);
        Assert.That(await talk.DescribeAsync(), Is.EqualTo(new Failure(CameraReasons.Auth, $"OPTIONS was answered 401 Unauthorized: {said}")));
    }

    [Test]
    public async Task A_401_that_asks_for_nothing_says_so()
    {
        await using var talk = new Conversation(ScriptedStream.Saying(Unauthorized()), credentials: true);
        Assert.That((await talk.DescribeAsync())!.Detail, Is.EqualTo("OPTIONS was answered 401 Unauthorized: it doesn't say what credentials it wants"));
    }

    [Test]
    public async Task A_camera_can_not_put_headers_of_its_own_into_a_request()
    {
        await using var talk = new Conversation(
            ScriptedStream.Saying(Unauthorized("Digest realm=\"r\rX-Realm: 1\", nonce=\"n\rX-Nonce: 1\", opaque=\"o\r\rX-Opaque: 1\""), Ok, Described, Status("200 OK", "Session: 12\rX-Session: 1\r\n"), Ok, Ok), credentials: true);
        Assert.That(await talk.DescribeAsync(), Is.Null);
        await talk.Dialogue.SetupAsync(new VideoTrack(96, "H264", 90000, null, "trackID=1", null, []), CancellationToken.None);
        await talk.Dialogue.PlayAsync(CancellationToken.None);
        await talk.Dialogue.TeardownAsync(CancellationToken.None);
        Assert.That(talk.Requests, Has.Count.EqualTo(6));
        foreach (var request in talk.Requests)
        {
            Assert.That(request.Replace("\r\n", ""), Does.Not.Contain('\r').And.Not.Contain('\n'));
            Assert.That(request.Split("\r\n").Select(l => l.Split(':')[0]), Has.None.StartsWith("X-"));
        }
    }

    static IEnumerable<IReadOnlyDictionary<string, string>> Told(Conversation talk) =>
        talk.Requests.Select(r => ScriptedStream.Requested(r, "Authorization")).Where(a => a.Length > 0).Select(a => Challenge.Parse(a)[0].Parameters);
}
