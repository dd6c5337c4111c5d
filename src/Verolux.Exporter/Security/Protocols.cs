using System.Diagnostics.CodeAnalysis;
using System.Security.Authentication;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>The range of TLS versions, <c>min_version</c> to <c>max_version</c>; 1.2 to 1.3 unless written.</summary>
[SuppressMessage("Security", "CA5398:Avoid hardcoded SslProtocols values",
    Justification = "The person who runs the service chooses; below 1.2 there is no choice.")]
static class Protocols
{
    public static SslProtocols Read(Section section)
    {
        var least = Read(section, "min_version", SslProtocols.Tls12);
        var most = Read(section, "max_version", SslProtocols.Tls13);
        if (least == SslProtocols.Tls13 && most == SslProtocols.Tls12)
            section.Refuse("max_version", "is below min_version", "raise it, or remove it");
        return least | most;
    }

    static SslProtocols Read(Section section, string key, SslProtocols otherwise)
    {
        switch (section.Text(key))
        {
            case null:
                return otherwise;
            case "TLS12":
                return SslProtocols.Tls12;
            case "TLS13":
                return SslProtocols.Tls13;
            case "TLS10" or "TLS11":
                section.Refuse(key, "names a version of TLS that is not supported here, because it is broken", "write TLS12 or TLS13");
                return otherwise;
            case var text:
                section.Refuse(key, $"\"{text}\" is not a version of TLS", "write TLS12 or TLS13");
                return otherwise;
        }
    }
}
