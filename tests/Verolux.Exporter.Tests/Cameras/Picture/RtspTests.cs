using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras.Picture;

/// <summary>Real ffmpeg against a real RTSP server with a password, and against ports that answer wrongly.</summary>
[CancelAfter(60_000)]
public class RtspTests
{
    const string User = "admin";
    const string Password = "it's p@ss:w/rd %41\\";

    readonly Ffmpeg ffmpeg = new(TimeProvider.System);
    RunningProgram server = null!;
    string address = "";

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        server = RunningProgram.Start("/usr/bin/python3",
            [RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Cameras", "Picture", "rtsp-server.py"), Clips.Path("scene.h264"), User, Password, "25"]);
        address = "127.0.0.1:" + (await server.WaitForLineAsync(l => l.StartsWith("PORT "), deadline.Token))[5..];
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await server.DisposeAsync();
        ffmpeg.Dispose();
    }

    [Test]
    public async Task A_camera_with_a_password_shows_its_picture(CancellationToken cancellationToken)
    {
        var (decoded, failure) = await ffmpeg.DecodeAsync(Camera(Password), thumbnail: true, cancellationToken);
        Assert.That(failure, Is.Null);
        Assert.That((decoded!.Codec, decoded.Profile, decoded.Width, decoded.Height, decoded.DeclaredFps), Is.EqualTo(("h264", "High", 640, 360, (double?)25)));
        Assert.That((decoded.Luma.IsBlack, decoded.Thumbnail?[..2]), Is.EqualTo((false, new byte[] { 0xFF, 0xD8 })));
    }

    [Test]
    public async Task The_wrong_password_is_auth_and_is_not_told(CancellationToken cancellationToken)
    {
        var (_, failure) = await ffmpeg.DecodeAsync(Camera("wr0ng's\nnews"), false, cancellationToken);
        Assert.That(failure!.Reason, Is.EqualTo(CameraReasons.Auth), failure.Detail);
        Assert.That(failure.Detail, Does.Not.Contain("wr0ng").And.Not.Contain("://"));
        Assert.That((await ffmpeg.DecodeAsync(new Source(new Uri($"rtsp://{address}/cam")), false, cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.Auth));
    }

    [Test]
    public async Task Another_path_is_not_found(CancellationToken cancellationToken)
    {
        var (_, failure) = await ffmpeg.DecodeAsync(new Source(new Uri($"rtsp://{address}/other"), User, Password), false, cancellationToken);
        Assert.That(failure!.Reason, Is.EqualTo(CameraReasons.NotFound), failure.Detail);
    }

    [TestCase("rtsp://127.0.0.1:1/cam", "refused")]
    [TestCase("rtsp://camera.invalid/cam", "dns")]
    public async Task Who_is_not_there_has_a_reason(string url, string reason, CancellationToken cancellationToken)
    {
        var (_, failure) = await ffmpeg.DecodeAsync(new Source(new Uri(url), User, Password), false, cancellationToken);
        Assert.That(failure!.Reason.Name, Is.EqualTo(reason), failure.Detail);
    }

    [TestCase("403 Forbidden", "forbidden")]
    [TestCase("404 Not Found", "not_found")]
    [TestCase("453 Not Enough Bandwidth", "busy")]
    [TestCase("461 Unsupported Transport", "transport")]
    [TestCase("500 Internal Server Error", "protocol")]
    public async Task An_answer_that_refuses_has_its_reason(string status, string reason, CancellationToken cancellationToken)
    {
        await using var camera = new Answering(request => Reply(request, status));
        var (_, failure) = await ffmpeg.DecodeAsync(new Source(new Uri($"rtsp://{camera.Address}/cam"), User, Password), false, cancellationToken);
        Assert.That(failure!.Reason.Name, Is.EqualTo(reason), failure.Detail);
    }

    [Test]
    public async Task A_redirect_is_not_followed_with_the_password(CancellationToken cancellationToken)
    {
        await using var elsewhere = new Answering(request => Reply(request, "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\""));
        await using var camera = new Answering(request => Reply(request, $"302 Moved\r\nLocation: rtsp://{elsewhere.Address}/cam"));
        var (_, failure) = await ffmpeg.DecodeAsync(new Source(new Uri($"rtsp://{camera.Address}/cam"), User, Password), false, cancellationToken);
        Assert.That(failure!.Reason, Is.EqualTo(CameraReasons.Redirect), failure.Detail);
        Assert.That(elsewhere.Calls, Is.Zero);
    }

    [Test]
    public async Task Garbage_is_protocol(CancellationToken cancellationToken)
    {
        await using var camera = new Answering(_ => "SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n");
        var (_, failure) = await ffmpeg.DecodeAsync(new Source(new Uri($"rtsp://{camera.Address}/cam")), false, cancellationToken);
        Assert.That(failure!.Reason, Is.AnyOf(CameraReasons.Protocol, FailureReason.Timeout), failure.Detail);
    }

    [Test]
    public async Task Tls_that_is_none_is_tls(CancellationToken cancellationToken)
    {
        await using var camera = new Answering(_ => "RTSP/1.0 400 Bad Request\r\n\r\n");
        var (_, failure) = await ffmpeg.DecodeAsync(new Source(new Uri($"rtsps://{camera.Address}/cam")), false, cancellationToken);
        Assert.That(failure!.Reason, Is.EqualTo(CameraReasons.Tls), failure.Detail);
    }

    [Test]
    public async Task Silence_is_a_timeout(CancellationToken cancellationToken)
    {
        await using var camera = new Answering(_ => null);
        var (_, failure) = await ffmpeg.DecodeAsync(new Source(new Uri($"rtsp://{camera.Address}/cam")), false, cancellationToken);
        Assert.That(failure!.Reason, Is.EqualTo(FailureReason.Timeout), failure.Detail);
    }

    [TestCase(false)]
    [TestCase(true, Description = "ffmpeg is a wrapper script")]
    public async Task Nothing_of_the_camera_is_in_the_process_list_and_nothing_is_left_after_the_token(bool wrapped, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        if (wrapped)
        {
            foreach (var program in (string[])["ffmpeg", "ffprobe"])
                Command.Run("chmod", "+x", folder.Write(program, $"#!/bin/sh\n/usr/bin/{program} \"$@\"\nexit $?\n"));
        }
        else
            Children.Link(folder.Path);
        using var watched = new Ffmpeg(TimeProvider.System, folder.Path);
        await using var farm = CameraFarm.Start();
        // One that sends nothing, so that ffmpeg stays.
        var camera = farm.Add("/p4th", new CameraKind { Packets = RtpFault.NoFrames, Access = new Access(Challenge.Basic) { User = User, Password = "s3cr3t" } });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = watched.DecodeAsync(new Source(new Uri(farm.Url(camera)), User, "s3cr3t"), true, cancel.Token);

        var running = await Eventually.FoundAsync("every process", () => Pipes() is var found && found.Count == (wrapped ? 2 : 1) ? found : null, cancellationToken);
        foreach (var id in running)
        {
            var shown = Children.Read(id, "cmdline") + Children.Read(id, "environ");
            Assert.That(shown, Does.Contain("unix:").And.Not.Contain("s3cr3t").And.Not.Contain("p4th"));
            Assert.That(Children.Read(id, "cmdline"), Does.Not.Contain(User).And.Not.Contain("rtsp://"));
        }
        Assert.That(Directory.GetFileSystemEntries(Path.GetTempPath()).Where(f => f.Contains("s3cr3t")), Is.Empty);

        await cancel.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.FoundAsync("the end of every process", () => running.All(id => Children.Read(id, "cmdline").Length == 0) ? running : null, cancellationToken);
        Assert.That(camera.Sessions, Is.Zero);

        List<int> Pipes()
        {
            // The program's own path is on the wrapper's command line only; the run's pipe is on every one's.
            var pipe = Children.Of(folder.Path).Select(id => Regex.Match(Children.Read(id, "cmdline"), @"unix:\S+").Value).FirstOrDefault("");
            return pipe.Length > 0 ? Children.Of(pipe) : [];
        }
    }

    [Test]
    public async Task There_are_as_many_turns_as_processors_and_who_waits_for_one_can_give_up(CancellationToken cancellationToken)
    {
        using var ffmpeg = new Ffmpeg(TimeProvider.System);
        var turns = new List<IDisposable>();
        for (var i = 0; i < Environment.ProcessorCount; i++)
            turns.Add(await ffmpeg.Pictures.TakeAsync(cancellationToken));
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var late = ffmpeg.Pictures.TakeAsync(impatient.Token);
        Assert.That(late.IsCompleted, Is.False);
        await impatient.CancelAsync();
        Assert.That(async () => await late, Throws.InstanceOf<OperationCanceledException>());

        turns[0].Dispose();
        using var next = await ffmpeg.Pictures.TakeAsync(cancellationToken);
    }

    Source Camera(string password) => new(new Uri($"rtsp://{address}/cam"), User, password);

    static string Reply(string request, string status) => $"RTSP/1.0 {status}\r\nCSeq: {Regex.Match(request, @"CSeq: (\d+)").Groups[1].Value}\r\n\r\n";
}
