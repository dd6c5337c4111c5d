using static Verolux.Exporter.Dashboards.Panel;
using static Verolux.Exporter.Dashboards.Query;

namespace Verolux.Exporter.Dashboards.Boards;

/// <summary>A fleet of any size in numbers and short lists, and single cameras in detail.</summary>
static class CameraBoard
{
    const string Offline = "RUNBOOK_CAMERA_OFFLINE";
    const string Storm = "RUNBOOK_RTSP_STORM";
    const string None = "No such camera is looked at";
    const string NotSampled = "No stream is measured: the cameras' `sample` is off, or none delivers";
    const string NoPictures = "No picture is taken: the cameras' `picture` is off";

    // Answers, and delivers frames where someone looks for them; not in maintenance.
    const string Available = "max by (site, camera) (site_camera:verolux_camera_available:max{$camera})";

    // When it was last seen good, with why it is not now; 0 is never.
    const string Down =
        $$"""
        topk(100, (min by (site, camera) (max by (site, camera, depth) (verolux_camera_last_success_timestamp_seconds{$camera,depth=~"describe|sample"})) * 1000 or on (site, camera) {{Available}} * 0)
          and on (site, camera) {{Available}} == 0) * on (site, camera) group_left (reason) topk by (site, camera) (1, max by (site, camera, reason) (verolux_camera_failure{$camera}))
        """;

