namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>What the operations guide says of its eight alerts, written down here a second time: the tests follow each number from its runbook to the page.</summary>
/// <param name="Metrics">Those that the number is put to.</param>
/// <param name="Number">In the metrics' base unit.</param>
/// <param name="Literal">As it stands in the rule; null for a state, which a rule compares with 0.</param>
/// <param name="Shown">As the page names it.</param>
/// <param name="For">How long it must hold.</param>
/// <param name="ResponseSla">Within which somebody has to respond.</param>
sealed record SeedThreshold(string Alert, string Runbook, string[] Metrics, double Number, string? Literal, string Shown, TimeSpan For, string Severity, TimeSpan ResponseSla)
{
    static readonly TimeSpan Critical = TimeSpan.FromMinutes(15);
    static readonly TimeSpan Warning = TimeSpan.FromHours(1);

    public static IReadOnlyList<SeedThreshold> All { get; } =
    [
        new("CameraOffline", "RUNBOOK_CAMERA_OFFLINE", ["verolux_camera_up"], 1, null, "1", Minutes(10), "critical", Critical),
        new("GPUSaturation", "RUNBOOK_GPU_SATURATION", ["verolux_gpu_utilization_ratio"], 0.95, "0.95", "95%", Minutes(10), "critical", Critical),
        new("DatabaseDown", "RUNBOOK_DATABASE_DOWN", ["verolux_postgres_up", "verolux_redis_up"], 1, null, "1", Minutes(1), "critical", Critical),
        new("QueueBacklog", "RUNBOOK_QUEUE_BACKLOG", ["verolux_rabbitmq_queue_messages"], 10_000, "10000", "10000", Minutes(5), "critical", Critical),
        new("APIDown", "RUNBOOK_API_DOWN", ["verolux_backend_up"], 1, null, "1", Minutes(1), "critical", Critical),
        new("RTSPStorm", "RUNBOOK_RTSP_STORM", ["verolux_camera_reconnects"], 10, "10", "10", Minutes(2), "warning", Warning),
        new("StorageNearFull", "RUNBOOK_STORAGE_FULL", ["verolux_storage_used_ratio"], 0.85, "0.85", "85%", Minutes(10), "warning", Warning),
        new(
            "SlowInference", "RUNBOOK_SLOW_INFERENCE", ["verolux_inference_frames_per_second", "verolux_pipeline_camera_frames_per_second"], 20, "20", "20", Minutes(15), "warning", Warning),
    ];

    /// <summary>For the names of tests.</summary>
    public override string ToString() => Alert;

    static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);
}
