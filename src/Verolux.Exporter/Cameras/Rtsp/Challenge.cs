using System.Text;

namespace Verolux.Exporter.Cameras.Rtsp;

/// <summary>How a camera wants to be told who asks: one challenge of a <c>WWW-Authenticate</c> header (RFC 7235, section 2.1).</summary>
sealed record Challenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    // Far more than any camera sends.
    const int MostParameters = 32;

    /// <summary>Untrusted text.</summary>
    public string Realm => Parameters.GetValueOrDefault("realm", "");

    public string Nonce => Parameters.GetValueOrDefault("nonce", "");

    /// <summary>Whether only the nonce was too old, and not the password wrong.</summary>
    public bool Stale => Parameters.GetValueOrDefault("stale", "").Equals("true", StringComparison.OrdinalIgnoreCase);

    bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    /// <summary>How well it keeps the password: SHA-256 before MD5 before Basic; 0 for what nobody here can answer.</summary>
    int Strength => IsBasic ? 1
        : !Scheme.Equals("Digest", StringComparison.OrdinalIgnoreCase) || Nonce.Length == 0 ? 0
        : Digest.StrengthOf(Parameters.GetValueOrDefault("algorithm", "MD5"));

    /// <summary>The strongest of all challenges that can be answered; null if there is none.</summary>
    public static Challenge? Strongest(IEnumerable<string> headers) => headers.SelectMany(Parse).Where(c => c.Strength > 0).MaxBy(c => c.Strength);

    /// <summary>The value of the <c>Authorization</c> header.</summary>
    /// <param name="count">Which request with this nonce this is, from 1.</param>
    public string Answer(string username, string password, string method, string uri, int count) => IsBasic
        ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}"))
        : Digest.Answer(Parameters, username, password, method, uri, count, Digest.FreshNonce());

    /// <summary>All challenges of one header. Several may share one, with commas both between and within them.</summary>
    internal static List<Challenge> Parse(string header)
    {
        var challenges = new List<Challenge>();
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var at = 0; at < header.Length;)
        {
            if (header[at] is ',' or ' ' or '\t')
            {
                at++;
                continue;
            }
            var word = at;
            while (at < header.Length && header[at] is not (',' or ' ' or '\t' or '='))
                at++;
            var name = header[word..at];
            var afterSpaces = at;
            while (afterSpaces < header.Length && header[afterSpaces] is ' ' or '\t')
                afterSpaces++;
            if (afterSpaces < header.Length && header[afterSpaces] == '=' && challenges.Count > 0)
            {
                at = afterSpaces + 1;
                var value = Value(header, ref at);
                if (parameters.Count < MostParameters)
                    parameters.TryAdd(name, value);
                continue;
            }
            if (name.Length == 0)
            {
                at++;
                continue;
            }
            parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            challenges.Add(new Challenge(name, parameters));
            if (challenges.Count == MostParameters)
                break;
        }
        return challenges;
    }

    static string Value(string header, ref int at)
    {
        while (at < header.Length && header[at] is ' ' or '\t')
            at++;
        if (at == header.Length || header[at] != '"')
        {
            var token = at;
            while (at < header.Length && header[at] is not (',' or ' ' or '\t'))
                at++;
            return header[token..at];
        }
        var value = new StringBuilder();
        for (at++; at < header.Length && header[at] != '"'; at++)
        {
            if (header[at] == '\\' && at + 1 < header.Length)
                at++;
            value.Append(header[at]);
        }
        at++;
        return value.ToString();
    }
}
