using System.Buffers;
using Microsoft.Extensions.Primitives;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>The headers that every response carries: ours, and over them those of the web configuration.</summary>
sealed class ResponseHeaders
{
    // exporter-toolkit allows these and no others; values where it allows only some.
    static readonly Dictionary<string, string[]> Configurable = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Content-Security-Policy"] = [],
        ["Strict-Transport-Security"] = [],
        ["X-Content-Type-Options"] = ["nosniff"],
        ["X-Frame-Options"] = ["deny", "sameorigin"],
        ["X-XSS-Protection"] = [],
    };

    static readonly SearchValues<char> Printable = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    readonly KeyValuePair<string, StringValues>[] headers;

    public ResponseHeaders(IEnumerable<KeyValuePair<string, string>> configured)
    {
        var merged = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["X-Content-Type-Options"] = "nosniff",
            ["Referrer-Policy"] = "no-referrer",
            ["Content-Security-Policy"] =
                "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ["Cross-Origin-Opener-Policy"] = "same-origin",
            ["Cross-Origin-Resource-Policy"] = "same-origin",
        };
        foreach (var (name, value) in configured)
            merged[name] = value;
        headers = [.. merged.Select(h => KeyValuePair.Create(h.Key, new StringValues(h.Value)))];
    }

    /// <summary>Reads the mapping <c>http_server_config.headers</c>.</summary>
    public static ResponseHeaders Read(Section section)
    {
        var configured = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in section.Pairs())
        {
            if (!Configurable.TryGetValue(name, out var values))
                section.Refuse(name, "is not a header that can be set", $"remove it, or write one of: {string.Join(", ", Configurable.Keys)}");
            else if (values.Length > 0 && !values.Contains(value, StringComparer.Ordinal))
                section.Refuse(name, $"\"{value}\" is not a value of this header", $"write {string.Join(" or ", values)}");
            else if (value.AsSpan().ContainsAnyExcept(Printable))
                section.Refuse(name, "holds characters that no header can carry", "write it in ASCII on one line");
            else
                configured[name] = value;
        }
        return new ResponseHeaders(configured);
    }

    public void Write(IHeaderDictionary response)
    {
        foreach (var (name, value) in headers)
            response[name] = value;
    }
}
