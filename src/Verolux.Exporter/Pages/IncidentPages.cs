using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Api;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Pages.Slices;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Pages;

/// <summary>The board, and one incident with what can be done about it. Reading changes nothing; what is done is a form that is sent, and whoever sends it is named.</summary>
sealed class IncidentPages(Receiver receiver, Func<Catalogue> runbooks, TimeProvider time)
{
    const int LargestForm = 64 * 1024;
    readonly IncidentQueries queries = receiver.Queries;
    readonly Responder responder = receiver.Responder;

    public void Map(WebApplication app)
    {
        app.MapGet("/incidents", () => Results.RazorSlice<BoardPage, BoardModel>(IncidentView.Model(queries.Board(runbooks()), receiver.PathProblems(), time.GetUtcNow()))).RequireRole(Role.Operator);
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
    }).RequireRole(Role.Operator).WithMetadata(new RequestSizeLimit(LargestForm));

    IResult Show(HttpContext context, string number, string message = "", int status = StatusCodes.Status200OK) =>
        IncidentNumber.Parse(number) is { } id && queries.Find(id) is { } whole
            ? Results.RazorSlice<OneIncident, IncidentModel>(IncidentView.Model(whole, message, Caller.Of(context) == Caller.Anonymous, time.GetUtcNow()), status)
            : NotThere(number);

    static IResult NotThere(string number) => Results.RazorSlice<NoIncident, string>(number, StatusCodes.Status404NotFound);

    /// <summary>What makes no sense in a form.</summary>
    sealed class Misfit(string message) : Exception(message);

    /// <summary>After a form the browser reads the page, so that reading it again sends nothing.</summary>
    sealed class SeeOther(string address) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = address;
            return Task.CompletedTask;
        }
    }

    sealed record RequestSizeLimit(long? MaxRequestBodySize) : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata;

    sealed record Form(Who Who, string Note, int? Level, bool? RunbookWorked, IncidentFlags Flags, bool FromBoard)
    {
        public static async Task<Form> ReadAsync(HttpContext context)
        {
            IFormCollection form;
            try
            {
                form = await context.Request.ReadFormAsync(new FormOptions { BufferBody = false, ValueLengthLimit = LargestForm, ValueCountLimit = 20 }, context.RequestAborted);
            }
            catch (Exception error) when (error is InvalidDataException or InvalidOperationException or BadHttpRequestException)
            {
                throw new Misfit("the form can't be read");
            }
            var caller = Caller.Of(context);
            var name = caller == Caller.Anonymous && TextOf(form, "by", Instruction.LongestName) is { Length: > 0 } by ? by : caller?.Name ?? "";
            return new Form(
                new Who(name, Source.Page), TextOf(form, "note", Instruction.LongestNote), LevelOf(form),
                form["worked"].ToString() switch { "yes" => true, "no" => false, _ => null },
                FlagOf(form, "customer_facing", IncidentFlags.CustomerFacing) | FlagOf(form, "security", IncidentFlags.Security) | FlagOf(form, "major_outage", IncidentFlags.MajorOutage),
                form["from"] == "board");
        }

        static string TextOf(IFormCollection form, string name, int longest) => form[name].ToString().Trim() is var text && text.Length <= longest ? text : throw new Misfit($"\"{name}\" has more than {longest} characters");

        static int? LevelOf(IFormCollection form) => form["level"].ToString() is not { Length: > 0 } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var level) && level is >= 2 and <= Escalation.Highest ? level
            : throw new Misfit($"the level is none from 2 to {Escalation.Highest}");

        static IncidentFlags FlagOf(IFormCollection form, string name, IncidentFlags flag) => form[name] == "on" ? flag : IncidentFlags.None;
    }
}
