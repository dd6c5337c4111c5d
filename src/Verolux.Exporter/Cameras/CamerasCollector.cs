using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>Cameras, at the depth each is configured for: whether they answer, whether they deliver, whether the picture is one.</summary>
sealed class CamerasCollector : ICollector
{
    public const string DescribeDepth = "describe";
    public const string SampleDepth = "sample";
    public const string PictureDepth = "picture";

    /// <summary>
    /// Of looks that may have to wait for another one at the same camera, or for a turn of ffmpeg's. They keep their own time once they begin, so that a busy
    /// exporter is late and does not call a good camera dead.
    /// </summary>
    static readonly TimeSpan Queueing = TimeSpan.FromHours(1);

    /// <param name="ffmpeg">Whose turns its looks take; null for its own. A configuration that takes another's place shares them, so that a reload doubles no load.</param>
    public CamerasCollector(IReadOnlyList<Camera> cameras, TimeProvider time, Ffmpeg? ffmpeg = null)
    {
        ffmpeg ??= new Ffmpeg(time);
        Watches = [.. cameras.SelectMany(c => WatchesOf(c, ffmpeg, time))];
    }

    public string Slice => "camera";

    public string TargetLabel => "camera";

    public string CheckLabel => "depth";

    public IReadOnlyList<FailureReason> Reasons => CameraReasons.All;

    public IReadOnlyList<Family> Families => CameraFamilies.All;

    public IReadOnlyList<Watch> Watches { get; }

    static IEnumerable<Watch> WatchesOf(Camera camera, Ffmpeg ffmpeg, TimeProvider time)
    {
        var state = new CameraState(camera);
        if (!camera.Enabled)
        {
            yield return new Watch
            {
                Target = state.Target,
                Check = DescribeDepth,
                Options = camera,
                Interval = Watch.Never,
                Constants = [state.Of(CameraFamilies.Enabled, 0)],
                LookAsync = _ => Task.FromResult(Look.Failed(FailureReason.Config, "the camera is switched off in the configuration")),
            };
            yield break;
        }
        yield return new Watch
        {
            Target = state.Target,
            Check = DescribeDepth,
            Options = camera,
            Interval = camera.Interval,
            Timeout = camera.IsRtsp ? camera.Timeout : Queueing,
            Constants = Configured(state),
            LookAsync = new DescribeLook(state, ffmpeg, time).LookAsync,
        };
        if (camera.Sample is { } sample)
            yield return Deeper(state, SampleDepth, sample, new SampleLook(state, ffmpeg, time).LookAsync, CameraFamilies.Fps);
        if (camera.Picture is { } picture)
            yield return Deeper(state, PictureDepth, picture, new PictureLook(state, ffmpeg, time).LookAsync);
    }

    static Watch Deeper(CameraState state, string depth, TimeSpan interval, Func<CancellationToken, Task<Look>> look, Family? plotted = null) => new()
    {
        Target = state.Target,
        Check = depth,
        Options = state.Camera,
        DecidesUp = false,
        Interval = interval,
        Timeout = Queueing,
        Plotted = plotted,
        LookAsync = look,
    };

    static List<Sample> Configured(CameraState state)
    {
        var constants = new List<Sample>
        {
            state.Of(CameraFamilies.Enabled, 1),
            state.Of(CameraFamilies.Maintenance, state.Camera.Maintenance ? 1 : 0),
            state.Of(CameraFamilies.Reconnects, 0),
        };
        if (state.Camera.ExpectedFps is { } fps)
            constants.Add(state.Of(CameraFamilies.ExpectedFps, fps));
        return constants;
    }
}
