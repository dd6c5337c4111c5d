using Microsoft.Extensions.Primitives;

namespace Verolux.Exporter.Security;

/// <summary>Lets a request through to its endpoint or answers it. Runs after routing.</summary>
sealed class Gate(RequestDelegate next, Access access, ILogger<Access> log)
{
    // Both are offered, whatever is configured: RFC 7617 section 2.1 and RFC 6750 section 3.
    static readonly StringValues Challenges = new(["Basic realm=\"Verolux Exporter\", charset=\"UTF-8\"", "Bearer"]);

    public Task Enter(HttpContext context)
    {
        if (CrossSite.Refuses(context.Request))
            return Answer(context, StatusCodes.Status403Forbidden, "This request was sent by a page of another site and is refused.");
        var endpoint = context.GetEndpoint();
        if (!access.Required)
        {
            context.Features.Set(Caller.Anonymous);
            return endpoint is null ? Nothing(context) : next(context);
        }
        if (access.IsOpen(context.Request.Path) || (endpoint is not null && Needed.At(endpoint).Role is null))
            return next(context);
        var finding = access.Find(context.Request.Headers.Authorization, log, context.RequestAborted);
        return finding.IsCompletedSuccessfully ? Admit(context, endpoint, finding.Result) : AdmitLater(context, endpoint, finding);
    }

    async Task AdmitLater(HttpContext context, Endpoint? endpoint, ValueTask<Caller?> finding) => await Admit(context, endpoint, await finding);

    Task Admit(HttpContext context, Endpoint? endpoint, Caller? caller)
    {
        if (caller is null)
        {
            context.Response.Headers.WWWAuthenticate = Challenges;
            return Answer(context, StatusCodes.Status401Unauthorized, "This needs credentials: a bearer token, or a user's name and password.");
        }
        // Answered here, not by who comes next: were this to run before routing by mistake, nothing would be served instead of everything.
        if (endpoint is null)
            return Nothing(context);
        if (!IsRejection(endpoint) && Needed.At(endpoint).Role is { } needed && !caller.Role.Covers(needed))
            return Answer(context, StatusCodes.Status403Forbidden, $"This needs the role {needed.Name()}; {caller.Name} has the role {caller.Role.Name()}.");
        context.Features.Set(caller);
        return next(context);
    }

    // Routing's own answers, such as 405 for a wrong method, are endpoints that nobody mapped.
    static bool IsRejection(Endpoint endpoint) => endpoint is not RouteEndpoint && endpoint.Metadata.Count == 0;

    static Task Nothing(HttpContext context) => Answer(context, StatusCodes.Status404NotFound, "There is nothing at this address; begin at /.");

    static Task Answer(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }
}
