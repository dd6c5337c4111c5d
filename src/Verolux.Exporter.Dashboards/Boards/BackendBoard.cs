using static Verolux.Exporter.Dashboards.Panel;
using static Verolux.Exporter.Dashboards.Query;

namespace Verolux.Exporter.Dashboards.Boards;

/// <summary>The product's own services by the RED method: what they are asked here, how often they fail, and how long they take.</summary>
static class BackendBoard
{
    const string Down = "RUNBOOK_API_DOWN";
    const string None = "No back end is looked at";
    const string Answers = "max by (site, backend, check, class) (rate(verolux_backend_responses_total{$backend,$check}[$__rate_interval]))";
    const string Good = "max by (site, backend, check, class) (rate(verolux_backend_responses_total{$backend,$check,class!~\"5xx|error\"}[$__rate_interval]))";

    public static Board Board { get; } = new(
        "verolux-backend", "Verolux: Back end API", "Whether the product's API answers, with what, and how fast, by what it is asked.",
        [new("backend", "Back end", "verolux_backend_up{}"), new("check", "Check", "verolux_backend_responses_total{$backend}")],
        [
            new("Now",
            [
                Stat("Down", "short", "Normal is 0. Back ends whose /health does not answer as it should.", None, "sum(max by (site, backend) (verolux_backend_up{$backend}) == bool 0)").BadFromOne().See(Down),
                Stat("Checks that fail", "short", "Normal is 0. Of all that is asked of the back ends: the table below tells why.", None,
                    "count(max by (site, backend, check) (verolux_backend_failure{$backend,$check})) or sum(max by (site, backend) (verolux_backend_up{$backend})) * 0").BadFromOne().See(Down),
                Stat("Answers with 5xx", "percentunit", "Of all answers within 5 minutes. Normal is 0 %; above half the API counts as down.", None,
                    """
                    sum(max by (site, backend, check) (increase(verolux_backend_responses_total{$backend,$check,class="5xx"}[5m])))
                      / (sum(max by (site, backend, check, class) (increase(verolux_backend_responses_total{$backend,$check,class!="error"}[5m]))) > 0)
                    """).See(Down),
                Stat("Slowest check", "s", "Normal is well below a second.", "Unknown: nothing answers", "max(verolux_backend_response_duration_seconds{$backend,$check})").See(Down),
                Stat("Running for", "s", "Of the back end that started last. Normal is since the last deployment; a short time that nobody deployed is a crash.", "Unknown: no back end tells", "min(max by (site, backend) (verolux_backend_uptime_seconds{$backend}))").See(Down),
                Stat("Longest queue", "short", "As the product counts them. The board of databases and queues has RabbitMQ's own numbers.", "No queue_stats_url is configured", "max(verolux_backend_queue_messages{$backend})").See("RUNBOOK_QUEUE_BACKLOG"),
                Timeline("Back ends", "up", "down", "Normal is up. Unknown: the exporter was away.", None, State("verolux_backend_up{$backend}", "site, backend"), "{{site}} {{backend}}").Of(12, 6).See(Down),
                Table("Why checks fail", "short", "The reason of each newest look that failed: refused is a service that does not run, timeout one that hangs.", "No check fails", "max by (site, backend, check, reason) (verolux_backend_failure{$backend,$check})", "site", "backend", "check", "reason", "fails").Of(12, 6).See(Down),
            ]),
            new("Rate, errors, duration",
            [
                Graph("Answers by class", "reqps", "What comes back when the exporter asks: error is no whole answer. Normal is all 2xx, at the pace of asking.", None, $"sum by (class) ({Answers})", "{{class}}").Stacked().See(Down),
                Graph("Share that failed", "percentunit", "5xx and no answer at all, by check. Normal is 0 %.", None,
                    $$"""1 - (sum by (check) ({{Good}}) or sum by (check) ({{Answers}}) * 0) / (sum by (check) ({{Answers}}) > 0)""", "{{check}}").See(Down),
                Graph("Duration", "s", "From connect to the end of the answer, by check. Normal is well below a second, and steady.", "Nothing answers", "max by (site, backend, check) (verolux_backend_response_duration_seconds{$backend,$check})", "{{site}} {{backend}} {{check}}").See(Down),
                Graph("Status", "none", "The newest answer's, by check. Normal is 200.", "Nothing answers", "max by (site, backend, check) (verolux_backend_http_status_code{$backend,$check})", "{{site}} {{backend}} {{check}}").See(Down),
            ]),
            new("Detail",
            [
                Graph("Messages that wait, as the product counts them", "short", "Normal is near 0, or falling.", "No queue_stats_url is configured", "topk(20, max by (site, backend, queue) (verolux_backend_queue_messages{$backend}))", "{{site}} {{backend}} {{queue}}").See("RUNBOOK_QUEUE_BACKLOG"),
                Graph("Since the last good look", "s", "By check. Normal is below the interval of looks.", None, "time() - max by (site, backend, check) (verolux_backend_last_success_timestamp_seconds{$backend,$check})", "{{site}} {{backend}} {{check}}").See(Down),
                Graph("Running for", "s", "A saw that falls to 0 is a restart; many of them are a crash loop.", "No back end tells", "max by (site, backend) (verolux_backend_uptime_seconds{$backend})", "{{site}} {{backend}}").See(Down),
                Table("Inference engine", "short", "What each back end infers with.", "No back end tells", "max by (site, backend, framework, device) (verolux_inference_info{$backend} * on (site, backend) group_left () max by (site, backend) (verolux_inference_model_loaded{$backend}))", "site", "backend", "framework", "device", "model").In(new(1, "loaded", "green"), new(0, "not loaded", "red")).Of(12).See("RUNBOOK_SLOW_INFERENCE"),
            ], IsCollapsed: true),
        ]);
}
