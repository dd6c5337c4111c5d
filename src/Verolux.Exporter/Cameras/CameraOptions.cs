using System.Text.RegularExpressions;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Cameras;

/// <summary>The section <c>cameras</c>: <c>targets</c> is a list of cameras, <c>files</c> names more of them, and the other keys hold for all that don't say otherwise.</summary>
static partial class CameraOptions
{
    const int LongestName = 128;
    const int LongestSite = 64;

    /// <param name="directory">What <c>files</c> is relative to. A file named in a file of cameras is relative to that one.</param>
    /// <param name="site">Of cameras that name no other.</param>
    public static IReadOnlyList<Camera> Read(Section cameras, string directory, string site)
    {
        var defaults = Habits.Read(cameras, new Habits(80, Watch.DefaultInterval, Watch.DefaultTimeout, null, null, false));
        var reading = new Reading(site, defaults);
        foreach (var target in cameras.Children("targets"))
            reading.Add(CameraFile.OfMapping(target));
        foreach (var (path, name) in CameraFile.Find(cameras, directory))
        {
            var file = CameraFile.Read(path, name, cameras.Problems);
            foreach (var camera in CameraFile.CamerasOf(file.Root))
                reading.Add(camera);
            file.ReportUnknownKeys();
        }
        return reading.Cameras;
    }

    /// <summary>
    /// Checks a camera's URL. No message repeats it: it may hold a password, and where it does is not for certain. An @ is refused wherever it stands, because a
    /// password with a slash or a number sign in it moves its end into the path.
    /// </summary>
    static Uri? UrlOf(in StatedCamera camera)
    {
        if (camera.Url is not { } text)
            return null;
        Uri? Refuse(string what, string remedy, in StatedCamera camera)
        {
            camera.UrlKeys.Refuse(camera.UrlKey, what, remedy);
            return null;
        }
        const string Remedy = "write them as username and password_file";
        if (text.Contains('@', StringComparison.Ordinal))
            return Refuse("holds an @, as addresses with a user name or password do", $"{Remedy}; an @ that belongs to the path is written %40", camera);
        if (Credential().IsMatch(text))
            return Refuse("holds a password or token", $"{Remedy}, and take it out of the address", camera);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || !Schemes.Contains(url.Scheme) || !text.StartsWith(url.Scheme + "://", StringComparison.OrdinalIgnoreCase)
            || url.Fragment.Length > 0 || (url.Host.Length == 0 && !url.IsFile))
            return Refuse($"is not an address of the kinds {string.Join(", ", Schemes)}", "write it like rtsp://10.0.0.11:554/stream1, with a # as %23", camera);
        return url;
    }

    static readonly string[] Schemes = ["rtsp", "rtsps", "http", "https", "file"];

    /// <summary>What cameras call a password in a query, or in a path that is written like one; with a value, since an empty one is no secret.</summary>
    [GeneratedRegex("[/?&;_](?:password|passwd|pwd|pass|token)=[^&;/]", RegexOptions.IgnoreCase)]
    private static partial Regex Credential();

    /// <summary>What a camera has that it shares with all others as a rule.</summary>
    sealed record Habits(int WebPort, TimeSpan Interval, TimeSpan Timeout, TimeSpan? Sample, TimeSpan? Picture, bool Thumbnail)
    {
        static readonly TimeSpan Longest = TimeSpan.FromDays(1);

        public static Habits Read(Section keys, Habits otherwise)
        {
            var interval = keys.Duration("interval", TimeSpan.FromSeconds(1), Longest) ?? otherwise.Interval;
            var timeout = keys.Duration("timeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)) ?? (otherwise.Timeout < interval ? otherwise.Timeout : interval);
            if (timeout > interval)
                keys.Refuse("timeout", $"{Durations.Format(timeout)} is longer than the interval of {Durations.Format(interval)}", "make it at most as long");
            return new Habits(
                Port(keys, "web_port") ?? otherwise.WebPort,
                interval,
                timeout,
                Rhythm(keys, "sample", TimeSpan.FromSeconds(5), otherwise.Sample),
                Rhythm(keys, "picture", TimeSpan.FromSeconds(10), otherwise.Picture),
                keys.Flag("thumbnail", otherwise.Thumbnail));
        }

        static TimeSpan? Rhythm(Section keys, string key, TimeSpan least, TimeSpan? otherwise) => keys.Is(key, "off") ? null : keys.Duration(key, least, Longest) ?? otherwise;

        static int? Port(Section keys, string key)
        {
            if (keys.Number(key, 1, 65_535) is not { } number)
                return null;
            if (number != Math.Floor(number))
                keys.Refuse(key, "is not a whole number", "write the port's number, like 80");
            return (int)number;
        }
    }

    /// <summary>One reading of all cameras: what they share, and who has which id.</summary>
    sealed class Reading(string site, Habits defaults)
    {
        readonly Dictionary<(string Site, string Id), StatedCamera> stated = [];

        public List<Camera> Cameras { get; } = [];

        public void Add(in StatedCamera camera)
        {
            var keys = camera.Keys;
            var id = camera.IdKey == "id" ? keys.RequiredText("id", "gate_a1") : keys.Text(camera.IdKey) ?? "";
            CheckName(keys, camera.IdKey, id, LongestName);
            if (id is "." or "..")
                keys.Refuse(camera.IdKey, $"\"{id}\" can't stand in the address of a page", "give it another id");
            var ownSite = Name(keys, "site", LongestSite) ?? site;
            if (id.Length > 0 && !stated.TryAdd((ownSite, id), camera))
            {
                var other = stated[(ownSite, id)];
                keys.Refuse(camera.IdKey, $"\"{id}\" is already the id of a camera of the site \"{ownSite}\" ({other.Keys.Where(other.IdKey)})", "give one of them another id, or remove it");
            }
            var (username, password) = (Name(keys, "username", LongestName), keys.Secret("password"));
            if (password is not null && username is null)
                keys.Refuse("username", "is missing beside the password", "add the name of the user whose password it is");
            var habits = Habits.Read(keys, defaults);
            var (fps, @switch, enabled, maintenance) = (keys.Number("expected_fps", 0.001, 1000), Name(keys, "switch", LongestName), keys.Flag("enabled", true), keys.Flag("maintenance", false));
            if (UrlOf(camera) is { } url)
            {
                Cameras.Add(new Camera(
                    id, ownSite, url, username, password, fps, @switch, enabled, maintenance,
                    habits.WebPort, habits.Interval, habits.Timeout, habits.Sample, habits.Picture, habits.Thumbnail));
            }
        }

        static string? Name(Section keys, string key, int longest)
        {
            var name = keys.Text(key);
            CheckName(keys, key, name ?? "", longest);
            return name;
        }

        static void CheckName(Section keys, string key, string name, int longest)
        {
            if (name.Length > longest)
                keys.Refuse(key, $"is longer than {longest} characters", "shorten it");
            else if (name.Any(char.IsControl))
                keys.Refuse(key, "holds a control character, such as a line end or a tab", "remove it");
        }
    }
}
