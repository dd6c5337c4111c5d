using NUnit.Framework;

namespace Verolux.Exporter.Tests.Runbooks;

/// <summary>Where the runbooks lead, by what the exporter sees of the alert's target. (Camera Offline has its own tests.)</summary>
public class ScenarioTests
{
    [TestCase("refused", "not-running")]
    [TestCase("timeout", "hanging")]
    [TestCase("dns", "host-or-network")]
    [TestCase("unreachable", "host-or-network")]
    [TestCase("auth", "credentials-changed")]
    [TestCase("permission", "credentials-changed")]
    [TestCase("not_found", "credentials-changed")]
    [TestCase("starting_up", "starting-up")]
    [TestCase("tls", "answers-wrongly")]
    [TestCase("protocol", "answers-wrongly")]
    [TestCase("config", "exporter-at-fault")]
    [TestCase("internal", "exporter-at-fault")]
    [TestCase("too_many_connections", "too-many-connections")]
    public void A_database_leads_by_its_reason(string reason, string scenario)
    {
        string[] failing = ["verolux_postgres_up{site=north,server=main} 0", $"verolux_postgres_failure{{site=north,server=main,reason={reason}}} 1"];
        Assert.That(Likeliest("DatabaseDown", "kind=postgres,server=main", failing), Is.EqualTo(scenario));
        Assert.That(Likeliest("DatabaseDown", "kind=postgres,server=main", [.. failing, "verolux_redis_up{site=north,server=cache} 1", "verolux_storage_available_bytes{site=north,path=/} 1e12"]), Is.EqualTo(scenario));
    }

    [TestCase(
        "disk-full", "verolux_postgres_up{site=north,server=main} 0", "verolux_postgres_failure{site=north,server=main,reason=refused} 1",
        "verolux_storage_available_bytes{site=north,path=/} 5e7", "verolux_storage_used_ratio{site=north,path=/} 0.99")]
    [TestCase(
        "not-running", "verolux_postgres_up{site=north,server=main} 0", "verolux_postgres_failure{site=north,server=main,reason=refused} 1",
        "verolux_storage_available_bytes{site=north,path=/boot} 9e7", "verolux_storage_used_ratio{site=north,path=/boot} 0.6",
        "verolux_storage_available_bytes{site=north,path=/recordings} 4e10", "verolux_storage_used_ratio{site=north,path=/recordings} 0.99")]
    [TestCase("host-or-network", "verolux_postgres_up{site=north,server=main} 0", "verolux_postgres_failure{site=north,server=main,reason=refused} 1", "verolux_redis_up{site=north,server=main} 0")]
    [TestCase("host-or-network", "verolux_postgres_up{site=north,server=main} 0", "verolux_postgres_failure{site=north,server=main,reason=timeout} 1", "verolux_rabbitmq_up{site=north,broker=main} 0")]
    [TestCase("starting-up", "verolux_redis_up{site=north,server=main} 0", "verolux_redis_failure{site=north,server=main,reason=loading} 1")]
    [TestCase("memory-limit", "verolux_redis_up{site=north,server=main} 1", "verolux_redis_memory_used_bytes{site=north,server=main} 1e9", "verolux_redis_memory_limit_bytes{site=north,server=main} 1e9")]
    [TestCase("memory-limit", "verolux_redis_up{site=north,server=main} 1", "verolux_redis_evicted_keys_total{site=north,server=main} 70 from 10")]
    [TestCase("replica-behind", "verolux_redis_up{site=north,server=main} 1", "verolux_redis_link_up{site=north,server=main} 0")]
    [TestCase("replica-behind", "verolux_postgres_up{site=north,server=main} 1", "verolux_postgres_replication_lag_seconds{site=north,server=main} 300")]
    [TestCase(null, "verolux_postgres_up{site=north,server=main} 1", "verolux_postgres_replication_lag_seconds{site=north,server=main} 0")]
    [TestCase(null)]
    public void A_database_leads_by_what_is_measured(string? scenario, params string[] seen) => Assert.That(Likeliest("DatabaseDown", "server=main", seen), Is.EqualTo(scenario));

