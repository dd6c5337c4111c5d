using System.Globalization;
using System.Net;

namespace Verolux.Exporter.Site;

/// <summary>What the program was told. The back end runs where a port is given, with PagerDuty's stand-in beside it where that has a key; cameras where theirs is.</summary>
sealed record Arguments(int? Port, string? RoutingKey, int? RtspPort, int Cameras, int DeadPercent, IPAddress Address)
{
    public const string Usage =
        "usage: Verolux.Exporter.Site [--port PORT [--routing-key KEY]] [--rtsp-port PORT [--cameras COUNT [--dead-percent PERCENT]]]; [--address ADDRESS]; PORT 0 has the system pick one, ADDRESS is 127.0.0.1 unless told otherwise";

    /// <returns>null when they make no sense.</returns>
    public static Arguments? Read(string[] args)
    {
        var values = args.Chunk(2).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]);
        if (args.Length == 0 || values.Count * 2 != args.Length)
            return null;
        var wrong = false;
        int? Number(string name, int most)
        {
            if (!values.Remove(name, out var text))
                return null;
            wrong |= !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > most;
            return number;
        }
        var (port, rtspPort) = (Number("--port", ushort.MaxValue), Number("--rtsp-port", ushort.MaxValue));
        var (cameras, deadPercent) = (Number("--cameras", 1_000_000), Number("--dead-percent", 100));
        var address = IPAddress.Loopback;
        wrong |= values.Remove("--address", out var given) && !IPAddress.TryParse(given, out address!);
        wrong |= (values.Remove("--routing-key", out var routingKey) && port is null) || (rtspPort is null && cameras is not null) || (cameras is null && deadPercent is not null);
        return wrong || values.Count > 0 ? null : new Arguments(port, routingKey, rtspPort, cameras ?? 0, deadPercent ?? 0, address);
    }
}
