using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site.Cameras;

namespace Verolux.Exporter.Tests.Cameras;

/// <summary>What a camera answers, and what is made of it.</summary>
[CancelAfter(120_000)]
public class DescribeLookTests
{
    const string Describe = CamerasCollector.DescribeDepth;
    const string Password = Access.DefaultPassword;

    /// <summary>The reason, and what the sentence about it must hold; null where describing goes well.</summary>
    static readonly Dictionary<CameraKind, (string Reason, string Says)?> Answers = new()
    {
        [new() { Answers = AnswerFault.Reset }] = ("protocol", "OPTIONS: the camera closed the connection"),
        [new() { Answers = AnswerFault.Silent }] = ("timeout", "OPTIONS: no answer"),
        [new() { Answers = AnswerFault.Slow }] = ("timeout", "OPTIONS: no answer"),
        [new() { Answers = AnswerFault.Garbage }] = ("protocol", "OPTIONS was answered with something that is not RTSP"),
        [new() { Answers = AnswerFault.EndlessHeaders }] = ("protocol", "OPTIONS was answered with headers longer than"),
        [new() { Answers = AnswerFault.HalfLine }] = ("protocol", "OPTIONS: the camera closed the connection in the middle"),
        [new() { Answers = AnswerFault.BusyAtSetup }] = null,
        [new() { Answers = AnswerFault.BusyAtDescribe }] = ("busy", "DESCRIBE was answered 453"),
        [new() { Answers = AnswerFault.MovedPermanently }] = ("redirect", "DESCRIBE was answered 301"),
        [new() { Answers = AnswerFault.MovedTemporarily, Location = "rtsp://admin:hidden@10.0.0.9/other" }] = ("redirect", "DESCRIBE was answered 302"),
        [new() { Answers = AnswerFault.NotFound }] = ("not_found", "DESCRIBE was answered 404"),
        [new() { Answers = AnswerFault.Forbidden }] = ("forbidden", "DESCRIBE was answered 403"),
        [new() { Answers = AnswerFault.Unavailable }] = ("protocol", "DESCRIBE was answered 503"),
        [new() { Answers = AnswerFault.UdpOnly }] = null,
        [new() { Answers = AnswerFault.SessionLost }] = null,
        [new() { Answers = AnswerFault.WrongCSeq }] = ("protocol", "OPTIONS was answered with CSeq 70000 where 1 was asked"),
        [new() { Answers = AnswerFault.StrayAnswerFirst }] = ("protocol", "OPTIONS was answered with CSeq 70000 where 1 was asked"),
        [new() { Answers = AnswerFault.ContentLengthTooLong }] = ("timeout", "DESCRIBE: no answer"),
        [new() { Answers = AnswerFault.ContentLengthTooShort }] = null,
        [new() { Answers = AnswerFault.ContentLengthHuge }] = ("protocol", "DESCRIBE was answered with a Content-Length of 1000000000000"),
        [new() { Answers = AnswerFault.ContentLengthNegative }] = ("protocol", "DESCRIBE was answered with a Content-Length of -1"),
        [new() { Answers = AnswerFault.BinaryBody }] = ("protocol", "DESCRIBE was answered with is no session description"),
        [new() { Description = SdpFault.NoMedia }] = ("protocol", "DESCRIBE was answered with offers no pictures"),
        [new() { Description = SdpFault.ThousandMedia }] = null,
        [new() { Description = SdpFault.NegativeClock }] = ("protocol", "DESCRIBE was answered with gives its pictures a clock of -90000 Hz"),
    };

    static IEnumerable<TestCaseData> Accesses =>
    [
        .. ((Access[])
        [
            new(Challenge.Basic), new(Challenge.DigestWithoutQop), new(Challenge.DigestMd5), new(Challenge.DigestSha256),
            new(Challenge.Basic, Challenge.DigestSha256, Challenge.DigestMd5), new(Challenge.DigestMd5, Challenge.Basic),
        ]).SelectMany(a => (Access[])[a, a with { GuardsOptions = true }]).Select(a => new TestCaseData(a).SetArgDisplayNames(string.Join('+', a.Challenges) + (a.GuardsOptions ? ", OPTIONS too" : ""))),
    ];