    public static Board Board { get; } = new(
        "verolux-cameras", "Verolux: Cameras", "The fleet as a whole, and below it each camera that is chosen above.",
        [new("camera", "Camera", "verolux_camera_enabled{}")],
        [
            new("Fleet",
            [
                Stat("Down", "short", "Normal is 0. Cameras that don't answer or deliver no frames, without those in maintenance.", None, $"sum({Available} == bool 0)").BadFromOne().See(Offline),
                Stat("Up", "short", "Normal is all of them, but those in maintenance.", None, $"sum({Available} == bool 1)"),
                Stat("Of which nothing is known", "short", "Normal is 0. They are configured and have no state: look at the board of the exporter.", None,
                    """sum((max by (site, camera) (verolux_camera_enabled{$camera}) == 1 unless on (site, camera) max by (site, camera) (verolux_camera_up{$camera})) or max by (site, camera) (verolux_camera_enabled{$camera}) * 0)""").BadFromOne(),
                Stat("In maintenance", "short", "They are looked at, and nobody is paged. Normal is what was agreed on.", None, "sum(max by (site, camera) (verolux_camera_maintenance{$camera}))"),
                Stat("Slow in the pipeline", "short", "Normal is 0. Fewer frames than the camera's threshold; the board of inference names them.", "The back end tells of no camera",
                    "sum(max by (site, camera) (verolux_pipeline_camera_frames_per_second{$camera}) < bool on (site, camera) min by (site, camera) (verolux_pipeline_camera_frames_per_second_threshold{$camera}))").BadFromOne().See("RUNBOOK_SLOW_INFERENCE"),
                Stat("Frozen or black pictures", "short", "Normal is 0. The stream flows and shows nothing: somebody has to look at the camera itself.", NoPictures,
                    "sum(max by (site, camera) ({__name__=~\"verolux_camera_picture_frozen|verolux_camera_picture_black\",$camera}))").BadFromOne(),
                Table("Cameras that are down", "dateTimeFromNow", "Normal is an empty table; 100 at most. The reason says where to begin: auth is a password, timeout a network.", "No camera is down", Down, "site", "camera", "reason", "last seen good")
                    .Of(14).In(new Word(0, "never", "red")).See(Offline),
                Table("Down by switch", "short", "Normal is an empty table. Many on one switch: begin with the switch, and not with a camera.", "No camera is down",
                    $$"""topk(20, sum by (site, switch) (({{Available}} == bool 0) * on (site, camera) group_left (switch) topk by (site, camera) (1, max by (site, camera, switch) (verolux_camera_info{$camera}))) > 0)""",
                    "site", "switch", "down").Of(10).See(Storm),
            ]),
            new("Course",
            [
                Graph("Down", "short", "Normal is 0. A step is one cause, a slope many.", None, $"sum by (site) ({Available} == bool 0)", "{{site}}").See(Offline),
                Graph("Reconnects in 5 minutes", "short", "Normal is next to none. Above the line it is a storm: one cause, most likely in the network.", None,
                    Per5m("verolux_camera_reconnects_total{$camera}", "site", "site, camera"), "{{site}}, as the exporter sees it")
                    .And(Per5m("verolux_pipeline_camera_reconnects_total{$camera}", "site", "site, camera"), "{{site}}, as the back end sees it")
                    .Line("max by (site) (verolux_camera_reconnects_threshold{})", "{{site}}, storm above").See(Storm),
                Graph("Why looks fail", "short", "Cameras by the reason of their newest look, for each depth of looking. Normal is an empty graph.", "No look fails",
                    "sum by (depth, reason) (max by (site, camera, depth, reason) (verolux_camera_failure{$camera}))", "{{depth}}: {{reason}}").Stacked().See(Offline),
                Graph("Ten slowest answers", "s", "How long a camera takes to say what there is to see. Normal is well below a second; what grows is a network or a camera that is loaded.", None,
                    "topk(10, max by (site, camera) (verolux_camera_probe_duration_seconds{$camera,depth=\"describe\"}))", "{{site}} {{camera}}"),
                Timeline("Twenty worst in the range shown", "up", "down", "Cameras that were down at some time, the worst of them. Unknown is in maintenance, or a time when the exporter was away.", "No camera was down",
                    $"({State("site_camera:verolux_camera_available:max{$camera}", "site, camera")}) and on (site, camera) topk(20, max by (site, camera) (1 - avg_over_time(site_camera:verolux_camera_available:max{{$camera}}[$__range] @ end())) > 0)",
                    "{{site}} {{camera}}").See(Offline),
                Table("Twenty that lack most frames", "percentunit", "Frames measured of those expected. Normal is about 100 %; a camera that can't keep up is overloaded, or badly lit.", NotSampled,
                    "bottomk(20, max by (site, camera) (verolux_camera_frames_per_second{$camera}) / on (site, camera) max by (site, camera) (verolux_camera_expected_frames_per_second{$camera}))", "site", "camera", "frames").Of(8),
                Table("Twenty that lose most packets", "percentunit", "Normal is 0 %. Loss is the network between the camera and here.", NotSampled,
                    "topk(20, max by (site, camera) (verolux_camera_rtp_packets_lost_ratio{$camera}))", "site", "camera", "lost").Of(8),
                Table("Certificates that end next", "dateTimeFromNow", "Of cameras asked over TLS. Renew before it ends, or the camera goes down.", "No camera is asked over TLS",
                    "bottomk(20, max by (site, camera) (verolux_camera_tls_certificate_expiry_timestamp_seconds{$camera})) * 1000", "site", "camera", "valid until").Of(8),
            ]),
            new("The cameras chosen above, twenty at most, those that are down first",
            [
                Timeline("Answers", "up", "down", "Whether it tells what there is to see.", None, Few(State("verolux_camera_up{$camera}", "site, camera")), "{{site}} {{camera}}").Of(12).See(Offline),
                Timeline("Delivers frames", "streaming", "no frames", "Whether pictures come when the stream is opened. Unknown: all its sessions are taken, or it is not measured.", NotSampled,
                    Few(State("verolux_camera_streaming{$camera}", "site, camera")), "{{site}} {{camera}}").Of(12).See(Offline),
                Timeline("Pictures can be decoded", "yes", "no", "Whether a picture can be made of what it sends.", NoPictures, Few(State("verolux_camera_decodable{$camera}", "site, camera")), "{{site}} {{camera}}").Of(12),
                Timeline("Host answers while the camera is down", "host answers", "host is silent", "Looked at only while it is down: silent is a cable, a switch or power; one that answers is the camera's service or password.", "None of them was down",
                    Few("max by (site, camera) (verolux_camera_host_reachable{$camera})"), "{{site}} {{camera}}").Of(12).See(Offline),
                Graph("Frames per second", "suffix: fps", "Normal is what is expected of the camera.", NotSampled, Few("max by (site, camera) (verolux_camera_frames_per_second{$camera})"), "{{site}} {{camera}}")
                    .Line(Few("max by (site, camera) (verolux_camera_expected_frames_per_second{$camera})"), "{{site}} {{camera}}, expected", "blue"),
                Graph("Frames per second in the pipeline", "suffix: fps", "As the back end takes them. Under the line the camera's pipeline is slow.", "The back end tells of no such camera",
                    Few("max by (site, camera) (verolux_pipeline_camera_frames_per_second{$camera})"), "{{site}} {{camera}}")
                    .Line(Few("min by (site, camera) (verolux_pipeline_camera_frames_per_second_threshold{$camera})"), "{{site}} {{camera}}, slow below").See("RUNBOOK_SLOW_INFERENCE"),
                Graph("Age of the last frame", "s", "As the exporter's sample and as the back end have it. Normal is below the interval of samples, and below a second in the pipeline.", NotSampled,
                    Few("time() - max by (site, camera) (verolux_camera_last_frame_timestamp_seconds{$camera})"), "{{site}} {{camera}}, sample")
                    .And(Few("time() - max by (site, camera) (verolux_pipeline_camera_last_frame_timestamp_seconds{$camera})"), "{{site}} {{camera}}, pipeline"),
                Graph("Bit rate", "Bps", "Normal is steady, by what the camera is set to. Next to nothing is a still or black picture.", NotSampled, Few("max by (site, camera) (verolux_camera_received_bytes_per_second{$camera})"), "{{site}} {{camera}}"),
                Graph("Packets lost", "percentunit", "Normal is 0 %. Loss tears pictures: look at the network.", NotSampled, Few("max by (site, camera) (verolux_camera_rtp_packets_lost_ratio{$camera})"), "{{site}} {{camera}}"),
                Graph("Jitter", "s", "Normal is a few milliseconds. More is a network under load.", NotSampled, Few("max by (site, camera) (verolux_camera_rtp_jitter_seconds{$camera})"), "{{site}} {{camera}}"),
                Graph("Phases of a look", "s", "Where the time goes, for the slowest of the cameras chosen: choose one. A slow connect is the network, a slow describe the camera.", None,
                    "max by (phase) (verolux_camera_phase_duration_seconds{$camera})", "{{phase}}").Stacked(),
                Graph("Failed looks in 5 minutes", "short", "By reason. Normal is none.", "No look has failed", Per5m("verolux_camera_failures_total{$camera}", "depth, reason", "site, camera, depth, reason"), "{{depth}}: {{reason}}").Stacked().See(Offline),
                Graph("Brightness", "percentunit", "Of the decoded picture: 0 % is black, and night is dark without infrared.", NoPictures, Few("max by (site, camera) (verolux_camera_picture_luma_ratio{$camera})"), "{{site}} {{camera}}"),
                Graph("Between key frames", "s", "Normal is a second or two. A long time makes a viewer, and a reconnect, wait as long for a picture.", NotSampled, Few("max by (site, camera) (verolux_camera_keyframe_interval_seconds{$camera})"), "{{site}} {{camera}}"),
            ], IsCollapsed: true),
        ]);
}
