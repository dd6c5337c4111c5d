using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Dashboards;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Dashboards;

/// <summary>What Grafana's own linter asks of a dashboard, and what it does not.</summary>
public partial class BoardTests
{
    const string PublicUrl = "http://127.0.0.1:9877";
    static readonly string[] Units = ["none", "short", "percentunit", "s", "bytes", "Bps", "ops", "reqps", "celsius", "watt", "dateTimeFromNow"];
    static readonly string[] Keywords = ["and", "or", "unless", "bool", "by", "on", "ignoring", "group_left", "group_right"];

    /// <summary>What Prometheus writes itself.</summary>
    static readonly string[] OfPrometheus = ["ALERTS", "ALERTS_FOR_STATE", "up", "scrape_duration_seconds", "scrape_samples_scraped"];

    static IEnumerable<BoardFile> Boards => BoardFile.All;

    static IEnumerable<BoardQuery> Queries => BoardFile.All.SelectMany(b => b.Queries);

    /// <summary>The variables' as well, but that of the sites.</summary>
    static IEnumerable<(string Where, string Expression)> Expressions =>
        Queries.Select(q => (q.Name, q.Expression)).Concat(BoardFile.All.SelectMany(b => b.Choices.Where(c => c.Name != "site").Select(c => ($"{b.Uid} ${c.Name}", c.Selector))));

    [Test]
    public void What_is_shipped_is_what_the_source_says()
    {
        Assert.That(BoardFile.All.Select(b => b.Name), Is.EquivalentTo(Board.All.Select(b => b.FileName)));
        foreach (var board in Board.All)
            Assert.That(File.ReadAllText(RepositoryRoot.Of("grafana-dashboards", board.FileName)), Is.EqualTo(board.ToJson(PublicUrl + "/")), $"{board.FileName}: run `make dashboards`");
    }

    [Test]
    public void The_public_URL_stands_in_one_place_of_a_board()
    {
        foreach (var board in Board.All)
        {
            var json = JsonNode.Parse(board.ToJson("https://verolux.example/"))!;
            Assert.That(BoardFile.Text(json["templating"]!["list"]!.AsArray().Single(v => BoardFile.Text(v!, "name") == "exporter")!, "query"), Is.EqualTo("https://verolux.example"));
            Assert.That(board.ToJson("https://verolux.example/").Replace("https://verolux.example", PublicUrl), Is.EqualTo(board.ToJson(PublicUrl)));
        }
        foreach (var board in Boards)
        {
            var constant = board.Variables.Single(v => BoardFile.Text(v, "name") == "exporter");
            Assert.That((BoardFile.Text(constant, "type"), constant["hide"]!.GetValue<int>()), Is.EqualTo(("constant", 2)));
            Assert.That(board.Json.ToJsonString().Replace(constant.ToJsonString(), ""), Does.Not.Match("https?://"), board.Uid);
        }
    }

    [Test]
    public void The_Makefile_writes_them()
    {
        var (exitCode, output) = Command.RunIn(RepositoryRoot.Path, "make", "--dry-run", "--silent", "dashboards", "PUBLIC_URL=https://verolux.example/");
        Assert.That((exitCode, output), Is.EqualTo((0, output)));
        Assert.That(output, Does.Contain("grafana-dashboards https://verolux.example/"));
        Assert.That(File.ReadAllLines(RepositoryRoot.Of("Makefile")).Single(l => l.StartsWith(".PHONY:")).Split(' '), Has.Member("dashboards"));
    }

    [TestCaseSource(nameof(Boards))]
    public void A_board_is_uniform_and_nobody_s_to_edit(BoardFile board)
    {
        var json = board.Json.AsObject();
        Assert.That(board.Name, Is.EqualTo($"{board.Uid}.json"));
        Assert.That(board.Uid, Does.Match("^verolux-[a-z]{1,32}$"));
        Assert.That(json.ContainsKey("id") && json["id"] is null, Is.True, "Grafana gives it");
        Assert.That(json.ContainsKey("version") || json.ContainsKey("__inputs"), Is.False);
        Assert.That(json["schemaVersion"]!.GetValue<int>(), Is.EqualTo(42));
        Assert.That(json["editable"]!.GetValue<bool>(), Is.False);
        Assert.That(json["graphTooltip"]!.GetValue<int>(), Is.EqualTo(1));
        Assert.That((BoardFile.Text(json, "timezone"), BoardFile.Text(json, "refresh")), Is.EqualTo(("browser", "30s")));
        Assert.That(json["tags"]!.ToJsonString(), Is.EqualTo("[\"verolux\"]"));
        Assert.That(BoardFile.Text(json, "description"), Is.Not.Empty);
        var link = json["links"]!.AsArray().Single()!;
        Assert.That(BoardFile.Text(link, "type"), Is.EqualTo("dashboards"));
        foreach (var on in (string[])["asDropdown", "includeVars", "keepTime"])
            Assert.That(link[on]!.GetValue<bool>(), Is.True, on);
    }

