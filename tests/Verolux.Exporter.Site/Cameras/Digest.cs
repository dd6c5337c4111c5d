using System.Security.Cryptography;
using System.Text;

namespace Verolux.Exporter.Site.Cameras;

/// <summary>The answer to a Digest challenge (RFC 7616 section 3.4.1; without qop as in RFC 2069 section 2.1.2).</summary>
static class Digest
{
    /// <param name="count">The nonce count as it was sent, eight hexadecimal digits; null without qop=auth.</param>
    public static string Response(
        bool sha256, string user, string realm, string password, string method, string uri, string nonce, string? count = null, string? clientNonce = null)
    {
        string Hash(string text) => Convert.ToHexStringLower(sha256 ? SHA256.HashData(Encoding.UTF8.GetBytes(text)) : Md5(Encoding.UTF8.GetBytes(text)));
        var middle = count is null ? nonce : $"{nonce}:{count}:{clientNonce}:auth";
        return Hash($"{Hash($"{user}:{realm}:{password}")}:{middle}:{Hash($"{method}:{uri}")}");
    }

    // It is what cameras speak.
#pragma warning disable CA5351
    static byte[] Md5(byte[] data) => MD5.HashData(data);
#pragma warning restore CA5351
}
