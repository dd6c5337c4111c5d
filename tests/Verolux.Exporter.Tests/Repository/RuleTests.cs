using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Repository;

public partial class RuleTests
{
    static readonly string[] Severities = ["critical", "warning", "info", "none"];
    static readonly string[] TargetLabels = ["instance", "pod", "job"];
    const string Adapters = "adapters.rules.yml";

    static IEnumerable<string> RuleFiles => Files("*.rules.yml");

    static IEnumerable<string> TestFiles => Files("*_test.yml");

    static IEnumerable<TestCaseData> Alerts => AllAlerts.Select(alert => new TestCaseData(alert.Map).SetArgDisplayNames($"{alert.Name}{(alert.File == Adapters ? ", adapters" : "")} {LabelsOf(alert.Map)}"));

    static IEnumerable<TestCaseData> Rules => All.Select((rule, i) => new TestCaseData(rule.Map).SetArgDisplayNames($"{rule.File} {i} {rule.Name}"));

    static (string File, string Name, YamlMappingNode Map)[] All =>
    [
        .. from file in RuleFiles
           from @group in Yaml.List(Yaml.Load(RepositoryRoot.Of("alert-rules", file)), "groups")
           from rule in Yaml.List(@group, "rules").Cast<YamlMappingNode>()
           select (file, Yaml.Text(rule, rule.Children.ContainsKey("alert") ? "alert" : "record"), rule),
    ];

    static IEnumerable<(string File, string Name, YamlMappingNode Map)> AllAlerts => All.Where(rule => rule.Map.Children.ContainsKey("alert"));

    static string LabelsOf(YamlMappingNode rule) =>
        rule.Children.TryGetValue("labels", out var labels) ? string.Join(", ", ((YamlMappingNode)labels).Children.Select(l => $"{l.Key}={l.Value}").Order(StringComparer.Ordinal)) : "";

    static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(RuleFiles))]
    public void A_rule_file_passes_every_lint(string file)
    {
        var (exitCode, output) = Command.RunIn(RepositoryRoot.Of("alert-rules"), "promtool", "check", "rules", "--lint=all", "--lint-fatal", file);
        Assert.That(exitCode, Is.Zero, output);
    }

    [TestCaseSource(nameof(TestFiles))]
    public void The_cases_of_a_rule_file_hold(string file)
    {
        var (exitCode, output) = Command.RunIn(RepositoryRoot.Of("alert-rules"), "promtool", "test", "rules", file);
        Assert.That(exitCode, Is.Zero, output);
    }

    [TestCaseSource(nameof(RuleFiles))]
    public void Every_rule_file_has_cases(string file) => Assert.That(TestFiles, Has.Member(file.Replace(".rules.yml", "_test.yml")));

    [Test]
    public void The_alerts_of_the_contract_are_there() =>
        Assert.That(AllAlerts.Where(alert => alert.File != Adapters).Select(alert => alert.Name), Is.SupersetOf(new[]
        {
            "APIDown", "CameraOffline", "DatabaseDown", "GPUSaturation", "QueueBacklog", "RTSPStorm", "SlowInference", "StorageNearFull", "VeroluxExporterDown", "Watchdog",
            "CameraUptimeBurn", "InferenceBurn", "VeroluxTargetBlind", "StorageFillingUp", "RunbookReviewOverdue",
            "VeroluxTargetUnknown", "VeroluxDeliveryStuck", "VeroluxReceiverFailing", "VeroluxWatchdogSilent", "VeroluxClockSkewed",
        }));

    // So that a runbook, a route and an inhibition that fit the one fit the other.
    [Test]
    public void An_alert_from_another_exporters_metric_has_the_name_and_labels_of_one_of_ours()
    {
        var ours = AllAlerts.Where(alert => alert.File != Adapters).Select(alert => $"{alert.Name} {LabelsOf(alert.Map)}");
        Assert.That(AllAlerts.Where(alert => alert.File == Adapters).Select(alert => $"{alert.Name} {LabelsOf(alert.Map)}"), Is.Unique.And.SubsetOf(ours));
    }

    // Two rules of one name and the same labels would write into each other's series.
    [Test]
    public void A_name_is_one_rule_for_each_set_of_labels() =>
        Assert.That(All.Where(rule => rule.File != Adapters).Select(rule => $"{rule.Name} {LabelsOf(rule.Map)}"), Is.Unique);

    [TestCaseSource(nameof(Alerts))]
    public void An_alert_has_a_known_severity_and_all_its_texts_and_links(YamlMappingNode alert)
    {
        Assert.That(Yaml.Text(alert, "labels", "severity"), Is.AnyOf(Severities));
        foreach (var annotation in (string[])["summary", "description", "runbook_url", "dashboard_url"])
            Assert.That(Yaml.Text(alert, "annotations", annotation), Is.Not.Empty, annotation);
        Assert.That(Yaml.Text(alert, "annotations", "summary"), Does.Not.Contain("$value"), "a summary that changes is a new notification's title each time");
    }

    [TestCaseSource(nameof(Alerts))]
    public void A_label_holds_no_value_and_names_no_target(YamlMappingNode alert)
    {
        foreach (var (label, value) in ((YamlMappingNode)alert["labels"]).Children)
        {
            Assert.That(value.ToString(), Does.Not.Contain("$value").And.Not.Contain(".Value"), $"label {label}: each change would be a new alert");
            Assert.That(label.ToString(), Is.Not.AnyOf([.. TargetLabels, "service", "endpoint"]));
        }
    }

    [TestCaseSource(nameof(Rules))]
    public void What_an_expression_selects_is_aggregated_without_the_target_that_said_it(YamlMappingNode rule)
    {
        var expression = Yaml.Text(rule, "expr");
        var aggregations = Aggregation().Matches(expression);

        Assert.That(expression, Does.Not.Match(@"\bwithout\b"), "`without` keeps every label that is ever added");
        foreach (Match aggregation in aggregations)
            Assert.That(aggregation.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries).Intersect(TargetLabels), Is.Empty, aggregation.Value);
        // What is left when every aggregation is taken out must select nothing.
        var rest = Aggregated().Replace(expression, "1");
        Assert.That(Selector().Match(rest).Value, Is.Empty, "a selector outside every aggregation brings its instance along");
    }

    [GeneratedRegex(@"\bby\s*\((?<labels>[^)]*)\)")]
    private static partial Regex Aggregation();

    // A metric as somebody scrapes it. What a recording rule made, with colons in its name, has no target any more.
    [GeneratedRegex(@"(?<![\w:""])(?:(?:verolux|pg|redis|DCGM|nvidia_smi|node|rabbitmq|probe|alertmanager)_\w+|up)\b(?![:""])")]
    private static partial Regex Selector();

    // An aggregation, to the bracket that closes it.
    [GeneratedRegex(@"\b(?:max|min|sum|count|avg|group)\s+by\s*\([^)]*\)\s*\((?:[^()]|(?<open>\()|(?<-open>\)))*(?(open)(?!))\)")]
    private static partial Regex Aggregated();
}
