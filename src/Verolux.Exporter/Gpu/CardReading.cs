namespace Verolux.Exporter.Gpu;

/// <summary>What a card said of itself. What is null this card or this driver does not know.</summary>
/// <param name="Driver">Its version.</param>
/// <param name="Utilization">0 to 1.</param>
/// <param name="MemoryUsed">Bytes.</param>
/// <param name="Decoder">0 to 1.</param>
/// <param name="Temperature">Degrees Celsius.</param>
/// <param name="Power">Watts.</param>
/// <param name="Energy">Joules since the driver was loaded.</param>
/// <param name="EccErrors">Uncorrected, since the driver was loaded.</param>
/// <param name="Throttled">What slows the card down at this moment, of <paramref name="CanThrottle"/>: bits of <see cref="GpuFamilies.Throttles"/>.</param>
/// <param name="Processes">Those that hold the most memory, with its bytes.</param>
sealed record CardReading(
    uint? Index,
    string Name,
    string Driver,
    double? Utilization,
    double? MemoryUsed,
    double? MemorySize,
    double? Decoder,
    double? Encoder,
    double? Temperature,
    double? Power,
    double? Energy,
    double? EccErrors,
    ulong? Throttled,
    ulong CanThrottle,
    IReadOnlyList<KeyValuePair<string, double>> Processes)
{
    const int Die = 0; // NVML_TEMPERATURE_GPU
    const int Uncorrected = 1; // NVML_MEMORY_ERROR_TYPE_UNCORRECTED
    const int SinceTheDriverWasLoaded = 0; // NVML_VOLATILE_ECC

    /// <exception cref="NvmlException">The card is not there, or may not be asked.</exception>
    public static CardReading Read(NvmlLibrary nvml, string uuid)
    {
        var device = nvml.DeviceOf(uuid);
        var (used, size) = Memory(nvml, device);
        return new CardReading(
            nvml.Value<uint>("nvmlDeviceGetIndex", device),
            nvml.Text("nvmlDeviceGetName", device) ?? "",
            nvml.Text("nvmlSystemGetDriverVersion") ?? "",
            nvml.Value<NvmlUtilization>("nvmlDeviceGetUtilizationRates", device)?.Card / 100.0,
            used,
            size,
            nvml.Sampled("nvmlDeviceGetDecoderUtilization", device) / 100.0,
            nvml.Sampled("nvmlDeviceGetEncoderUtilization", device) / 100.0,
            nvml.Value("nvmlDeviceGetTemperature", device, Die),
            nvml.Value<uint>("nvmlDeviceGetPowerUsage", device) / 1000.0, // milliwatts
            nvml.Value<ulong>("nvmlDeviceGetTotalEnergyConsumption", device) / 1000.0, // millijoules
            nvml.Value("nvmlDeviceGetTotalEccErrors", device, Uncorrected, SinceTheDriverWasLoaded),
            // Renamed with driver 535; the old names are still there.
            nvml.Value<ulong>("nvmlDeviceGetCurrentClocksEventReasons", device) ?? nvml.Value<ulong>("nvmlDeviceGetCurrentClocksThrottleReasons", device),
            nvml.Value<ulong>("nvmlDeviceGetSupportedClocksEventReasons", device) ?? nvml.Value<ulong>("nvmlDeviceGetSupportedClocksThrottleReasons", device) ?? ulong.MaxValue,
            GpuProcesses.Largest(nvml, device));
    }

    /// <summary>What every card with memory of its own answers. If it is refused, the card may not be asked at all, and the look has failed.</summary>
    static (double? Used, double? Size) Memory(NvmlLibrary nvml, nint device)
    {
        var newer = NvmlMemoryV2.Empty;
        if (nvml.Call("nvmlDeviceGetMemoryInfo_v2", device, ref newer) == NvmlResult.Success)
            return (newer.Used, newer.Size);
        var memory = default(NvmlMemory);
        return nvml.Call("nvmlDeviceGetMemoryInfo", device, ref memory) switch
        {
            NvmlResult.Success => (memory.Used, memory.Size),
            NvmlResult.NotSupported or NvmlResult.FunctionNotFound => (null, null),
            var result => throw new NvmlException(result, "nvmlDeviceGetMemoryInfo"),
        };
    }
}
