using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Runbooks;

static class TextFile
{
    /// <summary>The file's text; null, and a problem, where it can't be read.</summary>
    public static string? Read(string path, Problems problems)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(Path.GetFileName(path), $"can't be read ({error.Message})", "add it, or let the exporter's user read it");
            return null;
        }
    }
}