    [Test]
    public void Names_are_given_once()
    {
        Assert.That(Boards.Select(b => b.Uid), Is.Unique);
        Assert.That(Boards.Select(b => BoardFile.Text(b.Json, "title")), Is.Unique);
        foreach (var board in Boards)
        {
            Assert.That(board.Panels.Concat(board.Rows).Select(p => p["id"]!.GetValue<int>()), Is.Unique.And.All.Positive, board.Uid);
            Assert.That(board.Panels.Select(p => BoardFile.Text(p, "title")).Where((t, i) => board.Panels.Take(i).Any(p => BoardFile.Text(p, "title") == t && BoardFile.Text(p, "type") == BoardFile.Text(board.Panels[i], "type"))), Is.Empty, board.Uid);
            Assert.That(board.Variables.Select(v => BoardFile.Text(v, "name")), Is.Unique);
        }
    }

    [TestCaseSource(nameof(Boards))]
    public void Panels_fit_the_grid_and_none_covers_another(BoardFile board)
    {
        var open = board.Json["panels"]!.AsArray().Select(Place).ToList();
        foreach (var together in board.Rows.Select(r => r["panels"]!.AsArray().Select(Place).ToList()).Append(open))
        {
            Assert.That(together, Has.All.Matches<(int X, int Y, int W, int H)>(p => p is { X: >= 0, Y: >= 0, W: > 0, H: > 0 } && p.X + p.W <= 24));
            Assert.That(together.SelectMany((a, i) => together.Skip(i + 1).Where(b => a.X < b.X + b.W && b.X < a.X + a.W && a.Y < b.Y + b.H && b.Y < a.Y + a.H).Select(b => (a, b))), Is.Empty);
        }
        Assert.That(board.Rows[0]["collapsed"]!.GetValue<bool>(), Is.False, "what matters most is seen at once");
        static (int X, int Y, int W, int H) Place(JsonNode? panel) => panel!["gridPos"]! is var at ? (at["x"]!.GetValue<int>(), at["y"]!.GetValue<int>(), at["w"]!.GetValue<int>(), at["h"]!.GetValue<int>()) : default;
    }

    [TestCaseSource(nameof(Boards))]
    public void A_panel_says_what_it_shows_what_normal_is_and_what_nothing_means(BoardFile board)
    {
        foreach (var panel in board.Panels)
        {
            var (title, defaults) = (BoardFile.Text(panel, "title"), panel["fieldConfig"]!["defaults"]!);
            Assert.That(title, Is.Not.Empty);
            Assert.That(BoardFile.Text(panel, "description"), Does.Match(@"^[A-Z0-9].{15,}\.$"), title);
            Assert.That(BoardFile.Text(defaults, "noValue"), Is.Not.Empty, title);
            Assert.That(BoardFile.Text(defaults, "unit"), Is.AnyOf(Units).Or.StartsWith("suffix:"), title);
            Assert.That(panel["targets"]!.AsArray(), Is.Not.Empty, title);
            foreach (var word in defaults["mappings"]!.AsArray().SelectMany(m => m!["options"]!.AsObject()))
                Assert.That(BoardFile.Text(word.Value!, "text"), Is.Not.Empty, $"{title}: nobody should have to tell states by their colour");
            foreach (var link in panel["links"]!.AsArray())
                Assert.That(File.Exists(RepositoryRoot.Of("runbooks", $"{BoardFile.Text(link!, "url").Replace("${exporter}/runbooks/", "")}.md")), Is.True, title);
        }
    }

