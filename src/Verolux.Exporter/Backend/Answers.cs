using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Backend;

/// <summary>What the answers say that need no memory: an answer's fields to samples.</summary>
static class Answers
{
    const int MostQueues = 1000;
    static readonly string[] Well = ["ok", "healthy"];

    /// <summary><c>/health</c>, in the shape of today (<c>{"status":"ok","model":{…},"uptime_s":…}</c>) and of older builds (<c>{"status":"healthy","model_loaded":true}</c>).</summary>
    public static Look Health(Fields answer, Target target)
    {
        var model = answer.Object("model");
        var samples = new List<Sample>();
        if (answer.Number("uptime_s") is { } uptime)
            samples.Add(new Sample(BackendFamilies.Uptime, target.Labels, uptime));
        if ((model?.Flag("loaded") ?? answer.Flag("model_loaded")) is { } loaded)
            samples.Add(new Sample(BackendFamilies.ModelLoaded, target.Labels, loaded ? 1 : 0));
        var (framework, device) = (model?.Text("framework"), model?.Text("device"));
        if (framework is not null || device is not null)
            samples.Add(new Sample(BackendFamilies.InferenceInfo, [.. target.Labels, Label(framework), Label(device)], 1));
        var status = answer.Text("status");
        return new Look(samples, status is null || Well.Contains(status) ? null : new Failure(BackendReasons.Unhealthy, $"the service calls itself \"{Label(status)}\""));
    }

    /// <summary><c>/status/production</c>: <c>{"system":{"current_fps":27.8}}</c>.</summary>
    public static Look Production(Fields answer, Target target)
    {
        var system = answer.Object("system") ?? throw new AnswerException("there is no system in it");
        return new Look(system.Number("current_fps") is { } fps ? [new Sample(BackendFamilies.InferenceFps, target.Labels, fps)] : []);
    }

    /// <summary><c>/stats/queue</c>: <c>{"queues":{"default":12}}</c>, or <c>{"queue_depth":12}</c> for all together.</summary>
    public static Look Queues(Fields answer, Target target)
    {
        if (answer.Object("queues") is { } queues)
            return new Look([.. queues.Numbers(MostQueues).Select(q => new Sample(BackendFamilies.QueueMessages, [.. target.Labels, q.Name], q.Value))]);
        var depth = answer.Number("queue_depth") ?? throw new AnswerException("there is neither queues nor queue_depth in it");
        return new Look([new Sample(BackendFamilies.QueueMessages, [.. target.Labels, "all"], depth)]);
    }

    static string Label(string? text) => text is null ? "" : Printable.Line(text.Length > 64 ? text[..64] : text);
}
