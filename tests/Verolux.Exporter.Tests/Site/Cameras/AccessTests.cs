using System.Text;
using NUnit.Framework;
using Verolux.Exporter.Site.Cameras;

namespace Verolux.Exporter.Tests.Site.Cameras;

[CancelAfter(30_000)]
public class AccessTests
{
    static readonly Challenge[] DigestChallenges = [Challenge.DigestWithoutQop, Challenge.DigestMd5, Challenge.DigestSha256];

    CameraFarm farm = null!;

    [SetUp]
    public void Start() => farm = CameraFarm.Start();

    [TearDown]
    public ValueTask Stop() => farm.DisposeAsync();

    [Test]
    public async Task OPTIONS_is_answered_to_anybody_unless_it_is_guarded(CancellationToken cancellationToken)
    {
        var camera = farm.Add("/gate", new CameraKind { Access = new Access(Challenge.Basic) });
        using var talk = await RtspTalk.ConnectAsync(farm, camera, cancellationToken);
        Assert.That((await talk.AskAsync("OPTIONS")).Status, Is.EqualTo(200));
        Assert.That((await talk.AskAsync("DESCRIBE")).Status, Is.EqualTo(401));
        camera.Kind = camera.Kind with { Access = camera.Kind.Access with { GuardsOptions = true } };
        Assert.That((await talk.AskAsync("OPTIONS")).Status, Is.EqualTo(401));
    }

    [TestCase("admin:cam-secret", 200)]
    [TestCase("admin:wrong", 401)]
    [TestCase("somebody:cam-secret", 401)]
    public async Task Basic_takes_the_right_password_only(string credentials, int status)
    {
        using var talk = await TalkAsync(new Access(Challenge.Basic));
        Assert.That((await talk.AskAsync("DESCRIBE")).Headers["WWW-Authenticate"], Is.EqualTo("Basic realm=\"Simulated camera\""));
        Assert.That((await talk.AskAsync("DESCRIBE", Basic(credentials))).Status, Is.EqualTo(status));
    }

