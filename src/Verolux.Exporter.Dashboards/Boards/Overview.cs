using static Verolux.Exporter.Dashboards.Panel;

namespace Verolux.Exporter.Dashboards.Boards;

/// <summary>What is wrong at this moment, how much of the objectives is left, and which board to go on with.</summary>
static class Overview
{
    /// <summary>Whatever the labels are called that say what an alert is about: all of them in one column.</summary>
    const string What = """ "what", " ", "kind", "target", "part", "camera", "server", "gpu", "broker", "vhost", "queue", "backend", "host", "path", "destination", "alertmanager", "slo", "review" """;

    // When each began, in milliseconds, as Grafana counts.
    const string Firing =
        $$"""max by (site, alertname, severity, runbook, what) (label_join(ALERTS_FOR_STATE{} and ignoring (alertstate) ALERTS{alertstate="firing",alertname!="Watchdog"},{{What}})) * 1000""";

    /// <summary>With the runbook of its name. An alert that no runbook is for by name has it as a label, or none.</summary>
    const string FiringWithRunbook =
        $$"""
        {{Firing}} * on (alertname) group_left (runbook) topk by (alertname) (1, max by (alertname, runbook) (label_replace(verolux_alert_info{}, "alertname", "$1", "alert", "(.*)")))
          or on (site, alertname, severity, what) {{Firing}}
        """;

    const string Up = "max by (site, kind, target) (site_kind_target:verolux_up:max{})";
    const string Configured = "group by (site, kind, target) (site_kind_target:verolux_configured:group{})";

    // When each was last seen good; 0 is never.
    const string Down =
        $$"""
        topk(100, (max by (site, kind, target) (site_kind_target_part:verolux_last_success_timestamp_seconds:max{}) * 1000 or on (site, kind, target) {{Up}} * 0)
          and on (site, kind, target) {{Up}} == 0)
        """;

    public static Board Board { get; } = new(
        "verolux-overview", "Verolux: Overview", "What is wrong now, who has it, and what is left of the objectives. Start here.",
        [new("slo", "Objective", "slo:verolux_slo_objective:ratio{}")],
        [
            new("Now",
            [
                Stat("Critical alerts", "short", "Normal is 0. Each is somebody's page: the table below names it and leads to its runbook.", "Unknown: Prometheus evaluates no rules", Count("critical")).BadFromOne(),
                Stat("Warnings", "short", "Normal is 0. They can wait for minutes, not for days.", "Unknown: Prometheus evaluates no rules", Count("warning")).BadFromOne(),
                Stat("Incidents nobody has taken", "short", "Normal is 0. Acknowledge in PagerDuty or on the exporter's page of the incident, or it escalates.", "Unknown: the exporter tells of no incidents",
                    "sum(max by (site, severity, state) (verolux_incidents{state=~\"firing|unverified\"}))").BadFromOne(),
                Stat("Time left to respond", "s", "To the most urgent incident that nobody has responded to. Below 0 its SLA is breached.", "Nobody is being waited for",
                    "min(max by (site, severity) (verolux_sla_next_breach_timestamp_seconds{})) - time()").BadBelowZero(),
                Stat("Targets down", "short", "Normal is 0. Cameras, cards, databases, brokers, disks and back ends that don't answer as they should; they are named below.", "Unknown: nothing is looked at",
                    $"sum({Up} == bool 0)").BadFromOne(),
                Stat("Targets of which nothing is known", "short", "Normal is 0. They are configured and have no state: look at the exporter's log, and at the board of the exporter.", "Unknown: nothing is looked at",
                    $"count({Configured} unless on (site, kind, target) {Up}) or sum({Configured}) * 0").BadFromOne(),
                Table("Alerts that fire", "dateTimeFromNow", "Normal is an empty table. Follow the runbook; the alert's name leads to its incidents, where it is acknowledged.", "Nothing fires",
                    FiringWithRunbook, "severity", "alertname", "site", "what", "runbook", "since"),
            ]),
            new("Where",
            [
                Timeline("Kinds of target", "all up", "some down", "Normal is all up. Unknown means that the exporter, or its scrape, is gone: then nothing here can be believed.", "Unknown: nothing is looked at",
                    Query.State("site_kind_target:verolux_up:max{}", "site, kind", "min"), "{{site}} {{kind}}").Of(12),
                Table("What is down", "dateTimeFromNow", "Normal is an empty table; 100 at most. Many at once have one cause: a switch, a host, a network.", "Nothing is down", Down, "site", "kind", "target", "last seen good")
                    .Of(12).In(new Word(0, "never", "red")),
            ]),
            new("Objectives, over 30 days",
            [
                Stat("Budget left", "percentunit", "Of what may go wrong in 30 days: 100 % is all of it; below 0 the objective is missed.", "Unknown: the rules have recorded nothing yet",
                    "max by (site, slo) (site_slo:verolux_slo_budget_remaining:ratio30d{$slo})", "{{site}} {{slo}}").Of(6, 8).BadBelowZero(),
                Graph("Kept", "percentunit", "Camera time with a stream, and minutes in which inference was fast enough. Normal is above the objective.", "Unknown: the rules have recorded nothing yet",
                    "1 - max by (site, slo) (site_slo:verolux_slo_bad:ratio_rate30d{$slo})", "{{site}} {{slo}}").Line("max by (slo) (slo:verolux_slo_objective:ratio{$slo})", "objective of {{slo}}").Of(9),
                Graph("How fast the budget burns", "suffix:×", "1 is just as fast as it lasts 30 days. The hour tells what happens now, the six hours whether it matters.", "Unknown: the rules have recorded nothing yet",
                    Burn("1h"), "{{site}} {{slo}}, an hour").And(Burn("6h"), "{{site}} {{slo}}, 6 hours").Of(9),
            ]),
        ]);

    // 0 only where the rules are evaluated, which the Watchdog proves.
    static string Count(string severity) =>
        $$"""count(group by (site, alertname, runbook, what) (label_join(ALERTS{alertstate="firing",alertname!="Watchdog",severity="{{severity}}"},{{What}}))) or max(ALERTS{alertstate="firing",alertname="Watchdog"}) * 0""";

    static string Burn(string over) => $$"""max by (site, slo) (site_slo:verolux_slo_bad:ratio_rate{{over}}{$slo}) / on (slo) group_left () (1 - max by (slo) (slo:verolux_slo_objective:ratio{$slo}))""";
}
