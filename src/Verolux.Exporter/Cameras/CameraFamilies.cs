using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Cameras;

/// <summary>Every family that a camera's looks belong to.</summary>
static class CameraFamilies
{
    const string Camera = "camera";

    // Configured.
    public static readonly Family Enabled = Family.Gauge("verolux_camera_enabled", "Whether the camera is looked at: 1 yes, 0 switched off in the configuration.", Camera);
    public static readonly Family Maintenance = Family.Gauge("verolux_camera_maintenance", "Whether the camera is in maintenance, which keeps its alerts quiet: 1 yes, 0 no.", Camera);
    public static readonly Family ExpectedFps = Family.Gauge("verolux_camera_expected_frames_per_second", "Frames per second that the camera is configured to deliver.", Camera);

    // From a describe.
    public static readonly Family Info = Family.Gauge("verolux_camera_info", "1, with the codec the camera last declared (empty until it did), the transport it is asked over, and the switch it hangs on.", Camera, "codec", "transport", "switch");
    public static readonly Family StatusCode = Family.Gauge("verolux_camera_rtsp_status_code", "Status of the camera's last RTSP answer; absent where none came.", Camera);
    public static readonly Family PhaseDuration = Family.Gauge("verolux_camera_phase_duration_seconds", "How long each part of the newest look took, up to where it failed.", Camera, "phase");
    public static readonly Family HostReachable = Family.Gauge("verolux_camera_host_reachable", "After a failed describe: whether anything of the camera's host answered, a refusal included: 1 yes, 0 no.", Camera);
    public static readonly Family WebReachable = Family.Gauge("verolux_camera_web_reachable", "After a failed describe: whether the camera's web port accepts a connection: 1 yes, 0 no.", Camera);
    public static readonly Family DeclaredFps = Family.Gauge("verolux_camera_declared_frames_per_second", "Frames per second that the camera declares; absent where it doesn't.", Camera);
    public static readonly Family CertificateExpiry = Family.Gauge("verolux_camera_tls_certificate_expiry_timestamp_seconds", "Until when the camera's TLS certificate is valid, Unix time.", Camera);
    public static readonly Family Reconnects = Family.Counter("verolux_camera_reconnects_total", "Times the camera was back after it had been down, as this exporter saw it; the first connect is none.", Camera);

    // From a sample.
    public static readonly Family Streaming = Family.Gauge("verolux_camera_streaming", "Whether the stream delivers pictures: 1 yes, 0 no, absent where it isn't sampled or could not be tried.", Camera);
    public static readonly Family Fps = Family.Gauge("verolux_camera_frames_per_second", "Frames per second, measured from the stream.", Camera);
    public static readonly Family LastFrame = Family.LastEvent("verolux_camera_last_frame_timestamp_seconds", "When a frame was last received, Unix time.", Camera);
    public static readonly Family Bytes = Family.Gauge("verolux_camera_received_bytes_per_second", "Bytes per second of the stream.", Camera);
    public static readonly Family LostRatio = Family.Gauge("verolux_camera_rtp_packets_lost_ratio", "Share of the RTP packets that never came, 0 to 1.", Camera);
    public static readonly Family Jitter = Family.Gauge("verolux_camera_rtp_jitter_seconds", "Interarrival jitter of the RTP packets (RFC 3550).", Camera);
    public static readonly Family KeyframeInterval = Family.Gauge("verolux_camera_keyframe_interval_seconds", "Between two key frames; absent where no two were seen in one sample.", Camera);

    // From a picture.
    public static readonly Family Decodable = Family.Gauge("verolux_camera_decodable", "Whether a picture could be decoded: 1 yes, 0 no, absent where none is taken or none could be tried.", Camera);
    public static readonly Family Width = Family.Gauge("verolux_camera_width_pixels", "Width of the decoded picture.", Camera);
    public static readonly Family Height = Family.Gauge("verolux_camera_height_pixels", "Height of the decoded picture.", Camera);
    public static readonly Family Frozen = Family.Gauge("verolux_camera_picture_frozen", "Whether the picture is the very same as at least 5 minutes ago while frames flow: 1 yes, 0 no, absent until two looks are that far apart.", Camera);
    public static readonly Family Black = Family.Gauge("verolux_camera_picture_black", "Whether the picture shows nothing but black, as behind a cap: 1 yes, 0 no.", Camera);
    public static readonly Family Luma = Family.Gauge("verolux_camera_picture_luma_ratio", "Mean brightness of the picture, 0 black to 1 white.", Camera);

    public static readonly IReadOnlyList<Family> All =
    [
        Enabled, Maintenance, ExpectedFps,
        Info, StatusCode, PhaseDuration, HostReachable, WebReachable, DeclaredFps, CertificateExpiry, Reconnects,
        Streaming, Fps, LastFrame, Bytes, LostRatio, Jitter, KeyframeInterval,
        Decodable, Width, Height, Frozen, Black, Luma,
    ];
}
