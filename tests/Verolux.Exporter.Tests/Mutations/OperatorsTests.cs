using NUnit.Framework;

namespace Verolux.Exporter.Tests.Mutations;

public class OperatorsTests
{
    [TestCase("a > 1", "boundary", "a >= 1")]
    [TestCase("a <= 1", "boundary", "a < 1")]
    [TestCase("a == 1", "boundary", "a != 1")]
    [TestCase("a >= 1", "reversed", "a <= 1")]
    [TestCase("a == 1", "reversed")]
    [TestCase("max(a) > on (x) min(b)", "comparison dropped", "max(a)")]
    [TestCase("a or b", "set operator", "a and b", "a unless b")]
    [TestCase("a unless b", "set operator", "a and b", "a or b")]
    [TestCase("a or on (x) b * 2 unless c", "operand dropped", "a", "b * 2 unless c", "a or on (x) b * 2", "a or on (x) c", "a or on (x) b unless c", "a or on (x) 2 unless c")]
    [TestCase("a - b > 1", "operand dropped", "a > 1", "b > 1")]
    [TestCase("(a or b) and c", "operand dropped", "(a) and c", "(b) and c", "(a or b)", "c")]
    [TestCase("a / b + c", "arithmetic", "a * b + c", "a / b - c")]
    [TestCase("max(a)", "aggregation", "min(a)")]
    [TestCase("sum by (x) (avg without (y) (a))", "aggregation", "max by (x) (avg without (y) (a))", "sum by (x) (max without (y) (a))")]
    [TestCase("max by (x) (a)", "aggregation dropped", "(a)")]
    [TestCase("max by (x, y) (a)", "label dropped", "max by (y) (a)", "max by (x) (a)")]
    [TestCase("a > on (x) group_left (y, z) b", "label dropped", "a > on () group_left (y, z) b", "a > on (x) group_left (z) b", "a > on (x) group_left (y) b")]
    [TestCase("max by (x) (a) > on (x) min by () (b)", "label added", "max by (x, instance) (a) > on (x) min by () (b)", "max by (x) (a) > on (x) min by (instance) (b)")]
    [TestCase("last_over_time(a[2m])", "over time", "max_over_time(a[2m])", "min_over_time(a[2m])")]
    [TestCase("avg_over_time(a{b=\"c\"}[2m])", "instant", "a{b=\"c\"}")]
    [TestCase("increase(a[2m])", "instant")]
    [TestCase("increase(a[5m])", "function", "delta(a[5m])")]
    [TestCase("floor(increase(a[5m]))", "function dropped", "(increase(a[5m]))")]
    [TestCase("absent(max(a))", "function dropped", "(max(a))")]
    [TestCase("vector(1)", "function dropped")]
    [TestCase("rate(a[5m])", "range", "rate(a[2m30s])", "rate(a[10m])")]
    [TestCase("max_over_time(rate(a[1m] offset 1d)[1h:30s])", "range", "max_over_time(rate(a[1m] offset 1d)[30m:30s])", "max_over_time(rate(a[1m] offset 1d)[2h:30s])",
        "max_over_time(rate(a[1m] offset 12h)[1h:30s])", "max_over_time(rate(a[1m] offset 2d)[1h:30s])", "max_over_time(rate(a[30s] offset 1d)[1h:30s])", "max_over_time(rate(a[2m] offset 1d)[1h:30s])")]
    [TestCase("""a{b="c",d!="e"}""", "matcher negated", """a{b!="c",d!="e"}""", """a{b="c",d="e"}""")]
    [TestCase("""a{b=~"c",d!~"e"}""", "matcher dropped", """a{d!~"e"}""", """a{b=~"c"}""")]
    [TestCase("""a{b="c"}""", "matcher dropped", "a{}")]
    [TestCase("""a{b=~"[2-5]xx"}""", "regex narrowed", """a{b=~"[3-5]xx"}""", """a{b=~"[2-4]xx"}""")]
    [TestCase("""a{b=~"x|y"}""", "regex narrowed", """a{b=~"y"}""", """a{b=~"x"}""")]
    [TestCase("a > 0.85", "number", "a > 0.84", "a > 0.86")]
    [TestCase("a > 10000", "number", "a > 9999", "a > 10001")]
    [TestCase("a == 0", "number", "a == 1")]
    [TestCase("""label_replace(a, "b", "c", "", "")""", "text", """label_replace(a, "bx", "c", "", "")""", """label_replace(a, "b", "cx", "", "")""")]
    public void An_operator_changes(string expression, string name, params string[] expected) =>
        Assert.That(Changed(expression, name), Is.EquivalentTo(expected));

