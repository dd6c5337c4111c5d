namespace Verolux.Exporter.Gpu;

/// <summary>
/// The way to the driver, one for the process: its library is loaded when it is first needed, and afresh after any failure, since a driver that was upgraded,
/// loaded again or has lost a card answers only those who begin anew. That waits until nobody is in the library; a driver in which a call hangs can't be
/// exchanged anyway.
/// </summary>
/// <param name="file">What the driver brings, found by the loader of the operating system; tests bring their own.</param>
sealed class Nvml(string file = "libnvidia-ml.so.1")
{
    readonly Lock gate = new();
    NvmlLibrary? library;
    int inside;
    bool stale;
    volatile bool hasAnswered;
    volatile string[] known = [];

    /// <summary>Whether the driver has ever answered this process.</summary>
    public bool HasAnswered => hasAnswered;

    /// <summary>The UUID of every card that the driver has ever shown this process, those that are gone included.</summary>
    public IReadOnlyList<string> Known => known;

    /// <summary>Uses the library. Blocks for as long as the driver does.</summary>
    /// <exception cref="NvmlException">The driver is not there, or what was done with it failed.</exception>
    public T Use<T>(Func<NvmlLibrary, T> use)
    {
        var current = Enter();
        try
        {
            return use(current);
        }
        catch (NvmlException)
        {
            lock (gate)
                stale = true;
            throw;
        }
        finally
        {
            lock (gate)
                inside--;
        }
    }

    public void Remember(string uuid)
    {
        lock (gate)
        {
            if (!known.Contains(uuid))
                known = [.. known, uuid];
        }
    }

    NvmlLibrary Enter()
    {
        lock (gate)
        {
            if (stale && inside == 0)
            {
                library?.Dispose();
                (library, stale) = (null, false);
            }
            library ??= NvmlLibrary.Open(file);
            hasAnswered = true;
            inside++;
            return library;
        }
    }
}
