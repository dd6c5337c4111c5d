using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Storage;

/// <summary>One path whose file system is watched.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Recordings">Whether video is recorded under it, so that the newest file's time is news.</param>
/// <param name="UsedRatioThreshold">Above this share the disk counts as nearly full; null publishes none.</param>
sealed record StoragePath(string Path, string Site, bool Recordings, TimeSpan Interval, TimeSpan Timeout, double? UsedRatioThreshold);

/// <summary>The section <c>storage</c>: <c>targets</c> is a list of paths, or <c>auto</c> for this machine's disks.</summary>
static class StorageOptions
{
    /// <param name="usedRatioThreshold">What holds for a path that sets none of its own.</param>
    public static IReadOnlyList<StoragePath> Read(Section storage, string site, double? usedRatioThreshold)
    {
        if (storage.Is("targets", "auto"))
            return [.. Mounts.OfDisks(Mounts.Read()).Select(p => new StoragePath(p, site, false, Watch.DefaultInterval, Watch.DefaultTimeout, usedRatioThreshold))];
        var paths = new List<StoragePath>();
        foreach (var target in storage.Children("targets"))
        {
            var path = ReadTarget(target, site, usedRatioThreshold);
            if (path.Path.Length > 0 && paths.Exists(p => p.Path == path.Path))
                target.Refuse("path", $"\"{path.Path}\" is listed twice", "remove one of them");
            else
                paths.Add(path);
        }
        return paths;
    }

    static StoragePath ReadTarget(Section target, string site, double? usedRatioThreshold)
    {
        var path = target.RequiredText("path", "/recordings");
        if (path.Length > 0 && !Path.IsPathFullyQualified(path))
            target.Refuse("path", $"\"{path}\" is not absolute", "write it from the root, like /recordings");
        var (interval, timeout) = Pace.Read(target);
        return new StoragePath(
            WithoutLastSlash(path), site, target.Flag("recordings", false), interval, timeout,
            target.Number("used_ratio_threshold", 0, 1) ?? usedRatioThreshold);
    }

    static string WithoutLastSlash(string path) => path.TrimEnd('/') is { Length: > 0 } shorter ? shorter : path.Length > 0 ? "/" : "";
}
