using Verolux.Exporter.Collecting;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Commands;

/// <summary>What the runbooks state, as series: rules and dashboards read from there what a person wrote once.</summary>
static class RunbookSeries
{
    /// <summary>What the RTSP Storm runbook puts a number to: the reconnects of a site's cameras in five minutes, which no metric is by itself.</summary>
    public const string ReconnectsMetric = "verolux_camera_reconnects";

    static readonly Family ReconnectsThreshold = Family.Gauge($"{ReconnectsMetric}_threshold", "Above so many reconnects of its cameras in 5 minutes a site counts as in a storm.");
    static readonly Family AlertInfo = Family.Gauge("verolux_alert_info", "1, for each alert that a runbook is for.", "alert", "severity", "runbook");
    static readonly Family ResponseSla = Family.Gauge("verolux_alert_response_sla_seconds", "Within how long someone has to respond to an alert of this severity.", "severity");
    static readonly Family Valid = Family.Gauge("verolux_runbook_valid", "Whether the runbook's file can be used: 1 yes, 0 no, and its page says why.", "runbook");
    static readonly Family LastReviewed = Family.Gauge(
        "verolux_runbook_last_reviewed_timestamp_seconds", "When the runbook was last reviewed, by kind of review (the quarterly one is the major one), Unix time of the day's beginning.", "runbook", "review");

    public static IReadOnlyList<Family> Families { get; } = [AlertInfo, ResponseSla, Valid, LastReviewed, ReconnectsThreshold];

    public static IReadOnlyList<Sample> Of(ExporterOptions options)
    {
        var (catalogue, site) = (options.Catalogue, options.Site);
        var sites = options.Cameras.Select(c => c.Site).Append(site).Distinct();
        return
        [
            .. catalogue.Runbooks.Select(r => new Sample(AlertInfo, [site, r.Alert, r.Severity.Label(), r.Name], 1)),
            .. catalogue.Policy.ResponseSla.Select(s => new Sample(ResponseSla, [site, s.Key.Label()], s.Value.TotalSeconds)),
            .. catalogue.Runbooks.Select(r => new Sample(Valid, [site, r.Name], 1)),
            .. catalogue.Broken.Select(r => new Sample(Valid, [site, r.Name], 0)),
            .. catalogue.Runbooks.Select(r => new Sample(LastReviewed, [site, r.Name, "monthly"], BeginningOf(r.LastReviewed))),
            .. catalogue.Runbooks.Select(r => new Sample(LastReviewed, [site, r.Name, "quarterly"], BeginningOf(r.LastMajorReview))),
            .. options.ReconnectsThreshold is { } reconnects ? sites.Select(s => new Sample(ReconnectsThreshold, [s], reconnects)) : [],
        ];
    }

    static long BeginningOf(DateOnly day) => new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds();
}
