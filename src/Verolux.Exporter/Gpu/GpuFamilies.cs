using System.Globalization;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Gpu;

/// <summary>What is published of cards and of their driver.</summary>
static class GpuFamilies
{
    /// <summary>The metric that the GPU Saturation runbook puts a number to.</summary>
    public const string UtilizationMetric = "verolux_gpu_utilization_ratio";

    const string Label = "gpu";

    public static readonly Family DriverUp = Family.Gauge("verolux_gpu_driver_up", "Whether the NVIDIA driver answers and tells what cards there are: 1 yes, 0 no. Absent where no card is expected.");
    public static readonly Family UtilizationThreshold = Family.Gauge($"{UtilizationMetric}_threshold", "Above this utilization the card counts as saturated.", Label);

    /// <summary>What can slow a card down, by the bits of <c>nvmlClocksEventReasons</c> in nvml.h. Not that it idles, which is a bit of its own there.</summary>
    public static readonly IReadOnlyList<(string Reason, ulong Bit)> Throttles =
    [
        ("applications_clocks", 0x2),
        ("sw_power_cap", 0x4),
        ("hw_slowdown", 0x8),
        ("sync_boost", 0x10),
        ("sw_thermal", 0x20),
        ("hw_thermal", 0x40),
        ("hw_power_brake", 0x80),
        ("display_clocks", 0x100),
    ];

    static readonly Family Info = Family.Gauge("verolux_gpu_info", "1, with the card's place in the driver's list, its model and the driver's version.", Label, "index", "name", "driver");
    static readonly Family Utilization = Family.Gauge(UtilizationMetric, "Share of the last sampling period in which something computed on the card, 0 to 1: how busy it is, not how much of it is in use.", Label);
    static readonly Family MemoryUsed = Family.Gauge("verolux_gpu_memory_used_bytes", "Memory that processes have taken; before driver 510 with what the driver reserves for itself.", Label);
    static readonly Family MemorySize = Family.Gauge("verolux_gpu_memory_size_bytes", "Memory of the card.", Label);
    static readonly Family Decoder = Family.Gauge("verolux_gpu_decoder_utilization_ratio", "How busy the video decoder is, 0 to 1. An engine of its own: the utilization of the card does not contain it.", Label);
    static readonly Family Encoder = Family.Gauge("verolux_gpu_encoder_utilization_ratio", "How busy the video encoder is, 0 to 1. An engine of its own: the utilization of the card does not contain it.", Label);
    static readonly Family Temperature = Family.Gauge("verolux_gpu_temperature_celsius", "Temperature of the chip.", Label);
    static readonly Family Power = Family.Gauge("verolux_gpu_power_watts", "Power that the card draws.", Label);
    static readonly Family Energy = Family.Counter("verolux_gpu_energy_joules_total", "Energy that the card has used since the driver was loaded.", Label);
    static readonly Family Throttled = Family.Gauge("verolux_gpu_throttled", "Whether this slows the card down at the moment: 1 yes, 0 no; only what this card can tell. An idle card is not slowed down.", Label, "reason");
    static readonly Family EccErrors = Family.Counter("verolux_gpu_ecc_errors_total", "Memory errors that could not be corrected, since the driver was loaded; absent without ECC memory.", Label);
    static readonly Family ProcessMemory = Family.Gauge("verolux_gpu_process_memory_used_bytes", "Memory of the card that processes of this name hold: the five that hold the most, of those that the exporter can see.", Label, "process");

    public static readonly IReadOnlyList<Family> All =
        [DriverUp, UtilizationThreshold, Info, Utilization, MemoryUsed, MemorySize, Decoder, Encoder, Temperature, Power, Energy, Throttled, EccErrors, ProcessMemory];

    public static IReadOnlyList<Sample> Describe(CardReading reading, Target target)
    {
        var samples = new List<Sample> { new(Info, [.. target.Labels, reading.Index?.ToString(CultureInfo.InvariantCulture) ?? "", reading.Name, reading.Driver], 1) };
        void Add(Family family, double? value)
        {
            if (value is { } known)
                samples.Add(new Sample(family, target.Labels, known));
        }
        Add(Utilization, reading.Utilization);
        Add(MemoryUsed, reading.MemoryUsed);
        Add(MemorySize, reading.MemorySize);
        Add(Decoder, reading.Decoder);
        Add(Encoder, reading.Encoder);
        Add(Temperature, reading.Temperature);
        Add(Power, reading.Power);
        Add(Energy, reading.Energy);
        Add(EccErrors, reading.EccErrors);
        if (reading.Throttled is { } active)
            samples.AddRange(Throttles.Where(t => (reading.CanThrottle & t.Bit) != 0).Select(t => new Sample(Throttled, [.. target.Labels, t.Reason], (active & t.Bit) != 0 ? 1 : 0)));
        samples.AddRange(reading.Processes.Select(p => new Sample(ProcessMemory, [.. target.Labels, p.Key], p.Value)));
        return samples;
    }
}
