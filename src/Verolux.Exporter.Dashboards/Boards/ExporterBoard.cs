using static Verolux.Exporter.Dashboards.Panel;
using static Verolux.Exporter.Dashboards.Query;

namespace Verolux.Exporter.Dashboards.Boards;

/// <summary>Whether what the other boards show can be believed. Here replicas are told apart.</summary>
static class ExporterBoard
{
    const string None = "Unknown: the exporter is not scraped";

    public static Board Board { get; } = new(
        "verolux-exporter", "Verolux: The exporter itself", "Whether the exporter looks at everything in time, is scraped, keeps its store, and has the memory it needs.",
        [],
        [
            new("Now",
            [
                Stat("Down", "short", "Normal is 0. Replicas that Prometheus gets no answer from; with the last of them every other board is blind.", "Prometheus has no job verolux-exporter", "sum(max by (site, instance) (up{job=\"verolux-exporter\"}) == bool 0)").BadFromOne(),
                Stat("Configuration", "none", "Normal is good. Refused: the file was changed and is wrong, and the exporter goes on with the one before; `check-config` tells every mistake.", None,
                    "min(verolux_exporter_config_last_reload_successful{})").In(new Word(1, "good", "green"), new Word(0, "refused", "red")),
                Stat("Watches", "short", "What is looked at: a target each, and for a camera each depth. Normal is what is configured.", None, "sum(max by (site) (verolux_exporter_watches{}))"),
                Stat("Looks given up", "short", "In the range shown. Normal is 0: a look that did not come back a minute after its timeout hangs in a library or a mount.", None, "sum(max by (site, instance) (increase(verolux_exporter_looks_abandoned_total{}[$__range])))").BadFromOne(),
                Stat("Broken runbooks", "short", "Normal is 0. Their pages say what is wrong with them.", None, "sum(min by (site, runbook) (verolux_runbook_valid{}) == bool 0)").BadFromOne(),
                Stat("Running for", "s", "Of the replica that started last. A short time that nobody deployed is a crash.", None, "time() - max(process_start_time_seconds{job=\"verolux-exporter\"})"),
                Timeline("Replicas", "scraped", "no answer", "Normal is scraped. Unknown: it is gone from Prometheus' configuration or discovery.", "Prometheus has no job verolux-exporter", State("up{job=\"verolux-exporter\"}", "site, instance"), "{{site}} {{instance}}").Of(12, 6),
                Table("Longest not seen good", "dateTimeFromNow", "When a look last succeeded; twenty at most. Normal is within the interval. What is old and not down is a watch that hangs.", "Nothing is looked at",
                    "bottomk(20, max by (site, kind, target, part) (site_kind_target_part:verolux_last_success_timestamp_seconds:max{})) * 1000", "site", "kind", "target", "part", "last seen good").Of(12, 6),
            ]),
            new("Looks and scrapes",
            [
                Graph("How late looks start", "s", "Normal is milliseconds. Half a second and more: the machine has too little processor time for so many targets.", None, Quantile(0.5, "verolux_exporter_look_delay_seconds"), "{{site}}, half").And(Quantile(0.99, "verolux_exporter_look_delay_seconds"), "{{site}}, 99 %"),
                Graph("Looks in flight", "short", "Normal is steady. One that only grows is full of looks that hang.", None, "max by (site, instance) (verolux_exporter_looks_in_flight{})", "{{site}} {{instance}}"),
                Graph("Looks", "ops", "Normal is steady: targets divided by their interval.", None, "max by (site, instance) (rate(verolux_exporter_look_delay_seconds_count{}[$__rate_interval]))", "{{site}} {{instance}}"),
                Graph("How long a scrape takes", "s", "Normal is well below Prometheus' scrape_timeout, at which everything is blind.", None, "max by (site, instance) (scrape_duration_seconds{job=\"verolux-exporter\"})", "{{instance}}"),
                Graph("Samples of a scrape", "short", "Normal is steady. It grows with targets alone.", None, "max by (site, instance) (scrape_samples_scraped{job=\"verolux-exporter\"})", "{{instance}}"),
                Graph("Scrapes refused in 5 minutes", "short", "Normal is 0. Too many scrapers ask at once.", None, "max by (site, instance) (increase(verolux_exporter_scrapes_rejected_total{}[5m]))", "{{site}} {{instance}}"),
            ]),
            new("Process and store",
            [
                Graph("Memory", "bytes", "Normal is a level. A steady rise over days is a leak: restart, and report it.", None, "max by (site, instance) (process_resident_memory_bytes{job=\"verolux-exporter\"})", "{{site}} {{instance}}"),
                Graph("Processor time", "percentunit", "Of one processor. Normal is steady.", None, "max by (site, instance) (rate(process_cpu_seconds_total{job=\"verolux-exporter\"}[$__rate_interval]))", "{{site}} {{instance}}"),
                Graph("Open files", "short", "Normal is some hundreds, and a few for each target. At the line nothing can be looked at.", None, "max by (site, instance) (process_open_fds{job=\"verolux-exporter\"})", "{{site}} {{instance}}")
                    .Line("max by (site, instance) (process_max_fds{job=\"verolux-exporter\"})", "{{site}} {{instance}}, all there are"),
                Graph("How long a commit takes", "s", "The flush to disk included. Normal is milliseconds; a slow disk makes webhooks slow.", "Nothing was committed", Quantile(0.5, "verolux_store_commit_duration_seconds"), "{{site}}, half").And(Quantile(0.99, "verolux_store_commit_duration_seconds"), "{{site}}, 99 %"),
                Table("Versions", "dateTimeFromNow", "What runs where, and when its configuration was last read.", None,
                    "max by (site, instance, version, revision) (verolux_exporter_build_info{} * on (site, instance) group_left () max by (site, instance) (verolux_exporter_config_last_reload_success_timestamp_seconds{})) * 1000", "site", "instance", "version", "revision", "configuration read").Of(12),
                Table("Reviews of the runbooks", "dateTimeFromNow", "When each was last reviewed. Monthly and quarterly, as the names say.", None,
                    "max by (runbook, review) (verolux_runbook_last_reviewed_timestamp_seconds{}) * 1000", "runbook", "review", "last").Of(12),
            ], IsCollapsed: true),
        ]);
}
