using static Verolux.Exporter.Dashboards.Panel;
using static Verolux.Exporter.Dashboards.Query;

namespace Verolux.Exporter.Dashboards.Boards;

/// <summary>How full the disks are, when they will be full, and whether anyone still records.</summary>
static class StorageBoard
{
    const string Full = "RUNBOOK_STORAGE_FULL";
    const string None = "No disk is looked at, or none can be read";

    // At the pace of six hours, as the rule has it; a disk that does not fill up has no such time.
    const string TimeLeft =
        "predict_linear(site_path:verolux_storage_available_bytes:max{$path}[6h], 0) / (-deriv(site_path:verolux_storage_available_bytes:max{$path}[6h]) > 0)";

    public static Board Board { get; } = new(
        "verolux-storage", "Verolux: Storage", "How full the disks are, when they will be full, and whether anyone still writes recordings.",
        [new("path", "Path", "verolux_storage_up{}")],
        [
            new("Now",
            [
                Stat("Nearly full", "short", "Normal is 0. Disks above their threshold; a ring buffer has a higher one.", None,
                    "sum(max by (site, path) (verolux_storage_used_ratio{$path}) > bool on (site, path) max by (site, path) (verolux_storage_used_ratio_threshold{$path}))").BadFromOne().See(Full),
                Stat("Fullest", "percentunit", "Of all disks chosen.", None, "max(verolux_storage_used_ratio{$path})").See(Full),
                Stat("First full in", "s", "At the pace of the last six hours, of the disk that is full first. A ring buffer fills up until it begins to delete, as it should.", "No disk fills up", $"min({TimeLeft})").See(Full),
                Stat("Unreadable", "short", "Normal is 0. Nobody would see these fill up.", "Unknown: no disk is looked at", "sum(max by (site, path) (verolux_storage_up{$path}) == bool 0)").BadFromOne().See(Full),
                Stat("Read-only", "short", "Normal is 0. The kernel makes a failing disk read-only, and nothing is recorded on it.", None, "sum(max by (site, path) (verolux_storage_read_only{$path}))").BadFromOne().See(Full),
                Stat("Oldest last recording", "s", "Since the newest file was written, of the recording disk that waits longest. Normal is minutes; more is a recorder that has stopped.", "No recording disk is looked at",
                    "max(time() - max by (site, path) (verolux_storage_last_write_timestamp_seconds{$path}))").See(Full),
                Table("Disks that fill up", "s", "The time left at the pace of the last six hours, the shortest first; 20 at most. Normal is months.", "No disk fills up", $"sort(bottomk(20, max by (site, path) ({TimeLeft})))", "site", "path", "full in").Of(12, 6).See(Full),
                Timeline("Disks", "readable", "unreadable", "Normal is readable. Unknown: the exporter was away.", None, State("verolux_storage_up{$path}", "site, path"), "{{site}} {{path}}").Of(12, 6).See(Full),
            ]),
            new("Space",
            [
                Graph("Used", "percentunit", "Above its line a disk is nearly full. A steep rise is a process gone wild, a slow one is planning. Twenty at most.", None, "topk(20, max by (site, path) (verolux_storage_used_ratio{$path}))", "{{site}} {{path}}")
                    .Line("max by (site, path) (verolux_storage_used_ratio_threshold{$path})", "{{site}} {{path}}, nearly full above").See(Full),
                Graph("Available, and in 24 hours", "bytes", "Dashed is what will be available in 24 hours at the pace of the last six. At 0 nothing can be written.", None, "bottomk(20, max by (site, path) (verolux_storage_available_bytes{$path}))", "{{site}} {{path}}")
                    .Line("bottomk(20, clamp_min(max by (site, path) (predict_linear(site_path:verolux_storage_available_bytes:max{$path}[6h], 86400)), 0))", "{{site}} {{path}}, in 24 hours", "blue").See(Full),
                Graph("Inodes used", "percentunit", "Without inodes no file can be made, however much space there is. Normal is below half.", "No file system with a fixed number of inodes is looked at",
                    "topk(20, 1 - max by (site, path) (verolux_storage_inodes_available{$path}) / on (site, path) (max by (site, path) (verolux_storage_inodes{$path}) > 0))", "{{site}} {{path}}").See(Full),
                Graph("Since the last recording", "s", "Normal is a low saw. A line that climbs: nobody records any more.", "No recording disk is looked at", "topk(20, time() - max by (site, path) (verolux_storage_last_write_timestamp_seconds{$path}))", "{{site}} {{path}}").See(Full),
            ]),
            new("Detail",
            [
                Graph("How long a look takes", "s", "Normal is milliseconds. More is a network share, or a disk, that hangs.", None, "topk(20, max by (site, path) (verolux_storage_probe_duration_seconds{$path}))", "{{site}} {{path}}").See(Full),
                Graph("Failed looks in 5 minutes", "short", "By reason. Normal is none: io is a failing disk, timeout a share that hangs.", "No look has failed", Per5m("verolux_storage_failures_total{$path}", "site, path, reason", "site, path, reason"), "{{site}} {{path}}: {{reason}}").See(Full),
                Table("Sizes", "bytes", "Of each disk; 100 at most.", None, "topk(100, max by (site, path) (verolux_storage_size_bytes{$path}))", "site", "path", "size").Of(24, 6),
            ], IsCollapsed: true),
        ]);
}
