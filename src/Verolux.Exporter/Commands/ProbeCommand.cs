using System.CommandLine;
using System.Globalization;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Pages;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Commands;

/// <summary>
/// <c>verolux-exporter probe CAMERA-OR-URL [--config FILE] [--depth DEPTH]</c>: looks at one camera now and prints each step, what came of it, and which scenario
/// of the runbook it points to. Exit status 0 if the camera is up, 1 if it is down, 2 if it could not be asked.
/// </summary>
static class ProbeCommand
{
    const int NotAsked = 2;
    const int NamesShown = 10;
    static readonly string[] Depths = [CamerasCollector.DescribeDepth, CamerasCollector.SampleDepth, CamerasCollector.PictureDepth];

    public static void AddTo(RootCommand root)
    {
        var camera = new Argument<string>("CAMERA-OR-URL") { Description = "A camera's id in the configuration, or an address such as rtsp://10.0.0.11:554/stream1." };
        var config = new Option<string?>("--config") { Description = "Configuration file with the camera; not needed for an address." };
        var site = new Option<string?>("--site") { Description = "The camera's site, where several have one of that id." };
        var depth = new Option<string?>("--depth") { HelpName = string.Join('|', Depths), Description = "How deep to look: describe, sample or picture. By default as deep as the camera is configured for; an address is described." };
        var username = new Option<string?>("--username") { Description = "For an address: the user." };
        var password = new Option<string?>("--password-file") { Description = "For an address: the file with the password. (A password in the address shows in the process list.)" };
        var command = new Command("probe", "Look at one camera now, and say what is wrong and which scenario of the runbook that points to.") { camera, config, site, depth, username, password };
        command.SetAction((a, cancellation) => ProbeAsync(
            a.GetValue(camera)!, a.GetValue(config), a.GetValue(site), a.GetValue(depth), a.GetValue(username), a.GetValue(password), cancellation));
        root.Subcommands.Add(command);
    }

    static async Task<int> ProbeAsync(string name, string? config, string? site, string? depth, string? username, string? passwordFile, CancellationToken cancellation)
    {
        // Not by the command line itself, which would end with 1, as if the camera were down.
        if (depth is not null && !Depths.Contains(depth))
            return Refuse($"--depth: \"{depth}\" is not a depth", $"write {string.Join(" or ", Depths)}");
        var isUrl = name.Contains("://", StringComparison.Ordinal) || name.StartsWith("file:", StringComparison.Ordinal);
        if (!isUrl && (username ?? passwordFile) is not null)
            return Refuse("--username and --password-file are for an address; a camera of the configuration is asked with what stands there", "leave them out, or write the camera's address");
        // Before the configuration and the runbooks are read, which takes longer than to see that it is none.
        var unconfigured = isUrl ? Unconfigured(name, username, passwordFile, depth ?? CamerasCollector.DescribeDepth) : null;
        if (isUrl && unconfigured is null)
            return NotAsked;
        // An address needs no configuration, and must not fail over one; the runbooks are those of the defaults then.
        var options = ExporterOptions.Load(config, TimeProvider.System);
        if (options.Problems.Count > 0 && (config is not null || !isUrl))
        {
            CheckConfigCommand.Report(options.Problems);
            return NotAsked;
        }
        var camera = unconfigured ?? Configured(options.Cameras, name, site, config);
        if (camera is null)
            return NotAsked;
        var collector = new CamerasCollector([camera], TimeProvider.System);
        var watches = collector.Watches;
        var deepest = depth ?? watches[^1].Check!;
        if (!watches.Any(w => w.Check == deepest))
            return Refuse($"--depth: {camera.Id} is not configured for {deepest}, and nobody goes deeper than that", $"leave it out, or set {deepest} in the configuration");
        if (!camera.Enabled)
            return Refuse($"{camera.Id} is switched off in the configuration", "set enabled: true first");
        return await LookAsync(camera, collector, watches.TakeWhile(w => Array.IndexOf(Depths, w.Check) <= Array.IndexOf(Depths, deepest)), options, cancellation);
    }

