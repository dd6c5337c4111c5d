namespace Verolux.Exporter.Tests.Cameras.Picture;

/// <summary>What the process list tells of the programs that one ffmpeg runs.</summary>
static class Children
{
    /// <summary>Identifiers of running processes whose program lies in the folder, or was started by the name it has there.</summary>
    public static List<int> Of(string folder) =>
        [.. Directory.EnumerateDirectories("/proc").Select(p => int.TryParse(Path.GetFileName(p), out var id) ? id : 0).Where(id => id > 0 && Read(id, "cmdline").Contains(folder))];

    public static string Read(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}").Replace('\0', ' ');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>A folder with ffmpeg and ffprobe by links, so that the processes of one test can be told from those of others.</summary>
    public static void Link(string folder)
    {
        foreach (var program in (string[])["ffmpeg", "ffprobe"])
            File.CreateSymbolicLink(Path.Combine(folder, program), Path.Combine("/usr/bin", program));
    }
}
