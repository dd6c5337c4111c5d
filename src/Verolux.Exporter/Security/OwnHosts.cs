using System.Net;

namespace Verolux.Exporter.Security;

/// <summary>
/// Which names an exporter without credentials answers to. It is open to this machine alone, but a page in a browser here can have its own name point to
/// loopback (DNS rebinding) and then counts as the same site; only the name gives it away.
/// </summary>
static class OwnHosts
{
    public static IApplicationBuilder UseOwnHosts(this IApplicationBuilder app, Access access, Uri publicUrl) => access.Required ? app : app.Use((context, next) =>
    {
        if (IsOwn(context.Request.Host.Host, publicUrl))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("Without credentials this answers to localhost and to the name in public_url alone.\n", context.RequestAborted);
    });

    /// <param name="host">As the Host header names it, without its port; empty where there is none, as in HTTP/1.0.</param>
    public static bool IsOwn(string host, Uri publicUrl) =>
        host.Length == 0
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(publicUrl.Host, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
