using System.Text;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Pages.Slices;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Pages;

/// <summary>The board, and one incident with what can be done about it. Reading changes nothing; what is done is a form that is sent, and whoever sends it is named.</summary>
sealed class IncidentPages(Receiver receiver, Func<Catalogue> runbooks, Triage triage, TimeProvider time)
{
    /// <summary>More than a target has; an alert that names many is about none.</summary>
    const int MostWatches = 12;

    readonly IncidentQueries queries = receiver.Queries;
    readonly Responder responder = receiver.Responder;

    public void Map(WebApplication app)
    {
        app.MapGet("/incidents", (HttpContext context, string? alert, string? site) => Board(context, new Wanted(alert ?? "", site ?? ""))).RequireRole(Role.Operator);
        app.MapGet("/incidents/{number}", (HttpContext context, string number) => Show(context, number)).RequireRole(Role.Operator);
        MapAction(app, "ack", (id, form) => responder.AcknowledgeAsync(id, form.Who, form.Note));
        MapAction(app, "unack", (id, form) => responder.UnacknowledgeAsync(id, form.Who, form.Note));
        MapAction(app, "escalate", (id, form) => responder.EscalateAsync(id, form.Who, form.Level, form.Note));
        MapAction(app, "resolve", (id, form) => responder.ResolveAsync(id, form.Who, form.Note, form.RunbookWorked));
        MapAction(app, "feedback", (id, form) => form.RunbookWorked is { } worked ? responder.JudgeRunbookAsync(id, form.Who, worked, form.Note) : throw new Misfit("say whether the runbook worked"));
        MapAction(app, "notes", (id, form) => form.Note.Length > 0 ? responder.NoteAsync(id, form.Who, form.Note) : throw new Misfit("the note is empty"));
        MapAction(app, "flags", (id, form) => responder.FlagAsync(id, form.Who, form.Flags, ~form.Flags & (IncidentFlags.CustomerFacing | IncidentFlags.Security | IncidentFlags.MajorOutage)));
    }

    void MapAction(WebApplication app, string name, Func<long, Form, Task<Acted>> actAsync) => app.MapPost($"/incidents/{{number}}/{name}", async (HttpContext context, string number) =>
    {
        try
        {
            var form = await Form.ReadAsync(context);
            return await actAsync(IncidentNumber.Parse(number) ?? 0, form) switch
            {
                Acted.Unknown => NotThere(number),
                Acted.Over => Show(context, number, "It is over, so nothing was done: only notes, flags and a word on the runbook can be added.", StatusCodes.Status409Conflict),
                Acted.NoRunbook => Show(context, number, "It has no runbook, so nothing was done.", StatusCodes.Status409Conflict),
                _ => new SeeOther(form.FromBoard ? "/incidents" : $"/incidents/{number}"),
            };
        }
        catch (Misfit misfit)
        {
            return Show(context, number, $"Nothing was done: {misfit.Message}.", StatusCodes.Status400BadRequest);
        }
    }).RequireRole(Role.Operator).WithMetadata(new Form.SizeLimit());

    IResult Board(HttpContext context, Wanted wanted)
    {
        var now = time.GetUtcNow();
        return Results.RazorSlice<BoardPage, BoardModel>(
            IncidentView.Model(queries.Board(runbooks(), wanted, now), wanted, receiver.PathProblems(), Caller.Of(context) == Caller.Anonymous, now));
    }

    IResult Show(HttpContext context, string number, string message = "", int status = StatusCodes.Status200OK)
    {
        if (IncidentNumber.Parse(number) is not { } id || queries.Find(id) is not { } whole)
            return NotThere(number);
        var isHeard = receiver.PathProblems().Count == 0;
        var watches = triage.Recent().Targets(AlertJson.Labels(Encoding.UTF8.GetBytes(whole.Incident.Alert))).Distinct().Take(MostWatches).ToList();
        return Results.RazorSlice<OneIncident, IncidentModel>(
            IncidentView.Model(whole, message, isHeard, Caller.Of(context) == Caller.Anonymous, runbooks(), watches, time.GetUtcNow()), status);
    }

    static IResult NotThere(string number) => Results.RazorSlice<NoIncident, string>(number, StatusCodes.Status404NotFound);
}
