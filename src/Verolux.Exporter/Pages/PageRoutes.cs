using Verolux.Exporter.Alerts;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Pages.Slices;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Pages;

/// <summary>What people look at. Pages only read, and everything that comes from outside is encoded by the templates.</summary>
static class PageRoutes
{
    public static void MapPages(this WebApplication app, Func<Catalogue> runbooks, CollectorLoop loop, Receiver receiver, string site)
    {
        var style = ReadStyle();
        app.MapGet("/style.css", () => Results.Text(style, "text/css; charset=utf-8")).ForAnyone();
        app.MapGet("/", () => Results.RazorSlice<Landing, LandingModel>(LandingModel.Of(loop.Watches, receiver, site))).RequireRole(Role.Operator);
        app.MapGet("/runbooks", () => Results.RazorSlice<RunbookIndex, IndexModel>(IndexModel.Of(runbooks()))).RequireRole(Role.Operator);
        app.MapGet("/runbooks/{name}", (string name) => Runbook(runbooks(), name)).RequireRole(Role.Operator);
    }

    static IResult Runbook(Catalogue catalogue, string name)
    {
        if (catalogue.ByName(name) is { } runbook)
            return Results.RazorSlice<RunbookPage, RunbookModel>(RunbookModel.Of(runbook));
        if (catalogue.Broken.FirstOrDefault(b => string.Equals(b.Name, name, StringComparison.OrdinalIgnoreCase)) is { } broken)
            return Results.RazorSlice<BrokenPage, BrokenModel>(BrokenModel.Of(broken), StatusCodes.Status500InternalServerError);
        return Results.RazorSlice<NotFoundPage, string>(name, StatusCodes.Status404NotFound);
    }

    static string ReadStyle()
    {
        using var stream = typeof(PageRoutes).Assembly.GetManifestResourceStream("style.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