    [TestCaseSource(nameof(Boards))]
    public void Everything_asks_the_data_source_that_is_chosen(BoardFile board)
    {
        var chosen = board.Variables[0];
        Assert.That((BoardFile.Text(chosen, "name"), BoardFile.Text(chosen, "type"), BoardFile.Text(chosen, "label"), BoardFile.Text(chosen, "query")), Is.EqualTo(("datasource", "datasource", "Data source", "prometheus")));
        var askers = board.Panels.Concat(board.Panels.SelectMany(p => p["targets"]!.AsArray())!).Concat(board.Annotations).Concat(board.Variables.Where(v => BoardFile.Text(v, "type") == "query"));
        foreach (var asker in askers)
            Assert.That(asker!["datasource"]!.ToJsonString(), Is.EqualTo("""{"type":"prometheus","uid":"${datasource}"}"""));
        Assert.That(board.Annotations, Has.Count.EqualTo(1));
    }

    [TestCaseSource(nameof(Boards))]
    public void What_can_be_chosen_is_asked_again_with_the_time_range_and_can_be_one_several_or_all(BoardFile board)
    {
        Assert.That(board.Choices[0].Name, Is.EqualTo("site"));
        foreach (var variable in board.Variables.Where(v => BoardFile.Text(v, "type") == "query"))
        {
            Assert.That(variable["refresh"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That(variable["multi"]!.GetValue<bool>() && variable["includeAll"]!.GetValue<bool>(), Is.True);
            Assert.That(BoardFile.Text(variable, "allValue"), Is.EqualTo(BoardFile.Text(variable, "name") == "site" ? ".+" : ".*"));
            Assert.That(BoardFile.Text(variable, "label"), Does.Match("^[A-Z]"));
        }
    }

    [TestCaseSource(nameof(Boards))]
    public void Every_variable_that_is_used_is_there_and_every_one_that_is_there_is_used(BoardFile board)
    {
        var names = board.Variables.Select(v => BoardFile.Text(v, "name")).ToList();
        var text = board.Json.ToJsonString(Readable);
        var used = Variables().Matches(text).Select(m => m.Groups["name"].Value).Where(n => !n.StartsWith("__")).Distinct().ToList();
        Assert.That(used, Is.SubsetOf(names));
        Assert.That(names, Is.SubsetOf(used.Append("exporter")));
    }

    [Test]
    public void Every_selector_is_of_the_chosen_sites()
    {
        foreach (var (where, expression) in Expressions)
        {
            foreach (var selector in SelectorsOf(expression))
                Assert.That(selector.Labels, Does.StartWith(OfPrometheus.Contains(selector.Metric) || selector.Metric.StartsWith("slo:") ? "site=~\"$site|\"" : "site=~\"$site\""), $"{where}: {selector.Metric}");
        }
    }

    [Test]
    public void Every_metric_is_published_recorded_or_Prometheus_own()
    {
        foreach (var (where, expression) in Expressions)
        {
            Assert.That(SelectorsOf(expression).SelectMany(s => s.Metrics).Where(m => Kind(m) is null), Is.Empty, where);
            Assert.That(SelectorsOf(expression), Is.Not.Empty, where);
        }
    }

    [Test]
    public void A_counter_is_asked_for_its_rise_alone_and_nothing_else_is()
    {
        foreach (var (where, expression) in Expressions.Where(e => !e.Where.Contains(" $")))
        {
            foreach (var selector in SelectorsOf(expression))
            {
                var rises = RiseBefore().IsMatch(selector.Before);
                Assert.That(rises, Is.EqualTo(selector.Metrics.Any(m => Kind(m) == "counter")), $"{where}: {selector.Metric}");
                if (selector.Before.EndsWith("rate("))
                    Assert.That(selector.After, Does.StartWith("[$__rate_interval])"), where);
            }
        }
    }

    [Test]
    public void No_replica_counts_twice()
    {
        foreach (var query in Queries)
        {
            Assert.That(query.Expression, Does.Not.Match(@"\bwithout\b|\bpod\b|\bavg\b"), query.Name);
            Assert.That(query.Expression.Contains("instance"), Is.False.Or.EqualTo(query.Board == "verolux-exporter"), query.Name);
        }
    }

    [Test]
    public void A_threshold_is_a_dashed_line_from_a_series_and_no_number_stands_anywhere()
    {
        foreach (var board in Boards)
        {
            foreach (var panel in board.Panels)
            {
                Assert.That(panel["fieldConfig"]!["defaults"]!["thresholds"]!["steps"]!.AsArray().Select(s => s!["value"]?.GetValue<double>()), Is.SubsetOf(new double?[] { null, 0, 1 }), BoardFile.Text(panel, "title"));
                if (BoardFile.Text(panel, "type") != "timeseries")
                    continue;
                foreach (var target in panel["targets"]!.AsArray().Where(t => SelectorsOf(BoardFile.Text(t!, "expr"))[0].Metric.EndsWith("_threshold")))
                {
                    var line = panel["fieldConfig"]!["overrides"]!.AsArray().Single(o => BoardFile.Text(o!["matcher"]!, "options") == BoardFile.Text(target!, "refId"))!.ToJsonString();
                    Assert.That(line, Does.Contain("byFrameRefID").And.Contain("\"fixedColor\":\"red\"").And.Contain("\"fill\":\"dash\""));
                }
            }
        }
        string[] published = [.. Golden.Keys.Where(m => m.EndsWith("_threshold"))];
        Assert.That(published.Where(m => !Queries.Any(q => q.Kind == "timeseries" && q.Expression.Contains(m))), Is.Empty, "each is drawn somewhere");
    }

    [Test]
    public void Numbers_of_now_are_asked_for_now_and_lines_have_names()
    {
        foreach (var query in Queries)
        {
            Assert.That(query.IsInstant, Is.EqualTo(query.Kind is "stat" or "table"), query.Name);
            Assert.That(query.Legend.Length > 0, Is.EqualTo(query.Kind != "table"), query.Name);
        }
    }

    [Test]
    public void The_dashboard_of_an_alert_is_there_with_what_it_chooses()
    {
        var alerts = Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml")
            .SelectMany(f => Yaml.List(Yaml.Load(f), "groups")).SelectMany(g => Yaml.List(g, "rules")).Where(r => ((YamlMappingNode)r).Children.ContainsKey("alert")).ToList();
        Assert.That(alerts, Is.Not.Empty);
        foreach (var alert in alerts)
        {
            var url = Yaml.Text(alert, "annotations", "dashboard_url");
            var board = Boards.SingleOrDefault(b => b.Uid == BoardOf().Match(url).Groups["uid"].Value);
            Assert.That(board, Is.Not.Null, url);
            Assert.That(ChosenBy().Matches(url).Select(m => m.Groups["name"].Value), Is.Unique.And.SubsetOf(board!.Choices.Select(c => c.Name)), url);
        }
    }

    [Test]
    public void A_link_within_leads_to_a_board_and_a_column_that_are_there()
    {
        foreach (var board in Boards)
        {
            foreach (var panel in board.Panels)
            {
                foreach (var url in Urls().Matches(panel["fieldConfig"]!["overrides"]!.ToJsonString(Readable)).Select(m => m.Groups["url"].Value))
                {
                    Assert.That(url, Does.StartWith("${exporter}/").Or.StartsWith("/d/"));
                    if (BoardOf().Match(url) is { Success: true } to)
                        Assert.That(ChosenBy().Matches(url).Select(m => m.Groups["name"].Value), Is.SubsetOf(Boards.Single(b => b.Uid == to.Groups["uid"].Value).Choices.Select(c => c.Name)));
                    var columns = panel["transformations"]![0]!["options"]!["indexByName"]!.AsObject().Select(c => c.Key);
                    Assert.That(Fields().Matches(url).Select(m => m.Groups["name"].Value), Is.SubsetOf(columns), BoardFile.Text(panel, "title"));
                }
            }
        }
    }

    [TestCase("sum(a_b{x=\"}\"}) / on (c) group_left (d) rate(e:f{g=~\"h|i\"}[5m]) > bool 1e3 or vector(1)", "a_b", "e:f")]
    [TestCase("{__name__=~\"a|b\",c=\"d\"}", "a", "b")]
    public void The_metrics_of_an_expression_are_found(string expression, params string[] metrics) => Assert.That(SelectorsOf(expression).SelectMany(s => s.Metrics), Is.EqualTo(metrics));

    [TestCase("sum(verolux_camera_up)")]
    [TestCase("verolux_camera_up[5m]")]
    public void A_metric_without_a_selector_is_noticed(string expression) => Assert.That(() => SelectorsOf(expression), Throws.InstanceOf<FormatException>());

    [Test]
    public void What_the_shorthand_stands_for_is_written_out() =>
        Assert.That(Query.Expand("""a{} + b:c{$camera,d="e"} * up{job="f"} / {__name__=~"g|h"}"""),
            Is.EqualTo("""a{site=~"$site"} + b:c{site=~"$site",camera=~"$camera",d="e"} * up{site=~"$site|",job="f"} / {site=~"$site",__name__=~"g|h"}"""));

    /// <summary>The published families, and what kind each is; a histogram's series are counters.</summary>
    public static readonly IReadOnlyDictionary<string, string> Golden = File.ReadAllLines(RepositoryRoot.Of("tests", "Verolux.Exporter.Tests", "Fixtures", "metrics.golden.txt"))
        .Select(l => (Kind: l.Split(' ')[0], Name: l.Split(' ', '{')[1]))
        .SelectMany(f => f.Kind == "histogram" ? ((string[])["_bucket", "_sum", "_count"]).Select(s => (Kind: "counter", Name: f.Name + s)) : [f])
        .ToDictionary(f => f.Name, f => f.Kind);

    public static readonly IReadOnlySet<string> Recorded = Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml")
        .SelectMany(f => Yaml.List(Yaml.Load(f), "groups")).SelectMany(g => Yaml.List(g, "rules")).Where(r => ((YamlMappingNode)r).Children.ContainsKey("record")).Select(r => Yaml.Text(r, "record")).ToHashSet();

    static readonly System.Text.Json.JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static string? Kind(string metric) => Golden.GetValueOrDefault(metric) ?? (Recorded.Contains(metric) || OfPrometheus.Contains(metric) ? "gauge" : null);

    sealed record Selected(string Metric, string Labels, string Before, string After)
    {
        public IReadOnlyList<string> Metrics => Metric.Length > 0 ? [Metric] : Names().Match(Labels).Groups["names"].Value.Split('|');
    }

    /// <summary>Every selector; a name that stands for a metric and has none is a mistake.</summary>
    static List<Selected> SelectorsOf(string expression)
    {
        var bare = Grouping().Replace(Selector().Replace(Texts().Replace(expression, "\"\""), "0"), " ");
        if (Identifier().Matches(bare).Select(m => m.Value).Except(Keywords).FirstOrDefault() is { } alone)
            throw new FormatException($"{alone} selects every site: {expression}");
        return [.. Selector().Matches(expression).Select(m => new Selected(m.Groups["metric"].Value, m.Groups["labels"].Value, expression[..m.Index], expression[(m.Index + m.Length)..]))];
    }

    [GeneratedRegex("""(?<metric>[\w:]*)\{(?<labels>(?:[^{}"]|"(?:[^"\\]|\\.)*")*)\}""")]
    private static partial Regex Selector();

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"
        """)]
    private static partial Regex Texts();

    [GeneratedRegex(@"\[[^\]]*\]|\b(?:by|on|ignoring|group_left|group_right)\s*\([^)]*\)|@ end\(\)")]
    private static partial Regex Grouping();

    // Not a function, and not a number's exponent.
    [GeneratedRegex(@"(?<![\w.:])[a-zA-Z_:][\w:]*\b(?!\s*\()")]
    private static partial Regex Identifier();

    [GeneratedRegex("__name__=~\"(?<names>[^\"]*)\"")]
    private static partial Regex Names();

    [GeneratedRegex(@"\b(?:rate|irate|increase)\($")]
    private static partial Regex RiseBefore();

    [GeneratedRegex(@"\$\{?(?<name>[a-zA-Z_]\w*)")]
    private static partial Regex Variables();

    [GeneratedRegex(@"/d/(?<uid>[\w-]+)")]
    private static partial Regex BoardOf();

    [GeneratedRegex(@"\bvar-(?<name>\w+)=")]
    private static partial Regex ChosenBy();

    [GeneratedRegex("\"url\":\"(?<url>[^\"]*)\"")]
    private static partial Regex Urls();

    [GeneratedRegex(@"__data\.fields\.(?<name>\w+)")]
    private static partial Regex Fields();
}
