using System.Text.RegularExpressions;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Runbooks;

/// <summary>The text of one alert in a rules file. Changes values where they stand and nothing around them; comments are never changed.</summary>
sealed partial class AlertRule
{
    static readonly TimeSpan ShortestWindow = TimeSpan.FromSeconds(5);
    static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    readonly string[] lines;
    readonly int indent;

    /// <param name="match">With the groups <c>name</c> and <c>dash</c>, the white space before its dash.</param>
    public AlertRule(Match match)
    {
        Name = match.Groups["name"].Value;
        indent = match.Groups["dash"].Length + 2;
        lines = match.Value.Split('\n');
    }

    public string Name { get; }

    /// <summary>The runbook that its labels name, for an alert that none is for by name.</summary>
    public string? Runbook => lines[Section("labels")].Where(line => IsKey(line, "runbook", indent + 2)).Select(line => Value().Match(line).Groups["value"].Value.Trim('"', '\'')).FirstOrDefault();

    public string Text => string.Join('\n', lines);

    /// <summary>What the alert compares, without comments.</summary>
    public string Expression => string.Join('\n', lines[Section("expr")].Where(line => !line.TrimStart().StartsWith('#')));

    /// <summary>Whether an expression holds the number that stands in for a threshold nobody publishes.</summary>
    public static bool HasNumber(string expression) => Number().Matches(expression).Any(match => match.Groups["number"].Success);

    public void Set(string key, TimeSpan duration)
    {
        var section = Section(key);
        lines[section.Start.Value] = Replace(lines[section.Start.Value], key, Durations.Format(duration));
    }

    /// <summary>Sets a key of the labels or annotations.</summary>
    public void Set(string parent, string key, string value)
    {
        var (start, length) = Section(parent).GetOffsetAndLength(lines.Length);
        var at = Array.FindIndex(lines, start, length, line => IsKey(line, key, indent + 2));
        if (at < 0)
            throw Missing($"{parent}.{key}");
        lines[at] = Replace(lines[at], $"{parent}.{key}", value);
    }

    /// <summary>Sets every number behind <c>* 0 + </c>, in the expression and in the queries of the annotations.</summary>
    /// <param name="number">The number to write, by the alert's text before it.</param>
    public void SetNumbers(Func<string, string> number)
    {
        var text = Text;
        Take(Number().Replace(text, match => match.Groups["number"].Success ? number(text[..match.Index]) : match.Value));
    }

    /// <summary>Divides every duration and every range window.</summary>
    public void Accelerate(double speed)
    {
        foreach (var key in (ReadOnlySpan<string>)["for", "keep_firing_for"])
        {
            var at = Array.FindIndex(lines, line => IsKey(line, key, indent));
            if (at >= 0)
                lines[at] = Replace(lines[at], key, Faster(Value().Match(lines[at]).Groups["value"].Value, speed, ShortestWait));
        }
        Take(Window().Replace(Text, match => match.Groups["window"].Success ? Faster(match.Value, speed, ShortestWindow) : match.Value));
    }

    string Faster(string text, double speed, TimeSpan shortest)
    {
        if (!Durations.TryParse(text.Trim('"', '\''), out var duration))
            throw new FormatException($"alert {Name}: \"{text}\" is not a duration");
        var faster = TimeSpan.FromMilliseconds(Math.Round(duration.TotalMilliseconds / speed));
        return Durations.Format(faster >= shortest ? faster : duration < shortest ? duration : shortest);
    }

    /// <summary>The lines of a key of the rule: its own, and those indented deeper.</summary>
    Range Section(string key)
    {
        var start = Array.FindIndex(lines, line => IsKey(line, key, indent));
        if (start < 0)
            throw Missing(key);
        var next = Array.FindIndex(lines, start + 1, line => line.Length > indent && line.AsSpan(0, indent).IsWhiteSpace() && char.IsAsciiLetter(line[indent]));
        return start..(next < 0 ? lines.Length : next);
    }

    static bool IsKey(string line, string key, int column) =>
        line.Length > column + key.Length && line.AsSpan(0, column).IsWhiteSpace() && line.AsSpan(column).StartsWith(key, StringComparison.Ordinal) && line[column + key.Length] == ':';

    string Replace(string line, string field, string value)
    {
        var match = Value().Match(line);
        if (!match.Success)
            throw Missing(field);
        var old = match.Groups["value"];
        return string.Concat(line.AsSpan(0, old.Index), value, line.AsSpan(old.Index + old.Length));
    }

    // No value spans lines or holds a line end, so the lines stay the same in number.
    void Take(string text) => text.Split('\n').CopyTo(lines, 0);

    FormatException Missing(string field) => new($"alert {Name}: field `{field}` is missing");

    [GeneratedRegex("""^[ ]*[a-z_]+:[ ]+(?<value>"[^"]*"|'[^']*'|[^\s#]\S*)""")]
    private static partial Regex Value();

    // Comments are matched first, and as a whole, so that nothing in them is.
    [GeneratedRegex("""(?<=^|\s)\#[^\n]*|(?<=\*\s*0\s*\+\s*)(?<number>-?[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?)(?![\w.])""")]
    private static partial Regex Number();

    [GeneratedRegex("""(?<=^|\s)\#[^\n]*|(?<=\[(?:[0-9a-z]+:)?)(?<window>[0-9]+[a-z][0-9a-z]*)(?=[\]:])""")]
    private static partial Regex Window();
}
