using System.Text.RegularExpressions;

namespace Verolux.Exporter.Runbooks;

/// <summary>
/// A runbook's regular expressions over alert names that nobody listed. They are asked as one, and one by one only when it is wanted which: each that is built
/// costs 15 ms of processor time, and together they cost little more.
/// </summary>
sealed class Symptoms
{
    // The engine that takes time in proportion to the name, since names come from outside.
    const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
    readonly Lazy<Regex>[] each;
    readonly Regex? any;

    public Symptoms(IReadOnlyList<string> patterns)
    {
        Patterns = patterns;
        each = [.. patterns.Select(pattern => new Lazy<Regex>(() => new Regex(pattern, Options)))];
        // Only what is whole by itself can be joined: a)|(b is not.
        var isWhole = patterns.All(pattern => Complaint(() => _ = new Regex(pattern, RegexOptions.CultureInvariant)) is null);
        Regex? joined = null;
        if (patterns.Count > 0 && isWhole && Complaint(() => joined = new Regex(string.Join('|', patterns.Select(pattern => $"(?:{pattern})")), Options)) is null)
            any = joined;
        Unusable = any is null ? [.. each.Select((regex, i) => (patterns[i], Why: Complaint(() => _ = regex.Value))).Where(p => p.Why is not null).Select(p => (p.Item1, p.Why!))] : [];
    }

    public IReadOnlyList<string> Patterns { get; }

    /// <summary>Those that can't be used, and why: no regular expressions, or with look-around or back-references, which could take for ever on a name from outside.</summary>
    public IReadOnlyList<(string Pattern, string Why)> Unusable { get; }

    /// <summary>The first that is in the name; null where none is.</summary>
    public string? In(string alertname) => any?.IsMatch(alertname) == false ? null : Array.Find(each, regex => regex.Value.IsMatch(alertname))?.Value.ToString();

    static string? Complaint(Action build)
    {
        try
        {
            build();
            return null;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return error.Message;
        }
    }
}
