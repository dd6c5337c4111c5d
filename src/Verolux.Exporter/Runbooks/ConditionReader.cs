using System.Globalization;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Runbooks;

/// <summary>
/// Reads a <c>when</c> by recursive descent over the grammar in runbooks/README.md. The first mistake of syntax is told and ends the reading; every name that is not
/// known is told.
/// </summary>
/// <param name="vocabulary">Null: any name of a metric or a reason will do.</param>
/// <param name="refuse">Takes what is wrong, and the remedy.</param>
sealed partial class ConditionReader(string text, Vocabulary? vocabulary, Action<string, string> refuse)
{
    const int MostCharacters = 1000;
    const int MostLevels = 20;
    static readonly string[] Words = ["or", "and", "not", "in", "reason", "age", "rise", "count"];

    readonly HashSet<string> told = new(StringComparer.Ordinal);
    readonly Stack<string> counted = new();
    int position;
    int levels;
    bool failed;

    // The token that begins at `position`; empty behind the last one, and everywhere once the reading has failed.
    string token = "";

    bool AtEnd => token.Length == 0;

    /// <summary>The condition; null, and a mistake told, where it is none.</summary>
    public Condition? Read()
    {
        if (text.Length > MostCharacters)
        {
            refuse($"is longer than {MostCharacters} characters", "keep what tells this scenario from the others");
            return null;
        }
        Take();
        var condition = ReadAny();
        if (!AtEnd)
            Fail($"{Here()} follows an expression that is complete", "join the two with and, or or");
        return failed || told.Count > 0 ? null : condition;
    }

    Condition ReadAny()
    {
        var terms = new List<Condition> { ReadAll() };
        while (Accept("or"))
            terms.Add(ReadAll());
        return terms is [var only] ? only : new Condition.Any(terms);
    }

    Condition ReadAll()
    {
        var factors = new List<Condition> { ReadFactor() };
        while (Accept("and"))
            factors.Add(ReadFactor());
        return factors is [var only] ? only : new Condition.All(factors);
    }

    Condition ReadFactor() => Accept("not") ? new Condition.Not(ReadPlain()) : ReadPlain();

    Condition ReadPlain()
    {
        if (Accept("reason"))
            return ReadReason();
        return Accept("(") ? Nested(ReadAny) : ReadComparison();
    }

    Condition.Reason ReadReason()
    {
        if (Accept("in"))
        {
            Expect("(", "write it like: reason in (auth, forbidden)");
            var reasons = new List<string> { ReadReasonName() };
            while (Accept(","))
                reasons.Add(ReadReasonName());
            Expect(")", "close the list of reasons");
            return new Condition.Reason(reasons);
        }
        if (!Accept("==") && !Accept("="))
            Fail($"{Here()} stands where = or in should", "write it like: reason = auth, or: reason in (auth, forbidden)");
        return new Condition.Reason([ReadReasonName()]);
    }

    string ReadReasonName()
    {
        var name = ReadName("a reason", "write one without quotes, such as auth");
        if (vocabulary is not null && !failed)
            Check(name, vocabulary.Reasons, "reason", $"write one of: {string.Join(", ", vocabulary.Reasons.Order(StringComparer.Ordinal))}");
        return name;
    }

    Condition.Comparison ReadComparison()
    {
        var left = ReadOperand();
        Comparator? comparator = token switch
        {
            ">" => Comparator.Greater,
            ">=" => Comparator.GreaterOrEqual,
            "<" => Comparator.Less,
            "<=" => Comparator.LessOrEqual,
            "=" or "==" => Comparator.Equal,
            "!=" => Comparator.NotEqual,
            _ => null,
        };
        if (comparator is null)
            Fail($"{Here()} stands where a comparison should", "compare with one of > >= < <= == !=");
        Take();
        if (!Number().IsMatch(token))
            return new Condition.Comparison(left, comparator ?? default, ReadOperand());
        var number = double.Parse(token, NumberStyles.Float, CultureInfo.InvariantCulture);
        Take();
        return new Condition.Comparison(left, comparator ?? default, Accept("*") ? new Operand.Product(number, ReadOperand()) : new Operand.Number(number));
    }

    Operand ReadOperand()
    {
        if (Number().IsMatch(token))
            Fail($"the number {token} stands where a metric should", "write the metric first, then the comparison, then the number");
        if (Accept("count"))
            return ReadCount();
        var aspect = Accept("age") ? Aspect.Age : Accept("rise") ? Aspect.Rise : Aspect.Value;
        if (aspect == Aspect.Value)
            return ReadSeries(aspect);
        Expect("(", $"write it like: {(aspect == Aspect.Age ? "age(verolux_camera_last_frame_timestamp_seconds)" : "rise(verolux_camera_reconnects_total)")}");
        var series = ReadSeries(aspect);
        Expect(")", "close the bracket behind the metric");
        return series;
    }

