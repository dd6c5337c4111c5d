using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Alerts.Api;

/// <summary><c>GET /api/v1/incidents/{number}/postmortem.md</c>: the draft of one.</summary>
/// <param name="budget">Null where there is no Prometheus to ask.</param>
sealed class PostmortemApi(IncidentQueries queries, ResponsePlan plan, ErrorBudget? budget, TimeProvider time)
{
    public void Map(WebApplication app) => app.MapGet("/api/v1/incidents/{number}/postmortem.md", Refusal.Guard(ServeAsync)).RequireRole(Role.Operator);

    async Task ServeAsync(HttpContext context)
    {
        if (queries.Find(IncidentNumber.Parse(context.GetRouteValue("number") as string ?? "") ?? 0) is not { } whole)
            throw IncidentApi.Unknown();
        var incident = whole.Incident;
        var now = time.GetUtcNow();
        var left = budget is not null && incident.Slo is { } slo ? await budget.ReadAsync(slo, incident.Site, incident.StartsAt, incident.EndsAt ?? now, context.RequestAborted) : null;
        var text = Postmortem.Write(
            whole, incident.Runbook is { } name ? plan.Runbooks.ByName(name) : null, incident.Slo is { } threatened ? plan.Runbooks.Policy.Objectives.GetValueOrDefault(threatened) : null, left, now);
        context.Response.ContentType = "text/markdown; charset=utf-8";
        await context.Response.WriteAsync(text, context.RequestAborted);
    }
}
