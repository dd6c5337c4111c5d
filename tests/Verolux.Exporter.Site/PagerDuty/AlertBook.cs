namespace Verolux.Exporter.Site.PagerDuty;

/// <summary>
/// What events do to alerts (https://developer.pagerduty.com/docs/send-alert-event, "Alert De-Duplication" and "Event Action Behavior"): an alert is
/// identified by deduplication key and routing key together, a trigger is added to the open alert, other events without an open alert are dropped, and
/// nothing reopens a resolved alert.
/// </summary>
sealed class AlertBook
{
    readonly List<Alert> alerts = [];

    /// <summary>All alerts ever opened, in that order.</summary>
    public IReadOnlyList<Alert> Alerts => [.. alerts];

    public Effect Apply(string routingKey, string dedupKey, string action)
    {
        var open = alerts.FindIndex(a => a.RoutingKey == routingKey && a.DedupKey == dedupKey && a.State != AlertState.Resolved);
        if (open < 0 && action != "trigger")
            return Effect.Dropped;
        if (open < 0)
        {
            alerts.Add(new Alert(routingKey, dedupKey, AlertState.Triggered, 1));
            return Effect.Opened;
        }
        var alert = alerts[open];
        (alerts[open], var effect) = action switch
        {
            // A further trigger doesn't take an acknowledgement back.
            "trigger" => (alert with { Occurrences = alert.Occurrences + 1 }, Effect.Merged),
            "acknowledge" => (alert with { State = AlertState.Acknowledged }, Effect.Acknowledged),
            _ => (alert with { State = AlertState.Resolved }, Effect.Resolved),
        };
        return effect;
    }
}
