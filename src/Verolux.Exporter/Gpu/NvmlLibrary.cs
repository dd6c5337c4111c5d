using System.Runtime.InteropServices;
using System.Text;

namespace Verolux.Exporter.Gpu;

/// <summary>
/// The driver's library, loaded and initialised. Its functions are looked up one by one when they are called, because older drivers lack some. They can't be
/// interrupted, and may be called by any number of threads at once. Signatures, units and structures: nvml.h and the NVML API reference.
/// </summary>
sealed unsafe class NvmlLibrary : IDisposable
{
    /// <summary>Longer than any text that NVML documents (NVML_DEVICE_UUID_V2_BUFFER_SIZE is 96).</summary>
    const int LongestText = 128;

    readonly nint library;

    NvmlLibrary(nint library) => this.library = library;

    /// <param name="file">A path, or a name that the loader of the operating system knows.</param>
    /// <exception cref="NvmlException">It can't be loaded, or says that it can't work.</exception>
    public static NvmlLibrary Open(string file)
    {
        if (!NativeLibrary.TryLoad(file, out var handle))
            throw NvmlException.NotLoaded(file);
        var library = new NvmlLibrary(handle);
        var result = library.Call("nvmlInit_v2");
        if (result == NvmlResult.Success)
            return library;
        NativeLibrary.Free(handle);
        throw new NvmlException(result, "nvmlInit_v2");
    }

    /// <summary>Must not be called while another thread is in a function.</summary>
    public void Dispose()
    {
        Call("nvmlShutdown");
        NativeLibrary.Free(library);
    }

    public bool Has(string function) => NativeLibrary.TryGetExport(library, function, out _);

    public uint CountDevices()
    {
        const string Function = "nvmlDeviceGetCount_v2";
        uint count = 0;
        var result = Find(Function) is var f and not 0 ? ((delegate* unmanaged[Cdecl]<uint*, NvmlResult>)f)(&count) : NvmlResult.FunctionNotFound;
        return result == NvmlResult.Success ? count : throw new NvmlException(result, Function);
    }

    /// <summary>The UUID of a card by its place in the driver's list.</summary>
    /// <exception cref="NvmlException">The driver counts the card and does not hand it out.</exception>
    public string UuidAt(uint index)
    {
        const string Function = "nvmlDeviceGetHandleByIndex_v2";
        nint device = 0;
        var result = Find(Function) is var f and not 0 ? ((delegate* unmanaged[Cdecl]<uint, nint*, NvmlResult>)f)(index, &device) : NvmlResult.FunctionNotFound;
        if (result != NvmlResult.Success)
            throw new NvmlException(result, Function);
        return Text("nvmlDeviceGetUUID", device) ?? throw new NvmlException(NvmlResult.NotSupported, "nvmlDeviceGetUUID");
    }

    public nint DeviceOf(string uuid)
    {
        const string Function = "nvmlDeviceGetHandleByUUID";
        nint device = 0;
        var result = NvmlResult.FunctionNotFound;
        fixed (byte* text = Encoding.UTF8.GetBytes(uuid + '\0'))
        {
            if (Find(Function) is var f and not 0)
                result = ((delegate* unmanaged[Cdecl]<byte*, nint*, NvmlResult>)f)(text, &device);
        }
        return result == NvmlResult.Success ? device : throw new NvmlException(result, Function);
    }

    /// <summary>Calls a function of a device and one place for its answer.</summary>
    public NvmlResult Call<T>(string function, nint device, ref T answer)
        where T : unmanaged
    {
        if (Find(function) is not (var f and not 0))
            return NvmlResult.FunctionNotFound;
        fixed (T* place = &answer)
            return ((delegate* unmanaged[Cdecl]<nint, void*, NvmlResult>)f)(device, place);
    }

    /// <summary>What a function says of a device; null where this card or this driver does not know it.</summary>
    /// <exception cref="NvmlException">The card or the driver is gone.</exception>
    public T? Value<T>(string function, nint device)
        where T : unmanaged
    {
        T answer = default;
        return Known(Call(function, device, ref answer), function) ? answer : null;
    }

    /// <summary>The same of a function whose second answer, the sampling period in microseconds, nobody needs.</summary>
    public uint? Sampled(string function, nint device)
    {
        uint answer = 0, period = 0;
        return Find(function) is var f and not 0 && Known(((delegate* unmanaged[Cdecl]<nint, uint*, uint*, NvmlResult>)f)(device, &answer, &period), function) ? answer : null;
    }

    /// <summary>The same of a function that has several of a kind.</summary>
    public uint? Value(string function, nint device, int kind)
    {
        uint answer = 0;
        return Find(function) is var f and not 0 && Known(((delegate* unmanaged[Cdecl]<nint, int, uint*, NvmlResult>)f)(device, kind, &answer), function) ? answer : null;
    }

    /// <summary>The same of a function that has several of two kinds.</summary>
    public ulong? Value(string function, nint device, int kind, int other)
    {
        ulong answer = 0;
        return Find(function) is var f and not 0 && Known(((delegate* unmanaged[Cdecl]<nint, int, int, ulong*, NvmlResult>)f)(device, kind, other, &answer), function) ? answer : null;
    }

    /// <summary>A text about a device.</summary>
    public string? Text(string function, nint device)
    {
        var text = stackalloc byte[LongestText];
        return Find(function) is var f and not 0 && Known(((delegate* unmanaged[Cdecl]<nint, byte*, uint, NvmlResult>)f)(device, text, LongestText), function) ? TextOf(text) : null;
    }

    /// <summary>A text about the driver.</summary>
    public string? Text(string function)
    {
        var text = stackalloc byte[LongestText];
        return Find(function) is var f and not 0 && Known(((delegate* unmanaged[Cdecl]<byte*, uint, NvmlResult>)f)(text, LongestText), function) ? TextOf(text) : null;
    }

    /// <summary>Lists what a function knows of a device.</summary>
    /// <returns>Empty where this card or this driver does not know it.</returns>
    public T[] List<T>(string function, nint device)
        where T : unmanaged
    {
        if (Find(function) is not (var f and not 0))
            return [];
        // Between two calls the list may grow, so it asks again with more room; but not for ever.
        for (var room = 64u; room <= 65_536; room *= 4)
        {
            var (list, count) = (new T[room], room);
            NvmlResult result;
            fixed (T* place = list)
                result = ((delegate* unmanaged[Cdecl]<nint, uint*, void*, NvmlResult>)f)(device, &count, place);
            if (result != NvmlResult.InsufficientSize)
                return Known(result, function) ? list[..(int)Math.Min(count, room)] : [];
        }
        return [];
    }

    /// <summary>Whether a function has answered. One that can't answer leaves its value unknown; that the card or the driver is gone is another matter.</summary>
    static bool Known(NvmlResult result, string function) => result switch
    {
        NvmlResult.Success => true,
        NvmlResult.Uninitialized or NvmlResult.DriverNotLoaded or NvmlResult.VersionMismatch or NvmlResult.Timeout or NvmlResult.GpuIsLost or NvmlResult.ResetRequired =>
            throw new NvmlException(result, function),
        _ => false,
    };

    static string TextOf(byte* text) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    NvmlResult Call(string function) => Find(function) is var f and not 0 ? ((delegate* unmanaged[Cdecl]<NvmlResult>)f)() : NvmlResult.FunctionNotFound;

    nint Find(string function) => NativeLibrary.TryGetExport(library, function, out var address) ? address : 0;
}