    [TestCaseSource(nameof(DigestChallenges))]
    public async Task Digest_takes_the_right_password_only(object challenge)
    {
        using var talk = await TalkAsync(new Access((Challenge)challenge));
        var asked = await talk.AskAsync("DESCRIBE");
        Assert.That((await talk.AskAsync("DESCRIBE", Answer(asked, talk.Url, password: "wrong"))).Status, Is.EqualTo(401));
        Assert.That((await talk.AskAsync("DESCRIBE", Answer(asked, talk.Url, uri: "rtsp://127.0.0.1/another"))).Status, Is.EqualTo(401));
        Assert.That((await talk.AskAsync("DESCRIBE", Answer(asked, talk.Url, method: "SETUP"))).Status, Is.EqualTo(401));
        Assert.That((await talk.AskAsync("DESCRIBE", Basic("admin:cam-secret"))).Status, Is.EqualTo(401), "what wasn't offered isn't taken");
        Assert.That((await talk.AskAsync("DESCRIBE", Answer(asked, talk.Url))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_nonce_counts_upwards()
    {
        using var talk = await TalkAsync(new Access(Challenge.DigestMd5));
        var asked = await talk.AskAsync("DESCRIBE");
        Assert.That((await talk.AskAsync("DESCRIBE", Answer(asked, talk.Url, count: 2))).Status, Is.EqualTo(200));
        Assert.That((await talk.AskAsync("DESCRIBE", Answer(asked, talk.Url, count: 3))).Status, Is.EqualTo(200));
        var again = await talk.AskAsync("DESCRIBE", Answer(asked, talk.Url, count: 3));
        Assert.That((again.Status, Parameters.Of(again.Headers["WWW-Authenticate"])["stale"]), Is.EqualTo((401, "true")));
    }

    [Test]
    public async Task A_nonce_of_another_connection_is_stale()
    {
        using var first = await TalkAsync(new Access(Challenge.DigestWithoutQop));
        var asked = await first.AskAsync("DESCRIBE");
        using var second = await RtspTalk.ConnectAsync(farm, farm.Find("/gate")!, CancellationToken.None);
        var stale = await second.AskAsync("DESCRIBE", Answer(asked, second.Url));
        Assert.That((stale.Status, Parameters.Of(stale.Headers["WWW-Authenticate"])["stale"]), Is.EqualTo((401, "true")));
        Assert.That((await second.AskAsync("DESCRIBE", Answer(stale, second.Url))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task The_first_right_answer_may_meet_a_stale_nonce()
    {
        using var talk = await TalkAsync(new Access(Challenge.DigestSha256) { StaleOnce = true });
        var stale = await talk.AskAsync("DESCRIBE", Answer(await talk.AskAsync("DESCRIBE"), talk.Url));
        Assert.That((stale.Status, Parameters.Of(stale.Headers["WWW-Authenticate"])["stale"]), Is.EqualTo((401, "true")));
        Assert.That((await talk.AskAsync("DESCRIBE", Answer(stale, talk.Url))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Several_challenges_come_in_one_answer()
    {
        using var talk = await TalkAsync(new Access(Challenge.Basic, Challenge.DigestSha256, Challenge.DigestMd5));
        var challenges = (await talk.AskAsync("DESCRIBE")).Headers["WWW-Authenticate"].Split('\n');
        Assert.That(challenges.Select(c => c.Split(' ')[0]), Is.EqualTo(["Basic", "Digest", "Digest"]));
        Assert.That(challenges[1], Does.Contain("algorithm=SHA-256"));
        Assert.That(challenges[2], Does.Contain("algorithm=MD5"));
    }

    [Test]
    public async Task A_camera_may_refuse_for_ever()
    {
        using var talk = await TalkAsync(new Access(Challenge.Basic) { Never = true });
        Assert.That((await talk.AskAsync("DESCRIBE", Basic("admin:cam-secret"))).Status, Is.EqualTo(401));
    }

    [Test]
    public async Task A_password_can_be_changed_meanwhile()
    {
        using var talk = await TalkAsync(new Access(Challenge.Basic));
        Assert.That((await talk.AskAsync("DESCRIBE", Basic("admin:cam-secret"))).Status, Is.EqualTo(200));
        var camera = farm.Find("/gate")!;
        camera.Kind = camera.Kind with { Access = camera.Kind.Access with { Password = "new" } };
        Assert.That((await talk.AskAsync("DESCRIBE", Basic("admin:cam-secret"))).Status, Is.EqualTo(401));
        Assert.That((await talk.AskAsync("DESCRIBE", Basic("admin:new"))).Status, Is.EqualTo(200));
    }

    Task<RtspTalk> TalkAsync(Access access) => RtspTalk.ConnectAsync(farm, farm.Add("/gate", new CameraKind { Access = access }), CancellationToken.None);

    static string Basic(string credentials) => $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}";

    static string Answer(RtspReply asked, string url, string password = Access.DefaultPassword, string method = "DESCRIBE", string? uri = null, int count = 1)
    {
        var challenge = Parameters.Of(asked.Headers["WWW-Authenticate"]["Digest ".Length..]);
        var (nonce, nc, sha256, withQop) = (challenge["nonce"], $"{count:x8}", challenge.GetValueOrDefault("algorithm") == "SHA-256", challenge.ContainsKey("qop"));
        uri ??= url;
        var response = Digest.Response(sha256, Access.DefaultUser, Access.Realm, password, method, uri, nonce, withQop ? nc : null, withQop ? "c0ffee" : null);
        var line = $"Authorization: Digest username=\"{Access.DefaultUser}\", realm=\"{Access.Realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\"";
        return withQop ? $"{line}, algorithm={challenge["algorithm"]}, opaque=\"{challenge["opaque"]}\", qop=auth, nc={nc}, cnonce=\"c0ffee\"" : line;
    }
}
