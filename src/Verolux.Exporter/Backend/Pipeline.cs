using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Backend;

/// <summary>What <c>/health/cameras</c> says of each camera, with what has to be remembered from one answer to the next. Not for concurrent use.</summary>
/// <param name="expectedFps">What a camera of this site is configured to deliver; null where nobody says.</param>
sealed class Pipeline(BackendService service, Target target, Func<string, string, double?> expectedFps)
{
    const int MostCameras = 10_000;

    /// <summary>A camera is slow below this share of what it should deliver, however little that is.</summary>
    const double SlowShare = 0.8;

    static readonly string[] Statuses = ["healthy", "degraded", "stale", "dead"];

    Dictionary<string, Camera> cameras = [];

    /// <exception cref="AnswerException">The answer is not as it should be.</exception>
    public Look Read(Fields answer, DateTimeOffset now)
    {
        var told = answer.Object("cameras") ?? throw new AnswerException("there are no cameras in it");
        var (fresh, samples) = (new Dictionary<string, Camera>(), new List<Sample>());
        foreach (var (id, fields) in told.Objects(MostCameras))
        {
            var camera = fresh[id] = cameras.GetValueOrDefault(id) ?? new Camera([.. target.Labels, id]);
            Describe(camera, fields, now, samples);
            if (service.PipelineFpsThreshold is { } most)
                samples.Add(new Sample(BackendFamilies.CameraFpsThreshold, camera.Labels, Math.Min(most, SlowShare * (expectedFps(target.Site, id) ?? BackendOptions.UsualFps))));
        }
        foreach (var camera in fresh.Values)
            camera.Commit();
        cameras = fresh;
        return new Look(samples) { IsWhole = true };
    }

    static void Describe(Camera camera, Fields fields, DateTimeOffset now, List<Sample> samples)
    {
        void Add(Family family, double? value)
        {
            if (value is { } known)
                samples.Add(new Sample(family, camera.Labels, known));
        }
        Add(BackendFamilies.CameraHealthy, fields.Flag("is_healthy") is { } healthy ? healthy ? 1 : 0 : null);
        if (fields.Text("status") is { } status)
            samples.AddRange(Statuses.Select(s => new Sample(BackendFamilies.CameraStatus, [.. camera.Labels, s], s == status ? 1 : 0)));
        Add(BackendFamilies.CameraFps, fields.Number("current_fps"));
        Add(BackendFamilies.CameraLastFrame, fields.Number("last_frame_age_seconds") is { } age ? (now.ToUnixTimeMilliseconds() / 1000.0) - age : null);
        Add(BackendFamilies.CameraFrames, fields.Number("total_frames"));
        Add(BackendFamilies.CameraDropped, fields.Number("dropped_frames"));
        var attempts = fields.Number("reconnect_attempts");
        Add(BackendFamilies.CameraReconnectAttempts, attempts);
        Add(BackendFamilies.CameraReconnects, camera.Saw(attempts));
    }

    sealed class Camera(string[] labels)
    {
        double? attempts;
        double reconnects;
        (double? Attempts, double Reconnects) seen;

        public string[] Labels => labels;

        /// <summary>
        /// Attempts return to 0 when the camera is back, so what is less than before has started anew. Those before the first answer are not ours to count.
        /// Holds once the whole answer proves good.
        /// </summary>
        public double Saw(double? now)
        {
            var more = now is { } current && attempts is { } before ? current < before ? current : current - before : 0;
            seen = (now ?? attempts, reconnects + more);
            return seen.Reconnects;
        }

        public void Commit() => (attempts, reconnects) = seen;
    }
}
