using System.Globalization;
using System.Text;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>
/// Texts from outside as people read them, among words of ours: nothing in them begins another line, moves a terminal's cursor or turns the direction of writing
/// around, for which each such character is a space or, being invisible, left out.
/// </summary>
static class OneLine
{
    public static string Of(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator:
                    line.Append(' ');
                    break;
                case UnicodeCategory.Format:
                    break;
                default:
                    line.Append(rune.ToString());
                    break;
            }
        }
        return line.ToString();
    }
}
