using System.Globalization;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Benchmarks;

/// <summary>
/// A site of 10,000 watches as a slice would describe it: twelve series of their own each, and the engine's <c>up</c>, duration and last success. What
/// looking itself costs is not measured here, so nothing is looked at.
/// </summary>
sealed class SyntheticCollector : ICollector
{
    public const string Prefix = "verolux_synthetic_";
    public const int Targets = 10_000;
    public const int SeriesPerTarget = 15;

    static readonly Family[] Own =
    [
        Gauge("streaming", "Whether frames arrive: 1 yes, 0 no."),
        Gauge("frames_per_second", "Frames per second, as received."),
        Gauge("frames_per_second_declared", "Frames per second, as declared."),
        Gauge("bitrate_bytes_per_second", "Bytes per second, as received."),
        Gauge("jitter_seconds", "Jitter between packets."),
        Gauge("connect_duration_seconds", "How long connecting took."),
        Gauge("key_frame_interval_seconds", "Time between two key frames."),
        Gauge("packet_loss_ratio", "Lost packets among those expected."),
        Family.Counter($"{Prefix}packets_total", "Packets received.", "watch"),
        Family.Counter($"{Prefix}bytes_total", "Bytes received.", "watch"),
        Family.Counter($"{Prefix}reconnects_total", "Connections made again.", "watch"),
        Family.LastEvent($"{Prefix}last_frame_timestamp_seconds", "When a frame last arrived, Unix time.", "watch"),
    ];

    public string Slice => "synthetic";

    public string TargetLabel => "watch";

    public IReadOnlyList<FailureReason> Reasons => [];

    public IReadOnlyList<Family> Families => Own;

    public IReadOnlyList<Watch> Watches { get; } = [.. Enumerable.Range(0, Targets).Select(WatchOf)];

    static Family Gauge(string name, string help) => Family.Gauge(Prefix + name, help, "watch");

    static Watch WatchOf(int number)
    {
        var target = new Target(string.Create(CultureInfo.InvariantCulture, $"camera_{number:00000}"), "main");
        var looks = 0;
        return new Watch { Target = target, Options = number, LookAsync = _ => Task.FromResult(new Look(Samples(target.Labels, number, ++looks))) };
    }

    /// <summary>Numbers as long as real ones are, since their length is what writing them costs.</summary>
    static Sample[] Samples(string[] labels, int number, int looks)
    {
        var varies = Random.Shared.NextDouble();
        double[] values =
        [
            1, 24.5 + varies, 25, 500_000 + Math.Floor(varies * 100_000), varies / 1000, varies / 100, 2, Math.Round(varies / 1000, 6),
            1000.0 * looks, 1_000_000.0 * looks + number, number % 3, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0,
        ];
        var samples = new Sample[Own.Length];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = new Sample(Own[i], labels, values[i]);
        return samples;
    }
}
