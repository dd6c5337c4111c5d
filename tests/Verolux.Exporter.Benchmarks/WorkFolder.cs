namespace Verolux.Exporter.Benchmarks;

/// <summary>A folder that is gone afterwards. Beside this program, because a system's folder for temporary files may be kept in memory, where a flush costs nothing.</summary>
sealed class WorkFolder : IDisposable
{
    readonly string path = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "work", Guid.NewGuid().ToString("N"))).FullName;

    public string File(string name) => Path.Combine(path, name);

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public void Dispose() => Directory.Delete(path, recursive: true);
}
