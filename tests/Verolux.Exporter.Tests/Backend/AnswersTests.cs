using NUnit.Framework;
using Verolux.Exporter.Backend;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Backend;
using Verolux.Exporter.Tests.Collecting;

namespace Verolux.Exporter.Tests.Backend;

/// <summary>What the back end's answers mean.</summary>
[CancelAfter(60_000)]
public class AnswersTests
{
    readonly Clock time = new();
    SiteHost site = null!;

    [OneTimeSetUp]
    public async Task Start() => site = await SiteHost.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await site.DisposeAsync();

    [Test]
    public async Task Health_tells_the_model_and_the_uptime(CancellationToken cancellationToken)
    {
        var look = await AnsweredAsync("health", """{"status":"ok","model":{"framework":"torch","device":"cuda","loaded":true,"warmup":true,"model_path":"/x"},"uptime_s":123.4}""", cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That(look.Values(), Is.SupersetOf(new Dictionary<string, double>
        {
            ["verolux_backend_uptime_seconds"] = 123.4,
            ["verolux_inference_model_loaded"] = 1,
            ["verolux_inference_info torch cuda"] = 1,
            ["verolux_backend_http_status_code health"] = 200,
            ["verolux_backend_responses_total health 2xx"] = 1,
            ["verolux_backend_responses_total health 5xx"] = 0,
        }));
    }

    [Test]
    public async Task Health_of_older_builds_tells_whether_the_model_is_loaded(CancellationToken cancellationToken)
    {
        var look = await AnsweredAsync("health", """{"status":"healthy","model_loaded":false}""", cancellationToken);
        Assert.That(look.Failure, Is.Null, "that is an alert of its own");
        Assert.That(look.Values()["verolux_inference_model_loaded"], Is.Zero);
        Assert.That(look.Values().Keys, Has.None.Contains("uptime").And.None.Contains("info"));
    }

    [Test]
    public async Task A_service_that_calls_itself_ill_is_down_with_what_it_says(CancellationToken cancellationToken)
    {
        var look = await AnsweredAsync("health", """{"status":"degraded\nnow","model_loaded":true}""", cancellationToken);
        Assert.That(look.Failure, Is.EqualTo(new Failure(BackendReasons.Unhealthy, "the service calls itself \"degraded now\"")));
        Assert.That(look.Values()["verolux_inference_model_loaded"], Is.EqualTo(1));
    }

    [Test]
    public async Task Every_field_of_a_camera_has_a_family(CancellationToken cancellationToken)
    {
        var look = await AnsweredAsync("cameras", """
            {"cameras":{"gate_a1":{"camera_id":"gate_a1","is_healthy":false,"status":"dead","last_frame_age_seconds":650.5,"consecutive_failures":12,"reconnect_attempts":10,
            "total_frames":182044,"dropped_frames":31,"current_fps":0.0,"protocol":"rtsp_tcp","error_message":"Connection refused"}}}
            """, cancellationToken);
        var values = look.Values().Where(v => v.Key.StartsWith("verolux_pipeline_camera_")).ToDictionary(v => v.Key["verolux_pipeline_camera_".Length..], v => v.Value);
        Assert.That(values, Is.EquivalentTo(new Dictionary<string, double>
        {
            ["healthy gate_a1"] = 0,
            ["status gate_a1 healthy"] = 0,
            ["status gate_a1 degraded"] = 0,
            ["status gate_a1 stale"] = 0,
            ["status gate_a1 dead"] = 1,
            ["frames_per_second gate_a1"] = 0,
            ["last_frame_timestamp_seconds gate_a1"] = (time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0) - 650.5,
            ["frames_total gate_a1"] = 182044,
            ["frames_dropped_total gate_a1"] = 31,
            ["reconnect_attempts gate_a1"] = 10,
            ["reconnects_total gate_a1"] = 0,
        }));
    }

    [Test]
    public async Task What_a_camera_s_entry_lacks_is_not_known(CancellationToken cancellationToken)
    {
        var look = await AnsweredAsync("cameras", """{"cameras":{"a":{},"b":{"current_fps":null,"status":"reconnecting","new_field":[1]}},"version":2}""", cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That(look.Values().Keys.Where(k => k.Contains("pipeline")), Is.EquivalentTo(new[]
        {
            "verolux_pipeline_camera_reconnects_total a", "verolux_pipeline_camera_reconnects_total b",
            "verolux_pipeline_camera_status b healthy", "verolux_pipeline_camera_status b degraded", "verolux_pipeline_camera_status b stale", "verolux_pipeline_camera_status b dead",
        }));
    }

    [TestCase("production", """{"system":{"current_fps":27.8,"gpu":1}}""", "verolux_inference_frames_per_second", 27.8)]
    [TestCase("queue", """{"queues":{"heavy":12}}""", "verolux_backend_queue_messages heavy", 12)]
    [TestCase("queue", """{"queues":{"heavy":12,"idle":null}}""", "verolux_backend_queue_messages heavy", 12)]
    [TestCase("queue", """{"queue_depth":7}""", "verolux_backend_queue_messages all", 7)]
    public async Task One_number_is_one_sample(string check, string answer, string sample, double value, CancellationToken cancellationToken)
    {
        var look = await AnsweredAsync(check, answer, cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That(look.Values().Where(v => !v.Key.EndsWith(check) && !v.Key.Contains($"{check} ")), Is.EqualTo(new[] { KeyValuePair.Create(sample, value) }));
    }

    [TestCase("production", """{"system":{}}""")]
    [TestCase("production", """{"system":{"current_fps":null}}""")]
    public async Task A_rate_that_nobody_tells_is_not_known(string check, string answer, CancellationToken cancellationToken)
    {
        var look = await AnsweredAsync(check, answer, cancellationToken);
        Assert.That(look.Failure, Is.Null);
        Assert.That(look.Values().Keys, Has.None.StartsWith("verolux_inference"));
    }

    [TestCase("health", "", "not JSON")]
    [TestCase("health", "<html>", "not JSON")]
    [TestCase("health", """{"status":"ok" """, "not JSON")]
    [TestCase("health", "[]", "not an object")]
    [TestCase("health", "\"ok\"", "not an object")]
    [TestCase("health", """{"status":1}""", "status is not a text")]
    [TestCase("health", """{"status":"\ud800"}""", "not JSON")]
    [TestCase("health", """{"status":"ok","model":true}""", "model is not an object")]
    [TestCase("health", """{"status":"ok","model":{"loaded":"yes"}}""", "model.loaded is not true or false")]
    [TestCase("health", """{"status":"ok","uptime_s":"12"}""", "uptime_s is not a number of at least 0")]
    [TestCase("health", """{"status":"ok","uptime_s":1e999}""", "uptime_s is not a number of at least 0")]
    [TestCase("health", """{"status":"ok","uptime_s":-1}""", "uptime_s is not a number of at least 0")]
    [TestCase("cameras", "{}", "there are no cameras in it")]
    [TestCase("cameras", """{"cameras":[]}""", "cameras is not an object")]
    [TestCase("cameras", """{"cameras":{"a":null}}""", "cameras.a is not an object")]
    [TestCase("cameras", """{"cameras":{"a":{"current_fps":"25"}}}""", "cameras.a.current_fps is not a number of at least 0")]
    [TestCase("cameras", """{"cameras":{"\ud800":{}}}""", "not JSON")]
    [TestCase("production", "{}", "there is no system in it")]
    [TestCase("production", """{"system":{"current_fps":true}}""", "system.current_fps is not a number of at least 0")]
    [TestCase("queue", "{}", "there is neither queues nor queue_depth in it")]
    [TestCase("queue", """{"queues":{"a":"many"}}""", "queues.a is not a number of at least 0")]
    public async Task What_is_of_another_kind_is_refused_by_name(string check, string answer, string why, CancellationToken cancellationToken)
    {
        var look = await AnsweredAsync(check, answer, cancellationToken);
        Assert.That(look.Failure?.Reason, Is.EqualTo(NetworkFailure.Protocol));
        Assert.That(look.Failure!.Detail, Does.EndWith(why));
        Assert.That(look.Samples.Select(s => s.Family).Distinct(), Is.SubsetOf(new[] { BackendFamilies.StatusCode, BackendFamilies.ResponseDuration, BackendFamilies.Responses }));
    }

    [Test]
    public async Task Names_without_end_are_refused(CancellationToken cancellationToken)
    {
        var many = string.Join(',', Enumerable.Range(0, 10_001).Select(i => $"\"c{i}\":{{}}"));
        Assert.That((await AnsweredAsync("cameras", "{\"cameras\":{" + many + "}}", cancellationToken)).Failure?.Detail, Does.EndWith("cameras has more than 10000 names"));
        Assert.That((await AnsweredAsync("queue", "{\"queues\":{\"" + new string('q', 129) + "\":1}}", cancellationToken)).Failure?.Detail, Does.EndWith("a name of more than 128 characters"));
    }

    [Test]
    public async Task Ten_thousand_cameras_are_read(CancellationToken cancellationToken)
    {
        var many = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"c{i}\":{{\"current_fps\":25}}"));
        Assert.That((await AnsweredAsync("cameras", "{\"cameras\":{" + many + "}}", cancellationToken)).Values()["verolux_pipeline_camera_frames_per_second c9999"], Is.EqualTo(25));
    }

    async Task<Look> AnsweredAsync(string check, string body, CancellationToken cancellationToken)
    {
        foreach (var path in new[] { BackendSite.Health, BackendSite.HealthCameras, BackendSite.Production, BackendSite.QueueStats })
            site.Backend.Faults(path).Always(Faults.Answer(200, body));
        return await Services.At(site).Collect(time).Check(check).LookAsync(cancellationToken);
    }
}
