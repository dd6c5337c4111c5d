using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Cameras;

/// <summary>A camera that serves MJPEG over HTTP (multipart/x-mixed-replace) at 10 frames per second to whoever has the password (Basic).</summary>
sealed class HttpCamera : IAsyncDisposable
{
    public const int Fps = 10;

    static readonly IReadOnlyList<byte[]> Pictures =
        JpegPayload.Pictures(File.ReadAllBytes(RepositoryRoot.Of("tests", "Verolux.Exporter.Site", "Cameras", "Clips", "moving.mjpeg")));

    readonly WebApplication app;
    readonly string password;

    HttpCamera(WebApplication app, string password) => (this.app, this.password) = (app, password);

    public Journal<int> Answers { get; } = new();

    public string Url => $"{app.Urls.Single()}/video";

    public static async Task<HttpCamera> StartAsync(string password = Access.DefaultPassword)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var camera = new HttpCamera(builder.Build(), password);
        camera.app.MapGet("/video", camera.PlayAsync);
        await camera.app.StartAsync();
        return camera;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    async Task PlayAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Access.DefaultUser}:{password}")))
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = $"Basic realm=\"{Access.Realm}\"";
            Answers.Add(401);
            return;
        }
        Answers.Add(200);
        context.Response.ContentType = "multipart/x-mixed-replace; boundary=frame";
        var start = Stopwatch.GetTimestamp();
        try
        {
            for (var number = 0; ; number++)
            {
                var due = TimeSpan.FromSeconds((double)number / Fps) - Stopwatch.GetElapsedTime(start);
                if (due > TimeSpan.Zero)
                    await Task.Delay(due, context.RequestAborted);
                var picture = Pictures[number % Pictures.Count];
                await context.Response.WriteAsync($"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {picture.Length}\r\n\r\n", context.RequestAborted);
                await context.Response.Body.WriteAsync(picture, context.RequestAborted);
                await context.Response.WriteAsync("\r\n", context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // It was looked at long enough.
        }
    }
}
