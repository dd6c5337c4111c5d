using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Backend;

/// <summary>One service of the back end.</summary>
/// <param name="Url">What its paths are relative to; ends with a slash.</param>
/// <param name="Cameras">Whether it is asked for its cameras.</param>
/// <param name="Production">Whether it is asked for its inference.</param>
/// <param name="QueueStatsUrl">Where queue lengths are asked for, which may be at another service; null for nowhere.</param>
/// <param name="ExpectedFps">Frames per second that inference is configured for.</param>
/// <param name="InferenceFpsThreshold">Below this many frames per second inference counts as slow; null publishes none.</param>
/// <param name="PipelineFpsThreshold">The most that the threshold of one camera can be; null publishes none.</param>
sealed record BackendService(
    string Name, string Site, Uri Url, bool Cameras, bool Production, Uri? QueueStatsUrl, Pace Pace, ClientTls? Tls, double ExpectedFps, double? InferenceFpsThreshold, double? PipelineFpsThreshold);

/// <summary>The section <c>backend</c>.</summary>
static class BackendOptions
{
    /// <summary>The rate that the product is built for (25 FPS), which inference is held to where nothing else is said.</summary>
    public const double UsualFps = 25;

    const double MostFps = 1000;
    static readonly string[] Checks = [BackendCollector.HealthCheck, BackendCollector.CamerasCheck, BackendCollector.ProductionCheck];

    /// <param name="inferenceFpsThreshold">What holds for a service that sets none of its own.</param>
    /// <param name="pipelineFpsThreshold">Likewise.</param>
    public static IReadOnlyList<BackendService> Read(Section backend, string site, double? inferenceFpsThreshold, double? pipelineFpsThreshold) => backend.ReadTargets((target, name) =>
    {
        var checks = ReadChecks(target);
        return new BackendService(
            name, site, UrlOf(target), checks.Contains(BackendCollector.CamerasCheck), checks.Contains(BackendCollector.ProductionCheck), target.Url("queue_stats_url"),
            Pace.Read(target), ClientTls.Read(target, null),
            target.Number("expected_fps", 0.1, MostFps) ?? UsualFps,
            target.Number("inference_frames_per_second_threshold", 0, MostFps) ?? inferenceFpsThreshold,
            target.Number("pipeline_camera_frames_per_second_threshold", 0, MostFps) ?? pipelineFpsThreshold);
    });

    static Uri UrlOf(Section target)
    {
        target.RequiredText("url", "http://backend:8000");
        // With a mistake nobody looks, so what stands in makes no difference.
        return target.BaseUrl("url") ?? new Uri("http://localhost/");
    }

    static IReadOnlyList<string> ReadChecks(Section target)
    {
        if (!target.Has("checks"))
            return Checks;
        var checks = target.Texts("checks");
        foreach (var unknown in checks.Except(Checks))
            target.Refuse("checks", $"\"{unknown}\" is not a check", $"write any of: {string.Join(", ", Checks)}");
        if (!checks.Contains(BackendCollector.HealthCheck))
            target.Refuse("checks", $"lacks {BackendCollector.HealthCheck}", "add it: it is what says whether the service is up");
        return checks;
    }
}
