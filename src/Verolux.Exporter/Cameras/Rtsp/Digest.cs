using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Verolux.Exporter.Cameras.Rtsp;

/// <summary>Digest access authentication: RFC 2069 (no qop), and RFC 7616 with MD5 and SHA-256, both also as <c>-sess</c>, qop <c>auth</c> and <c>auth-int</c>.</summary>
static class Digest
{
    /// <summary>3 for SHA-256, 2 for MD5, 0 for what is not known.</summary>
    public static int StrengthOf(string algorithm) => algorithm.ToUpperInvariant() switch
    {
        "SHA-256" or "SHA-256-SESS" => 3,
        "MD5" or "MD5-SESS" or "" => 2,
        _ => 0,
    };

    /// <summary>A client nonce of its own for every request.</summary>
    public static string FreshNonce() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The value of the <c>Authorization</c> header (RFC 7616, section 3.4), one character a byte.</summary>
    public static string Answer(IReadOnlyDictionary<string, string> challenge, string username, string password, string method, string uri, int count, string clientNonce)
    {
        // What came is held as one character a byte, and hashed and sent as such: a camera compares its own bytes, in whatever encoding they are.
        (username, password) = (AsBytes(username), AsBytes(password));
        var algorithm = challenge.GetValueOrDefault("algorithm", "");
        var sha256 = StrengthOf(algorithm) == 3;
        string Hash(string text) => sha256 ? Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(text))) : Md5(text);
        var (realm, nonce) = (challenge.GetValueOrDefault("realm", ""), challenge.GetValueOrDefault("nonce", ""));
        var qop = Qop(challenge.GetValueOrDefault("qop", ""));

        var secret = Hash($"{username}:{realm}:{password}");
        if (algorithm.EndsWith("-sess", StringComparison.OrdinalIgnoreCase))
            secret = Hash($"{secret}:{nonce}:{clientNonce}");
        // No request of ours has a body.
        var request = Hash(qop == "auth-int" ? $"{method}:{uri}:{Hash("")}" : $"{method}:{uri}");
        var times = count.ToString("x8", CultureInfo.InvariantCulture);
        var response = Hash(qop is null ? $"{secret}:{nonce}:{request}" : $"{secret}:{nonce}:{times}:{clientNonce}:{qop}:{request}");

        var hidden = challenge.GetValueOrDefault("userhash", "").Equals("true", StringComparison.OrdinalIgnoreCase);
        var header = new StringBuilder("Digest username=").Append(Quoted(hidden ? Hash($"{username}:{realm}") : username))
            .Append(", realm=").Append(Quoted(realm)).Append(", nonce=").Append(Quoted(nonce)).Append(", uri=").Append(Quoted(uri)).Append(", response=").Append(Quoted(response));
        if (algorithm.Length > 0)
            header.Append(", algorithm=").Append(algorithm);
        if (challenge.TryGetValue("opaque", out var opaque))
            header.Append(", opaque=").Append(Quoted(opaque));
        if (qop is not null)
            header.Append(", qop=").Append(qop).Append(", nc=").Append(times).Append(", cnonce=").Append(Quoted(clientNonce));
        else if (algorithm.EndsWith("-sess", StringComparison.OrdinalIgnoreCase))
            header.Append(", cnonce=").Append(Quoted(clientNonce));
        if (hidden)
            header.Append(", userhash=true");
        return header.ToString();
    }

    static string? Qop(string offered)
    {
        var kinds = offered.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        return kinds.Contains("auth", StringComparer.OrdinalIgnoreCase) ? "auth" : kinds.Contains("auth-int", StringComparer.OrdinalIgnoreCase) ? "auth-int" : null;
    }

    static string AsBytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5351:Do not use broken cryptographic algorithms", Justification = "The camera names the algorithm, and many know no other")]
    static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.Latin1.GetBytes(text)));
}
