namespace Verolux.Exporter.Tests.Mutations;

enum TokenKind
{
    Name,
    Number,
    Duration,
    Text,
    Sign,
    End,
}

readonly record struct Token(TokenKind Kind, string Text, int Start)
{
    public int End => Start + Text.Length;
}

/// <summary>A part of a PromQL expression, and where it stands.</summary>
abstract record Expression(int Start, int End);

sealed record NumberExpression(Token Number) : Expression(Number.Start, Number.End);

sealed record TextExpression(Token Text) : Expression(Text.Start, Text.End);

sealed record ParenthesisedExpression(int From, Expression Of, int To) : Expression(From, To);

sealed record SignedExpression(int From, Expression Of) : Expression(From, Of.End);

sealed record SelectorExpression(string Text, IReadOnlyList<Matcher> Matchers, int From, int To) : Expression(From, To);

/// <summary>A range, a subquery or an offset; <paramref name="Duration"/> is how long or how far.</summary>
sealed record WindowExpression(Expression Of, Token Duration, int To) : Expression(Of.Start, To);

sealed record CallExpression(Token Function, IReadOnlyList<Expression> Arguments, int To) : Expression(Function.Start, To);

sealed record AggregationExpression(Token Operator, LabelList? Grouping, IReadOnlyList<Expression> Arguments, int To) : Expression(Operator.Start, To);

/// <param name="SignEnd">Behind the operator, its matching included.</param>
sealed record BinaryExpression(Expression Left, Token Sign, IReadOnlyList<LabelList> Matching, int SignEnd, Expression Right) : Expression(Left.Start, Right.End);

sealed record Matcher(Token Label, Token Sign, Token Value);

sealed record LabelList(Token Keyword, IReadOnlyList<Token> Labels, int End);
