using System.Buffers;
using System.Text.Json;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Alerts.Api;

/// <summary><c>POST /api/v1/drill</c>: tests the alerting path, and tells each step as it ends, as a line of JSON.</summary>
sealed class DrillApi(Drills.Drills drills)
{
    /// <summary>Values of <c>result</c>.</summary>
    public const string Ok = "ok";

    public const string Failed = "failed";

    public void Map(WebApplication app)
    {
        app.Lifetime.ApplicationStopping.Register(drills.Stop);
        app.MapPost("/api/v1/drill", Refusal.Guard(ServeAsync)).RequireRole(Role.Operator);
    }

    /// <summary>Whoever goes away while it is told ends only the telling.</summary>
    async Task ServeAsync(HttpContext context)
    {
        var instruction = await Instruction.ReadAsync(context);
        var report = drills.Begin(instruction.Who, instruction.Note)
            ?? throw new Refusal(StatusCodes.Status409Conflict, "Another drill goes on", "another drill goes on; wait until it is over, which takes a few minutes at most");
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            await foreach (var step in report.FollowAsync(context.RequestAborted))
                await WriteAsync(context, json => Write(json, step));
            await WriteAsync(context, json => Write(json, report));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // They have gone.
        }
    }

    static void Write(Utf8JsonWriter json, DrillStep step)
    {
        json.WriteString("name", step.Name);
        json.WriteBoolean("ok", step.Ok);
        json.WriteNumber("seconds", Math.Round(step.Took.TotalSeconds, 3));
        json.WriteString("what", step.What);
        json.WriteString("remedy", step.Remedy);
    }

    static void Write(Utf8JsonWriter json, DrillReport report)
    {
        json.WriteString("result", report.Failures == 0 ? Ok : Failed);
        json.WriteNumber("failures", report.Failures);
        json.WriteNumber("seconds", Math.Round((report.EndedAt!.Value - report.StartedAt).TotalSeconds, 3));
        json.WriteString("incident", report.Incident);
    }

    static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        line.Write("\n"u8);
        await context.Response.Body.WriteAsync(line.WrittenMemory, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
