using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Pages.Slices;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Pages;

/// <summary>The test of the alerting path: begun by a form, and looked at while it goes on and when it is over.</summary>
sealed class DrillPages(Drills drills)
{
    public void Map(WebApplication app)
    {
        app.MapGet("/drill", (HttpContext context) => Show(context)).RequireRole(Role.Operator);
        // Named by its type: for a plain request delegate the result would count for nothing.
        app.MapPost("/drill", (Func<HttpContext, Task<IResult>>)BeginAsync).RequireRole(Role.Operator).WithMetadata(new Form.SizeLimit());
    }

    async Task<IResult> BeginAsync(HttpContext context)
    {
        try
        {
            var form = await Form.ReadAsync(context);
            return drills.Begin(form.Who, form.Note) is not null ? new SeeOther("/drill") : Show(context, "Nothing was begun: another test goes on.", StatusCodes.Status409Conflict);
        }
        catch (Misfit misfit)
        {
            return Show(context, $"Nothing was begun: {misfit.Message}.", StatusCodes.Status400BadRequest);
        }
    }

    IResult Show(HttpContext context, string message = "", int status = StatusCodes.Status200OK) =>
        Results.RazorSlice<DrillPage, DrillModel>(DrillModel.Of(drills.Newest, message, Caller.Of(context) == Caller.Anonymous), status);
}