    [TestCase("refused", "not-running")]
    [TestCase("dns", "host-or-network")]
    [TestCase("unreachable", "host-or-network")]
    [TestCase("timeout", "slow")]
    [TestCase("server_error", "server-errors")]
    [TestCase("unhealthy", "server-errors")]
    [TestCase("tls", "wrong-answer")]
    [TestCase("auth", "wrong-answer")]
    [TestCase("permission", "wrong-answer")]
    [TestCase("not_found", "wrong-answer")]
    [TestCase("protocol", "wrong-answer")]
    [TestCase("config", "exporter-at-fault")]
    [TestCase("internal", "exporter-at-fault")]
    public void A_service_of_the_back_end_leads_by_its_reason(string reason, string scenario)
    {
        string[] failing = ["verolux_backend_up{site=north,backend=backend} 0", $"verolux_backend_failure{{site=north,backend=backend,check=health,reason={reason}}} 1"];
        Assert.That(Likeliest("APIDown", "backend=backend", failing), Is.EqualTo(scenario));
        Assert.That(Likeliest("APIDown", "backend=backend", [.. failing, "verolux_postgres_up{site=north,server=main} 1"]), Is.EqualTo(scenario));
    }

    [TestCase("dependency-down", "verolux_backend_failure{site=north,backend=backend,check=health,reason=server_error} 1", "verolux_postgres_up{site=north,server=main} 0")]
    [TestCase("model-not-loaded", "verolux_inference_model_loaded{site=north,backend=backend} 0")]
    [TestCase("server-errors", "verolux_backend_failure{site=north,backend=backend,check=cameras,reason=server_error} 1")]
    [TestCase("slow", "verolux_backend_up{site=north,backend=backend} 1", "verolux_backend_response_duration_seconds{site=north,backend=backend,check=health} 4")]
    [TestCase(null, "verolux_backend_response_duration_seconds{site=north,backend=backend,check=health} 0.1")]
    [TestCase(null)]
    public void A_service_of_the_back_end_leads_by_what_is_measured(string? scenario, params string[] seen) =>
        Assert.That(Likeliest("APIDown", "backend=backend", seen), Is.EqualTo(scenario));

    [TestCase("broker-alarm", "verolux_rabbitmq_memory_alarm{site=north,broker=main} 1", "verolux_rabbitmq_queue_consumers{site=north,broker=main,vhost=/,queue=heavy} 0")]
    [TestCase("broker-alarm", "verolux_rabbitmq_disk_alarm{site=north,broker=main} 1")]
    [TestCase("no-consumers", "verolux_rabbitmq_memory_alarm{site=north,broker=main} 0", "verolux_rabbitmq_queue_consumers{site=north,broker=main,vhost=/,queue=heavy} 0")]
    [TestCase(
        "held-unacknowledged", "verolux_rabbitmq_queue_consumers{site=north,broker=main,vhost=/,queue=heavy} 2",
        "verolux_rabbitmq_queue_messages_unacknowledged{site=north,broker=main,vhost=/,queue=heavy} 9000", "verolux_rabbitmq_queue_messages_ready{site=north,broker=main,vhost=/,queue=heavy} 3000")]
    [TestCase(
        "poison-queue", "verolux_rabbitmq_queue_consumers{site=north,broker=main,vhost=/,queue=heavy} 2", "verolux_rabbitmq_queue_messages{site=north,broker=main,vhost=/,queue=heavy} 12000 from 11000",
        "verolux_rabbitmq_queue_consumers{site=north,broker=main,vhost=/,queue=default} 2", "verolux_rabbitmq_queue_messages{site=north,broker=main,vhost=/,queue=default} 3 from 2")]
    [TestCase(
        "consumers-too-slow", "verolux_rabbitmq_queue_consumers{site=north,broker=main,vhost=/,queue=heavy} 2", "verolux_rabbitmq_queue_messages{site=north,broker=main,vhost=/,queue=heavy} 12000 from 11000",
        "verolux_rabbitmq_queue_consumers{site=north,broker=main,vhost=/,queue=default} 2", "verolux_rabbitmq_queue_messages{site=north,broker=main,vhost=/,queue=default} 8000 from 7000")]
    [TestCase("queue-missing", "verolux_rabbitmq_queue_exists{site=north,broker=main,vhost=/,queue=heavy} 0")]
    [TestCase("broker-silent", "verolux_rabbitmq_up{site=north,broker=main} 0", "verolux_rabbitmq_failure{site=north,broker=main,reason=refused} 1")]
    [TestCase(null)]
    public void A_queue_leads_by_what_is_measured(string? scenario, params string[] seen) => Assert.That(Likeliest("QueueBacklog", "broker=main,vhost=/,queue=heavy", seen), Is.EqualTo(scenario));

