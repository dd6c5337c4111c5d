namespace Verolux.Exporter.Security;

static class AccessExtensions
{
    /// <summary>Lets callers of this role, and operators, in. An endpoint about which nothing is said needs an operator.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder endpoint, Role role)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Needed(role));

    /// <summary>Lets everybody in without asking who it is.</summary>
    public static TBuilder ForAnyone<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Needed(null));

    /// <summary>Enforces what <paramref name="access"/> says, and refuses changes that other sites' pages send. Belongs behind routing.</summary>
    public static IApplicationBuilder UseAccess(this IApplicationBuilder app, Access access)
    {
        var log = app.ApplicationServices.GetRequiredService<ILogger<Access>>();
        return app.Use(next => new Gate(next, access, log).Enter);
    }

    /// <summary>Puts the security headers on every response, those of an exception handler behind it included. Belongs first.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app, Access access)
    {
        // At the start of the response, because an exception handler clears what was set before.
        Func<object, Task> write = response =>
        {
            var written = (HttpResponse)response;
            access.Web.Headers.Write(written.Headers);
            // On the way back through its history a browser without scripts would show a countdown of long ago.
            if (written.Headers.CacheControl.Count == 0 && written.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true)
                written.Headers.CacheControl = "no-cache";
            return Task.CompletedTask;
        };
        return app.Use(next => context =>
        {
            context.Response.OnStarting(write, context.Response);
            return next(context);
        });
    }
}
