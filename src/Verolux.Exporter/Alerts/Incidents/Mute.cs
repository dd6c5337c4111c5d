using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Verolux.Exporter.Alerts.Incidents;

enum MuteKind
{
    /// <summary>Somebody wants to hear nothing of it for a while.</summary>
    Silence,

    /// <summary>Another alert says it already.</summary>
    Inhibition,
}

/// <summary>Why Alertmanager tells nobody of an alert that fires: so it doesn't escalate here either, and its SLA's clock stands still.</summary>
/// <param name="By">Of a silence who made it; of an inhibition the alert that says it already. It comes from outside.</param>
/// <param name="Comment">Of a silence why.</param>
/// <param name="Until">When a silence ends; null for an inhibition.</param>
/// <param name="Since">By our clock.</param>
/// <param name="Untold">Whether it was muted before anybody was told of it.</param>
sealed record Mute(MuteKind Kind, string By, string Comment, DateTimeOffset? Until, DateTimeOffset Since, bool Untold = false)
{
    /// <summary>In words, from the participle on.</summary>
    public string Text => Happened + (By.Length > 0 ? $" by {By}" : "")
        + (Until is { } until ? string.Create(CultureInfo.InvariantCulture, $" until {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC") : "") + (Comment.Length > 0 ? $": {Comment}" : "");

    /// <summary>What has happened to what it mutes, on the timeline and as it is counted.</summary>
    public string Happened => Kind == MuteKind.Silence ? Timeline.Silenced : Timeline.Inhibited;

    /// <summary>Whether it is the same but for when it began.</summary>
    public bool IsLike(Mute other) => this == other with { Since = Since, Untold = Untold };

    /// <summary>As it stands in the store.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            Write(json);
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>As an object of an answer.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("kind", Kind == MuteKind.Silence ? "silence" : "inhibition");
        json.WriteString("by", By);
        json.WriteString("comment", Comment);
        json.WriteString("until", Until is { } until ? Rfc3339.Milliseconds(until) : null);
        json.WriteString("since", Rfc3339.Milliseconds(Since));
        json.WriteBoolean("untold", Untold);
        json.WriteEndObject();
    }

    public static Mute Parse(string text)
    {
        using var json = JsonDocument.Parse(text);
        var mute = json.RootElement;
        return new Mute(
            mute.GetProperty("kind").GetString() == "silence" ? MuteKind.Silence : MuteKind.Inhibition, mute.GetProperty("by").GetString()!, mute.GetProperty("comment").GetString()!,
            mute.GetProperty("until") is { ValueKind: JsonValueKind.String } until ? until.GetDateTimeOffset() : null, mute.GetProperty("since").GetDateTimeOffset(), mute.GetProperty("untold").GetBoolean());
    }
}
