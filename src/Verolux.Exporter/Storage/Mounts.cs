using System.Text;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Storage;

/// <summary>This machine's disks, for <c>targets: auto</c>.</summary>
static partial class Mounts
{
    // Images that are mounted read-only and are always full: snap packages, installation media.
    static readonly string[] Images = ["squashfs", "iso9660", "erofs", "cramfs"];

    /// <summary>The mount points that hold someone's data, <c>/</c> first, each file system once.</summary>
    /// <param name="mountInfo">The text of <c>/proc/self/mountinfo</c> (proc(5)).</param>
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
            else if (root == "/" && source.StartsWith("/dev/", StringComparison.Ordinal) && !Images.Contains(type) && seen.Add(device))
                points.Add(point);
        }
        return points;
    }

    /// <summary>The kernel writes space, tab, newline and backslash as three octal digits.</summary>
    static string Unescape(string field) => Octal().Replace(field, m => Encoding.ASCII.GetString([(byte)Convert.ToInt32(m.ValueSpan[1..].ToString(), 8)]));

    [GeneratedRegex(@"\\[0-3][0-7]{2}")]
    private static partial Regex Octal();
}