    Operand.Count ReadCount()
    {
        const string Example = "write it like: count(camera, verolux_camera_up == 0)";
        Expect("(", Example);
        var label = ReadName("a label", Example);
        if (counted.Contains(label))
            Fail($"counts {label} inside a count of {label}", "count another label there");
        Expect(",", Example);
        counted.Push(label);
        var condition = Nested(ReadAny);
        counted.Pop();
        return new Operand.Count(label, condition);
    }

    Operand.Series ReadSeries(Aspect aspect)
    {
        var metric = ReadName("a metric", "write one of the exporter's, such as verolux_camera_up");
        if (vocabulary is not null && !failed)
            Check(metric, vocabulary.Metrics, "metric", "write one that /metrics shows");
        var matchers = new List<KeyValuePair<string, string>>();
        if (!Accept("{"))
            return new Operand.Series(aspect, metric, matchers);
        do
        {
            // Here nothing else can stand, so labels may be called what elsewhere is a word of the language, such as reason.
            var label = ReadName("a label", "write it like: {depth=\"describe\"}", wordsToo: true);
            Expect("=", "write it like: {depth=\"describe\"}; a label can only be equal");
            matchers.Add(KeyValuePair.Create(label, ReadValue()));
        }
        while (Accept(","));
        Expect("}", "close the brace behind the last label");
        return new Operand.Series(aspect, metric, matchers);
    }

    /// <summary>What stands between brackets, of which the opening one is taken.</summary>
    Condition Nested(Func<Condition> read)
    {
        if (++levels > MostLevels)
            Fail($"is nested deeper than {MostLevels} brackets", "take out brackets that change nothing");
        var condition = read();
        levels--;
        Expect(")", "close the bracket");
        return condition;
    }

    string ReadName(string what, string remedy, bool wordsToo = false)
    {
        if (!Name().IsMatch(token) || (Words.Contains(token) && !wordsToo))
            Fail($"{Here()} stands where {what} should", remedy);
        var name = token;
        Take();
        return name;
    }

    string ReadValue()
    {
        if (token is not ['"', .. var value, '"'])
        {
            Fail($"{Here()} stands where a label's value should", "write it in double quotes");
            return "";
        }
        Take();
        return Escape().Replace(value, "$1");
    }

    void Check(string name, IReadOnlySet<string> known, string kind, string remedy)
    {
        if (!known.Contains(name) && told.Add(name))
            refuse($"{name} is not a known {kind}", Vocabulary.Nearest(known, name) is { } nearest ? $"write {nearest}, if that is meant" : remedy);
    }

    bool Accept(string wanted)
    {
        if (token != wanted)
            return false;
        Take();
        return true;
    }

    void Expect(string wanted, string remedy)
    {
        if (!Accept(wanted))
            Fail($"{Here()} stands where {wanted} should", remedy);
    }

    /// <summary>Goes to the next token.</summary>
    void Take()
    {
        position += token.Length;
        while (position < text.Length && char.IsWhiteSpace(text[position]))
            position++;
        var match = failed || position == text.Length ? Match.Empty : Token().Match(text, position);
        token = match.Value;
        if (!match.Success && !failed && position < text.Length)
            Fail($"{(text[position] == '"' ? "a quote that is left open" : $"\"{text[position]}\"")} stands at character {position + 1}", "write names, numbers, comparisons, and, or, not and brackets");
    }

    string Here() => AtEnd ? "the end" : $"{token} at character {position + 1}";

    // Every later call finds the end, so that the descent returns by itself and tells nothing more.
    void Fail(string what, string remedy)
    {
        if (!failed)
            refuse(what, remedy);
        (failed, position, token) = (true, text.Length, "");
    }

    [GeneratedRegex("""\G(?:[a-zA-Z_][a-zA-Z0-9_]*|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|[<>!=]=|[<>=(){},*]|"(?:[^"\\]|\\.)*")""")]
    private static partial Regex Token();

    [GeneratedRegex("^-?[0-9]")]
    private static partial Regex Number();

    [GeneratedRegex("^[a-zA-Z_]")]
    private static partial Regex Name();

    [GeneratedRegex("""\\(.)""")]
    private static partial Regex Escape();
}
