namespace Verolux.Exporter.Site.PagerDuty;

static class PagerDutyRoutes
{
    public static void MapPagerDuty(this IEndpointRouteBuilder routes, PagerDutySite site)
    {
        routes.MapPost("/v2/enqueue", site.AnswerAsync);
        // Not PagerDuty's: what it has accepted, for whoever looks on.
        routes.MapGet("/pages", context => context.Response.WriteAsync(string.Concat(site.Accepted.Items.Select(accepted => $"{accepted.Told()}\n"))));
    }
}
