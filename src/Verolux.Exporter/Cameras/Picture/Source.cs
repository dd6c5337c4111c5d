using System.Text;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Cameras.Picture;

/// <summary>Where pictures come from, with the credentials as they are now. Prints without them.</summary>
/// <param name="Url"><c>rtsp</c>, <c>rtsps</c>, <c>http</c>, <c>https</c> or <c>file</c>, without user and password.</param>
sealed partial record Source(Uri Url, string? Username = null, string? Password = null)
{
    public override string ToString() => Url.ToString();

    /// <summary>What a program or a camera said, without URLs, without the password in any spelling, and of at most 200 characters on one line.</summary>
    public string Masked(string text)
    {
        text = AnyUrl().Replace(text, "<url>");
        if (!string.IsNullOrEmpty(Password))
        {
            foreach (var spelling in (string[])[Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Username}:{Password}")), Uri.EscapeDataString(Password), Password])
                text = text.Replace(spelling, "<secret>", StringComparison.Ordinal);
        }
        return string.Concat(text.Take(200).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
    }

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9+.-]*://[^\s'""]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AnyUrl();
}
