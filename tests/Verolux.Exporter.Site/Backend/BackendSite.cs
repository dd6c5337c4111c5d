using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Verolux.Exporter.Site.Backend;

/// <summary>The product's back end: its four addresses with every field that is known of them, each steerable while it runs.</summary>
sealed class BackendSite(TimeProvider time)
{
    public const string Health = "/health";
    public const string HealthCameras = "/health/cameras";
    public const string Production = "/status/production";
    public const string QueueStats = "/stats/queue";

    public const string Usage = """
        POST /steer?path=/health&status=503      what an address answers; status=200 for the truth again
        POST /steer?path=/health&hang=true       it never answers
        POST /steer?model_loaded=false           the model is gone
        POST /steer?health=degraded              what the service calls itself
        POST /steer?fps=12                       inference sags
        POST /steer?camera=gate_a1&alive=false   a camera is dead to the pipeline
        POST /steer?queue=heavy&messages=12000   a queue grows

        """;

    readonly DateTimeOffset start = time.GetUtcNow();
    readonly ConcurrentDictionary<string, FaultPlan> faults = new();

    /// <summary>What the service calls itself.</summary>
    public string Status { get; set; } = "ok";

    public bool ModelLoaded { get; set; } = true;

    /// <summary>Whether it answers as older builds do.</summary>
    public bool IsOld { get; set; }

    public double Fps { get; set; } = 27.8;

    public ConcurrentDictionary<string, PipelineCamera> Cameras { get; } = new();

    public ConcurrentDictionary<string, int> Queues { get; } = new() { ["default"] = 12, ["heavy"] = 3, ["reports"] = 0 };

    /// <summary>What befalls requests to one address.</summary>
    public FaultPlan Faults(string path) => faults.GetOrAdd(path, _ => new FaultPlan());

    public PipelineCamera Add(string camera) => Cameras[camera] = new PipelineCamera(camera, time);

    public void Map(IEndpointRouteBuilder routes)
    {
        Answer(routes, Health, HealthJson);
        Answer(routes, HealthCameras, () => new JsonObject { ["cameras"] = new JsonObject(Cameras.Select(c => KeyValuePair.Create<string, JsonNode?>(c.Key, c.Value.Json()))) });
        Answer(routes, Production, () => new JsonObject { ["system"] = new JsonObject { ["current_fps"] = Fps } });
        Answer(routes, QueueStats, () => new JsonObject { ["queues"] = new JsonObject(Queues.Select(q => KeyValuePair.Create<string, JsonNode?>(q.Key, q.Value))) });
        routes.MapPost("/steer", context => new Reply(Steer(context.Request.Query) ? 200 : 400, Usage).SendAsync(context.Response));
    }

    void Answer(IEndpointRouteBuilder routes, string path, Func<JsonObject> json) => routes.MapGet(path, async context =>
    {
        Reply Honest() => new(200, json().ToJsonString());
        var reply = Faults(path).Take() is { } fault ? await fault(context, Honest) : Honest();
        if (reply is null)
            context.Abort();
        else
            await reply.SendAsync(context.Response);
    });

    JsonObject HealthJson() => IsOld ? new JsonObject { ["status"] = Status, ["model_loaded"] = ModelLoaded } : new JsonObject
    {
        ["status"] = Status,
        ["model"] = new JsonObject { ["framework"] = "torch", ["device"] = "cuda", ["loaded"] = ModelLoaded, ["warmup"] = true, ["model_path"] = "/models/verolux.pt" },
        ["uptime_s"] = (time.GetUtcNow() - start).TotalSeconds,
    };

    /// <returns>Whether it made sense.</returns>
    bool Steer(IQueryCollection query)
    {
        string? Of(string key) => query.TryGetValue(key, out var value) ? (string?)value : null;
        if (Of("path") is { } path)
        {
            if (Of("hang") == "true")
                Faults(path).Always(Site.Faults.Hang(new Gate()));
            else if (Of("status") is not { } status || !int.TryParse(status, CultureInfo.InvariantCulture, out var code))
                return false;
            else if (code == 200)
                Faults(path).Clear();
            else
                Faults(path).Always(Site.Faults.Answer(code));
            return true;
        }
        if (Of("camera") is { } camera)
        {
            var pipeline = Cameras.TryGetValue(camera, out var known) ? known : Add(camera);
            if (Of("alive") == "false")
                pipeline.Die();
            else
                pipeline.Recover();
            return true;
        }
        if (Of("queue") is { } queue && int.TryParse(Of("messages"), CultureInfo.InvariantCulture, out var messages))
            Queues[queue] = messages;
        else if (double.TryParse(Of("fps"), CultureInfo.InvariantCulture, out var fps))
            Fps = fps;
        else if (bool.TryParse(Of("model_loaded"), out var loaded))
            ModelLoaded = loaded;
        else if (Of("health") is { } health)
            Status = health;
        else
            return false;
        return true;
    }
}
