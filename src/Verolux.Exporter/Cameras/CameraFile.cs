using System.Globalization;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Cameras;

/// <summary>A camera as some file states it, not yet read.</summary>
/// <param name="Keys">Where all but the URL stands.</param>
/// <param name="IdKey">What its id is called there.</param>
/// <param name="UrlKeys">Where the URL stands, under <paramref name="UrlKey"/>.</param>
/// <param name="Url">Null where there is none, which has been reported.</param>
readonly record struct StatedCamera(Section Keys, string IdKey, Section UrlKeys, string UrlKey, string? Url);

/// <summary>
/// Files of cameras, found by patterns: lists of the mappings that stand under <c>cameras.targets</c>, or of the groups of Prometheus' file-based service
/// discovery (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config), in YAML or JSON.
/// </summary>
static class CameraFile
{
    const int LongestFile = 64 * 1024 * 1024;
    static readonly string[] Endings = [".yml", ".yaml", ".json"];

    /// <summary>
    /// The files that patterns such as <c>cameras.d/*.yml</c> mean, each once, with the name that messages give it. As in Prometheus a pattern that matches
    /// nothing yet is no mistake; a file that is named in full and is not there is one when it is read.
    /// </summary>
    /// <param name="directory">What the patterns are relative to.</param>
    public static IReadOnlyList<(string Path, string Name)> Find(Section cameras, string directory)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pattern in cameras.Texts("files"))
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(pattern, directory));
            var last = Path.GetFileName(pattern);
            if (folder is null || !Endings.Contains(Path.GetExtension(last)))
                cameras.Refuse("files", $"\"{pattern}\" does not end in {string.Join(" or ", Endings)}", "name the files as Prometheus' file_sd does, like cameras.d/*.yml");
            else if (HasWildcard(folder))
                cameras.Refuse("files", $"\"{pattern}\" has a wildcard in a folder's name", "use * and ? in the last part only, and write one pattern for each folder");
            else
                foreach (var path in Matches(cameras, folder, last))
                    files.TryAdd(path, Path.IsPathFullyQualified(pattern) ? path : Path.Combine(Path.GetDirectoryName(pattern)!, Path.GetFileName(path)));
        }
        return [.. files.Select(f => (f.Key, f.Value))];
    }

    /// <summary>Reads a file, or reports why that can't be done.</summary>
    public static Document Read(string path, string name, Problems problems) => Document.Parse(TextOf(path, name, problems), name, Path.GetDirectoryName(path)!, problems, list: "targets");

    public static IEnumerable<StatedCamera> CamerasOf(Section root) => root.Children("targets").Select(item => item.Has("targets") || item.Has("labels") ? OfGroup(item) : OfMapping(item));

    public static StatedCamera OfMapping(Section camera) => new(camera, "id", camera, "url", camera.RequiredText("url", "rtsp://10.0.0.11:554/stream1") is { Length: > 0 } url ? url : null);

    static StatedCamera OfGroup(Section group)
    {
        var (targets, labels) = (group.Texts("targets"), group.Child("labels"));
        labels.AllowOtherKeys();
        if (targets.Count != 1)
            group.Refuse("targets", $"holds {targets.Count.ToString(CultureInfo.InvariantCulture)} addresses", "write one group for each camera, with one address in it");
        if (!labels.Has("camera"))
            group.Refuse("labels", "has no label camera, which is the camera's id", "add it, like \"labels\": { \"camera\": \"gate_a1\" }");
        return new StatedCamera(labels, "camera", group, "targets", targets is [var url] ? url : null);
    }

    static IEnumerable<string> Matches(Section cameras, string folder, string last)
    {
        if (!HasWildcard(last))
            return [Path.Combine(folder, last)];
        try
        {
            // Not those that begin with a dot: editors and rsync write such beside the file itself.
            return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, last).Where(f => Path.GetFileName(f)[0] != '.').Order(StringComparer.Ordinal)] : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            cameras.Refuse("files", $"{folder} can't be listed ({error.Message})", "let the exporter's user read that folder");
            return [];
        }
    }

    static bool HasWildcard(string text) => text.AsSpan().ContainsAny('*', '?');

    static string TextOf(string path, string name, Problems problems)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > LongestFile })
                problems.Add(name, $"is longer than {LongestFile} bytes", "split it into several files");
            else
                return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(name, $"can't be read ({error.Message})", "name a file that exists and that this user may read, or use a wildcard for files that are still to come");
        }
        return "";
    }
}
