using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Verolux.Exporter.Alerts.Drills;

/// <summary>
/// The alert that a test of the alerting path is made with. Its name alone makes an incident a drill, so that one that somebody sends by hand is treated the
/// same: every destination hears of it, as of a test, and it has no SLA and goes to nobody else.
/// </summary>
/// <param name="Id">Tells this drill from any other: the value of the label <see cref="Label"/>.</param>
sealed record Drill(string Id, string Site, string By, string Note, DateTimeOffset StartsAt)
{
    public const string AlertName = "VeroluxDrill";

    public const string Label = "drill";

    /// <summary>What everybody is told, whatever its annotations say.</summary>
    public const string Words = "nothing is wrong, nothing to do";

    const int IdBytes = 4;

    public static bool Is(string alertName) => alertName == AlertName;

    public static Drill Begin(string site, string by, string note, DateTimeOffset now) => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes)), site, by, note, now);

    /// <summary>As Prometheus would post it to Alertmanager.</summary>
    /// <param name="endsAt">Null while it fires: Alertmanager then ends it by itself after its <c>resolve_timeout</c>, should we not live to do so.</param>
    public ReadOnlyMemory<byte> Posted(DateTimeOffset? endsAt) => Write(json =>
    {
        json.WriteStartArray();
        json.WriteStartObject();
        WriteTexts(json);
        json.WriteString("startsAt", Rfc3339.Milliseconds(StartsAt));
        if (endsAt is { } end)
            json.WriteString("endsAt", Rfc3339.Milliseconds(end));
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>As Alertmanager would send it to us.</summary>
    public ReadOnlyMemory<byte> Webhook() => Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("alerts");
        json.WriteStartObject();
        json.WriteString("status", "firing");
        WriteTexts(json);
        json.WriteString("startsAt", Rfc3339.Milliseconds(StartsAt));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    });

    void WriteTexts(Utf8JsonWriter json)
    {
        json.WriteStartObject("labels");
        json.WriteString("alertname", AlertName);
        json.WriteString(Label, Id);
        json.WriteString("severity", "info");
        json.WriteString("site", Site);
        json.WriteEndObject();
        json.WriteStartObject("annotations");
        json.WriteString("summary", $"Test of the alerting path{(By.Length > 0 ? $", started by {By}" : "")}; nothing is wrong.");
        json.WriteString("description", $"It ends by itself, and nobody has to do anything.{(Note.Length > 0 ? $" {Note}" : "")}");
        json.WriteEndObject();
    }

    static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        write(json);
        json.Flush();
        return buffer.WrittenMemory;
    }
}
