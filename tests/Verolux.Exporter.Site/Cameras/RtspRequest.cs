using System.Text;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>One request as it came (RFC 2326 section 6). A body is read and forgotten: nothing here needs one.</summary>
sealed class RtspRequest
{
    readonly string[] lines;

    RtspRequest(string[] lines, string[] first)
    {
        this.lines = lines;
        (Method, Uri, Version) = (first[0], first[1], first[2]);
        CSeq = Header("CSeq");
        Path = PathOf(Uri);
    }

    public string Method { get; }

    public string Uri { get; }

    public string Version { get; }

    public string? CSeq { get; }

    /// <summary>With a slash at its front and none at its end.</summary>
    public string Path { get; }

    /// <summary>The request line and all headers.</summary>
    public string Text => string.Join('\n', lines);

    /// <returns>null when the request line isn't one.</returns>
    public static RtspRequest? Parse(ReadOnlySpan<byte> head)
    {
        var lines = Encoding.UTF8.GetString(head).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return lines.Length > 0 && lines[0].Split(' ') is { Length: 3 } first ? new RtspRequest(lines, first) : null;
    }

    public string? Header(string name)
    {
        foreach (var line in lines.AsSpan(1))
        {
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                return line[(name.Length + 1)..].Trim();
        }
        return null;
    }

    static string PathOf(string uri)
    {
        var scheme = uri.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? 0 : uri.IndexOf('/', scheme + 3);
        if (start < 0)
            return "/";
        var end = uri.IndexOf('?', start);
        return uri[start..(end < 0 ? uri.Length : end)].TrimEnd('/');
    }
}
