using System.Text;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Storage;

/// <summary>What the kernel says of its mounts, in the format of <c>/proc/self/mountinfo</c> (proc(5)).</summary>
static partial class Mounts
{
    const string File = "/proc/self/mountinfo";

    // Images that are mounted read-only and are always full: snap packages, installation media.
    static readonly string[] Images = ["squashfs", "iso9660", "erofs", "cramfs"];

    /// <summary>The kernel's text, or none where there is no such file.</summary>
    public static string Read() => System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File) : "";

    /// <summary>This machine's disks, for <c>targets: auto</c>: the mount points that hold someone's data, <c>/</c> first, each file system once.</summary>
    public static IReadOnlyList<string> OfDisks(string mountInfo)
    {
        var points = new List<string> { "/" };
        var seen = new HashSet<string>();
        foreach (var line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // id parent major:minor root mountpoint options [tags…] - type source options
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash < 6 || fields.Length < dash + 3)
                continue;
            var (device, root, point, type, source) = (fields[2], fields[3], Unescape(fields[4]), fields[dash + 1], fields[dash + 2]);
            if (point == "/")
                seen.Add(device);
            // Of two mounts on one point only the upper one can be seen; either way it is one path.
            else if (root == "/" && source.StartsWith("/dev/", StringComparison.Ordinal) && !Images.Contains(type) && !points.Contains(point) && seen.Add(device))
                points.Add(point);
        }
        return points;
    }

    /// <summary>Whether some part of a path is a symbolic link, so that its text does not tell which mount holds it.</summary>
    public static bool LeadsElsewhere(string path)
    {
        for (var part = path; part is { Length: > 1 }; part = Path.GetDirectoryName(part))
        {
            if (new DirectoryInfo(part).LinkTarget is not null)
                return true;
        }
        return false;
    }

    /// <summary>
    /// Whether a path that the kernel calls read-only is so only from here: mounted read-only into this container, say, while the file system itself is
    /// written elsewhere.
    /// </summary>
    public static bool IsReadOnlyHereAlone(string mountInfo, string path)
    {
        var (longest, alone) = (-1, false);
        foreach (var line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash < 6 || fields.Length < dash + 4)
                continue;
            var point = Unescape(fields[4]);
            var within = point == "/" || path == point || path.StartsWith(point + "/", StringComparison.Ordinal);
            // Of two mounts on one point the later one is on top.
            if (within && point.Length >= longest)
                (longest, alone) = (point.Length, IsReadOnly(fields[5]) && !IsReadOnly(fields[dash + 3]));
        }
        return alone;
    }

    static bool IsReadOnly(string options) => options.Split(',').Contains("ro");

    /// <summary>The kernel writes space, tab, newline and backslash as three octal digits.</summary>
    static string Unescape(string field) => Octal().Replace(field, m => Encoding.ASCII.GetString([(byte)Convert.ToInt32(m.ValueSpan[1..].ToString(), 8)]));

    [GeneratedRegex(@"\\[0-3][0-7]{2}")]
    private static partial Regex Octal();
}
