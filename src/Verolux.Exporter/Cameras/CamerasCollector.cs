using Verolux.Exporter.Cameras.Picture;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>Cameras, at the depth each is configured for: whether they answer, whether they deliver, whether the picture is one.</summary>
sealed class CamerasCollector : ICollector
{
    public const string DescribeDepth = "describe";
    public const string SampleDepth = "sample";
    public const string PictureDepth = "picture";

    /// <summary>A sample may have to wait for a picture to be taken, and that is no fault of the camera.</summary>
    static readonly TimeSpan SampleTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Pictures take their turns, of which there are as many as processors: how long that takes depends on how many want one.</summary>
    static readonly TimeSpan PictureTimeout = TimeSpan.FromMinutes(5);

    public CamerasCollector(IReadOnlyList<Camera> cameras, TimeProvider time)
    {
        var decoder = new Decoder(time);
        Watches = [.. cameras.SelectMany(c => WatchesOf(c, decoder, time))];
    }

    public string Slice => "camera";

    public string TargetLabel => "camera";

    public string CheckLabel => "depth";

    public IReadOnlyList<FailureReason> Reasons => CameraReasons.All;

    public IReadOnlyList<Family> Families => CameraFamilies.All;

    public IReadOnlyList<Watch> Watches { get; }

    static IEnumerable<Watch> WatchesOf(Camera camera, Decoder decoder, TimeProvider time)
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
            Timeout = camera.Timeout,
            Constants = Configured(state),
            LookAsync = new DescribeLook(state, decoder, time).LookAsync,
        };
        if (camera.Sample is { } sample)
        {
            yield return new Watch
            {
                Target = state.Target,
                Check = SampleDepth,
                Options = camera,
                DecidesUp = false,
                Interval = sample,
                Timeout = SampleTimeout,
                LookAsync = new SampleLook(state, decoder, time).LookAsync,
            };
        }
        if (camera.Picture is { } picture)
        {
            yield return new Watch
            {
                Target = state.Target,
                Check = PictureDepth,
                Options = camera,
                DecidesUp = false,
                Interval = picture,
                Timeout = PictureTimeout,
                LookAsync = new PictureLook(state, decoder, time).LookAsync,
            };
        }
    }

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
