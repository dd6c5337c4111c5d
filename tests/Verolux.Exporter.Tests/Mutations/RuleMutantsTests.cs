using NUnit.Framework;

namespace Verolux.Exporter.Tests.Mutations;

public class RuleMutantsTests
{
    const string Rules = """
        # for: 10m or max(a) > 1
        groups:
          - name: example
            rules:
              - record: site:a:max
                expr: max by (site) (a)
                labels:
                  kind: x

              # while a > 1
              - alert: Example
                expr: |2
                    site:a:max > 1
                  or
                    site:a:max > 1
                for: 1m
                keep_firing_for: 30s
                labels:
                  severity: warning
                  component: it
                annotations:
                  summary: '{{ $labels.site }} or max(a) > 1'
                  description: >-
                    {{ if $labels.site }}{{ $value }}{{ end }}{{ with printf "a{site=%q,b=%q} == 0" $labels.site $labels.b | query }}
                    {{ . | first | value }}{{ end }}{{ query "b > 2" }}{{ printf "c > %.0f" $value }}

        """;

    [TestCase("record", "- record: site:a:max_x")]
    [TestCase("aggregation", "expr: min by (site) (a)")]
    [TestCase("static label dropped", "- kind: x", "- component: it")]
    [TestCase("for", "- for: 1m", "for: 30s", "for: 90s")]
    [TestCase("keep_firing_for", "- keep_firing_for: 30s", "keep_firing_for: 60s")]
    [TestCase("severity", "severity: critical")]
    [TestCase("boundary", "site:a:max >= 1", "site:a:max >= 1")]
    [TestCase("boundary (text)", """{{ if $labels.site }}{{ $value }}{{ end }}{{ with printf "a{site=%q,b=%q} != 0" $labels.site $labels.b | query }}""",
        """{{ . | first | value }}{{ end }}{{ query "b >= 2" }}{{ printf "c > %.0f" $value }}""")]
    [TestCase("condition negated", """{{ if not ($labels.site) }}{{ $value }}{{ end }}{{ with printf "a{site=%q,b=%q} == 0" $labels.site $labels.b | query }}""",
        """{{ if $labels.site }}{{ $value }}{{ end }}{{ with not (printf "a{site=%q,b=%q} == 0" $labels.site $labels.b | query) }}""")]
    [TestCase("labels swapped (text)", """{{ if $labels.site }}{{ $value }}{{ end }}{{ with printf "a{b=%q,site=%q} == 0" $labels.site $labels.b | query }}""")]
    [TestCase("matcher dropped (text)")]
    public void An_operator_changes_the_lines(string name, params string[] expected)
    {
        var changed = Mutants(name).Select(mutant => mutant.DiffFrom(Rules)).Select(diff => diff.Split('\n')).Select(diff => diff.Length == 1 ? $"- {diff[0][2..].Trim()}" : diff[^1][2..].Trim());
        Assert.That(changed, Is.EquivalentTo(expected));
    }

    [TestCase("max(a{b=%q})\" $labels.b | query | first | value", 0)]
    [TestCase("count(max by (b) (a{b=%q}))\" $labels.b | query\n                    | first | value", 1)]
    [TestCase("max(a{b=%q})\" $labels.b | query | len", 1)]
    public void What_leaves_the_text_to_chance_is_not_done(string query, int count) =>
        Assert.That(Mutants("aggregation dropped (text)", Rules.Replace("""query "b > 2" """, "printf \"" + query + " ")), Has.Exactly(count).Items);

    [Test]
    public void A_dropped_annotation_takes_all_its_lines_along() =>
        Assert.That(Mutants("annotation dropped").Select(mutant => mutant.ApplyTo(Rules).Split('\n').Length), Is.EqualTo((int[])[Rules.Split('\n').Length - 1, Rules.Split('\n').Length - 3]));

    [Test]
    public void Of_an_alert_without_texts_about_its_value_no_other_value_is_tried()
    {
        var quiet = Rules.Replace("{{ $value }}", "").Replace(" $value", " 1");
        Assert.That(RuleMutants.Of(quiet).Where(mutant => mutant is { Rule: "Example", Operator: "number" }), Has.Exactly(4).Items, "what is compared still is");
        Assert.That(RuleMutants.Of(quiet.Replace("site:a:max > 1\n", "vector(1)\n")).Where(mutant => mutant is { Rule: "Example", Operator: "number" }), Is.Empty);
    }

    [Test]
    public void An_alert_without_for_is_given_one() =>
        Assert.That(RuleMutants.Of(Rules.Replace("        for: 1m\n", "")).Single(mutant => mutant.Operator == "for").DiffFrom(Rules.Replace("        for: 1m\n", "")), Is.EqualTo("+         for: 1m"));

    [Test]
    public void No_two_mutants_read_the_same() => Assert.That(RuleMutants.Of(Rules).Select(mutant => $"{mutant}"), Is.Unique);

    [Test]
    public void A_change_tells_where_it_is() =>
        Assert.That(Mutants("range", Rules.Replace("max by (site) (a)", "max by (site) (rate(a[5m]))")).Select(mutant => $"{mutant}"), Is.EqualTo((string[])["site:a:max: range: a[5m] -> a[2m30s]", "site:a:max: range: a[5m] -> a[10m]"]));

    [TestCase("expr: max by (site) (a)", "expr: 'max by (site) (a)'")]
    [TestCase("        labels:\n          kind: x\n", "        labels: {kind: x}\n")]
    public void What_would_be_misread_is_refused(string old, string other) =>
        Assert.That(() => RuleMutants.Of(Rules.Replace(old, other)), Throws.InstanceOf<FormatException>());

    static IEnumerable<Mutant> Mutants(string name, string rules = Rules) => RuleMutants.Of(rules).Where(mutant => mutant.Operator == name);
}
