using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

static class PageSamples
{
    /// <summary>A page like any other; tests change what they are about.</summary>
    public static Page Sample { get; } = new(
        7, PageAction.Trigger, 1, "On-call engineer", Workbench.Now, "vx1-00112233445566778899aabbccddeeff", "VX-K3Q7M2", "DiskFull", Severity.Warning, Workbench.Now.AddMinutes(-5), 3600, Workbench.Now.AddMinutes(55),
        "http://exporter/incidents/VX-K3Q7M2", "http://exporter/runbooks/RUNBOOK_DISK", null, Diagnosis.None, "http://prom/graph?g0.expr=x", Texts(("alertname", "DiskFull"), ("path", "/recordings"), ("severity", "warning"), ("site", "north")),
        Texts(("summary", "nearly full"), ("dashboard_url", "http://grafana/d/x")));

    public static Dictionary<string, string> Texts(params IEnumerable<(string Name, string Value)> texts) => texts.ToDictionary(t => t.Name, t => t.Value);
}
