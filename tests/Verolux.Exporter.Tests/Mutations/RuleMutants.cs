using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Mutations;

/// <summary>
/// Every mutant of a rule file: what <see cref="Operators"/> does to expressions, those in the texts' queries included, and what is done to the other fields of a rule. Files are
/// in block style, expressions plain or in a block, as <c>make rules</c> wants them.
/// </summary>
static partial class RuleMutants
{
    static readonly TimeSpan Step = TimeSpan.FromSeconds(30);

    /// <exception cref="FormatException">A rule is written in a way that isn't read here.</exception>
    public static IReadOnlyList<Mutant> Of(string rules)
    {
        if (!rules.EndsWith('\n'))
            throw new FormatException("no end of the last line");
        var stream = new YamlStream();
        stream.Load(new StringReader(rules));
        var seen = new Dictionary<string, int>();
        var mutants = new List<Mutant>();
        foreach (var rule in Rules(stream.Documents.Single().RootNode))
        {
            foreach (var edit in Edits(rules, rule))
            {
                var mutant = new Mutant(Name(rule), edit.Operator, Change(rules, edit), edit.Start, edit.End, edit.Replacement);
                var alike = seen[$"{mutant}"] = seen.GetValueOrDefault($"{mutant}") + 1;
                mutants.Add(alike == 1 ? mutant : mutant with { Change = $"{mutant.Change} ({alike})" });
            }
        }
        return mutants;
    }

    static IEnumerable<YamlMappingNode> Rules(YamlNode root) =>
        from @group in ((YamlSequenceNode)root["groups"]).Children
        from rule in ((YamlSequenceNode)@group["rules"]).Children
        select (YamlMappingNode)rule;

    static string Name(YamlMappingNode rule) => $"{(rule.Children.TryGetValue("alert", out var alert) ? alert : rule["record"])}";

    static IEnumerable<Edit> Edits(string rules, YamlMappingNode rule)
    {
        var fields = Fields(rules, rule);
        var texts = fields.TryGetValue("annotations", out var annotations) ? rules[annotations.Start..annotations.End] : "";
        var counts = fields.ContainsKey("alert") && !texts.Contains("$value", StringComparison.Ordinal) && !texts.Contains(".Value", StringComparison.Ordinal) ? Counts.Labels : Counts.Value;
        return
        [
            .. fields.TryGetValue("record", out var record) ? (Edit[])[new("record", record.ValueEnd, record.ValueEnd, "_x", record.Value)] : [],
            .. Operators.Of(Expression(rules, fields["expr"]), counts),
            .. fields.ContainsKey("alert") ? For(fields) : [],
            .. fields.TryGetValue("keep_firing_for", out var keep) ? Durations(keep) : [],
            .. rule.Children.TryGetValue("labels", out var labels) ? Labels(rules, labels) : [],
            .. annotations is null ? [] : Annotations(rules, rule["annotations"], annotations),
        ];
    }

    static IEnumerable<Edit> For(Dictionary<string, Field> fields)
    {
        if (fields.TryGetValue("for", out var field))
            return Durations(field);
        var expression = fields["expr"];
        return [new("for", expression.Start, expression.Start, $"for: 1m\n{new string(' ', expression.Column)}", expression.Start..expression.Start)];
    }

    static IEnumerable<Edit> Durations(Field field)
    {
        yield return new(field.Key, field.LineStart, field.End, "", field.Start..field.End);
        foreach (var other in (TimeSpan[])[field.Duration - Step, field.Duration + Step])
        {
            if (other > TimeSpan.Zero)
                yield return new(field.Key, field.ValueStart, field.ValueEnd, string.Create(CultureInfo.InvariantCulture, $"{other.TotalSeconds}s"), field.Start..field.End);
        }
    }

    static IEnumerable<Edit> Labels(string rules, YamlNode labels)
    {
        foreach (var label in Fields(rules, labels).Values)
        {
            if (label.Key == "severity")
                yield return new("severity", label.ValueStart, label.ValueEnd, label.Scalar == "critical" ? "warning" : "critical", label.Start..label.End);
            else
                yield return new("static label dropped", label.LineStart, label.End, "", label.Start..label.End);
        }
    }

