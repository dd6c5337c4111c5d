using System.Text.RegularExpressions;

namespace Verolux.Exporter.Tests.Mutations;

/// <summary>
/// A parser of PromQL that keeps of everything where it stands, and knows precedence. It reads what promtool accepts and judges nothing: whether an expression is valid is
/// promtool's to say. It reads the queries in templates as well, where <c>%q</c> stands for a string and quotes are behind a backslash.
/// </summary>
sealed partial class Promql
{
    // Loosest first; `^` binds tighter than all of these and to the right.
    static readonly string[][] Levels = [["or"], ["and", "unless"], ["==", "!=", "<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%", "atan2"]];
    static readonly string[] Aggregations = ["avg", "bottomk", "count", "count_values", "group", "max", "min", "quantile", "stddev", "stdvar", "sum", "topk"];
    static readonly string[] Matchings = ["on", "ignoring", "group_left", "group_right"];

    readonly string text;
    readonly List<Token> tokens = [];
    int at;

    Promql(string text, int start, int end)
    {
        this.text = text;
        while (start < end)
        {
            var match = Lexeme().Match(text, start, end - start);
            if (!match.Success)
                throw new FormatException($"no PromQL from \"{text[start..Math.Min(end, start + 20)]}\" on");
            if (match.Groups["space"].Length == 0)
            {
                var kind = match.Groups["text"].Success ? TokenKind.Text : match.Groups["duration"].Success ? TokenKind.Duration : match.Groups["number"].Success ? TokenKind.Number
                    : match.Groups["name"].Success ? TokenKind.Name : TokenKind.Sign;
                tokens.Add(new Token(kind, match.Value, start));
            }
            start += match.Length;
        }
        tokens.Add(new Token(TokenKind.End, "", end));
    }

    Token Next => tokens[at];

    /// <param name="text">A text that has an expression somewhere.</param>
    /// <param name="start">Where the expression starts; the positions of what is found are those in the text.</param>
    /// <param name="end">Behind its end.</param>
    /// <exception cref="FormatException">There is no PromQL, or PromQL of a kind that no rule of ours uses.</exception>
    public static Expression Parse(string text, int start, int end)
    {
        var parser = new Promql(text, start, end);
        var expression = parser.Binary(0);
        return parser.Next.Kind is TokenKind.End ? expression : throw parser.Unexpected("an operator");
    }

    public static Expression Parse(string text) => Parse(text, 0, text.Length);

    Expression Binary(int level)
    {
        if (level == Levels.Length)
            return Unary();
        var left = Binary(level + 1);
        while (Levels[level].Contains(Next.Text, StringComparer.OrdinalIgnoreCase))
        {
            var sign = Take();
            var (lists, end) = Matching(sign.End);
            var right = Binary(level + 1);
            left = new BinaryExpression(left, sign, lists, end, right);
        }
        return left;
    }

    Expression Unary()
    {
        if (Next.Text is not ("-" or "+"))
            return Power();
        var sign = Take();
        var of = Unary();
        return new SignedExpression(sign.Start, of);
    }

    Expression Power()
    {
        var left = Postfix();
        if (Next.Text != "^")
            return left;
        var sign = Take();
        var (lists, end) = Matching(sign.End);
        return new BinaryExpression(left, sign, lists, end, Unary());
    }

    (IReadOnlyList<LabelList> Lists, int End) Matching(int end)
    {
        if (Is("bool"))
            end = Take().End;
        var lists = new List<LabelList>();
        while (Matchings.Any(Is))
        {
            var keyword = Take();
            lists.Add(Next.Text == "(" ? Labels(keyword) : new LabelList(keyword, [], keyword.End));
            end = lists[^1].End;
        }
        return (lists, end);
    }

    LabelList Labels(Token keyword)
    {
        var labels = new List<Token>();
        Take("(");
        while (Next.Text != ")")
        {
            labels.Add(Take(TokenKind.Name));
            if (Next.Text != ")")
                Take(",");
        }
        return new LabelList(keyword, labels, Take(")").End);
    }

    Expression Postfix()
    {
        var of = Primary();
        while (true)
        {
            if (Next.Text == "[")
            {
                Take();
                var range = Take(TokenKind.Duration);
                if (Next.Text == ":")
                {
                    Take();
                    if (Next.Kind is TokenKind.Duration)
                        Take();
                }
                of = new WindowExpression(of, range, Take("]").End);
            }
            else if (Is("offset"))
            {
                Take();
                if (Next.Text == "-")
                    Take();
                var by = Take(TokenKind.Duration);
                of = new WindowExpression(of, by, by.End);
            }
            else
                return of;
        }
    }

    Expression Primary()
    {
        if (Next.Kind is TokenKind.Number || Is("inf") || Is("nan"))
            return new NumberExpression(Take());
        if (Next.Kind is TokenKind.Text)
            return new TextExpression(Take());
        if (Next.Text == "(")
        {
            var open = Take();
            var of = Binary(0);
            return new ParenthesisedExpression(open.Start, of, Take(")").End);
        }
        if (Next.Text == "{")
            return Selector(Next.Start, Next.Start);
        var name = Take(TokenKind.Name);
        if (Aggregations.Contains(name.Text, StringComparer.OrdinalIgnoreCase) && (Next.Text == "(" || IsGrouping))
        {
            var grouping = IsGrouping ? Labels(Take()) : null;
            var (arguments, end) = Arguments();
            if (grouping is null && IsGrouping)
                grouping = Labels(Take());
            return new AggregationExpression(name, grouping, arguments, Math.Max(end, grouping?.End ?? 0));
        }
        if (Next.Text == "(")
        {
            var (arguments, end) = Arguments();
            return new CallExpression(name, arguments, end);
        }
        return Selector(name.Start, name.End);
    }

    bool IsGrouping => Is("by") || Is("without");

    (IReadOnlyList<Expression> Arguments, int End) Arguments()
    {
        var arguments = new List<Expression>();
        Take("(");
        while (Next.Text != ")")
        {
            arguments.Add(Binary(0));
            if (Next.Text != ")")
                Take(",");
        }
        return (arguments, Take(")").End);
    }

    SelectorExpression Selector(int start, int end)
    {
        var matchers = new List<Matcher>();
        if (Next.Text == "{")
        {
            Take();
            while (Next.Text != "}")
            {
                matchers.Add(new Matcher(Take(TokenKind.Name), Take(TokenKind.Sign), Take(TokenKind.Text)));
                if (Next.Text != "}")
                    Take(",");
            }
            end = Take("}").End;
        }
        return new SelectorExpression(text[start..end], matchers, start, end);
    }

    bool Is(string keyword) => Next.Kind is TokenKind.Name && Next.Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    Token Take() => tokens[at++];

    Token Take(TokenKind kind) => Next.Kind == kind ? Take() : throw Unexpected($"a {kind}");

    Token Take(string text) => Next.Text == text ? Take() : throw Unexpected(text);

    FormatException Unexpected(string instead) => new($"\"{Next.Text}\" at {Next.Start}, not {instead}");

    [GeneratedRegex("""
        \G(?:(?<space>\s+|\#[^\n]*)|(?<text>%q|\\".*?\\"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|(?<duration>(?:[0-9]+(?:ms|[smhdwy]))+(?![a-zA-Z0-9_]))
        |(?<number>0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?<name>[a-zA-Z_][a-zA-Z0-9_:]*)|(?<sign>=~|!~|==|!=|>=|<=|[-+*/%^<>=(){}\[\],:@]))
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Lexeme();
}
