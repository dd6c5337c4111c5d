using System.Text.Json;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Tests.Alerts.Intake;

static class Reading
{
    public static string? Try(this AlertReader reader, byte[] json, out Alert alert)
    {
        var at = new Utf8JsonReader(json);
        at.Read();
        return reader.Read(at, json, out alert);
    }

    public static SeriesKey Series(this AlertReader reader, string json) => reader.Try(Bodies.Utf8(json), out var alert) is null ? alert.Series : default;

    public static Notification Parse(string body) => Parse(Bodies.Utf8(body));

    public static Notification Parse(byte[] body) => Notification.Parse(body, new AlertReader(["replica"]));
}
