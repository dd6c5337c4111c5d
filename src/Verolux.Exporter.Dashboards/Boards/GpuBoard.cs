using static Verolux.Exporter.Dashboards.Panel;
using static Verolux.Exporter.Dashboards.Query;

namespace Verolux.Exporter.Dashboards.Boards;

/// <summary>How fast frames are inferred, and by the USE method whether the card is why not.</summary>
static class GpuBoard
{
    const string Saturated = "RUNBOOK_GPU_SATURATION";
    const string Slow = "RUNBOOK_SLOW_INFERENCE";
    const string NoCard = "No card is looked at";
    const string NoPipeline = "The back end tells of no camera";

    public static Board Board { get; } = new(
        "verolux-gpu", "Verolux: GPU and inference", "Whether inference keeps up, for which cameras it does not, and whether the card is why.",
        [
            new("backend", "Back end", "verolux_backend_up{}"),
            new("gpu", "Card", "verolux_gpu_up{}"),
            new("camera", "Camera", "verolux_pipeline_camera_frames_per_second_threshold{}"),
        ],
        [
            new("Now",
            [
                Stat("Inference", "suffix: fps", "Frames per second that the slowest back end infers. Normal is what it is configured for.", "Unknown: no back end tells how fast it infers",
                    "min(max by (site, backend) (verolux_inference_frames_per_second{$backend}))").See(Slow),
                Stat("Slow back ends", "short", "Normal is 0. Under their threshold.", "Unknown: no back end tells how fast it infers",
                    "sum(max by (site, backend) (verolux_inference_frames_per_second{$backend}) < bool on (site, backend) min by (site, backend) (verolux_inference_frames_per_second_threshold{$backend}))").BadFromOne().See(Slow),
                Stat("Slow cameras", "short", "Normal is 0. Fewer frames in the pipeline than their threshold.", NoPipeline,
                    "sum(max by (site, camera) (verolux_pipeline_camera_frames_per_second{$backend,$camera}) < bool on (site, camera) min by (site, camera) (verolux_pipeline_camera_frames_per_second_threshold{$backend,$camera}))").BadFromOne().See(Slow),
                Stat("Models not loaded", "short", "Normal is 0. Without its model a back end answers and infers nothing.", "The back end doesn't say", "sum(max by (site, backend) (verolux_inference_model_loaded{$backend}) == bool 0)").BadFromOne().See(Slow),
                Stat("Cards down", "short", "Normal is 0. A card that was there and does not answer, or all of them with their driver.", NoCard,
                    "sum(max by (site, gpu) (verolux_gpu_up{$gpu}) == bool 0 or max by (site) (verolux_gpu_driver_up{}) == bool 0)").BadFromOne().See(Saturated),
                Stat("Saturated cards", "short", "Normal is 0. Busier than their threshold over two minutes.", NoCard,
                    "sum(max by (site, gpu) (avg_over_time(verolux_gpu_utilization_ratio{$gpu}[2m])) > bool on (site, gpu) max by (site, gpu) (verolux_gpu_utilization_ratio_threshold{$gpu}))").BadFromOne().See(Saturated),
            ]),
            new("Inference",
            [
                Graph("Inference", "suffix: fps", "Normal is about what is configured; under the red line it is slow.", "Unknown: no back end tells how fast it infers", "max by (site, backend) (verolux_inference_frames_per_second{$backend})", "{{site}} {{backend}}")
                    .Line("min by (site, backend) (verolux_inference_frames_per_second_threshold{$backend})", "{{site}} {{backend}}, slow below")
                    .Line("max by (site, backend) (verolux_inference_expected_frames_per_second{$backend})", "{{site}} {{backend}}, configured", "blue").See(Slow),
                Graph("Ten slowest cameras in the pipeline", "suffix: fps", "Normal is what the camera delivers. A few slow ones are their own trouble, all of them inference's.", NoPipeline,
                    "bottomk(10, max by (site, camera) (verolux_pipeline_camera_frames_per_second{$backend,$camera}))", "{{site}} {{camera}}")
                    .Line("min(min by (site, camera) (verolux_pipeline_camera_frames_per_second_threshold{$backend,$camera}))", "slow below (the lowest of the cameras' thresholds)").See(Slow),
                Graph("Cameras by what the pipeline calls them", "short", "Normal is all healthy. Stale ones have had no frame for a minute.", NoPipeline,
                    "sum by (status) (max by (site, camera, status) (verolux_pipeline_camera_status{$backend,$camera}))", "{{status}}").Stacked().See(Slow),
                Graph("Dropped frames", "percentunit", "Of all frames that the pipeline took. Normal is 0 %: what is dropped could not be inferred in time.", NoPipeline,
                    """
                    sum by (site) (max by (site, camera) (rate(verolux_pipeline_camera_frames_dropped_total{$backend,$camera}[$__rate_interval])))
                      / (sum by (site) (max by (site, camera) (rate(verolux_pipeline_camera_frames_total{$backend,$camera}[$__rate_interval]))) > 0)
                    """, "{{site}}").See(Slow),
                Table("Cameras under their threshold", "suffix: fps", "Normal is an empty table; 100 at most, the slowest.", "No camera is slow",
                    "bottomk(100, max by (site, camera) (verolux_pipeline_camera_frames_per_second{$backend,$camera}) < on (site, camera) min by (site, camera) (verolux_pipeline_camera_frames_per_second_threshold{$backend,$camera}))", "site", "camera", "in the pipeline").Of(12).See(Slow),
                Table("Oldest frames in the pipeline", "s", "How long ago the pipeline last had a frame of the camera; twenty at most. Normal is below a second.", NoPipeline,
                    "topk(20, time() - max by (site, camera) (verolux_pipeline_camera_last_frame_timestamp_seconds{$backend,$camera}))", "site", "camera", "age").Of(12).See(Slow),
            ]),
            new("Cards",
            [
                Graph("Busy", "percentunit", "Share of time in which something computed on the card. Above the line it is saturated, and inference falls behind.", NoCard, "max by (site, gpu) (verolux_gpu_utilization_ratio{$gpu})", "{{site}} {{gpu}}")
                    .Line("max by (site, gpu) (verolux_gpu_utilization_ratio_threshold{$gpu})", "{{site}} {{gpu}}, saturated above").See(Saturated),
                Graph("Memory", "bytes", "Normal is steady and below the card's. A steady rise is a leak; at the line the next model does not load.", NoCard, "max by (site, gpu) (verolux_gpu_memory_used_bytes{$gpu})", "{{site}} {{gpu}}")
                    .Line("max by (site, gpu) (verolux_gpu_memory_size_bytes{$gpu})", "{{site}} {{gpu}}, all there is").See(Saturated),
                Timeline("Slowed down", "slowed", "no", "Why the card runs slower than it could, by reason. Normal is no. Heat is a fan or dust, power is what the card may draw.", NoCard,
                    "max by (site, gpu, reason) (verolux_gpu_throttled{$gpu})", "{{site}} {{gpu}} {{reason}}").Of(12).In(new(1, "slowed", "red"), new(0, "no", "green")).See(Saturated),
                Graph("Temperature", "celsius", "Normal is below what the model is made for, about 80 °C. Look for heat in the panel beside it.", NoCard, "max by (site, gpu) (verolux_gpu_temperature_celsius{$gpu})", "{{site}} {{gpu}}").See(Saturated),
            ]),
            new("Cards in detail",
            [
                Table("Which card is which", "short", "Its place in the driver's list, its model and its driver, for a UUID tells nobody.", NoCard, "group by (site, gpu, index, name, driver) (verolux_gpu_info{$gpu})", "site", "gpu", "index", "name", "driver", "there").Of(12),
                Graph("Memory by process", "bytes", "Whose memory it is; the largest five of a card. One that nobody knows has no business there.", "No process of the card can be seen", "max by (site, gpu, process) (verolux_gpu_process_memory_used_bytes{$gpu})", "{{site}} {{gpu}} {{process}}").Stacked().See(Saturated),
                Graph("Decoder and encoder", "percentunit", "Engines of their own: a decoder at 100 % drops frames while the card itself looks idle.", NoCard, "max by (site, gpu) (verolux_gpu_decoder_utilization_ratio{$gpu})", "{{site}} {{gpu}}, decoder")
                    .And("max by (site, gpu) (verolux_gpu_encoder_utilization_ratio{$gpu})", "{{site}} {{gpu}}, encoder").See(Saturated),
                Graph("Power", "watt", "Normal follows how busy it is.", NoCard, "max by (site, gpu) (verolux_gpu_power_watts{$gpu})", "{{site}} {{gpu}}"),
                Graph("Memory errors that could not be corrected", "short", "In the range shown, by now. Normal is none, ever: have the card replaced.", "No card has memory that tells of errors", "max by (site, gpu) (increase(verolux_gpu_ecc_errors_total{$gpu}[$__range]))", "{{site}} {{gpu}}"),
                Timeline("Cards", "up", "down", "Unknown: the exporter was away.", NoCard, State("verolux_gpu_up{$gpu}", "site, gpu"), "{{site}} {{gpu}}").Of(12).See(Saturated),
            ], IsCollapsed: true),
        ]);
}
