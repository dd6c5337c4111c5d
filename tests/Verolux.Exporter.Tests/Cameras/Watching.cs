using Verolux.Exporter.Cameras;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Tests.Support;
using Camera = Verolux.Exporter.Cameras.Camera;
using SimulatedCamera = Verolux.Exporter.Site.Cameras.Camera;

namespace Verolux.Exporter.Tests.Cameras;

/// <summary>Cameras as somebody would configure them, and single looks at them.</summary>
static class Watching
{
    public const string Name = "gate_a1";
    public static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan PictureInterval = TimeSpan.FromMinutes(5);

    /// <summary>For ffmpeg, whose start alone may take seconds where everything else runs at the same time.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>At all depths, anonymously.</summary>
    public static Camera At(string url) => new(
        Name, "north", new Uri(url), null, null, null, null, true, false, 80, Watch.DefaultInterval, url.StartsWith("rtsp", StringComparison.Ordinal) ? Watch.DefaultTimeout : Patience, SampleInterval, PictureInterval, false);

    public static Camera As(this Camera camera, string user, string password) =>
        camera with { Username = user, Password = Secret.FromEnvironment("CAMERA_PASSWORD", password) };

    public static Camera OnlyDescribed(this Camera camera) => camera with { Sample = null, Picture = null };

    /// <summary>One look of the camera at this depth, in real time.</summary>
    public static Task<Look> LookAsync(this Camera camera, string depth, CancellationToken cancellationToken) =>
        camera.WatchOf(depth, TimeProvider.System).LookAsync(cancellationToken);

    /// <summary>Of a collector of its own.</summary>
    public static Watch WatchOf(this Camera camera, string depth, TimeProvider time) => new CamerasCollector([camera], time).Watches.Single(w => w.Check == depth);

    /// <summary>The value of the only sample of this name, without <c>verolux_camera_</c>; null where there is none.</summary>
    public static double? Value(this Look look, string name) => look.Samples.Where(s => s.Family.Name == $"verolux_camera_{name}").Select(s => (double?)s.Value).SingleOrDefault();

    public static string? Reason(this Look look) => look.Failure?.Reason.Name;

    /// <summary>The only label set of this family, by label.</summary>
    public static IReadOnlyDictionary<string, string> LabelsOf(this Exposition page, string family) =>
        Exposition.Read(page.Series.Single(s => Exposition.NameOf(s) == family)).Labels;

    /// <summary>Every series of a camera, whichever watch it is of.</summary>
    public static IEnumerable<string> OfCameras(this Exposition page) => page.Series.Where(s => s.StartsWith("verolux_camera_"));

    /// <summary>Every camera of the farm that was asked for, with what came of each.</summary>
    public static async Task<IReadOnlyDictionary<string, (SimulatedCamera Camera, Look Look)>> LookAtAllAsync(
        this CameraFarm farm, IReadOnlyDictionary<string, CameraKind> kinds, string depth, CancellationToken cancellationToken)
    {
        var looks = await Task.WhenAll(kinds.Select(async kind =>
        {
            var camera = farm.Add($"/{kind.Key}", kind.Value);
            return (kind.Key, Camera: camera, Look: await At(farm.Url(camera)).LookAsync(depth, cancellationToken));
        }));
        return looks.ToDictionary(l => l.Key, l => (l.Camera, l.Look));
    }
}