    [Test]
    public async Task Every_answer_gives_its_reason_and_one_sentence_of_what_was_asked_and_what_came_back(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var kinds = Answers.Keys.ToDictionary(k => $"{k.Answers}_{k.Description}");
        var wrong = new List<string>();
        foreach (var (name, (_, look)) in await farm.LookAtAllAsync(kinds, Describe, cancellationToken))
        {
            var wanted = Answers[kinds[name]];
            var detail = look.Failure?.Detail ?? "";
            if (look.Reason() != wanted?.Reason || !detail.Contains(wanted?.Says ?? "") || detail.Any(char.IsControl) || detail.Contains("hidden") || detail.Length > 300)
                wrong.Add($"{name}: {look.Failure}");
        }
        Assert.That(Enum.GetValues<AnswerFault>().Except(Answers.Keys.Select(k => k.Answers)), Is.EqualTo(new[] { AnswerFault.None }).Or.Empty);
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public async Task A_good_answer_tells_codec_rate_status_and_phases(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Codec = Codec.H265, Fps = 12 });
        var look = await (Watching.At(farm.Url(camera)) with { Switch = "sw-3" }).LookAsync(Describe, cancellationToken);

        Assert.That(look.Failure, Is.Null);
        Assert.That((look.Value("declared_frames_per_second"), look.Value("rtsp_status_code"), look.Value("reconnects_total")), Is.EqualTo((12d, 200d, 0d)));
        Assert.That(look.Samples.Single(s => s.Family == CameraFamilies.Info).Labels, Is.EqualTo(new[] { "north", Watching.Name, "h265", "tcp", "sw-3" }));
        Assert.That(look.Steps.Select(s => s.Name), Is.EqualTo(new[] { "connect", "options", "describe" }));
        Assert.That(look.Samples.Where(s => s.Family == CameraFamilies.PhaseDuration).Select(s => s.Labels[2]), Is.EqualTo(new[] { "connect", "options", "describe" }));
        Assert.That((look.Value("host_reachable"), look.Value("web_reachable")), Is.EqualTo(((double?)null, (double?)null)), "asked after a failure only");
        Assert.That((camera.MostSessions, camera.Frames), Is.EqualTo((0, 0L)), "describing opens nothing");
    }

    [Test]
    public async Task Over_tls_the_certificate_s_end_is_told(CancellationToken cancellationToken)
    {
        using var certificate = SelfSigned.Certificate(TimeProvider.System);
        await using var farm = CameraFarm.Start(certificate: certificate);
        var look = await Watching.At(farm.Url(farm.Add("/cam"))).LookAsync(Describe, cancellationToken);

        Assert.That(look.Failure, Is.Null);
        Assert.That(look.Value("tls_certificate_expiry_timestamp_seconds"), Is.EqualTo(new DateTimeOffset(certificate.NotAfter.ToUniversalTime()).ToUnixTimeSeconds()));
        Assert.That(look.Samples.Single(s => s.Family == CameraFamilies.Info).Labels[3], Is.EqualTo("tls"));
        Assert.That(look.Steps.Select(s => s.Name), Has.Member("tls"));
    }

    [Test]
    public async Task Tls_where_there_is_none_fails_as_tls(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        farm.Add("/cam");
        var look = await Watching.At($"rtsps://127.0.0.1:{farm.Port}/cam").LookAsync(Describe, cancellationToken);
        Assert.That(look.Reason(), Is.EqualTo("tls").Or.EqualTo("timeout"));
    }

    [TestCaseSource(nameof(Accesses))]
    public async Task Who_knows_the_password_may_look_and_nobody_else(object access)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Access = (Access)access });
        var known = Watching.At(farm.Url(camera));

        Assert.That((await known.As(Access.DefaultUser, Password).LookAsync(Describe, cancellationToken)).Failure, Is.Null);
        foreach (var (user, password) in (IEnumerable<(string, string)>)[(Access.DefaultUser, "wrong"), ("operator", Password)])
        {
            var before = camera.Requests;
            var refused = await known.As(user, password).LookAsync(Describe, cancellationToken);
            Assert.That((refused.Reason(), refused.Value("rtsp_status_code")), Is.EqualTo(("auth", 401d)));
            Assert.That(refused.Failure!.Detail, Does.Contain("401").And.Contains("are not taken").And.Contains(Access.Realm));
            Assert.That(camera.Requests - before, Is.LessThanOrEqualTo(3), "one guess, or the camera locks the account");
        }
        var nobody = await known.LookAsync(Describe, cancellationToken);
        Assert.That(nobody.Reason(), Is.EqualTo("auth"));
        Assert.That(nobody.Failure!.Detail, Does.Contain("none are configured"));
    }

    [TestCase(Challenge.DigestMd5)]
    [TestCase(Challenge.DigestSha256)]
    [TestCase(Challenge.DigestWithoutQop)]
    public async Task A_nonce_that_is_too_old_is_replaced(object challenge)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Access = new Access((Challenge)challenge) { StaleOnce = true } });
        var look = await Watching.At(farm.Url(camera)).As(Access.DefaultUser, Password).LookAsync(Describe, TestContext.CurrentContext.CancellationToken);
        Assert.That(look.Failure, Is.Null);
    }

    [Test]
    public async Task A_camera_that_refuses_for_ever_is_asked_a_few_times_at_most(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam", new CameraKind { Access = new Access(Challenge.DigestMd5, Challenge.Basic) { Never = true, GuardsOptions = true } });
        var look = await Watching.At(farm.Url(camera)).As(Access.DefaultUser, Password).LookAsync(Describe, cancellationToken);
        Assert.That(look.Reason(), Is.EqualTo("auth"));
        Assert.That(camera.Requests, Is.InRange(2, 3));
    }

    [Test]
    public async Task A_password_that_can_not_be_read_is_a_matter_of_configuration(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var camera = farm.Add("/cam");
        var unreadable = Watching.At(farm.Url(camera)) with { Username = "admin", Password = Secret.FromFile("/nowhere/password") };
        foreach (var depth in (string[])[Describe, CamerasCollector.SampleDepth, CamerasCollector.PictureDepth])
        {
            var look = await unreadable.LookAsync(depth, cancellationToken);
            Assert.That(look.Failure?.Reason, Is.EqualTo(FailureReason.Config));
            Assert.That(look.Samples.Select(s => s.Family.Name), Is.EqualTo(depth == Describe ? new[] { "verolux_camera_info" } : []), "its switch is known all the same");
            Assert.That(look.Failure!.Detail, Does.Contain("/nowhere/password"));
        }
        Assert.That(camera.Requests, Is.Zero);
    }

    [Test]
    public async Task A_port_that_refuses_shows_that_the_host_is_there_and_whether_its_web_port_is(CancellationToken cancellationToken)
    {
        using var refusing = new RefusingPort();
        await using var other = CameraFarm.Start();
        var camera = Watching.At($"rtsp://127.0.0.1:{refusing.Port}/cam");
        var withoutWeb = await (camera with { WebPort = refusing.Port }).LookAsync(Describe, cancellationToken);
        var withWeb = await (camera with { WebPort = other.Port }).LookAsync(Describe, cancellationToken);

        Assert.That((withoutWeb.Reason(), withoutWeb.Value("host_reachable"), withoutWeb.Value("web_reachable")), Is.EqualTo(("refused", 1d, 0d)));
        Assert.That((withWeb.Reason(), withWeb.Value("host_reachable"), withWeb.Value("web_reachable")), Is.EqualTo(("refused", 1d, 1d)));
        Assert.That(withWeb.Failure!.Detail, Does.Contain($"127.0.0.1:{refusing.Port}"));
        Assert.That(withWeb.Steps.Select(s => s.Name), Is.EqualTo(new[] { "connect", "host" }));
        Assert.That(withWeb.Value("rtsp_status_code"), Is.Null, "no answer came");
    }

    [Test]
    public async Task A_name_without_an_address_fails_as_dns_and_says_nothing_of_the_host(CancellationToken cancellationToken)
    {
        var look = await Watching.At("rtsp://no-such-camera.invalid/cam").LookAsync(Describe, cancellationToken);
        Assert.That((look.Reason(), look.Value("host_reachable"), look.Value("web_reachable")), Is.EqualTo(("dns", (double?)null, (double?)null)));
        Assert.That(look.Failure!.Detail, Does.Contain("no-such-camera.invalid"));
    }

    [Test]
    public async Task A_camera_that_answers_busy_is_left_alone_longer(CancellationToken cancellationToken)
    {
        await using var farm = CameraFarm.Start();
        var watch = Watching.At(farm.Url(farm.Add("/cam", new CameraKind { Answers = AnswerFault.BusyAtDescribe }))).WatchOf(Describe, TimeProvider.System);
        Assert.That((await watch.LookAsync(cancellationToken)).Rest, Is.EqualTo(2 * Watch.DefaultInterval));
        Assert.That((await watch.LookAsync(cancellationToken)).Rest, Is.EqualTo(4 * Watch.DefaultInterval));
    }
}
