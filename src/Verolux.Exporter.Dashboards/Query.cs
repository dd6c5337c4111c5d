using System.Text.RegularExpressions;

namespace Verolux.Exporter.Dashboards;

/// <summary>
/// PromQL, shorter. In a selector <c>$camera</c> stands for <c>camera=~"$camera"</c>, and every selector gets the chosen sites: <c>verolux_camera_up{$camera}</c>.
/// </summary>
static partial class Query
{
    /// <summary>What the chosen sites are to a selector. What Prometheus writes itself has a site only where its target was given one, and is shown with every choice.</summary>
    public static string Expand(string text) => Selector().Replace(text, selector =>
    {
        var site = OfPrometheus().IsMatch(selector.Groups["metric"].Value) ? "site=~\"$site|\"" : "site=~\"$site\"";
        var others = selector.Groups["labels"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(l => l.StartsWith('$') ? $"{l[1..]}=~\"{l}\"" : l);
        return $"{selector.Groups["metric"].Value}{{{string.Join(',', others.Prepend(site))}}}";
    });

    /// <summary>1 good, 0 bad, and -1 where it is not known any more, for as long as it was known within the range that is shown.</summary>
    /// <param name="over"><c>max</c>, where one replica that sees it is enough, or <c>min</c>, for the worst of several.</param>
    public static string State(string selector, string by, string over = "max") =>
        $"{over} by ({by}) ({selector}) or on ({by}) (group by ({by}) (max_over_time({selector}[$__range])) - 2)";

    /// <summary>Of the chosen cameras twenty at most, so that a fleet does not draw thousands of lines: those that are down first.</summary>
    public static string Few(string expression) =>
        $"({expression}) and on (site, camera) topk(20, max by (site, camera) (2 - last_over_time(verolux_camera_up{{$camera}}[15m] @ end())))";

    /// <summary>So many of what a counter counts in 5 minutes, which whole numbers tell better than rates; of several replicas, the one that counted most.</summary>
    public static string Per5m(string selector, string by, string each) => $"sum by ({by}) (max by ({each}) (increase({selector}[5m])))";

    /// <summary>The mean of a histogram over a time; nothing where nothing was counted. Of several replicas, the one that counted most.</summary>
    public static string Mean(string histogram, string by, string over) =>
        $"sum by ({by}) (max by (site, {by}) (increase({histogram}_sum{{}}[{over}]))) / (sum by ({by}) (max by (site, {by}) (increase({histogram}_count{{}}[{over}]))) > 0)";

    /// <summary>A quantile of a histogram without labels of its own, by site.</summary>
    public static string Quantile(double quantile, string histogram) =>
        FormattableString.Invariant($"histogram_quantile({quantile}, max by (site, le) (rate({histogram}_bucket{{}}[$__rate_interval]))) >= 0");

    [GeneratedRegex(@"(?<metric>[\w:]*)\{(?<labels>[^{}]*)\}")]
    private static partial Regex Selector();

    [GeneratedRegex("^(?:ALERTS|ALERTS_FOR_STATE|up|scrape_.*|slo:.*)$")]
    private static partial Regex OfPrometheus();
}
