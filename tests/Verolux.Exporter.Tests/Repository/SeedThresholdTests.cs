using NUnit.Framework;
using Verolux.Exporter.Tests.EndToEnd;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>The operations guide's numbers, in the runbook and in the rule. How they go on, to the page, is in <see cref="ScenarioPagesTests"/>.</summary>
public class SeedThresholdTests
{
    static readonly IReadOnlyList<YamlNode> Rules =
        [.. Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml").SelectMany(f => Yaml.List(Yaml.Load(f), "groups")).SelectMany(g => Yaml.List(g, "rules"))];

    static IEnumerable<string> Alerts => SeedThreshold.All.Select(s => s.Alert);

    [Test]
    public void There_are_eight_and_each_has_its_runbook() =>
        Assert.That(SeedThreshold.All.Select(s => (s.Alert, s.Runbook)), Is.EquivalentTo(ShippedRunbooksTests.Shipped.Runbooks.Select(r => (r.Alert, r.Name))).And.Exactly(8).Items);

    [TestCaseSource(nameof(Alerts))]
    public void The_front_matter_states_the_number_and_how_long(string alert)
    {
        var (seed, runbook) = (Of(alert), ShippedRunbooksTests.Shipped.ForAlert(alert)!);
        Assert.That(runbook.Thresholds.Select(t => (t.Metric, t.Value, t.For)), Is.EqualTo(seed.Metrics.Select(m => (m, seed.Number, seed.For))));
        Assert.That((runbook.Severity.ToString().ToLowerInvariant(), ShippedRunbooksTests.Shipped.Policy.ResponseSla[runbook.Severity]), Is.EqualTo((seed.Severity, seed.ResponseSla)));
    }

    [TestCaseSource(nameof(Alerts))]
    public void The_rule_has_the_number_as_a_literal_and_waits_as_long(string alert)
    {
        var seed = Of(alert);
        var rules = Rules.Where(r => r is YamlMappingNode map && map.Children.ContainsKey("alert") && Yaml.Text(r, "alert") == alert).ToList();
        Assert.That(rules, Is.Not.Empty);
        foreach (var rule in rules)
        {
            Assert.That(Yaml.Text(rule, "for"), Is.EqualTo($"{seed.For.TotalMinutes}m"));
            Assert.That(Yaml.Text(rule, "labels", "severity"), Is.EqualTo(seed.Severity));
            if (seed.Literal is not null)
                Assert.That(Yaml.Text(rule, "expr"), Does.Match($@"\* 0 \+ {seed.Literal.Replace(".", @"\.")}\b"));
            else
                Assert.That(Yaml.Text(rule, "expr"), Does.Contain("== 0"));
        }
    }

    static SeedThreshold Of(string alert) => SeedThreshold.All.Single(s => s.Alert == alert);
}
