using System.Reflection;

namespace Verolux.Exporter.Alerts.Api;

/// <summary><c>GET /api/v1/openapi.json</c>: what this interface is, for people and for tools.</summary>
static class OpenApi
{
    public static async Task ServeAsync(HttpContext context)
    {
        await using var document = Assembly.GetExecutingAssembly().GetManifestResourceStream("openapi.json")!;
        context.Response.ContentType = "application/json";
        await document.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
