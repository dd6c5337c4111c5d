using Verolux.Exporter.Backend;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Gpu;
using Verolux.Exporter.Redis;
using Verolux.Exporter.Postgres;
using Verolux.Exporter.RabbitMq;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Storage;

namespace Verolux.Exporter.Commands;

/// <summary>The names that the evidence of a runbook's scenarios may use: every family and every reason of the slices.</summary>
static class EvidenceNames
{
    /// <summary>Of all slices.</summary>
    public static Vocabulary All { get; } = Of(
    [
        new StorageCollector([], TimeProvider.System),
        new CamerasCollector([], TimeProvider.System),
        new BackendCollector([], TimeProvider.System, (_, _) => null),
        new GpuCollector(GpuOptions.Off, new Nvml()),
        new RedisCollector([]),
        new PostgresCollector([], TimeProvider.System),
        new RabbitMqCollector([]),
    ]);

    /// <param name="slices">One collector of each slice; whether it watches anything makes no difference.</param>
    public static Vocabulary Of(IReadOnlyList<ICollector> slices) => new(
        slices.SelectMany(s => s.Families.Concat(new Health(s).Families)).Select(f => f.Name).ToHashSet(),
        slices.SelectMany(s => s.Reasons).Concat(FailureReason.OfEverySlice).Select(r => r.Name).ToHashSet());
}
