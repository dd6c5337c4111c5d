using Verolux.Exporter.Backend;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Collecting;

namespace Verolux.Exporter.Tests.Backend;

/// <summary>Services of the back end as tests configure them, and looks at them.</summary>
static class Services
{
    public const string Name = "backend";

    public static BackendService At(string url) => new(
        Name, "north", new Uri(url.TrimEnd('/') + "/"), true, true, new Uri(url.TrimEnd('/') + "/stats/queue"), new Pace(Watch.DefaultInterval, Watch.DefaultTimeout), null, 25, null, null);

    public static BackendService At(SiteHost site) => At(site.Url);

    public static BackendService OnlyHealth(this BackendService service) => service with { Cameras = false, Production = false, QueueStatsUrl = null };

    public static BackendCollector Collect(this BackendService service, TimeProvider? time = null, Func<string, string, double?>? expectedFps = null) =>
        new([service], time ?? new Clock(), expectedFps ?? ((_, _) => null));

    /// <summary>A request that is read and never answered.</summary>
    /// <param name="asked">Opened once it has come, and so has its sender's deadline begun.</param>
    public static Fault HangAndTell(Gate asked) => (context, honest) =>
    {
        asked.Open();
        return Faults.Hang(new Gate())(context, honest);
    };

    public static Watch Check(this ICollector collector, string check) => collector.Watches.Single(w => w.Check == check);

    /// <summary>The samples by name and by the labels behind the target's, as in <c>verolux_backend_responses_total health 2xx</c>.</summary>
    public static Dictionary<string, double> Values(this Look look) => look.Samples.ToDictionary(s => string.Join(' ', [s.Family.Name, .. s.Labels[2..]]), s => s.Value);
}
