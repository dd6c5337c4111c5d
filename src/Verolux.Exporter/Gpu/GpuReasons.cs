using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Gpu;

/// <summary>Why a look at a card or at the driver fails.</summary>
static class GpuReasons
{
    /// <summary>No driver is installed, or the kernel has not loaded it.</summary>
    public static readonly FailureReason NoDriver = new("no_driver");

    /// <summary>The library and the kernel's driver are of different versions: one was upgraded and the other not yet loaded again.</summary>
    public static readonly FailureReason DriverMismatch = new("driver_mismatch");

    /// <summary>The card is gone from the bus, or stays unusable until it is reset.</summary>
    public static readonly FailureReason Lost = new("lost");

    /// <summary>The driver took a call and does not come back from it.</summary>
    public static readonly FailureReason Hung = new("hung");

    /// <summary>The driver answers with an error that has no reason of its own here; its number is in the detail.</summary>
    public static readonly FailureReason DriverError = new("driver_error");

    public static readonly IReadOnlyList<FailureReason> All = [NoDriver, DriverMismatch, Lost, Hung, NetworkFailure.Permission, DriverError];

    public static Failure Of(NvmlException error)
    {
        var (reason, what) = error.Result switch
        {
            NvmlResult.LibraryNotFound => (NoDriver, "no NVIDIA driver is installed, or this container is not shown it"),
            NvmlResult.DriverNotLoaded or NvmlResult.Uninitialized => (NoDriver, "the NVIDIA driver is not loaded"),
            NvmlResult.VersionMismatch => (DriverMismatch, "the driver's library and its kernel module are of different versions: load the module again, or restart the machine"),
            NvmlResult.GpuIsLost => (Lost, "the card has fallen off the bus"),
            NvmlResult.NotFound => (Lost, "the driver has the card no more"),
            NvmlResult.ResetRequired => (Lost, "the card must be reset before it can be used again"),
            NvmlResult.Timeout => (Hung, "the driver gave up waiting for the card"),
            NvmlResult.NoPermission or NvmlResult.OperatingSystem => (NetworkFailure.Permission, "this user or container may not ask the card"),
            _ => (DriverError, "the driver answers with an error"),
        };
        return new Failure(reason, $"{what} ({error.Message})");
    }
}
