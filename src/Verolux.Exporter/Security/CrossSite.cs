namespace Verolux.Exporter.Security;

/// <summary>
/// Tells a change that another site's page makes a visitor's browser send, with the visitor's credentials or out of the visitor's network
/// (cross-site request forgery). Only browsers send these headers, and pages can't forge them.
/// </summary>
static class CrossSite
{
    public static bool Refuses(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            return false;
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site))
            return (string?)site is not ("same-origin" or "none");
        return request.Headers.Origin.Count > 0 && !IsSame(request.Headers.Origin.ToString(), request.Host);
    }

    // The scheme is left out: behind a proxy that ends TLS it differs for the rightful page too.
    static bool IsSame(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var url)
        && string.Equals(url.Host, host.Host, StringComparison.OrdinalIgnoreCase)
        && url.Port == (host.Port ?? (url.Scheme == Uri.UriSchemeHttps ? 443 : 80));
}
