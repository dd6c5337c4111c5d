namespace Verolux.Exporter.Site.PagerDuty;

static class PagerDutyRoutes
{
    public static void MapPagerDuty(this IEndpointRouteBuilder routes, PagerDutySite site) => routes.MapPost("/v2/enqueue", site.AnswerAsync);
}
