using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>Where the service listens. An empty host is every address, IPv6 and IPv4 alike; port 0 lets the kernel pick one.</summary>
sealed record ListenAddress(string Host, int Port)
{
    const string Key = "listen";
    const string Otherwise = "127.0.0.1:9877";

    public IPAddress Address => Find(Host) ?? throw new InvalidOperationException($"{Host} is no address");

    public bool IsLoopback => IPAddress.IsLoopback(Address);

    public static ListenAddress Read(Section root)
    {
        var text = root.Text(Key) ?? Otherwise;
        if (Parse(text) is { } address)
            return address;
        root.Refuse(Key, $"\"{text}\" is not an address to listen on",
            $"write ADDRESS:PORT, such as {Otherwise}, \"[::1]:9877\" or, for every address, \":9877\"");
        return Parse(Otherwise)!;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    static ListenAddress? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return null;
        var host = text[..colon];
        var bracketed = host is ['[', .., ']'];
        if (bracketed)
            host = host[1..^1];
        // An IPv6 address needs its brackets, or its last group would pass for the port.
        return bracketed == host.Contains(':', StringComparison.Ordinal) && Find(host) is not null ? new ListenAddress(host, port) : null;
    }

    static IPAddress? Find(string host) => host switch
    {
        "" => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any,
        "localhost" => IPAddress.Loopback,
        // "1" and "127.1" are addresses too, but hardly what somebody meant.
        _ when IPAddress.TryParse(host, out var address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == host) => address,
        _ => null,
    };
}
