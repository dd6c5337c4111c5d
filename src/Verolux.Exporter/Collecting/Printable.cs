using System.Globalization;

namespace Verolux.Exporter.Collecting;

/// <summary>Texts that may quote a target, which may send anything, as logs and terminals can take them.</summary>
static class Printable
{
    /// <summary>The text on one line: without control characters, Unicode's own line ends, and what turns the direction of writing round.</summary>
    public static string Line(string text) => string.Concat(text.Select(c =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format ? ' ' : c));
}
