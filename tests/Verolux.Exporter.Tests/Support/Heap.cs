namespace Verolux.Exporter.Tests.Support;

/// <summary>What this process holds in memory.</summary>
static class Heap
{
    /// <summary>In bytes, without what is garbage. <see cref="GC.GetTotalMemory"/> gives up as soon as two collections differ by less than a twentieth, which in this process is more than any leak.</summary>
    public static long Held()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: false);
    }
}
