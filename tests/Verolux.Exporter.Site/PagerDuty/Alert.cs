namespace Verolux.Exporter.Site.PagerDuty;

enum AlertState
{
    Triggered,
    Acknowledged,
    Resolved,
}

enum Effect
{
    Opened,
    Merged,
    Acknowledged,
    Resolved,
    Dropped,
}

sealed record Alert(string RoutingKey, string DedupKey, AlertState State, int Occurrences);
