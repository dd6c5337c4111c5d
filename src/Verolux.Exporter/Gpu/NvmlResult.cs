namespace Verolux.Exporter.Gpu;

/// <summary>What NVML's functions return, <c>nvmlReturn_t</c> of nvml.h: those that are told apart here.</summary>
enum NvmlResult
{
    Success = 0,
    Uninitialized = 1,
    NotSupported = 3,
    NoPermission = 4,
    NotFound = 6,
    InsufficientSize = 7,
    DriverNotLoaded = 9,
    Timeout = 10,
    LibraryNotFound = 12,
    FunctionNotFound = 13,
    GpuIsLost = 15,
    ResetRequired = 16,

    /// <summary>The operating system or a control group blocks the card.</summary>
    OperatingSystem = 17,

    /// <summary>The library and the kernel's driver are of different versions.</summary>
    VersionMismatch = 18,
}

/// <summary>NVML did not answer what was asked.</summary>
sealed class NvmlException : Exception
{
    public NvmlException(NvmlResult result, string function)
        : base($"{function} returned {(int)result}") => Result = result;

    NvmlException(string message)
        : base(message) => Result = NvmlResult.LibraryNotFound;

    public NvmlResult Result { get; }

    public static NvmlException NotLoaded(string file) => new($"{Path.GetFileName(file)} can't be loaded");
}
