using System.Globalization;
using System.Text;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>Texts from outside as Slack shows them, character by character: nothing in them is a mention, a link or a control sequence.</summary>
static class SlackText
{
    /// <summary>
    /// On one line, escaped (https://docs.slack.dev/messaging/formatting-message-text#escaping), and of at most so many characters as they are sent, the last
    /// one an ellipsis where something is cut. What is invisible, as what turns the direction of writing around, is left out.
    /// </summary>
    public static string Escape(string text, int longest)
    {
        var escaped = new StringBuilder();
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (escaped.Length < longest)
                end = escaped.Length;
            Append(escaped, rune);
            if (escaped.Length > longest)
                return $"{escaped.ToString(0, end)}…";
        }
        return escaped.ToString();
    }

    /// <summary>A link of ours, or one that an alert brings along and that leads to the web; null for any other.</summary>
    /// <param name="longest">Characters of the address; one that is longer is none.</param>
    public static string? Link(string? address, string text, int longest)
    {
        if (WebLink.Of(address) is not { } url)
            return null;
        var href = url.Replace("|", "%7C", StringComparison.Ordinal).Replace("<", "%3C", StringComparison.Ordinal).Replace(">", "%3E", StringComparison.Ordinal).Replace("&", "&amp;", StringComparison.Ordinal);
        return href.Length > longest ? null : $"<{href}|{text}>";
    }

    static void Append(StringBuilder escaped, Rune rune)
    {
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator:
                escaped.Append(' ');
                break;
            case UnicodeCategory.Format:
                break;
            default:
                _ = rune.Value switch
                {
                    '&' => escaped.Append("&amp;"),
                    '<' => escaped.Append("&lt;"),
                    '>' => escaped.Append("&gt;"),
                    _ => escaped.Append(rune.ToString()),
                };
                break;
        }
    }
}
