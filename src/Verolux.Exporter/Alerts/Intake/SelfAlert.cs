using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>Alerts that the receiver raises about itself, in the form in which Alertmanager would send them. They end when the same is posted as resolved.</summary>
static class SelfAlert
{
    public const string PathDeadName = "VeroluxAlertingPathDead";

    public static ReadOnlyMemory<byte> TooLarge(string site) => Write(
        "VeroluxWebhookTooLarge", site, true, "Alertmanager sent a notification over 32 MiB, which was refused; its alerts are not known here.",
        "Look at Alertmanager's own page for what fires, and make its groups smaller (group_by: ['...']).");

    /// <param name="dead">Whether it is, or is no more.</param>
    /// <param name="why">What is known of it.</param>
    public static ReadOnlyMemory<byte> PathDead(string site, bool dead, IEnumerable<string> why) => Write(
        PathDeadName, site, dead, "No alert gets here any more: Prometheus or Alertmanager is down, or nothing gets from one to the other. Nobody watches the site.",
        string.Join(' ', why));

    /// <param name="count">How many alerts fired and ended between the two.</param>
    /// <param name="some">Some of them, one line each.</param>
    public static ReadOnlyMemory<byte> SleptThrough(string site, DateTimeOffset from, DateTimeOffset until, int count, IEnumerable<string> some) => Write(
        "VeroluxSleptThrough", site, false,
        string.Create(CultureInfo.InvariantCulture, $"{count} alert(s) fired and ended while the exporter was away, from {from.UtcDateTime:HH:mm} to {until.UtcDateTime:HH:mm} UTC: nobody was paged for them."),
        $"They are on the board as missed: {string.Join("; ", some)}", "info", (from, until));

    static ReadOnlyMemory<byte> Write(string name, string site, bool firing, string summary, string description, string severity = "critical", (DateTimeOffset From, DateTimeOffset Until)? times = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteStartArray("alerts");
        json.WriteStartObject();
        json.WriteString("status", firing ? "firing" : "resolved");
        json.WriteStartObject("labels");
        json.WriteString("alertname", name);
        json.WriteString("component", "verolux-exporter");
        json.WriteString("severity", severity);
        json.WriteString("site", site);
        json.WriteEndObject();
        json.WriteStartObject("annotations");
        json.WriteString("summary", summary);
        json.WriteString("description", description);
        json.WriteEndObject();
        if (times is var (from, until))
        {
            json.WriteString("startsAt", Rfc3339.Milliseconds(from));
            json.WriteString("endsAt", Rfc3339.Milliseconds(until));
        }
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
