using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>
/// Ends a run whole. FFMpegCore keeps its process to itself and kills only that one, which leaves ffmpeg behind where <c>ffmpeg</c> is a wrapper script;
/// but every process of a run names the run's own pipe on its command line.
/// </summary>
static class Tree
{
    /// <param name="pipe">The run's pipe, as on the command line. Unique.</param>
    public static void Kill(string pipe)
    {
        foreach (var id in Of(pipe))
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill(entireProcessTree: true);
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException or Win32Exception or AggregateException)
            {
                // It ended by itself meanwhile.
            }
        }
    }

    static List<int> Of(string pipe)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && CommandLine(folder).Contains(pipe, StringComparison.Ordinal))
                found.Add(id);
        }
        return found;
    }

    static string CommandLine(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
