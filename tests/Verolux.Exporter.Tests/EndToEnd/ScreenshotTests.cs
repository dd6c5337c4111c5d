using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>The README's pictures, of the demo as it is broken (<c>make screenshots</c>). It takes as long as the pictures have something to show.</summary>
[Category("Screenshots")]
[CancelAfter(1_200_000)]
public class ScreenshotTests
{
    const int Width = 1280;

    /// <summary>How long it runs before anything breaks, so that the last hour is not empty.</summary>
    static readonly TimeSpan Quiet = TimeSpan.FromMinutes(4);

    [Test]
    public async Task The_pages_are_pictured_as_they_are(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await using var running = new RunningDemo(folder);
        var demo = running.Program;
        await demo.WaitForLineAsync(l => l.StartsWith("Ctrl-C stops it all"), cancellationToken);
        await Task.Delay(Quiet, cancellationToken);
        await BreakAsync("storm", "RTSPStorm");
        await DoAsync("mend", "storm");
        await BreakAsync("gpu", "GPUSaturation");
        await BreakAsync("queue", "QueueBacklog");
        await BreakAsync("api", "APIDown");
        await BreakAsync("camera", "CameraOffline");

        using var exporter = new HttpClient { BaseAddress = new Uri(running.Url("exporter")) };
        var numbers = (await exporter.GetFromJsonAsync<JsonElement>("/api/v1/incidents?state=open", cancellationToken)).GetProperty("incidents").EnumerateArray()
            .ToDictionary(i => i.GetProperty("alertname").GetString()!, i => i.GetProperty("incident").GetString()!);
        using var acknowledged = await exporter.PostAsJsonAsync($"/api/v1/incidents/{numbers["QueueBacklog"]}/ack", new { by = "Kim", note = "the worker was stopped for an update; starting it" }, cancellationToken);
        acknowledged.EnsureSuccessStatusCode();

        await using var tab = await Tab.OpenAsync(cancellationToken);
        (string Name, string Path, int Height, bool Dark)[] pictures =
        [
            ("overview", "/", 900, false), ("board", "/incidents", 640, false), ("incident", $"/incidents/{numbers["CameraOffline"]}", 1000, true), ("cameras", "/cameras", 700, false),
            ("camera", "/cameras/gate_a1", 900, true), ("runbook", "/runbooks/RUNBOOK_CAMERA_OFFLINE", 900, false),
        ];
        foreach (var (name, path, height, dark) in pictures)
        {
            await tab.VisitAsync(running.Url("exporter") + path, Width, height, dark, cancellationToken);
            await File.WriteAllBytesAsync(RepositoryRoot.Of("deploy", "screenshots", $"{name}.png"), await tab.PictureAsync(cancellationToken), cancellationToken);
        }
        Assert.That(tab.Complaints, Is.Empty);

        async Task DoAsync(params string[] command)
        {
            var ended = await RunningDemo.RunAsync(folder, cancellationToken, command);
            Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        }

        async Task BreakAsync(string what, string alert)
        {
            await DoAsync("break", what);
            await demo.WaitForLineAsync(l => l.Contains("PagerDuty trigger") && l.Contains($" {alert}: "), cancellationToken);
        }
    }
}
