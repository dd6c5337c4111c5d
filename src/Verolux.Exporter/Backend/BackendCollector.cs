using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Backend;

/// <summary>What the product says of itself: whether its services are well, what its pipeline gets from each camera, how fast it infers, what waits in its queues.</summary>
/// <param name="expectedFps">What a camera is configured to deliver, by its site and id; null where nobody says. Asked at every look, so that it may change.</param>
sealed class BackendCollector(IReadOnlyList<BackendService> services, TimeProvider time, Func<string, string, double?> expectedFps) : ICollector
{
    public const string HealthCheck = "health";
    public const string CamerasCheck = "cameras";
    public const string ProductionCheck = "production";
    public const string QueueCheck = "queue";

    public string Slice => "backend";

    public string TargetLabel => "backend";

    public string CheckLabel => "check";

    public IReadOnlyList<FailureReason> Reasons => BackendReasons.All;

    public IReadOnlyList<Family> Families => BackendFamilies.All;

    public IReadOnlyList<Watch> Watches { get; } = [.. services.SelectMany(s => WatchesOf(s, time, expectedFps))];

    // A watch for each address, so that a slow one doesn't blind the others.
    static IEnumerable<Watch> WatchesOf(BackendService service, TimeProvider time, Func<string, string, double?> expectedFps)
    {
        var target = new Target(service.Name, service.Site);
        Watch Of(string check, Uri url, Func<Fields, Look> describe, IReadOnlyList<Sample>? constants = null)
        {
            var look = new EndpointLook(url, check, target, service.Tls, time, describe);
            return new Watch
            {
                Target = target,
                Check = check,
                Options = service,
                DecidesUp = check == HealthCheck,
                Interval = service.Pace.Interval,
                Timeout = service.Pace.Timeout,
                Overran = look.Overran,
                Constants = [.. constants ?? [], .. look.Responses],
                LookAsync = look.LookAsync,
            };
        }
        yield return Of(HealthCheck, new Uri(service.Url, "health"), answer => Answers.Health(answer, target));
        if (service.Cameras)
        {
            var pipeline = new Pipeline(service, target, expectedFps);
            yield return Of(CamerasCheck, new Uri(service.Url, "health/cameras"), answer => pipeline.Read(answer, time.GetUtcNow()));
        }
        if (service.Production)
            yield return Of(ProductionCheck, new Uri(service.Url, "status/production"), answer => Answers.Production(answer, target), Configured(service, target));
        if (service.QueueStatsUrl is { } queues)
            yield return Of(QueueCheck, queues, answer => Answers.Queues(answer, target));
    }

    static List<Sample> Configured(BackendService service, Target target)
    {
        var constants = new List<Sample> { new(BackendFamilies.InferenceExpectedFps, target.Labels, service.ExpectedFps) };
        if (service.InferenceFpsThreshold is { } threshold)
            constants.Add(new Sample(BackendFamilies.InferenceFpsThreshold, target.Labels, threshold));
        return constants;
    }
}
