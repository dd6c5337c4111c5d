using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Gpu;

/// <summary>
/// This machine's NVIDIA cards. One watch asks the driver which there are, and each is then looked at by itself, so that one that hangs hides no other. A card
/// that was there once is looked for ever after: when it vanishes, it is down.
/// </summary>
sealed class GpuCollector : ICollector
{
    readonly GpuOptions options;
    readonly Nvml nvml;

    /// <param name="nvml">One for the process, since it remembers what cards there were.</param>
    /// <param name="pciDevices">Where the kernel lists what is plugged in.</param>
    public GpuCollector(GpuOptions options, Nvml nvml, string pciDevices = PciBus.Devices)
    {
        (this.options, this.nvml) = (options, nvml);
        Watches = options.Enabled ?? (nvml.HasAnswered || PciBus.HasNvidiaCard(pciDevices) || Answers()) ? [DriverWatch()] : [];
    }

    public string Slice => "gpu";

    public string TargetLabel => "gpu";

    public IReadOnlyList<FailureReason> Reasons => GpuReasons.All;

    public IReadOnlyList<Family> Families => GpuFamilies.All;

    public IReadOnlyList<Watch> Watches { get; }

    /// <summary>Whether a driver is there all the same, as for cards that are on no PCI bus. Whatever hangs in it must not keep the exporter from starting.</summary>
    bool Answers() => OnThread(() => nvml.Use(_ => new Look([]))).Wait(options.Timeout) && nvml.HasAnswered;

    /// <summary>The driver is no card, so it has no name and no <c>verolux_gpu_up</c>: it has a metric of its own.</summary>
    Watch DriverWatch()
    {
        var target = new Target("", options.Site);
        string[] site = [options.Site];
        Look Told(Failure? failure) => new([new Sample(GpuFamilies.DriverUp, site, failure is null ? 1 : 0)], failure) { Found = [.. nvml.Known.Select(CardWatch)] };
        return new Watch
        {
            Target = target,
            Check = "driver",
            DecidesUp = false,
            Options = options,
            Interval = options.Interval,
            Timeout = options.Timeout,
            Interruptible = false,
            Overran = detail => Told(new Failure(GpuReasons.Hung, detail)),
            LookAsync = _ => OnThread(() => Told(nvml.Use(ListCards)), failure => Told(failure)),
        };
    }

    Watch CardWatch(string uuid)
    {
        var target = new Target(uuid, options.Site);
        return new Watch
        {
            Target = target,
            Options = options,
            Interval = options.Interval,
            Timeout = options.Timeout,
            Interruptible = false,
            Overran = detail => Look.Failed(GpuReasons.Hung, detail),
            Constants = options.UtilizationRatioThreshold is { } threshold ? [new Sample(GpuFamilies.UtilizationThreshold, target.Labels, threshold)] : [],
            LookAsync = _ => OnThread(() => new Look(GpuFamilies.Describe(nvml.Use(library => CardReading.Read(library, uuid)), target))),
        };
    }

    /// <summary>Remembers every card that the driver shows.</summary>
    /// <returns>Why one stays unknown; of those that are known their own watches tell.</returns>
    Failure? ListCards(NvmlLibrary library)
    {
        var count = library.CountDevices();
        var refused = new List<NvmlException>();
        for (var i = 0u; i < count; i++)
        {
            try
            {
                nvml.Remember(library.UuidAt(i));
            }
            catch (NvmlException error)
            {
                refused.Add(error);
            }
        }
        if (nvml.Known.Count == 0 && count == 0)
            return new Failure(GpuReasons.Lost, "the driver answers, and finds no card");
        // In a container some of the machine's cards may well be somebody else's; but not all of them.
        var worst = refused.Find(e => e.Result != NvmlResult.NoPermission) ?? (refused.Count == count ? refused.FirstOrDefault() : null);
        return worst is not null && nvml.Known.Count < count ? throw worst : null;
    }

    static Task<Look> OnThread(Func<Look> look) => OnThread(look, failure => new Look([], failure));

    /// <summary>A thread of its own: where the driver hangs, the call never comes back, and a thread of the pool would be missing everywhere else.</summary>
    static Task<Look> OnThread(Func<Look> look, Func<Failure, Look> failed) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                return look();
            }
            catch (NvmlException error)
            {
                return failed(GpuReasons.Of(error));
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
