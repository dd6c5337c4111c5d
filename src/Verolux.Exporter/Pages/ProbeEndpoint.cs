using System.Globalization;
using System.Text;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Pages;

/// <summary>
/// <c>GET /probe?camera=ID&amp;depth=describe|sample|picture[&amp;site=SITE][&amp;debug=true]</c>: looks at a configured camera at once and answers with that look's
/// series, or for people with its steps. Whoever asks while a look is under way gets that one; nobody goes deeper than the camera is configured for, and no
/// address from outside is ever called.
/// </summary>
sealed class ProbeEndpoint(CollectorLoop loop, Func<Catalogue> runbooks, Uri publicUrl, Triage triage)
{
    const string Shallowest = "describe";

    public async Task ServeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var (camera, depth, site) = (query["camera"].ToString(), query["depth"].ToString(), query["site"].ToString());
        if (depth.Length == 0)
            depth = Shallowest;
        var depths = loop.Watches.Where(w => w.Slice == CameraView.Slice && w.Watch.Target.Name == camera && (site.Length == 0 || w.Watch.Target.Site == site)).ToList();
        if (camera.Length == 0)
            await RefuseAsync(context, 400, "camera is missing: name a configured camera, as in /probe?camera=gate_a1");
        else if (depths.Count == 0)
            await RefuseAsync(context, 404, "there is no such camera in the configuration; addresses are never taken from outside");
        else if (depths.Select(w => w.Watch.Target.Site).Distinct().Count() > 1)
            await RefuseAsync(context, 400, "several sites have a camera of this name: add &site=");
        else if (depths.Find(w => w.Watch.Check == depth) is not { } watched)
            await RefuseAsync(context, 400, $"this camera is not configured for that depth; it has: {string.Join(", ", depths.Select(w => w.Watch.Check))}");
        else if (watched.Watch.Interval == Watch.Never)
            await RefuseAsync(context, 409, "this camera is switched off in the configuration (enabled: false)");
        else
            await AnswerAsync(context, watched, query["debug"] == "true");
    }

    async Task AnswerAsync(HttpContext context, Watched watched, bool debug)
    {
        Seen seen;
        try
        {
            seen = await watched.LookNowAsync();
        }
        catch (ObjectDisposedException)
        {
            await RefuseAsync(context, 503, "the exporter is stopping");
            return;
        }
        context.Response.Headers.CacheControl = "no-store";
        if (!debug)
        {
            await WriteSeriesAsync(context, watched);
            return;
        }
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(await ReportAsync(watched, seen), context.RequestAborted);
    }

    async Task<string> ReportAsync(Watched watched, Seen seen)
    {
        var target = watched.Watch.Target;
        var report = new StringBuilder();
        report.AppendLine(CultureInfo.InvariantCulture, $"camera {target.Name}, site {target.Site}").AppendLine().AppendLine(ProbeReport.Of(watched.Watch.Check!, seen));
        if (runbooks().ForAlert(CameraView.Alert) is { } runbook)
        {
            var weighing = triage.Read().Weigh(runbook, target, CameraView.Slice);
            report.Append(ProbeReport.Of(weighing, runbook.Link(publicUrl), seen.Failure is not null));
        }
        return report.ToString();
    }

    /// <summary>In the text format, by the same writer as the page of all metrics.</summary>
    static async Task WriteSeriesAsync(HttpContext context, Watched watched)
    {
        using var series = new Series(watched.Watch.Target.Site);
        await series.Open().ReplaceAsync(watched.Read());
        using var body = new MemoryStream();
        await series.WriteTextAsync(body, context.RequestAborted);
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.Body.WriteAsync(body.ToArray(), context.RequestAborted);
    }

    static Task RefuseAsync(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(why + "\n", context.RequestAborted);
    }
}
