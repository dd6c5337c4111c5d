using System.Globalization;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Tests.Mutations;

/// <summary>
/// The closed list of what is done to an expression. What no data can tell by the mere form of the expression isn't done at all: another value where only existence counts
/// (in front of <c>* 0</c>, behind <c>and</c> and <c>unless</c>, under <c>count</c> and <c>absent</c>), and the label <c>instance</c> added where an aggregation below has dropped it.
/// </summary>
static partial class Operators
{
    static readonly Dictionary<string, string[]> Boundaries = new() { [">"] = [">="], [">="] = [">"], ["<"] = ["<="], ["<="] = ["<"], ["=="] = ["!="], ["!="] = ["=="] };
    static readonly Dictionary<string, string[]> Reversals = new() { [">"] = ["<"], [">="] = ["<="], ["<"] = [">"], ["<="] = [">="] };
    static readonly Dictionary<string, string[]> Sets = new() { ["or"] = ["and", "unless"], ["and"] = ["or", "unless"], ["unless"] = ["and", "or"] };
    static readonly Dictionary<string, string[]> Arithmetic = new() { ["+"] = ["-"], ["-"] = ["+"], ["*"] = ["/"], ["/"] = ["*"] };
    static readonly Dictionary<string, string[]> Aggregations = new() { ["max"] = ["min"], ["min"] = ["max"], ["sum"] = ["max"], ["avg"] = ["max"], ["count"] = ["sum"] };
    static readonly Dictionary<string, string[]> OverTime = new()
    {
        ["avg_over_time"] = ["last_over_time", "max_over_time"],
        ["last_over_time"] = ["max_over_time", "min_over_time"],
        ["max_over_time"] = ["last_over_time"],
        ["min_over_time"] = ["last_over_time"],
        ["sum_over_time"] = ["max_over_time"],
    };
    static readonly Dictionary<string, string[]> Functions = new()
    {
        ["increase"] = ["delta"],
        ["rate"] = ["increase"],
        ["delta"] = ["increase"],
        ["resets"] = ["changes"],
        ["changes"] = ["resets"],
        ["floor"] = ["ceil"],
        ["ceil"] = ["floor"],
        ["clamp_min"] = ["clamp_max"],
        ["clamp_max"] = ["clamp_min"],
    };
    static readonly Dictionary<string, string> Negations = new() { ["="] = "!=", ["!="] = "=", ["=~"] = "!~", ["!~"] = "=~" };

    /// <param name="expression">An expression within a larger text.</param>
    /// <param name="counts">What of its result has an effect.</param>
    public static IEnumerable<Edit> Of(Expression expression, Counts counts) => expression switch
    {
        BinaryExpression binary => Binary(binary, counts),
        AggregationExpression aggregation => Aggregation(aggregation, counts),
        CallExpression call => Call(call, counts),
        WindowExpression window => [.. Durations(window), .. Of(window.Of, counts)],
        SelectorExpression selector => Selector(selector),
        NumberExpression number when counts is Counts.Value => Around(number.Number),
        TextExpression { Text.Text.Length: > 2 } text => [new("text", text.End - 1, text.End - 1, "x", text.Start..text.End)],
        ParenthesisedExpression inner => Of(inner.Of, counts),
        SignedExpression signed => Of(signed.Of, counts),
        _ => [],
    };

    static IEnumerable<Edit> Binary(BinaryExpression binary, Counts counts)
    {
        var sign = binary.Sign.Text;
        var context = binary.Sign.Start..binary.SignEnd;
        var compares = Boundaries.ContainsKey(sign);
        var combines = Sets.ContainsKey(sign);
        IEnumerable<Edit> all =
        [
            .. Swapped("boundary", Boundaries, binary.Sign, context),
            .. Swapped("reversed", Reversals, binary.Sign, context),
            .. Swapped("set operator", Sets, binary.Sign, context),
            .. counts is Counts.Value ? Swapped("arithmetic", Arithmetic, binary.Sign, context) : [],
            new(compares ? "comparison dropped" : "operand dropped", binary.Left.End, binary.End, "", binary.Left.End..binary.End),
            .. compares ? (Edit[])[] : [new("operand dropped", binary.Start, binary.Right.Start, "", binary.Start..binary.Right.Start)],
            .. binary.Matching.SelectMany(list => Dropped(list, context)),
        ];
        var (left, right) = compares ? (Counts.Value, Counts.Value)
            : combines ? (counts, sign == "or" ? counts : Counts.Labels)
            : sign == "*" && binary.Right is NumberExpression { Number.Text: "0" } ? (Least(counts, Counts.Labels), counts)
            : (counts, counts);
        return [.. Of(binary.Left, left), .. all, .. Of(binary.Right, right)];
    }

