using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Pages.Slices;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Pages;

/// <summary>What people look at. Pages only read, and everything that comes from outside is encoded by the templates.</summary>
static class PageRoutes
{
    public static void MapPages(this WebApplication app, Func<Catalogue> runbooks, CollectorLoop loop, Receiver receiver, string site, TimeProvider time)
    {
        MapFile(app, "style.css", "text/css; charset=utf-8");
        MapFile(app, "live.js", "text/javascript; charset=utf-8");
        MapFile(app, "icon.svg", "image/svg+xml; charset=utf-8");
        app.MapGet("/", () => Results.RazorSlice<Landing, LandingModel>(LandingView.Model(loop.Watches, receiver, site, time.GetUtcNow()))).RequireRole(Role.Operator);
        app.MapGet("/runbooks", () => Results.RazorSlice<RunbookIndex, IndexModel>(IndexModel.Of(runbooks()))).RequireRole(Role.Operator);
        app.MapGet("/runbooks/{name}", (string name) => Runbook(runbooks(), name, receiver.Queries, time.GetUtcNow())).RequireRole(Role.Operator);
    }

    static IResult Runbook(Catalogue catalogue, string name, IncidentQueries incidents, DateTimeOffset now)
    {
        if (catalogue.ByName(name) is { } runbook)
            return Results.RazorSlice<RunbookPage, RunbookModel>(RunbookModel.Of(runbook, [.. incidents.Failures(runbook, catalogue).Select(f => IncidentView.Row(f, now))]));
        if (catalogue.Broken.FirstOrDefault(b => string.Equals(b.Name, name, StringComparison.OrdinalIgnoreCase)) is { } broken)
            return Results.RazorSlice<BrokenPage, BrokenModel>(BrokenModel.Of(broken), StatusCodes.Status500InternalServerError);
        return Results.RazorSlice<NotFoundPage, string>(name, StatusCodes.Status404NotFound);
    }

    /// <summary>The same for everybody, and no secret.</summary>
    static void MapFile(WebApplication app, string name, string type)
    {
        using var stream = typeof(PageRoutes).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        app.MapGet($"/{name}", () => Results.Text(text, type)).ForAnyone();
    }
}
