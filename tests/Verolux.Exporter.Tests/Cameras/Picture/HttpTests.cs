using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras.Picture;

/// <summary>Real ffmpeg on what a real web server sends.</summary>
[CancelAfter(60_000)]
public class HttpTests
{
    const int Fps = 10;
    readonly Ffmpeg ffmpeg = new(TimeProvider.System);
    WebApplication server = null!;
    int elsewhere;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        server = builder.Build();
        server.MapGet("/photo.jpg", c => c.Response.SendFileAsync(Clips.Path("photo.jpg")));
        server.MapGet("/scene.mkv", c => c.Response.SendFileAsync(Clips.Path("hevc.mkv")));
        server.MapGet("/guarded.jpg", GuardedAsync);
        server.MapGet("/motion", MotionAsync);
        server.MapGet("/moved", c => { c.Response.Redirect("/elsewhere"); return Task.CompletedTask; });
        server.MapGet("/elsewhere", c => { Interlocked.Increment(ref elsewhere); return c.Response.SendFileAsync(Clips.Path("photo.jpg")); });
        server.MapGet("/status/{code}", (HttpContext c) => { c.Response.StatusCode = int.Parse((string)c.Request.RouteValues["code"]!); return Task.CompletedTask; });
        server.MapGet("/garbage", c => c.Response.SendFileAsync(Clips.Path("garbage.mp4")));
        server.MapGet("/nothing", _ => Task.CompletedTask);
        server.MapGet("/silent", SilentAsync);
        server.MapGet("/half", c => { c.Response.Headers.ContentType = "multipart/x-mixed-replace; boundary=x"; return SilentAsync(c); });
        server.MapGet("/list.m3u8", c => c.Response.WriteAsync($"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{Root}/elsewhere\n#EXTINF:10,\nfile://{Clips.Path("scene.mp4")}\n#EXT-X-ENDLIST\n"));
        server.MapGet("/list.ffconcat", c => c.Response.WriteAsync($"ffconcat version 1.0\nfile '{Clips.Path("scene.mp4")}'\nfile elsewhere\n"));
        await server.StartAsync();
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await server.StopAsync(new CancellationToken(true));
        await server.DisposeAsync();
        ffmpeg.Dispose();
    }

    string Root => server.Urls.Single();

    [Test]
    public async Task A_snapshot_is_a_picture_without_a_rate(CancellationToken cancellationToken)
    {
        var (decoded, failure) = await ffmpeg.DecodeAsync(Of("/photo.jpg"), true, cancellationToken);
        Assert.That(failure, Is.Null);
        Assert.That((decoded!.Codec, decoded.Width, decoded.Height), Is.EqualTo(("mjpeg", 640, 360)));
        Assert.That(decoded.Thumbnail, Is.Not.Null);
        var (described, _) = await ffmpeg.DescribeAsync(Of("/photo.jpg"), cancellationToken);
        Assert.That((described!.Codec, described.DeclaredFps), Is.EqualTo(("mjpeg", (double?)null)));
    }

    [Test]
    public async Task A_container_says_its_rate(CancellationToken cancellationToken)
    {
        Assert.That((await ffmpeg.DescribeAsync(Of("/scene.mkv"), cancellationToken)).Described, Is.EqualTo(new Described("hevc", "Main", 640, 360, 25)));
        Assert.That((await ffmpeg.SampleAsync(Of("/scene.mkv"), TimeSpan.FromSeconds(2), cancellationToken)).Delivered!.FramesPerSecond, Is.EqualTo(25).Within(0.1));
    }

    [Test]
    public async Task Motion_jpeg_is_timed_as_it_arrives(CancellationToken cancellationToken)
    {
        var (delivered, failure) = await ffmpeg.SampleAsync(Of("/motion"), TimeSpan.FromSeconds(2), cancellationToken);
        Assert.That(failure, Is.Null);
        Assert.That(delivered!.FramesPerSecond, Is.EqualTo(Fps).Within(15).Percent);
        var (described, _) = await ffmpeg.DescribeAsync(Of("/motion"), cancellationToken);
        Assert.That((described!.Codec, described.DeclaredFps), Is.EqualTo(("mjpeg", (double?)null)));
        var (decoded, _) = await ffmpeg.DecodeAsync(Of("/motion"), false, cancellationToken);
        Assert.That((decoded!.Width, decoded.DeclaredFps), Is.EqualTo((640, (double?)null)));
    }

    [Test]
    public async Task A_password_opens_what_is_guarded(CancellationToken cancellationToken)
    {
        Assert.That((await ffmpeg.DecodeAsync(Of("/guarded.jpg") with { Username = "admin", Password = "p:w" }, false, cancellationToken)).Failure, Is.Null);
        Assert.That((await ffmpeg.DecodeAsync(Of("/guarded.jpg") with { Username = "admin", Password = "no" }, false, cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.Auth));
        Assert.That((await ffmpeg.DescribeAsync(Of("/guarded.jpg"), cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.Auth));
    }

    [TestCase("/status/403", "forbidden")]
    [TestCase("/status/404", "not_found")]
    [TestCase("/status/503", "busy")]
    [TestCase("/status/500", "protocol")]
    [TestCase("/garbage", "protocol")]
    [TestCase("/nothing", "protocol")]
    public async Task An_answer_without_a_picture_has_its_reason(string path, string reason, CancellationToken cancellationToken)
    {
        foreach (var failure in await AllAsync(Of(path), cancellationToken))
            Assert.That(failure?.Reason.Name, Is.EqualTo(reason), $"{failure}");
    }

    [TestCase("/moved", "redirect")]
    [TestCase("/list.m3u8", "protocol")]
    [TestCase("/list.ffconcat", "protocol")]
    public async Task Nobody_is_sent_elsewhere(string path, string reason, CancellationToken cancellationToken)
    {
        var before = elsewhere;
        foreach (var failure in await AllAsync(Of(path), cancellationToken))
            Assert.That(failure?.Reason.Name, Is.EqualTo(reason), $"{failure}");
        Assert.That(elsewhere, Is.EqualTo(before));
    }

    [TestCase("/silent")]
    [TestCase("/half")]
    public async Task Silence_is_a_timeout(string path, CancellationToken cancellationToken)
    {
        var (_, failure) = await ffmpeg.DecodeAsync(Of(path), false, cancellationToken);
        Assert.That(failure?.Reason, Is.EqualTo(FailureReason.Timeout), $"{failure}");
    }

    [Test]
    public async Task Who_is_not_there_has_a_reason(CancellationToken cancellationToken)
    {
        Assert.That((await ffmpeg.DecodeAsync(new Source(new Uri("http://127.0.0.1:1/")), false, cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.Refused));
        Assert.That((await ffmpeg.DecodeAsync(new Source(new Uri("http://camera.invalid/")), false, cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.Dns));
        Assert.That((await ffmpeg.DecodeAsync(new Source(new Uri(Root.Replace("http:", "https:"))), false, cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.Tls));
        await using var other = new Answering(_ => "SSH-2.0-OpenSSH_9.2\r\n\r\n");
        Assert.That((await ffmpeg.DecodeAsync(new Source(new Uri($"http://{other.Address}/")), false, cancellationToken)).Failure?.Reason, Is.EqualTo(CameraReasons.Protocol));
    }

    [Test]
    public async Task Nothing_is_left_of_a_probe_after_the_token(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        Children.Link(folder.Path);
        using var watched = new Ffmpeg(TimeProvider.System, folder.Path);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = watched.SampleAsync(Of("/motion"), TimeSpan.FromHours(1), cancel.Token);
        await Eventually.FoundAsync("ffprobe", () => Children.Of(folder.Path).Count > 0 ? folder : null, cancellationToken);
        await cancel.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.FoundAsync("the end of every process", () => Children.Of(folder.Path).Count == 0 ? folder : null, cancellationToken);
    }

    async Task<Failure?[]> AllAsync(Source source, CancellationToken cancellationToken) =>
    [
        (await ffmpeg.DecodeAsync(source, false, cancellationToken)).Failure,
        (await ffmpeg.DescribeAsync(source, cancellationToken)).Failure,
        (await ffmpeg.SampleAsync(source, TimeSpan.FromSeconds(1), cancellationToken)).Failure,
    ];

    Source Of(string path) => new(new Uri(Root + path));

    static Task GuardedAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:p:w")))
            return context.Response.SendFileAsync(Clips.Path("photo.jpg"));
        (context.Response.StatusCode, context.Response.Headers.WWWAuthenticate) = (401, "Basic realm=\"camera\"");
        return Task.CompletedTask;
    }

    static async Task SilentAsync(HttpContext context)
    {
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    static async Task MotionAsync(HttpContext context)
    {
        var photo = await File.ReadAllBytesAsync(Clips.Path("photo.jpg"));
        context.Response.Headers.ContentType = "multipart/x-mixed-replace; boundary=frame";
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / Fps));
        try
        {
            while (await beat.WaitForNextTickAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync($"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {photo.Length}\r\n\r\n", context.RequestAborted);
                await context.Response.Body.WriteAsync(photo, context.RequestAborted);
                await context.Response.WriteAsync("\r\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