    static IEnumerable<Edit> Aggregation(AggregationExpression aggregation, Counts counts)
    {
        var of = aggregation.Arguments[^1];
        var context = aggregation.Start..aggregation.End;
        var within = aggregation.Operator.Text is "count" or "group" ? Least(counts, Counts.Labels) : counts;
        var grouping = aggregation.Grouping is { } list && counts > Counts.Existence
            ? (Edit[])[.. Dropped(list, context), .. NamesTargets(of) ? Added(list, context) : []]
            : [];
        return
        [
            .. counts is Counts.Value ? Swapped("aggregation", Aggregations, aggregation.Operator, context) : [],
            new("aggregation dropped", aggregation.Start, of.Start, "(", context),
            .. grouping,
            .. aggregation.Arguments.SelectMany(argument => Of(argument, ReferenceEquals(argument, of) ? within : Counts.Value)),
        ];
    }

    static IEnumerable<Edit> Call(CallExpression call, Counts counts)
    {
        var name = call.Function.Text;
        var context = call.Start..call.End;
        var isAbsent = name.StartsWith("absent", StringComparison.Ordinal);
        var selector = call.Arguments.OfType<WindowExpression>().Select(argument => argument.Of).OfType<SelectorExpression>().FirstOrDefault();
        var within = isAbsent ? Counts.Existence : counts;
        return
        [
            .. counts is Counts.Value ? Swapped("over time", OverTime, call.Function, context) : [],
            .. counts is Counts.Value ? Swapped("function", Functions, call.Function, context) : [],
            .. selector is not null && OverTime.ContainsKey(name) ? (Edit[])[new("instant", call.Start, call.End, selector.Text, context)] : [],
            .. selector is null && call.Arguments.Count == 1 && name is not ("vector" or "scalar") && (isAbsent || counts is Counts.Value)
                ? (Edit[])[new("function dropped", call.Start, call.Function.End, "", context)] : [],
            .. call.Arguments.SelectMany(argument => Of(argument, within)),
        ];
    }

    static IEnumerable<Edit> Selector(SelectorExpression selector)
    {
        for (var i = 0; i < selector.Matchers.Count; i++)
        {
            var matcher = selector.Matchers[i];
            var context = selector.Start..selector.End;
            yield return new("matcher negated", matcher.Sign.Start, matcher.Sign.End, Negations[matcher.Sign.Text], context);
            var (start, end) = Listed(i, selector.Matchers.Count, k => selector.Matchers[k].Label.Start, k => selector.Matchers[k].Value.End);
            yield return new("matcher dropped", start, end, "", context);
            if (matcher.Sign.Text is "=~" or "!~")
            {
                foreach (var (from, to, narrower) in Narrower(matcher.Value.Text))
                    yield return new("regex narrowed", matcher.Value.Start + from, matcher.Value.Start + to, narrower, context);
            }
        }
    }

    /// <summary>Whether series have a label <c>instance</c>, which every aggregation that doesn't keep it drops.</summary>
    static bool NamesTargets(Expression expression) => expression switch
    {
        SelectorExpression => true,
        WindowExpression window => NamesTargets(window.Of),
        CallExpression call => call.Arguments.Any(NamesTargets),
        BinaryExpression binary => NamesTargets(binary.Left) || NamesTargets(binary.Right),
        ParenthesisedExpression inner => NamesTargets(inner.Of),
        SignedExpression signed => NamesTargets(signed.Of),
        AggregationExpression { Grouping: { Keyword.Text: "without" } } aggregation => NamesTargets(aggregation.Arguments[^1]),
        AggregationExpression { Grouping: { } list } => list.Labels.Any(label => label.Text == "instance"),
        _ => false,
    };