    static async Task<int> LookAsync(Camera camera, CamerasCollector collector, IEnumerable<Watch> watches, ExporterOptions options, CancellationToken cancellation)
    {
        var health = new Health(collector);
        var observations = new List<Observation>();
        Console.WriteLine($"camera {camera.Id}{(camera.Site.Length > 0 ? $", site {camera.Site}" : "")}\n");
        Target? target = null;
        var failed = false;
        foreach (var watch in watches)
        {
            target = watch.Target;
            var start = TimeProvider.System.GetTimestamp();
            var look = await watch.LookAsync(cancellation);
            var seen = new Seen(look.Failure, TimeProvider.System.GetUtcNow(), TimeProvider.System.GetElapsedTime(start), look.Steps);
            Console.WriteLine(ProbeReport.Of(watch.Check!, seen));
            observations.AddRange(look.Samples.Concat(watch.Constants.Where(c => look.Samples.All(s => s.Family != c.Family))).Select(s => Observations.Of(s)));
            observations.AddRange(health.Of(watch, look.Failure).Select(s => Observations.Of(s)));
            failed |= look.Failure is not null;
            // What can't be described can't be opened either: the same again would only take longer.
            if (failed)
                break;
        }
        if (options.Catalogue.ForAlert(CameraView.Alert) is { } runbook)
            Console.Write(ProbeReport.Of(runbook.Weigh(target!, collector.TargetLabel, observations.ToLookup(o => o.Metric), TimeProvider.System.GetUtcNow()), runbook.Link(options.PublicUrl), failed));
        return failed ? 1 : 0;
    }

    static Camera? Configured(IReadOnlyList<Camera> cameras, string id, string? site, string? config)
    {
        var found = cameras.Where(c => c.Id == id && (site is null || c.Site == site)).ToList();
        if (found.Count == 1)
            return found[0];
        var names = string.Join(", ", cameras.Select(c => c.Id).Take(NamesShown));
        if (found.Count > 1)
            Refuse($"several sites have a camera {id}", $"add --site, one of: {string.Join(", ", found.Select(c => c.Site))}");
        else
            Refuse($"there is no camera {id} in {config ?? "the defaults"}", cameras.Count == 0 ? "name the configuration with --config FILE, or an address such as rtsp://10.0.0.11:554/stream1" : string.Create(CultureInfo.InvariantCulture, $"write one of its {cameras.Count}: {names}{(cameras.Count > NamesShown ? ", …" : "")}"));
        return null;
    }

    static Camera? Unconfigured(string address, string? username, string? passwordFile, string depth)
    {
        // An @ after the host: the password before it holds a slash, ? or #, and what looks like host and path is part of it.
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("rtsp" or "rtsps" or "http" or "https" or "file")
            || (url.Host.Length == 0 && !url.IsFile) || (url.PathAndQuery + url.Fragment).Contains('@', StringComparison.Ordinal))
        {
            // Not repeated: it may hold a password.
            Refuse("the address is not one of a camera", "percent-encode what is special in a user name or password (/ as %2F, @ as %40), and write it like rtsp://10.0.0.11:554/stream1");
            return null;
        }
        var (user, secret) = (username, passwordFile is null ? null : Secret.FromFile(Path.GetFullPath(passwordFile)));
        if (url.UserInfo.Length > 0)
        {
            var parts = url.UserInfo.Split(':', 2);
            user ??= Uri.UnescapeDataString(parts[0]);
            if (parts.Length > 1)
                secret ??= Secret.FromEnvironment("the address", Uri.UnescapeDataString(parts[1]));
            url = new UriBuilder(url) { UserName = "", Password = "" }.Uri;
        }
        if (secret is not null && string.IsNullOrEmpty(user))
        {
            Refuse("there is a password and no user", "add --username with the name of the user whose password it is");
            return null;
        }
        var deep = Watch.DefaultInterval;
        return new Camera(
            url.Host.Length > 0 ? url.Host : Path.GetFileName(url.LocalPath), "", url, user, secret, null, null, true, false, 80, Watch.DefaultInterval, Watch.DefaultTimeout,
            depth == CamerasCollector.DescribeDepth ? null : deep, depth == CamerasCollector.PictureDepth ? deep : null, false);
    }

    static int Refuse(string what, string remedy)
    {
        Console.Error.WriteLine($"{what}; {remedy}.");
        return NotAsked;
    }
}