    static IEnumerable<Edit> Annotations(string rules, YamlNode annotations, Field extent)
    {
        foreach (var annotation in Fields(rules, annotations).Values)
            yield return new("annotation dropped", annotation.LineStart, annotation.End, "", annotation.Start..(annotation.Start + annotation.Key.Length));
        foreach (Match condition in Condition().Matches(rules[..extent.End], extent.Start))
        {
            var (start, end) = (condition.Groups["of"].Index, condition.Groups["of"].Index + condition.Groups["of"].Length);
            yield return new("condition negated", start, end, $"not ({condition.Groups["of"].Value})", condition.Index..(condition.Index + condition.Length));
        }
        foreach (Match query in Query().Matches(rules[..extent.End], extent.Start))
        {
            var (start, end) = (query.Groups["query"].Index, query.Groups["query"].Index + query.Groups["query"].Length);
            // The arguments behind the string follow its %q: none of these may go alone. And which of several results is the first is up to chance.
            foreach (var edit in Operators.Of(Promql.Parse(rules, start, end), Counts.Value))
            {
                if (Verbs(rules[edit.Start..edit.End]) == Verbs(edit.Replacement) && !(edit.Operator == "aggregation dropped" && edit.Start == start && query.Groups["first"].Success))
                    yield return edit with { Operator = $"{edit.Operator} (text)" };
            }
            foreach (Match pair in Pair().Matches(rules[..end], start))
                yield return new("labels swapped (text)", pair.Index, pair.Index + pair.Length, $"{pair.Groups["second"]}=%q,{pair.Groups["first"]}=%q", pair.Index..(pair.Index + pair.Length));
        }
    }

    static int Verbs(string text) => text.Split("%q").Length;

    static Expression Expression(string rules, Field field) =>
        rules[field.ValueStart] is '|' or '>' ? Promql.Parse(rules, rules.IndexOf('\n', field.ValueStart), field.End)
        : rules[field.ValueStart] is '"' or '\'' ? throw new FormatException($"an expression in quotes, at {field.Start}: write it plainly or in a block")
        : Promql.Parse(rules, field.ValueStart, field.End);

    static string Change(string rules, Edit edit)
    {
        int start = Math.Min(edit.Context.Start.Value, edit.Start), end = Math.Max(edit.Context.End.Value, edit.End);
        return $"{Squeezed(rules[start..end])} -> {Squeezed($"{rules[start..edit.Start]}{edit.Replacement}{rules[edit.End..end]}")}";
    }

    static string Squeezed(string text) => Space().Replace(text, " ").Trim();

    static Dictionary<string, Field> Fields(string rules, YamlNode node)
    {
        if (node is not YamlMappingNode map || rules[(int)map.Start.Index] == '{')
            throw new FormatException($"line {node.Start.Line}: write one field a line");
        return map.Children.Select(child => Field.Of(rules, child.Key, child.Value)).ToDictionary(field => field.Key);
    }

    /// <param name="Start">Of the key.</param>
    /// <param name="End">Behind the last line that belongs to it, that line's end included.</param>
    /// <param name="Column">What the key is indented by.</param>
    sealed record Field(string Key, string Scalar, int Start, int End, int Column, int ValueStart, int ValueEnd)
    {
        public int LineStart => Start - Column;

        public Range Value => ValueStart..ValueEnd;

        public TimeSpan Duration => TimeSpan.FromSeconds(Part().Matches(Scalar).Sum(part => double.Parse(part.Groups["count"].ValueSpan, CultureInfo.InvariantCulture)
            * part.Groups["unit"].Value switch { "d" => 86_400, "h" => 3600, "m" => 60, _ => 1 }));

        public static Field Of(string rules, YamlNode key, YamlNode value)
        {
            var start = (int)key.Start.Index;
            var column = (int)key.Start.Column - 1;
            var end = rules.IndexOf('\n', start) + 1;
            for (var line = end; line < rules.Length;)
            {
                var next = rules.IndexOf('\n', line) + 1;
                var indent = rules.AsSpan(line, next - line).IndexOfAnyExcept(' ');
                if (rules[line + indent] != '\n' && indent <= column)
                    break;
                if (rules[line + indent] != '\n')
                    end = next;
                line = next;
            }
            return new Field($"{key}", value is YamlScalarNode scalar ? scalar.Value! : "", start, end, column, (int)value.Start.Index, value is YamlScalarNode ? (int)value.End.Index : end);
        }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex("(?<count>[0-9]+)(?<unit>[dhms])")]
    private static partial Regex Part();

    [GeneratedRegex(@"\{\{-?\s*(?:else\s+)?(?:if|with)\s+(?<of>[^{}]*?(?:""[^""]*""[^{}]*?)*)\s*-?\}\}")]
    private static partial Regex Condition();

    [GeneratedRegex("""(?:printf|query)\s+"(?<query>(?:[^"\\]|\\.)*)"(?<=query\s+"(?:[^"\\]|\\.)*"|(?=[^}|]*\|\s*query\b))(?=[^}]*(?<first>\|\s*first\b)|)""")]
    private static partial Regex Query();

    [GeneratedRegex("(?<first>[a-z_]+)=%q,(?<second>[a-z_]+)=%q")]
    private static partial Regex Pair();
}
