using Verolux.Exporter.Configuration;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Tests.Security;

/// <summary>A folder of its own with the files that a configuration names.</summary>
sealed class Folder : IDisposable
{
    readonly string path = Directory.CreateTempSubdirectory("verolux-").FullName;

    public string this[string name] => Path.Combine(path, name);

    public void Write(string name, string text) => File.WriteAllText(this[name], text);

    /// <summary>Reads a whole configuration of <c>listen</c> and <c>access</c> that lies in the folder.</summary>
    public (Access Access, IReadOnlyList<Problem> Problems) Read(string yaml, TimeProvider? time = null)
    {
        var problems = new Problems();
        var document = Document.Parse(yaml, "verolux.yml", path, problems);
        var access = Access.Read(document.Root.Child("access"), ListenAddress.Read(document.Root), time ?? TimeProvider.System);
        document.ReportUnknownKeys();
        return (access, problems.All);
    }

    public void Dispose() => Directory.Delete(path, recursive: true);
}