    static Edit[] Added(LabelList list, Range context) => [new("label added", list.End - 1, list.End - 1, list.Labels.Count == 0 ? "instance" : ", instance", context)];

    static IEnumerable<Edit> Dropped(LabelList list, Range context)
    {
        for (var i = 0; i < list.Labels.Count; i++)
        {
            var (start, end) = Listed(i, list.Labels.Count, k => list.Labels[k].Start, k => list.Labels[k].End);
            yield return new("label dropped", start, end, "", context);
        }
    }

    /// <returns>The item with the comma that goes with it.</returns>
    static (int Start, int End) Listed(int item, int count, Func<int, int> start, Func<int, int> end) =>
        item > 0 ? (end(item - 1), end(item)) : count > 1 ? (start(0), start(1)) : (start(0), end(0));

    static IEnumerable<Edit> Swapped(string name, Dictionary<string, string[]> others, Token token, Range context) =>
        others.TryGetValue(token.Text, out var all) ? all.Select(other => new Edit(name, token.Start, token.End, other, context)) : [];

    static IEnumerable<Edit> Durations(WindowExpression window)
    {
        var milliseconds = Duration().Matches(window.Duration.Text).Sum(part => long.Parse(part.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) * Unit(part.Groups["unit"].Value));
        foreach (var other in (long[])[milliseconds / 2, milliseconds * 2])
            yield return new("range", window.Duration.Start, window.Duration.End, Written(other), window.Start..window.End);
    }

    /// <summary>A number one step of its last place less, and one more; of zero only the latter, for below it nothing counts.</summary>
    static IEnumerable<Edit> Around(Token number)
    {
        if (!decimal.TryParse(number.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            yield break;
        var step = new decimal(1, 0, 0, isNegative: false, scale: value.Scale);
        foreach (var other in value == 0 ? (decimal[])[value + step] : [value - step, value + step])
            yield return new("number", number.Start, number.End, other.ToString(CultureInfo.InvariantCulture), number.Start..number.End);
    }

    /// <summary>Each alternative left out, and each class of characters without its first and without its last.</summary>
    static IEnumerable<(int Start, int End, string Text)> Narrower(string quoted)
    {
        if (quoted.Contains('|', StringComparison.Ordinal) && !quoted.Contains('(', StringComparison.Ordinal))
        {
            var alternatives = quoted[1..^1].Split('|');
            for (var i = 0; i < alternatives.Length; i++)
                yield return (1, quoted.Length - 1, string.Join('|', alternatives.Where((_, k) => k != i)));
        }
        foreach (Match match in Class().Matches(quoted))
        {
            yield return (match.Index + 1, match.Index + 2, $"{(char)(quoted[match.Index + 1] + 1)}");
            yield return (match.Index + 3, match.Index + 4, $"{(char)(quoted[match.Index + 3] - 1)}");
        }
    }

    static Counts Least(Counts one, Counts other) => one < other ? one : other;

    static long Unit(string unit) => unit switch
    {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => 365L * 86_400_000,
    };

    static string Written(long milliseconds)
    {
        var parts = new List<string>();
        foreach (var unit in (string[])["d", "h", "m", "s", "ms"])
        {
            if (milliseconds / Unit(unit) is > 0 and var count)
                parts.Add($"{count}{unit}");
            milliseconds %= Unit(unit);
        }
        return string.Concat(parts);
    }

    [GeneratedRegex("(?<count>[0-9]+)(?<unit>ms|[smhdwy])")]
    private static partial Regex Duration();

    [GeneratedRegex(@"\[[0-9a-zA-Z]-[0-9a-zA-Z]\]")]
    private static partial Regex Class();
}