    [TestCase("card-lost", "verolux_gpu_up{site=north,gpu=a} 0", "verolux_gpu_failure{site=north,gpu=a,reason=lost} 1")]
    [TestCase("throttled-by-heat", "verolux_gpu_throttled{site=north,gpu=a,reason=sw_thermal} 1", "verolux_gpu_utilization_ratio{site=north,gpu=a} 1")]
    [TestCase("throttled-by-heat", "verolux_gpu_throttled{site=north,gpu=a,reason=hw_thermal} 1", "verolux_gpu_throttled{site=north,gpu=a,reason=hw_slowdown} 1")]
    [TestCase("short-of-power", "verolux_gpu_throttled{site=north,gpu=a,reason=hw_power_brake} 1", "verolux_gpu_throttled{site=north,gpu=a,reason=sw_thermal} 0")]
    [TestCase("decoder-bound", "verolux_gpu_throttled{site=north,gpu=a,reason=sw_power_cap} 1", "verolux_gpu_decoder_utilization_ratio{site=north,gpu=a} 0.97", "verolux_gpu_utilization_ratio{site=north,gpu=a} 0.5")]
    [TestCase("memory-full", "verolux_gpu_memory_used_bytes{site=north,gpu=a} 23.9e9", "verolux_gpu_memory_size_bytes{site=north,gpu=a} 24.2e9")]
    [TestCase("too-much-work", "verolux_gpu_utilization_ratio{site=north,gpu=a} 0.97", "verolux_gpu_decoder_utilization_ratio{site=north,gpu=a} 0.2")]
    [TestCase(null, "verolux_gpu_utilization_ratio{site=north,gpu=a} 0.2", "verolux_gpu_throttled{site=north,gpu=a,reason=sw_power_cap} 1")]
    [TestCase(null)]
    public void A_card_leads_by_what_is_measured(string? scenario, params string[] seen) => Assert.That(Likeliest("GPUSaturation", "gpu=a", seen), Is.EqualTo(scenario));

    [TestCase("one-process-hogging", "xmrig 9e9", Description = "none of the product's")]
    [TestCase("one-process-hogging", "xmrig 9e9", "python 8e9")]
    [TestCase("one-process-hogging", "xmrig 9e9", "blender 2e9", "python 1e8")]
    [TestCase("too-much-work", "python 8e9", "tritonserver 3e9", "Xorg 2e8")]
    [TestCase("too-much-work", "Xorg 2e8")]
    [TestCase("too-much-work")]
    public void A_card_that_others_compute_on_leads_to_them(string? scenario, params string[] processes) =>
        Assert.That(Likeliest("GPUSaturation", "gpu=a", [
            "verolux_gpu_utilization_ratio{site=north,gpu=a} 0.97", "verolux_gpu_process_memory_used_bytes{site=north,gpu=b,process=blender} 7e9",
            .. processes.Select(p => p.Split(' ')).Select(p => $"verolux_gpu_process_memory_used_bytes{{site=north,gpu=a,process={p[0]}}} {p[1]}"),
        ]), Is.EqualTo(scenario));

