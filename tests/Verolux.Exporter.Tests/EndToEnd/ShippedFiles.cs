using NUnit.Framework;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>
/// A folder laid out like the repository, with copies of what is shipped. Nothing in them is changed but by exact replacement, and a text that is not there
/// any more fails the test: else it would go on with a file that says something else.
/// </summary>
sealed class ShippedFiles : IDisposable
{
    readonly TemporaryFolder folder = new();

    public string Path => folder.Path;

    /// <summary>The full path of a file or folder in here; creates nothing.</summary>
    public string this[string name] => folder[name];

    /// <returns>The full path of the copy.</returns>
    public string Copy(string file, params ReadOnlySpan<(string Old, string New)> replacements)
    {
        var text = File.ReadAllText(RepositoryRoot.Of(file));
        foreach (var (old, replacement) in replacements)
        {
            if (!text.Contains(old, StringComparison.Ordinal))
                throw new AssertionException($"{file} says nowhere \"{old}\" any more: adapt what the test replaces in it");
            text = text.Replace(old, replacement, StringComparison.Ordinal);
        }
        return Write(file, text);
    }

    public void CopyFolder(string name)
    {
        foreach (var file in Directory.EnumerateFiles(RepositoryRoot.Of(name)))
            Copy(System.IO.Path.Combine(name, System.IO.Path.GetFileName(file)));
    }

    /// <returns>The full path of the file.</returns>
    public string Write(string file, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(folder[file])!);
        return folder.Write(file, text);
    }

    public void Dispose() => folder.Dispose();
}
