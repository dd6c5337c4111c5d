using System.Text.RegularExpressions;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>The <c>name=value, name="value"</c> of an Authorization header.</summary>
static partial class Parameters
{
    public static IReadOnlyDictionary<string, string> Of(string text)
    {
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match match in Pair().Matches(text))
            found.TryAdd(match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value.Replace("\\\"", "\"", StringComparison.Ordinal) : match.Groups[3].Value);
        return found;
    }

    [GeneratedRegex("""([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))""")]
    private static partial Regex Pair();
}
