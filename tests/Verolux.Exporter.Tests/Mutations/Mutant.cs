namespace Verolux.Exporter.Tests.Mutations;

/// <summary>A rule file with one stretch of it replaced.</summary>
/// <param name="Rule">The alert or the recorded series.</param>
/// <param name="Operator">By which of the closed list.</param>
/// <param name="Change">What becomes what, in one line, with a number behind it where the rule has several alike: no two mutants of a file read the same.</param>
sealed record Mutant(string Rule, string Operator, string Change, int Start, int End, string Replacement)
{
    public string ApplyTo(string rules) => string.Concat(rules.AsSpan(0, Start), Replacement, rules.AsSpan(End));

    /// <summary>The lines that differ.</summary>
    public string DiffFrom(string rules)
    {
        string[] before = rules.Split('\n'), after = ApplyTo(rules).Split('\n');
        var shorter = Math.Min(before.Length, after.Length);
        var same = 0;
        while (same < shorter && before[same] == after[same])
            same++;
        var sameAtEnd = 0;
        while (sameAtEnd < shorter - same && before[^(sameAtEnd + 1)] == after[^(sameAtEnd + 1)])
            sameAtEnd++;
        return string.Join('\n', [.. before[same..^sameAtEnd].Select(line => $"- {line}"), .. after[same..^sameAtEnd].Select(line => $"+ {line}")]);
    }

    public override string ToString() => $"{Rule}: {Operator}: {Change}";
}