    // A camera, its switch, and how often it came back.
    [TestCase("one-switch", "a sw1 3", "b sw1 2", Description = "all that there are")]
    [TestCase("one-switch", "a sw1 3", "b sw1 2", "c sw2 0")]
    [TestCase("one-switch", "a sw1 3", "b sw1 2", "c - 0")]
    [TestCase("one-switch", "a sw1 3", "b sw1 2", "c - 4")]
    [TestCase("one-site", "a sw1 3", "b sw1 2", "c - 4", "d - 1", Description = "and cameras of which no switch is known")]
    [TestCase("one-site", "a sw1 3", "b sw1 2", "c sw2 1", "d sw2 1")]
    [TestCase("one-site", "a - 3", "b - 2", Description = "no switch is known")]
    [TestCase("few-cameras", "a sw1 3", "b sw2 2", "c sw1 0", "d sw2 0")]
    [TestCase(null, "a sw1 3", "b sw1 0", "c sw1 0")]
    [TestCase(null)]
    public void A_storm_leads_to_what_its_cameras_have_in_common(string? scenario, params string[] cameras) =>
        Assert.That(Likeliest("RTSPStorm", "", [.. cameras.Select(c => c.Split(' ')).SelectMany(c => new[]
        {
            $"verolux_camera_info{{site=north,camera={c[0]},codec=H264,switch={c[1].Trim('-')}}} 1", $"verolux_camera_up{{site=north,camera={c[0]}}} 1",
            $"verolux_camera_reconnects_total{{site=north,camera={c[0]}}} {c[2]} from 0",
        })]), Is.EqualTo(scenario));

    [TestCase("model-not-loaded", "verolux_inference_model_loaded{site=north,backend=backend} 0")]
    [TestCase("model-on-cpu", "verolux_inference_model_loaded{site=north,backend=backend} 1", "verolux_inference_info{site=north,backend=backend,framework=torch,device=cpu} 1")]
    [TestCase("gpu-bound", "verolux_inference_info{site=north,backend=backend,framework=torch,device=cuda} 1", "verolux_gpu_utilization_ratio{site=north,gpu=a} 0.99")]
    [TestCase("gpu-bound", "verolux_gpu_throttled{site=north,gpu=a,reason=hw_thermal} 1")]
    [TestCase("back-end-starved", "verolux_backend_response_duration_seconds{site=north,backend=backend,check=health} 3")]
    [TestCase(null)]
    public void Slow_inference_leads_by_what_is_measured(string? scenario, params string[] seen) => Assert.That(Likeliest("SlowInference", "backend=backend", seen), Is.EqualTo(scenario));

    [TestCase("filling-fast", "verolux_storage_used_ratio{site=north,path=/recordings} 0.9 from 0.88", "verolux_storage_last_write_timestamp_seconds{site=north,path=/recordings} 999998")]
    [TestCase("out-of-inodes", "verolux_storage_used_ratio{site=north,path=/recordings} 0.9 from 0.9", "verolux_storage_inodes{site=north,path=/recordings} 6000", "verolux_storage_inodes_available{site=north,path=/recordings} 100")]
    [TestCase("read-only", "verolux_storage_used_ratio{site=north,path=/recordings} 0.9 from 0.9", "verolux_storage_read_only{site=north,path=/recordings} 1")]
    [TestCase("recordings-stopped", "verolux_storage_used_ratio{site=north,path=/recordings} 0.9 from 0.9", "verolux_storage_last_write_timestamp_seconds{site=north,path=/recordings} 999699")]
    [TestCase("ring-buffer", "verolux_storage_used_ratio{site=north,path=/recordings} 0.9 from 0.899", "verolux_storage_last_write_timestamp_seconds{site=north,path=/recordings} 999998")]
    [TestCase(null, "verolux_storage_used_ratio{site=north,path=/recordings} 0.9 from 0.9", "verolux_storage_used_ratio{site=north,path=/} 0.9 from 0.5", "verolux_storage_inodes{site=north,path=/recordings} 6000", "verolux_storage_inodes_available{site=north,path=/recordings} 5000")]
    [TestCase(null)]
    public void A_disk_leads_by_what_is_measured(string? scenario, params string[] seen) => Assert.That(Likeliest("StorageNearFull", "path=/recordings", seen), Is.EqualTo(scenario));

    [TestCase("/", "container-logs-and-images")]
    [TestCase("/var/lib/docker", "container-logs-and-images")]
    [TestCase("/var", null)]
    public void A_disk_of_containers_leads_by_its_path(string path, string? scenario) =>
        Assert.That(Likeliest("StorageNearFull", $"path={path}", $"verolux_storage_used_ratio{{site=north,path={path}}} 0.9 from 0.9"), Is.EqualTo(scenario));

    static string? Likeliest(string alert, string labels, params string[] seen) =>
        ShippedRunbooksTests.Shipped.ForAlert(alert)!.Weigh(Seen.By($"alertname={alert},site=north,{labels}", seen)).Likeliest?.Scenario.Id;
}
