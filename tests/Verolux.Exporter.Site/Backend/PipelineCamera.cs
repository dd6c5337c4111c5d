using System.Text.Json.Nodes;

namespace Verolux.Exporter.Site.Backend;

/// <summary>A camera as the back end's pipeline sees it; changed while it runs.</summary>
sealed class PipelineCamera(string id, TimeProvider time)
{
    readonly DateTimeOffset start = time.GetUtcNow();

    /// <summary>Seconds since the last frame.</summary>
    public double FrameAge { get; set; } = 0.04;

    public double Fps { get; set; } = 25;

    public int DroppedFrames { get; set; }

    /// <summary>At most 10, then the pipeline gives up; back to 0 with the first connect.</summary>
    public int ReconnectAttempts { get; set; }

    string Status => ReconnectAttempts >= 10 ? "dead" : FrameAge switch
    {
        < 10 => "healthy",
        <= 60 => "degraded",
        _ => "stale",
    };

    public void Die() => (FrameAge, Fps, ReconnectAttempts) = (650.2, 0, 10);

    public void Recover() => (FrameAge, Fps, ReconnectAttempts) = (0.04, 25, 0);

    public JsonObject Json() => new()
    {
        ["camera_id"] = id,
        ["is_healthy"] = Status == "healthy",
        ["status"] = Status,
        ["last_frame_age_seconds"] = FrameAge,
        ["consecutive_failures"] = ReconnectAttempts,
        ["reconnect_attempts"] = ReconnectAttempts,
        ["total_frames"] = (long)((time.GetUtcNow() - start).TotalSeconds * 25),
        ["dropped_frames"] = DroppedFrames,
        ["current_fps"] = Fps,
        ["protocol"] = "rtsp_tcp",
        ["error_message"] = Status == "healthy" ? null : "Connection refused",
    };
}