    [TestCase("max(avg_over_time(a[2m])) * 0 + 1", "aggregation", TestName = "No_other_value_in_front_of_times_nought")]
    [TestCase("max(avg_over_time(a[2m])) * 0 + 1", "over time", TestName = "No_other_value_over_time_in_front_of_times_nought")]
    [TestCase("a and max(b)", "aggregation", TestName = "No_other_value_behind_and")]
    [TestCase("a unless b + 1", "number", TestName = "No_other_number_behind_unless")]
    [TestCase("absent(max by (x) (a))", "aggregation", TestName = "No_other_value_under_absent")]
    [TestCase("absent(max by (x) (a))", "label dropped", TestName = "No_other_labels_under_absent")]
    [TestCase("count(max by (x) (a))", "aggregation", "sum(max by (x) (a))", TestName = "No_other_value_under_count")]
    [TestCase("sum by (x) (max by (x, y) (a) or floor(max by (x) (b)))", "label added", "sum by (x) (max by (x, y, instance) (a) or floor(max by (x) (b)))",
        "sum by (x) (max by (x, y) (a) or floor(max by (x, instance) (b)))", TestName = "No_label_that_an_aggregation_below_has_dropped")]
    [TestCase("a unless max(b) == 1", "aggregation", "a unless min(b) == 1", TestName = "Another_value_behind_unless_where_it_is_compared")]
    [TestCase("count(max by (x) (a))", "label dropped", "count(max by () (a))", TestName = "Other_labels_under_count")]
    public void What_cannot_be_told_is_not_done(string expression, string name, params string[] expected) =>
        Assert.That(Changed(expression, name), Is.EquivalentTo(expected));

    [TestCase("""label_replace(a, "or", "max(b) > 1", "", "")""", "text", 2)]
    [TestCase("a # or max(b) > 1\n", "", 0)]
    [TestCase("""a{b="x > 1 or y"}""", "matcher", 2)]
    [TestCase("or_total{and=\"max\"}", "matcher", 2)]
    public void Texts_comments_and_names_are_no_operators(string expression, string operators, int count)
    {
        var edits = Operators.Of(Promql.Parse(expression), Counts.Value).ToArray();
        Assert.That(edits, Has.Length.EqualTo(count).And.All.Matches((Edit edit) => edit.Operator.StartsWith(operators, StringComparison.Ordinal)));
    }

    [TestCase("a or b and c == d + e * f ^ g", "a", "b and c == d + e * f ^ g")]
    [TestCase("a ^ b * c + d == e unless f or g", "a ^ b * c + d == e unless f", "g")]
    [TestCase("a and b unless c", "a and b", "c")]
    [TestCase("a * on (x) group_left b offset 5m - c", "a * on (x) group_left b offset 5m", "c")]
    [TestCase("-a ^ 2 + {b=\"c\"}", "-a ^ 2", "{b=\"c\"}")]
    [TestCase("max(a) by (b) > bool 1", "max(a) by (b)", "1")]
    public void Operands_are_found_by_precedence(string expression, string left, string right)
    {
        var binary = (BinaryExpression)Promql.Parse(expression);
        Assert.That((expression[binary.Left.Start..binary.Left.End], expression[binary.Right.Start..binary.Right.End]), Is.EqualTo((left, right)));
    }

    [TestCase("max(a")]
    [TestCase("a b")]
    [TestCase("a > ")]
    [TestCase("a ~ b")]
    [TestCase("")]
    public void What_is_no_PromQL_is_refused(string expression) => Assert.That(() => Promql.Parse(expression), Throws.InstanceOf<FormatException>());

    static IEnumerable<string> Changed(string expression, string name) =>
        Operators.Of(Promql.Parse(expression), Counts.Value).Where(edit => edit.Operator == name).Select(edit => $"{expression[..edit.Start]}{edit.Replacement}{expression[edit.End..]}".Trim());
}
