using System.Globalization;
using System.Text;

namespace Verolux.Exporter.Cameras.Rtsp;

/// <summary>One answer (RFC 2326, section 7). Forgives what real cameras get wrong: bare line feeds, folded or oddly spaced headers, no reason phrase.</summary>
sealed class RtspAnswer
{
    readonly string head;

    RtspAnswer(int status, string reason, string head) => (Status, Reason, this.head) = (status, reason, head);

    public int Status { get; }

    /// <summary>The camera's own words for the status: untrusted text.</summary>
    public string Reason { get; }

    public byte[] Body { get; set; } = [];

    /// <summary>Reads status line and headers, without the empty line behind them. Every byte becomes the character of its number, so that it can be sent back as it came.</summary>
    /// <returns>Null if this is no RTSP answer.</returns>
    public static RtspAnswer? Parse(ReadOnlySpan<byte> head)
    {
        // A carriage return within a line would else come back to the camera in the middle of a header of ours.
        var text = Encoding.Latin1.GetString(head).Replace('\r', ' ');
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var line = (end < 0 ? text : text[..end]).TrimEnd();
        if (!line.StartsWith("RTSP/", StringComparison.Ordinal) || line.IndexOf(' ', StringComparison.Ordinal) is not (> 0 and var space))
            return null;
        var rest = line.AsSpan(space).TrimStart();
        if (rest.Length < 3 || !int.TryParse(rest[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var status) || status < 100 || (rest.Length > 3 && char.IsAsciiDigit(rest[3])))
            return null;
        return new RtspAnswer(status, rest[3..].Trim().ToString(), end < 0 ? "" : Unfold(text[(end + 1)..]));
    }

    /// <summary>The first header of this name, in any case; null where there is none.</summary>
    public string? Header(string name)
    {
        var from = 0;
        return Next(name, ref from);
    }

    /// <summary>Every header of this name.</summary>
    public IEnumerable<string> Headers(string name)
    {
        var from = 0;
        while (Next(name, ref from) is { } value)
            yield return value;
    }

    // Over the text as it came: an answer is asked for half a dozen headers, and lines cut out anew for each would be a quarter of what a look allocates.
    string? Next(string name, ref int from)
    {
        while (from < head.Length)
        {
            var line = head.AsSpan(from);
            if (line.IndexOf('\n') is >= 0 and var end)
                line = line[..end];
            from += line.Length + 1;
            var colon = line.IndexOf(':');
            if (colon > 0 && line[..colon].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                return line[(colon + 1)..].Trim().ToString();
        }
        return null;
    }

    // A line that begins with white space goes on with the one before it (RFC 2326, section 4 by way of RFC 2068).
    static string Unfold(string lines) =>
        lines.Contains("\n ", StringComparison.Ordinal) || lines.Contains("\n\t", StringComparison.Ordinal)
            ? lines.Replace("\n ", " ", StringComparison.Ordinal).Replace("\n\t", " ", StringComparison.Ordinal)
            : lines;
}
