using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Gpu;

/// <summary>Who holds a card's memory.</summary>
static class GpuProcesses
{
    /// <summary>Names that are told: enough to see who fills a card, and no load on the page where hundreds share one.</summary>
    const int Most = 5;

    /// <summary>NVML_VALUE_NOT_AVAILABLE.</summary>
    const ulong NotAvailable = ulong.MaxValue;

    static readonly string[] Kinds = ["Compute", "Graphics", "MPSCompute"];

    /// <summary>The names of those that hold the most, with their bytes. Processes of one name count together; those that can't be seen from here, as from within a container, are left out.</summary>
    public static IReadOnlyList<KeyValuePair<string, double>> Largest(NvmlLibrary nvml, nint device) =>
    [
        .. Kinds.SelectMany(kind => Of(nvml, device, kind))
            .Where(p => p.Memory != NotAvailable)
            // One that computes and draws is listed twice, and once for each part of a divided card.
            .GroupBy(p => (p.Id, p.Part), (process, listed) => (process.Id, Memory: listed.Max(l => l.Memory)))
            .GroupBy(p => NameOf(p.Id), (name, held) => KeyValuePair.Create(name, held.Sum(p => (double)p.Memory)))
            .Where(p => p.Key.Length > 0)
            .OrderByDescending(p => p.Value).ThenBy(p => p.Key, StringComparer.Ordinal)
            .Take(Most),
    ];

    static IEnumerable<(uint Id, uint Part, ulong Memory)> Of(NvmlLibrary nvml, nint device, string kind)
    {
        var function = $"nvmlDeviceGet{kind}RunningProcesses";
        if ((string[])[$"{function}_v3", $"{function}_v2"] is var newer && Array.Find(newer, nvml.Has) is { } newest)
            return nvml.List<NvmlProcessV2>(newest, device).Select(p => (p.Id, p.Part, p.Memory));
        return nvml.List<NvmlProcess>(function, device).Select(p => (p.Id, 0u, p.Memory));
    }

    /// <summary>As the kernel has it (proc(5), at most 15 bytes): never the command line, which may hold secrets.</summary>
    static string NameOf(uint id)
    {
        try
        {
            return Printable.Line(File.ReadAllText($"/proc/{id}/comm")).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
