using System.Buffers;
using System.Text.Json;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>Alerts that the receiver raises about itself, in the form in which Alertmanager would send them. They end when the same is posted as resolved.</summary>
static class SelfAlert
{
    public static ReadOnlyMemory<byte> TooLarge(string site)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteStartArray("alerts");
        json.WriteStartObject();
        json.WriteString("status", "firing");
        json.WriteStartObject("labels");
        json.WriteString("alertname", "VeroluxWebhookTooLarge");
        json.WriteString("component", "verolux-exporter");
        json.WriteString("severity", "critical");
        json.WriteString("site", site);
        json.WriteEndObject();
        json.WriteStartObject("annotations");
        json.WriteString("summary", "Alertmanager sent a notification over 32 MiB, which was refused; its alerts are not known here.");
        json.WriteString("description", "Look at Alertmanager's own page for what fires, and make its groups smaller (group_by: ['...']).");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
