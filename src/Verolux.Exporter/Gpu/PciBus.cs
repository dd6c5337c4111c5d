namespace Verolux.Exporter.Gpu;

/// <summary>What the kernel says of the cards in this machine, whether or not a driver is there for them.</summary>
static class PciBus
{
    /// <summary>A folder for each device (sysfs-bus-pci), with its vendor and its class in hexadecimal.</summary>
    public const string Devices = "/sys/bus/pci/devices";

    const string Nvidia = "0x10de";

    /// <summary>Display controllers; a card without a display output is one too (0x0302).</summary>
    const string Display = "0x03";

    public static bool HasNvidiaCard(string devices) =>
        Directory.Exists(devices) && Directory.EnumerateDirectories(devices).Any(device => Says(device, "vendor", Nvidia) && Says(device, "class", Display));

    static bool Says(string device, string file, string start)
    {
        try
        {
            return File.ReadAllText(Path.Combine(device, file)).StartsWith(start, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Unplugged while it was read, or hidden from this user.
            return false;
        }
    }
}
