using static Verolux.Exporter.Dashboards.Panel;
using static Verolux.Exporter.Dashboards.Query;

namespace Verolux.Exporter.Dashboards.Boards;

/// <summary>From an alert to somebody who has answered it: whether the promise is kept, and whether every part of the way works.</summary>
static class AlertBoard
{
    const string None = "Unknown: the exporter tells nothing of its incidents";
    const string NoAlertmanager = "Unknown: no Alertmanager is asked, since none is configured";
    const string Breached = "sum by (severity) (max by (site, severity, outcome) (increase(verolux_sla_incidents_total{outcome=~\"breached_.+\"}[$__range])))";

    public static Board Board { get; } = new(
        "verolux-alerts", "Verolux: Alerts and SLA", "Whether alerts become pages, pages become answers in time, and what of the way there does not work.",
        [new("severity", "Severity", "verolux_alert_response_sla_seconds{}"), new("destination", "Destination", "verolux_outbox_pending{}")],
        [
            new("Now",
            [
                Stat("Open incidents", "short", "By severity. Normal is 0; the exporter's board of incidents has them all.", None, "sum by (severity) (max by (site, severity, state) (verolux_incidents{$severity}))", "{{severity}}").Of(6),
                Stat("Nobody has taken", "short", "Normal is 0. Acknowledge, or they escalate.", None, "sum(max by (site, severity, state) (verolux_incidents{$severity,state=~\"firing|unverified\"}))").BadFromOne(),
                Stat("Time left to respond", "s", "By severity, to the most urgent incident. Below 0 the SLA is breached.", "Nobody is being waited for", "min by (severity) (verolux_sla_next_breach_timestamp_seconds{$severity}) - time()", "{{severity}}").BadBelowZero().Of(6),
                Stat("Escalations overdue", "short", "Normal is 0. Their time has passed and they have not gone up: the exporter's store or clock is in trouble.", None, "sum(max by (site) (verolux_escalations_overdue{}))").BadFromOne(),
                Stat("Deliveries refused for good", "short", "Normal is 0. Whoever was to get them has not heard: `verolux-exporter incidents` lists them.", "Unknown: no destination is configured", "sum(max by (site, destination) (verolux_outbox_dead_letters{$destination}))").BadFromOne(),
                Timeline("Alertmanagers", "answers", "silent", "Normal is answers. From a silent one no alert comes, and no end is believed.", NoAlertmanager, State("verolux_alertmanager_up{}", "site, alertmanager"), "{{site}} {{alertmanager}}").Of(12, 5),
                Stat("Since the last Watchdog", "s", "Normal is below a minute. While it grows, alerts don't reach the exporter, and nobody is paged.", "None has ever arrived: nobody is paged", "time() - max by (site) (verolux_watchdog_last_seen_timestamp_seconds{})", "{{site}}").Of(6, 5),
                Stat("Deliveries that wait", "short", "Normal is 0, or a few for a moment.", "Unknown: no destination is configured", "sum by (destination) (max by (site, destination) (verolux_outbox_pending{$destination}))", "{{destination}}").Of(6, 5),
            ]),
            new("The promise, over the range shown",
            [
                Stat("Mean time to acknowledge", "s", "From the start of an incident to its first acknowledgement, by severity.", "No incident was acknowledged", Mean("verolux_sla_response_seconds", "severity", "$__range"), "{{severity}}").Of(6),
                Stat("Mean time to resolve", "s", "From the start of an incident to its end, by severity.", "No incident has ended", Mean("verolux_sla_resolution_seconds", "severity", "$__range"), "{{severity}}").Of(6),
                Stat("Breaches", "short", "Incidents that nobody responded to in time, by severity. Normal is 0; each deserves a look at who was on call.", None, Breached, "{{severity}}").Of(6).BadFromOne(),
                Stat("Responded to in time", "percentunit", "Of the incidents whose outcome is final. Those that ended by themselves in time count as kept.", "No incident has an outcome yet",
                    "1 - sum(max by (site, severity, outcome) (increase(verolux_sla_incidents_total{$severity,outcome=~\"breached_.+\"}[$__range]))) / (sum(max by (site, severity, outcome) (increase(verolux_sla_incidents_total{$severity}[$__range]))) > 0)").Of(6),
                Graph("Mean time to acknowledge, over a day", "s", "Normal is below the line of its severity.", "No incident was acknowledged", Mean("verolux_sla_response_seconds", "severity", "1d"), "{{severity}}")
                    .Line("max by (severity) (verolux_alert_response_sla_seconds{$severity})", "{{severity}}, promised"),
                Graph("Outcomes in 5 minutes", "short", "How incidents went for the SLA, when that is final. Normal is met.", None, Per5m("verolux_sla_incidents_total{$severity}", "outcome", "site, severity, outcome"), "{{outcome}}").Stacked(),
            ]),
            new("Incidents",
            [
                Graph("Open incidents", "short", "By state. Normal is few, and acknowledged.", None, "sum by (state) (max by (site, severity, state) (verolux_incidents{$severity}))", "{{state}}").Stacked(),
                Graph("Escalations in 5 minutes", "short", "By the level they went to, and why. Normal is none.", None, Per5m("verolux_escalations_total{}", "level, reason", "site, level, reason"), "{{level}}, {{reason}}").Stacked(),
                Graph("Acknowledgements in 5 minutes", "short", "By where they came from. Those that fit no incident were made in PagerDuty to something that is not ours.", None, Per5m("verolux_acks_total{}", "source", "site, source"), "{{source}}")
                    .And("sum(max by (site) (increase(verolux_acks_unmatched_total{}[5m])))", "fits no incident").Stacked(),
                Graph("How runbooks were found in 5 minutes", "short", "Of the incidents that were opened. None is an alert that no runbook is for: write one, or give it the label.", None, Per5m("verolux_webhook_matched_total{}", "match", "site, match"), "{{match}}").Stacked(),
                Graph("Put right in 5 minutes", "short", "What the exporter did because an Alertmanager said so when asked, and no webhook had. Opened or closed, again and again: webhooks get lost.", None, Per5m("verolux_reconciled_total{}", "action", "site, action"), "{{action}}").Stacked(),
                Table("What people said of the runbooks", "short", "In the range shown. One that did not work needs its next review now.", "Nobody has said anything", "sum by (runbook, outcome) (max by (site, runbook, outcome) (increase(verolux_runbook_feedback_total{}[$__range])))", "runbook", "outcome", "times").Of(12),
            ]),
            new("In, and out",
            [
                Graph("Alerts received in 5 minutes", "short", "By what came of them. Quarantined ones could not be understood.", None, Per5m("verolux_webhook_alerts_total{}", "result", "site, result"), "{{result}}").Stacked(),
                Graph("Webhook requests", "reqps", "By the code they were answered with. Normal is 200 alone: 401 is a token, 503 a store that can't be written.", None, "sum by (route, code) (max by (site, route, code) (rate(verolux_webhook_requests_total{}[$__rate_interval])))", "{{route}} {{code}}").Stacked(),
                Graph("How long a webhook takes", "s", "Normal is below 0.1 s. Alertmanager gives up after 10 s.", "No webhook has come", Quantile(0.5, "verolux_webhook_duration_seconds"), "{{site}}, half").And(Quantile(0.99, "verolux_webhook_duration_seconds"), "{{site}}, 99 %"),
                Graph("Attempts at delivery in 5 minutes", "short", "By what came of them. Normal is delivered; what repeats is tried again.", "Nothing was to be delivered", Per5m("verolux_outbox_attempts_total{$destination}", "destination, result", "site, destination, result"), "{{destination}}: {{result}}").Stacked(),
                Graph("Oldest delivery that waits", "s", "Normal is 0, where none waits, or seconds.", "Unknown: no destination is configured", "time() - min by (site, destination) (verolux_outbox_oldest_timestamp_seconds{$destination}) or on (site, destination) max by (site, destination) (verolux_outbox_pending{$destination}) == 0", "{{site}} {{destination}}"),
                Graph("Since the way was last proven", "s", "The Watchdog at the exporter, the same at each Alertmanager, and the heartbeat at the outside service. Normal is below two minutes.", "None has ever arrived", "time() - max by (site) (verolux_watchdog_last_seen_timestamp_seconds{})", "{{site}}, Watchdog")
                    .And("time() - max by (site, alertmanager) (verolux_alertmanager_watchdog_timestamp_seconds{})", "{{site}}, Watchdog at {{alertmanager}}").And("time() - max by (site) (verolux_heartbeat_last_success_timestamp_seconds{})", "{{site}}, heartbeat"),
                Graph("Clocks ahead of the exporter's", "s", "Normal is within a second. By so much every time to respond is wrong.", NoAlertmanager, "max by (site, alertmanager) (verolux_alertmanager_clock_skew_seconds{})", "{{site}} {{alertmanager}}")
                    .And("max by (site) (verolux_prometheus_clock_skew_seconds{})", "{{site}} Prometheus"),
            ], IsCollapsed: true),
        ]);
}
