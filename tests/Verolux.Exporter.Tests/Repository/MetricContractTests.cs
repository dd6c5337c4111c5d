using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Commands;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>Names of metrics and labels are a published contract: people's rules and dashboards are made of them.</summary>
[CancelAfter(120_000)]
public partial class MetricContractTests
{
    static readonly string GoldenFile = RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "metrics.golden.txt");
    static readonly string[] Operators = ["and", "or", "unless", "bool", "offset", "atan2", "inf", "nan", "start", "end"];

    /// <summary>What adapters.rules.yml takes from others, under the names that those publish.</summary>
    static readonly string[] Foreign =
    [
        "pg_up", "redis_up", "DCGM_FI_DEV_GPU_UTIL", "nvidia_smi_utilization_gpu_ratio", "node_filesystem_avail_bytes", "node_filesystem_size_bytes", "node_filesystem_readonly",
        "rabbitmq_detailed_queue_messages", "rabbitmq_queue_messages", "probe_success",
    ];

    static readonly HashSet<string> Recorded =
    [
        .. from file in RuleFiles
           from @group in Yaml.List(Yaml.Load(RepositoryRoot.Of("alert-rules", file)), "groups")
           from rule in Yaml.List(@group, "rules").Cast<YamlMappingNode>()
           where rule.Children.ContainsKey("record")
           select Yaml.Text(rule, "record"),
    ];

    static IEnumerable<string> RuleFiles => Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml").Select(f => Path.GetFileName(f)).Order();

    static IReadOnlyList<string> Golden => File.ReadAllLines(GoldenFile);

    [Test]
    public async Task The_families_are_the_published_ones(CancellationToken cancellationToken)
    {
        var now = await FamiliesAsync(cancellationToken);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null)
            await File.WriteAllLinesAsync(GoldenFile, now, cancellationToken);

        Assert.That(now, Is.EqualTo(Golden),
            "Somebody's rules and dashboards use these names. If it is meant: run this test once with UPDATE_GOLDEN=1, and write a [CHANGE] into CHANGELOG.md (a [FEATURE] for a new name).");
    }

    [Test]
    public void Names_follow_the_conventions()
    {
        foreach (var line in Golden)
        {
            var (type, name) = (line.Split(' ')[0], line.Split(' ')[1].Split('{')[0]);
            Assert.That(line, Does.Match(@"^(counter|gauge|histogram) (verolux_|process_)[a-z0-9_]+\{[a-z_,]+\}$"));
            Assert.That(name.EndsWith("_total"), Is.EqualTo(type == "counter"), line);
            Assert.That(line, Does.Not.Match(@"[{,](service|endpoint|instance|pod|job)[,}]"));
            Assert.That(line, Does.Match(@"[{,]site[,}]"));
            Assert.That(name, Does.Not.Match("_(age|percent|milliseconds|ms|kb|mb|gb)(_|$)"));
        }
    }

    [TestCaseSource(nameof(RuleFiles))]
    public void Every_metric_that_a_rule_uses_is_there(string file)
    {
        var text = File.ReadAllText(RepositoryRoot.Of("alert-rules", file));
        var expressions = Yaml.List(Yaml.Load(RepositoryRoot.Of("alert-rules", file)), "groups").SelectMany(g => Yaml.List(g, "rules")).Select(r => Yaml.Text(r, "expr"));
        // Ours are looked for in the annotations' queries as well.
        var used = expressions.SelectMany(MetricsOf).Concat(Ours().Matches(Comment().Replace(text, "")).Select(m => m.Value)).Distinct();

        Assert.That(used.Where(name => !IsKnown(name) && !(file == "adapters.rules.yml" && Foreign.Contains(name))), Is.Empty);
    }

    [Test]
    public void Every_foreign_metric_that_is_listed_is_used() =>
        Assert.That(Foreign.Where(name => !File.ReadAllText(RepositoryRoot.Of("alert-rules", "adapters.rules.yml")).Contains(name, StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void What_a_rule_records_and_what_others_publish_is_known_where_it_is_used()
    {
        Assert.That(IsKnown("site_kind_target:verolux_up:max"), Is.True);
        Assert.That(IsKnown("site_kind_target:verolux_up:min"), Is.False);
        Assert.That(IsKnown("pg_up"), Is.False, "but in adapters.rules.yml");
    }

    [TestCase("max by (site, path) (avg_over_time(a_b[2m])) > on (site) c{x=\"d\"} * 0 + 0.85", "a_b", "c")]
    [TestCase("sum without (x) (rate(a_total{y=~\"b|c\"}[5m] offset 1m)) / ignoring(z) group_left(w) d unless e == bool 1e3", "a_total", "d", "e")]
    [TestCase("absent(max by (site) (up{job=\"verolux-exporter\"})) or vector(1)", "up")]
    public void The_metrics_of_an_expression_are_found(string expression, params string[] metrics) => Assert.That(MetricsOf(expression), Is.EqualTo(metrics));

    [Test]
    public void A_metric_that_nobody_publishes_is_not_known()
    {
        Assert.That(IsKnown("verolux_storage_used_ratio"), Is.True);
        Assert.That(IsKnown("verolux_webhook_duration_seconds_bucket"), Is.True);
        Assert.That(IsKnown("verolux_storage_used_ratios"), Is.False);
        Assert.That(IsKnown("verolux_storage_used_ratio_bucket"), Is.False);
    }

    static bool IsKnown(string metric)
    {
        if (metric is "up" or "ALERTS" || metric.StartsWith("alertmanager_") || Recorded.Contains(metric))
            return true;
        return Golden.Any(line => line.Split(' ', '{') is [var type, var name, ..]
            && (metric == name || (type == "histogram" && metric.StartsWith(name) && metric[name.Length..] is "_bucket" or "_sum" or "_count")));
    }

    static IEnumerable<string> MetricsOf(string expression)
    {
        var bare = Text().Replace(expression, "\"\"");
        bare = Selector().Replace(bare, "");
        bare = Grouping().Replace(bare, " ");
        return Identifier().Matches(bare).Select(m => m.Value).Where(name => !Operators.Contains(name));
    }

    /// <summary>What the page shows once everything has happened, and what the collectors declare beside it.</summary>
    static async Task<IReadOnlyList<string>> FamiliesAsync(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        folder.Write("key", new string('0', 32));
        await using var exporter = await ExporterHost.StartAsync(
            $$"""
            storage: { targets: [{ path: {{folder.Path}}, recordings: true }] }
            alerts:
              destinations: { pagerduty: { type: pagerduty, routing_key_file: key, url: "http://127.0.0.1:{{FreePort.Next()}}/v2/enqueue" } }
              levels: { L1: [pagerduty] }
            """, folder);
        var alert = await File.ReadAllTextAsync(RepositoryRoot.Of("deploy", "sample-alert.json"), cancellationToken);
        foreach (var (path, name) in ((string, string)[])[("/api/v1/alertmanager", "StorageNearFull"), ("/api/v1/alertmanager/watchdog", "Watchdog")])
        {
            using var body = new StringContent(alert.Replace("\"StorageNearFull\"", $"\"{name}\"", StringComparison.Ordinal), Encoding.UTF8, "application/json");
            using var answer = await exporter.Client.PostAsync(new Uri(path, UriKind.Relative), body, cancellationToken);
            answer.EnsureSuccessStatusCode();
        }
        // Nobody listens at that address, so after the first attempt the page is still waiting.
        Exposition page;
        do
            page = await exporter.ScrapeAsync(cancellationToken);
        while (page.Of("verolux_outbox_attempts_total").Count == 0 || page.Of("verolux_outbox_oldest_timestamp_seconds").Count == 0);
        // What needs an Alertmanager, a Prometheus and a service that waits for the heartbeat.
        using var others = new Series("north");
        var metrics = new ReceiverMetrics(others.Own, others.Registry);
        var watchdog = new SeenWatchdog(new Dictionary<string, string>(), default, default, default);
        metrics.Looked(new View("main", default, null, null, new Dictionary<string, SeenAlert>(), new Dictionary<string, Silence>(), [watchdog]) { Skew = TimeSpan.Zero });
        metrics.PrometheusClock(TimeSpan.Zero);
        metrics.HeartbeatSent(default);
        string[] series = [.. page.Series, .. (await Exposition.OfAsync(others)).Series];
        var declared = exporter.Service.Collectors.SelectMany(c => c.Families.Concat(new Health(c).Families)).Concat(RunbookSeries.Families);
        return
        [
            .. declared.Select(f => Line(f.Kind == FamilyKind.Counter ? "counter" : "gauge", f.Name, f.Labels))
                .Concat(page.Types.Select(t => Line(t.Value, t.Key, series.Where(s => IsOf(s, t.Key, t.Value)).SelectMany(s => Exposition.Read(s).Labels.Keys).Where(l => l != "le"))))
                .Distinct().OrderBy(l => l.Split(' ')[1], StringComparer.Ordinal),
        ];
    }

    static bool IsOf(string series, string family, string type) =>
        Exposition.NameOf(series) is var name && (name == family || (type == "histogram" && name.StartsWith(family) && name[family.Length..] is "_bucket" or "_sum" or "_count"));

    static string Line(string type, string name, IEnumerable<string> labels) => $"{type} {name}{{{string.Join(',', labels.Distinct().Order(StringComparer.Ordinal))}}}";

    // Not within the name of a recorded one.
    [GeneratedRegex(@"(?<!:)\bverolux_\w+(?!:)\b")]
    private static partial Regex Ours();

    [GeneratedRegex("(?m)^ *#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'
        """)]
    private static partial Regex Text();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|\boffset\s+-?\w+")]
    private static partial Regex Selector();

    [GeneratedRegex(@"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\bgroup_(?:left|right)\b")]
    private static partial Regex Grouping();

    // Not a number's exponent, and not a function or aggregation.
    [GeneratedRegex(@"(?<![\w.:])[a-zA-Z_:][\w:]*\b(?!\s*\()")]
    private static partial Regex Identifier();
}
