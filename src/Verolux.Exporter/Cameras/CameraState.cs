using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>What is known of one camera from one look to the next, and shared by its depths.</summary>
sealed class CameraState(Camera camera)
{
    // A camera keeps few sessions, so ours is one, whoever asks. Describing takes none.
    readonly Turns? session = camera.Sample is null && camera.Picture is null ? null : new Turns(1);
    string codec = "";
    Failure? newest;

    public Camera Camera => camera;

    public Target Target { get; } = new(camera.Id, camera.Site);

    /// <summary>Times it was back after it had been down.</summary>
    public int Reconnects { get; private set; }

    /// <summary>Of <c>verolux_camera_info</c>. The codec last declared is kept while the camera is down: so is its switch, by which one dead switch is told from many dead cameras.</summary>
    public Sample Info => new(CameraFamilies.Info, [.. Target.Labels, codec, Transport, camera.Switch ?? ""], 1);

    string Transport => camera.Url.Scheme switch
    {
        "rtsp" => "tcp",
        "rtsps" => "tls",
        var other => other,
    };

    public Sample Of(Family family, double value) => new(family, Target.Labels, value);

    public IEnumerable<Sample> Phases(IEnumerable<Step> steps) => steps.Select(s => new Sample(CameraFamilies.PhaseDuration, [.. Target.Labels, s.Name], s.Took.TotalSeconds));

    public void Declared(string encoding) => codec = Label(encoding);

    /// <summary>
    /// While the newest describe failed: what the deeper looks say, without trying. They would only fail likewise, keep turns from good cameras, and send a password that was
    /// refused once more, for which cameras lock the user.
    /// </summary>
    public Look? Down => newest is null ? null : Look.Failed(newest.Reason, "not tried while describing fails");

    /// <summary>How a describe ended.</summary>
    public void Saw(Failure? failure)
    {
        if (failure is null && newest is not null)
            Reconnects++;
        newest = failure;
    }

    /// <summary>Waits until nobody of ours has the camera's stream open. Dispose of the answer to let the next one in.</summary>
    public Task<IDisposable> OpenSessionAsync(CancellationToken cancellation) => session!.TakeAsync(cancellation);

    /// <summary>The credentials as they are now.</summary>
    /// <returns>Null, or what kept the password from being read, for people.</returns>
    public string? TryReadPassword(out string? password)
    {
        password = null;
        if (camera.Password is null)
            return null;
        var why = camera.Password.TryRead(out var secret);
        password = secret;
        return why;
    }

    // A closed list: what the camera says is untrusted, and would be a label.
    static string Label(string encoding) => encoding.ToUpperInvariant() switch
    {
        "H264" => "h264",
        "H265" or "HEVC" => "h265",
        "JPEG" or "MJPEG" => "mjpeg",
        "MP4V-ES" or "MPEG4" => "mpeg4",
        "AV1" => "av1",
        "VP8" => "vp8",
        "VP9" => "vp9",
        _ => "other",
    };
}
