using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Pages.Slices;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Pages;

/// <summary>The fleet and its cameras.</summary>
sealed class CameraPages(CollectorLoop loop, Func<Catalogue> runbooks, Triage triage, TimeProvider time)
{
    /// <summary>More rows than anybody reads; the states' links narrow them down.</summary>
    const int MostRows = 500;

    public void Map(WebApplication app)
    {
        app.MapGet("/cameras", FleetPage).RequireRole(Role.Operator);
        app.MapGet("/cameras/{name}", One).RequireRole(Role.Operator);
        app.MapGet("/cameras/{name}/picture.jpg", Picture).RequireRole(Role.Operator);
    }

    IEnumerable<Watched> All => loop.Watches.Where(w => w.Slice == CameraView.Slice);

    IResult FleetPage(string? state, string? text)
    {
        var now = time.GetUtcNow();
        var cameras = All.GroupBy(w => (w.Watch.Target.Site, w.Watch.Target.Name)).Select(d => d.ToList()).Select(d => (Row: CameraView.Row(d, Read(d)), Depths: d)).ToList();
        var (only, sought) = (TargetState.All.Contains(state) ? state! : "", text?.Trim() ?? "");
        var found = sought.Length == 0 ? cameras : cameras.FindAll(c => ((string[])[c.Row.Name, c.Row.Site, c.Row.Switch, c.Row.Why]).Any(t => t.Contains(sought, StringComparison.OrdinalIgnoreCase)));
        var shown = found.Where(c => only.Length == 0 || c.Row.State == only)
            .OrderBy(c => Array.IndexOf(TargetState.All, c.Row.State)).ThenBy(c => c.Row.Site, StringComparer.Ordinal).ThenBy(c => c.Row.Name, NaturalOrder.Instance).ToList();
        return Results.RazorSlice<Fleet, FleetModel>(new FleetModel(
            cameras.Count,
            [.. TargetState.All.Select(s => new CamerasInState(s, found.Count(c => c.Row.State == s), $"/cameras?state={s}{(sought.Length == 0 ? "" : $"&text={Uri.EscapeDataString(sought)}")}"))],
            CameraView.Common([.. found.Select(c => c.Row)]),
            [.. shown.Take(MostRows).Select(c => CameraView.Drawn(c.Row, c.Depths, Read(c.Depths), now))], only, sought, Math.Max(0, shown.Count - MostRows)));
    }

    IResult One(string name, string? site)
    {
        var watches = All.Where(w => Is(w.Watch.Target, name, site)).ToList();
        if (watches.Count == 0)
            return Results.RazorSlice<NoCamera, string>(name, StatusCodes.Status404NotFound);
        // Without a site, of several the first.
        var target = watches[0].Watch.Target;
        watches.RemoveAll(w => w.Watch.Target.Site != target.Site);
        var samples = Read(watches);
        var runbook = runbooks().ForAlert(CameraView.Alert);
        var row = CameraView.Drawn(CameraView.Row(watches, samples), watches, samples, time.GetUtcNow());
        var weighing = runbook is null || row.State is "up" or "disabled" ? null : triage.Read().Weigh(runbook, target, CameraView.Slice);
        var picture = watches.All(w => w.Picture is null) ? "" : $"/cameras/{Uri.EscapeDataString(target.Name)}/picture.jpg?site={Uri.EscapeDataString(target.Site)}";
        return Results.RazorSlice<OneCamera, CameraModel>(CameraView.Model(row, watches, samples, weighing, runbook, picture));
    }

    IResult Picture(HttpContext context, string name, string? site)
    {
        if (All.FirstOrDefault(w => w.Picture is not null && Is(w.Watch.Target, name, site))?.Picture is not { } jpeg)
            return Results.NotFound();
        // What a camera shows is nobody's to keep.
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(jpeg, "image/jpeg");
    }

    /// <param name="name">As the server hands it over: decoded but for slashes, which it leaves as %2F.</param>
    static bool Is(Target target, string name, string? site) =>
        (target.Name == name || target.Name == name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)) && (site is null || target.Site == site);

    static List<Sample> Read(IEnumerable<Watched> watches) => [.. watches.SelectMany(w => w.Read())];
}
