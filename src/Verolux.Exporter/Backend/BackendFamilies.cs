using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Backend;

/// <summary>Every family that a look at the back end belongs to.</summary>
static class BackendFamilies
{
    /// <summary>The metric that the Slow Inference runbook puts a number to, for inference as a whole.</summary>
    public const string InferenceFpsMetric = "verolux_inference_frames_per_second";

    /// <summary>Likewise, for one camera.</summary>
    public const string PipelineFpsMetric = "verolux_pipeline_camera_frames_per_second";

    const string Backend = "backend";

    // Of each request.
    public static readonly Family StatusCode = Family.Gauge("verolux_backend_http_status_code", "Status of the newest HTTP answer; absent where none came.", Backend, "check");
    public static readonly Family ResponseDuration = Family.Gauge("verolux_backend_response_duration_seconds", "From the connect to the end of the newest HTTP answer; absent where none came.", Backend, "check");
    public static readonly Family Responses = Family.Counter("verolux_backend_responses_total", "Requests by the class of their answer (2xx to 5xx), or error where no whole answer came.", Backend, "check", "class");

    // From /health.
    public static readonly Family Uptime = Family.Gauge("verolux_backend_uptime_seconds", "How long the service says it has been running.", Backend);
    public static readonly Family ModelLoaded = Family.Gauge("verolux_inference_model_loaded", "Whether the service has its model loaded: 1 yes, 0 no, absent where it doesn't say.", Backend);
    public static readonly Family InferenceInfo = Family.Gauge("verolux_inference_info", "1, with the framework and the device that the service infers with.", Backend, "framework", "device");

    // From /status/production.
    public static readonly Family InferenceFps = Family.Gauge(InferenceFpsMetric, "Frames per second that the service infers, all cameras together.", Backend);
    public static readonly Family InferenceExpectedFps = Family.Gauge("verolux_inference_expected_frames_per_second", "Frames per second that inference is configured for.", Backend);
    public static readonly Family InferenceFpsThreshold = Family.Gauge($"{InferenceFpsMetric}_threshold", "Below this many frames per second inference counts as slow.", Backend);

    // From /health/cameras.
    public static readonly Family CameraHealthy = Family.Gauge("verolux_pipeline_camera_healthy", "Whether the pipeline calls the camera healthy: 1 yes, 0 no.", Backend, "camera");
    public static readonly Family CameraStatus = Family.Gauge(
        "verolux_pipeline_camera_status", "1 for the status that the pipeline gives the camera, 0 for the others: healthy (a frame in the last 10 s), degraded, stale (none for 60 s), dead.", Backend, "camera", "status");
    public static readonly Family CameraFps = Family.Gauge(PipelineFpsMetric, "Frames per second that the pipeline takes from the camera.", Backend, "camera");
    public static readonly Family CameraFpsThreshold = Family.Setting(
        $"{PipelineFpsMetric}_threshold", "Below this many frames per second the camera's pipeline counts as slow: the runbook's number, or 0.8 of what the camera is expected to deliver where that is less.", Backend, "camera");
    public static readonly Family CameraLastFrame = Family.LastEvent("verolux_pipeline_camera_last_frame_timestamp_seconds", "When the pipeline last had a frame of the camera, Unix time.", Backend, "camera");
    public static readonly Family CameraFrames = Family.Counter("verolux_pipeline_camera_frames_total", "Frames that the pipeline has taken from the camera, as it counts them.", Backend, "camera");
    public static readonly Family CameraDropped = Family.Counter("verolux_pipeline_camera_frames_dropped_total", "Frames of the camera that the pipeline has dropped, as it counts them.", Backend, "camera");
    public static readonly Family CameraReconnectAttempts = Family.Gauge("verolux_pipeline_camera_reconnect_attempts", "Attempts of the pipeline to reach the camera again; 0 while it has it.", Backend, "camera");
    public static readonly Family CameraReconnects = Family.Counter("verolux_pipeline_camera_reconnects_total", "Attempts of the pipeline to reach the camera again, summed by this exporter.", Backend, "camera");

    // From /stats/queue.
    public static readonly Family QueueMessages = Family.Gauge("verolux_backend_queue_messages", "Messages that wait in the queue, as the service counts them; the queue is called all where it gives one number.", Backend, "queue");

    public static readonly IReadOnlyList<Family> All =
    [
        StatusCode, ResponseDuration, Responses,
        Uptime, ModelLoaded, InferenceInfo,
        InferenceFps, InferenceExpectedFps, InferenceFpsThreshold,
        CameraHealthy, CameraStatus, CameraFps, CameraFpsThreshold, CameraLastFrame, CameraFrames, CameraDropped, CameraReconnectAttempts, CameraReconnects,
        QueueMessages,
    ];
}
