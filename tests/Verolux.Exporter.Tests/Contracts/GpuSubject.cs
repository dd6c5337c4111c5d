using Verolux.Exporter.Collecting;
using Verolux.Exporter.Gpu;
using Verolux.Exporter.Tests.Gpu;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>One watch of the slice, as if it had no other: one of two cards, or the driver.</summary>
sealed class GpuSubject : CollectorSubject
{
    readonly StandIn nvml;
    readonly bool isDriver;

    GpuSubject(GpuCollector slice, StandIn nvml, Watch watch, bool isDriver) => (this.nvml, Collector, this.isDriver) = (nvml, new Alone(slice, watch), isDriver);

    public override ICollector Collector { get; }

    public override string Up => isDriver ? "verolux_gpu_driver_up" : base.Up;

    public override FailureReason Hung => GpuReasons.Hung;

    public override IReadOnlyList<string> OfTheSite => ["verolux_gpu_driver_up"];

    int Subject => isDriver ? StandIn.Driver : 0;

    public static async Task<CollectorSubject> OfCardAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var (slice, nvml) = Make();
        var found = (await slice.Watches.Single().LookAsync(cancellationToken)).Found;
        return new GpuSubject(slice, nvml, found[0], isDriver: false);
    }

    public static Task<CollectorSubject> OfDriverAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var (slice, nvml) = Make();
        return Task.FromResult<CollectorSubject>(new GpuSubject(slice, nvml, slice.Watches.Single(), isDriver: true));
    }

    public override Task AnswerAsync(CancellationToken cancellationToken)
    {
        nvml.Release();
        nvml.Set("nvmlInit_v2", 0);
        nvml.Set("result", 0);
        nvml.Set(0, "lost", 0);
        return Task.CompletedTask;
    }

    public override Task FailAsync(CancellationToken cancellationToken)
    {
        if (isDriver)
        {
            nvml.Set("nvmlInit_v2", 18);
            nvml.Set("result", 18);
        }
        nvml.Set(0, "lost", 1);
        return Task.CompletedTask;
    }

    public override Task HangAsync(CancellationToken cancellationToken)
    {
        nvml.Set(Subject, "hangs", 1);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        nvml.Dispose();
        return ValueTask.CompletedTask;
    }

    static (GpuCollector Slice, StandIn Nvml) Make()
    {
        var nvml = new StandIn();
        return (new GpuCollector(new GpuOptions(true, "north", Watch.DefaultInterval, Watch.DefaultTimeout, 0.95), new Nvml(nvml.File)), nvml);
    }

    sealed class Alone(GpuCollector slice, Watch watch) : ICollector
    {
        public string Slice => slice.Slice;

        public string TargetLabel => slice.TargetLabel;

        public IReadOnlyList<FailureReason> Reasons => slice.Reasons;

        public IReadOnlyList<Family> Families => slice.Families;

        public IReadOnlyList<Watch> Watches { get; } =
        [
            new()
            {
                Target = watch.Target,
                Check = watch.Check,
                DecidesUp = watch.DecidesUp,
                Options = watch.Options,
                Interval = watch.Interval,
                Timeout = watch.Timeout,
                Interruptible = watch.Interruptible,
                Overran = detail => watch.Overran(detail) with { Found = [] },
                Constants = watch.Constants,
                LookAsync = async cancellation => await watch.LookAsync(cancellation) with { Found = [] },
            },
        ];
    }
}
