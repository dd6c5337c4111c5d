using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>
/// Judges the credentials on one connection, more strictly than most cameras: a nonce is good on its connection only, its count must rise with every request, and the URI that is
/// signed must be the one that is asked for.
/// </summary>
sealed class AccessCheck
{
    const string Opaque = "c2ltdWxhdGVk";

    string nonce = "";
    uint lastCount;
    bool staleTold;

    /// <returns>The header lines of a 401; null when the request may pass.</returns>
    public string? Refusal(Access access, RtspRequest request)
    {
        if (access.Challenges.Count == 0 || (request.Method == "OPTIONS" && !access.GuardsOptions))
            return null;
        var verdict = access.Never ? Verdict.Wrong : Judge(access, request);
        if (verdict == Verdict.Right)
            return null;
        if (nonce.Length == 0 || verdict == Verdict.Stale)
            (nonce, lastCount) = (RandomNumberGenerator.GetHexString(32, lowercase: true), 0);
        var lines = new StringBuilder();
        foreach (var challenge in access.Challenges)
            lines.Append(CultureInfo.InvariantCulture, $"WWW-Authenticate: {Line(challenge, verdict == Verdict.Stale)}\r\n");
        return lines.ToString();
    }

    string Line(Challenge challenge, bool stale)
    {
        var digest = $"Digest realm=\"{Access.Realm}\", nonce=\"{nonce}\"{(stale ? ", stale=true" : "")}";
        return challenge switch
        {
            Challenge.Basic => $"Basic realm=\"{Access.Realm}\"",
            Challenge.DigestWithoutQop => digest,
            Challenge.DigestMd5 => $"{digest}, qop=\"auth\", algorithm=MD5, opaque=\"{Opaque}\"",
            _ => $"{digest}, qop=\"auth\", algorithm=SHA-256, opaque=\"{Opaque}\"",
        };
    }

    Verdict Judge(Access access, RtspRequest request)
    {
        var sent = request.Header("Authorization") ?? "";
        if (sent.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            var right = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{access.User}:{access.Password}"));
            return access.Challenges.Contains(Challenge.Basic) && sent[6..].Trim() == right ? Verdict.Right : Verdict.Wrong;
        }
        return sent.StartsWith("Digest ", StringComparison.OrdinalIgnoreCase) ? Judge(access, request, Parameters.Of(sent[7..])) : Verdict.Wrong;
    }

    Verdict Judge(Access access, RtspRequest request, IReadOnlyDictionary<string, string> sent)
    {
        string Sent(string name) => sent.GetValueOrDefault(name, "");
        var withQop = sent.ContainsKey("qop");
        var sha256 = Sent("algorithm") == "SHA-256";
        var challenge = sha256 ? Challenge.DigestSha256 : withQop ? Challenge.DigestMd5 : Challenge.DigestWithoutQop;
        if (!access.Challenges.Contains(challenge) || Sent("algorithm") is not ("" or "MD5" or "SHA-256") || (withQop && (Sent("qop") != "auth" || Sent("opaque") != Opaque)) || (sha256 && !withQop)
            || Sent("username") != access.User || Sent("realm") != Access.Realm || Sent("uri") != request.Uri)
        {
            return Verdict.Wrong;
        }
        var count = 0u;
        if (withQop && (Sent("nc").Length != 8 || !uint.TryParse(Sent("nc"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out count)))
            return Verdict.Wrong;
        var right = Digest.Response(
            sha256, access.User, Access.Realm, access.Password, request.Method, request.Uri, Sent("nonce"), withQop ? Sent("nc") : null, withQop ? Sent("cnonce") : null);
        if (Sent("response") != right)
            return Verdict.Wrong;
        if (Sent("nonce") != nonce || (withQop && count <= lastCount))
            return Verdict.Stale;
        if (access.StaleOnce && !staleTold)
        {
            staleTold = true;
            return Verdict.Stale;
        }
        lastCount = count;
        return Verdict.Right;
    }

    enum Verdict
    {
        Right,
        Wrong,
        Stale,
    }
}
