using System.Runtime.InteropServices;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Gpu;

/// <summary>
/// A library with NVML's functions in the driver's place (<c>nvml.c</c>, which says what it does), with two cards unless told otherwise. Each is a copy of its
/// own, so that tests don't meet in it. It stays loaded until it is disposed of, and what it was told with it.
/// </summary>
sealed class StandIn : IDisposable
{
    /// <summary>The card that is no card: what belongs to the driver.</summary>
    public const int Driver = -1;

    static readonly Lazy<byte[]> Current = new(() => Compile());
    static readonly Lazy<byte[]> Old = new(() => Compile("-DOLD"));
    readonly TemporaryFolder folder = new();
    readonly nint library;
    readonly Setter set;
    readonly Getter get;
    readonly Action reload;

    public StandIn(bool old = false)
    {
        System.IO.File.WriteAllBytes(File, (old ? Old : Current).Value);
        library = NativeLibrary.Load(File);
        set = Function<Setter>("stand_in_set");
        get = Function<Getter>("stand_in_get");
        reload = Function<Action>("stand_in_reload_driver");
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate void Setter(int card, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, long value);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate long Getter(int card, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    public string File => folder["libnvidia-ml.so.1"];

    /// <summary>Puts it where a process finds it that has this folder in LD_LIBRARY_PATH. What it says there stands in a file, see <c>nvml.c</c>.</summary>
    public static void Install(string folder) => System.IO.File.WriteAllBytes(Path.Combine(folder, "libnvidia-ml.so.1"), Current.Value);

    public static string Uuid(int card) => $"GPU-{card:00000000}-1111-2222-3333-444444444444";

    public void Set(int card, string name, long value) => set(card, name, value);

    public void Set(string name, long value) => set(Driver, name, value);

    public long Get(int card, string name) => get(card, name);

    public long Get(string name) => get(Driver, name);

    /// <summary>Adds a process to those that hold a card's memory.</summary>
    public void AddProcess(int card, string kind, int id, long memory, int part = 0)
    {
        var number = Get(card, $"{kind} processes 0");
        Set(card, $"{kind} id {number}", id);
        Set(card, $"{kind} memory {number}", memory);
        Set(card, $"{kind} part {number}", part);
        Set(card, $"{kind} processes 0", number + 1);
    }

    /// <summary>The kernel's driver is unloaded and loaded again: whoever had begun must begin anew.</summary>
    public void ReloadDriver() => reload();

    /// <summary>Lets every call go on that hangs.</summary>
    public void Release()
    {
        for (var card = Driver; card < 8; card++)
            Set(card, "hangs", 0);
    }

    public void Dispose()
    {
        // A thread that is still inside must not find the library gone.
        Release();
        SpinWait.SpinUntil(() => Get("anywhere") == 0, TimeSpan.FromSeconds(10));
        Assert.That(Get("shut down under a call"), Is.Zero, "nvmlShutdown must not be called while another thread is in the library");
        Assert.That(Get("old handles"), Is.Zero, "a handle is good until nvmlShutdown");
        NativeLibrary.Free(library);
        folder.Dispose();
    }

    static byte[] Compile(params string[] options)
    {
        using var folder = new TemporaryFolder();
        var source = RepositoryRoot.Of("tests", "Verolux.Exporter.Site", "Gpu", "nvml.c");
        Assert.That(Command.Run("gcc", [.. options, "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1", "-o", folder["nvml.so"], source, "-lpthread"]), Is.EqualTo((0, "")));
        return System.IO.File.ReadAllBytes(folder["nvml.so"]);
    }

    T Function<T>(string name) => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));
}
