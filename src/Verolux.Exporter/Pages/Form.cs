using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Verolux.Exporter.Alerts.Api;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Pages;

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

/// <summary>What somebody has sent with a button.</summary>
/// <param name="Who">Whoever the credentials belong to; where there are none, as they say.</param>
sealed record Form(Who Who, string Note, int? Level, bool? RunbookWorked, IncidentFlags Flags, bool FromBoard)
{
    const int Largest = 64 * 1024;

    /// <exception cref="Misfit">It makes no sense.</exception>
    public static async Task<Form> ReadAsync(HttpContext context)
    {
        IFormCollection form;
        try
        {
            form = await context.Request.ReadFormAsync(new FormOptions { BufferBody = false, ValueLengthLimit = Largest, ValueCountLimit = 20 }, context.RequestAborted);
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

    /// <summary>Of an address that takes forms.</summary>
    public sealed record SizeLimit : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => Largest;
    }
}
