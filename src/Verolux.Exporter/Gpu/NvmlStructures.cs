namespace Verolux.Exporter.Gpu;

// What NVML writes its answers into: laid out as in nvml.h, field by field.

/// <summary><c>nvmlUtilization_t</c>, percent.</summary>
readonly record struct NvmlUtilization(uint Card, uint MemoryBus);

/// <summary><c>nvmlMemory_t</c>, bytes: what the driver reserves for itself counts as used.</summary>
readonly record struct NvmlMemory(ulong Size, ulong Free, ulong Used);

/// <summary><c>nvmlMemory_v2_t</c>, bytes: what the driver reserves for itself stands apart, as in nvidia-smi.</summary>
readonly record struct NvmlMemoryV2(uint Version, ulong Size, ulong Reserved, ulong Free, ulong Used)
{
    /// <summary>To be filled in. NVML tells versions by the structure's size, and a number in the highest byte.</summary>
    public static NvmlMemoryV2 Empty => new(40 | (2u << 24), 0, 0, 0, 0);
}

/// <summary><c>nvmlProcessInfo_v1_t</c>, bytes: before driver 450.</summary>
readonly record struct NvmlProcess(uint Id, ulong Memory);

/// <summary><c>nvmlProcessInfo_v2_t</c>, bytes. <paramref name="Part"/> tells the parts of a divided card apart.</summary>
readonly record struct NvmlProcessV2(uint Id, ulong Memory, uint Part, uint PartOfPart);
