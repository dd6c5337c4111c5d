using System.Text.Json;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Alerts.Alertmanagers;

/// <summary>
/// Reads what an Alertmanager answers (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, gettableAlerts and gettableSilences), strictly,
/// unlike its webhook: what is missing here is taken for over, so an answer with one alert that can't be read is not believed at all.
/// </summary>
/// <param name="receiver">What the alerts that are ours are routed to.</param>
sealed class ViewReader(string receiver, AlertReader reader)
{
    /// <summary>Alertmanager's have 16 characters. An incident knows an alert by no longer one.</summary>
    const int LongestFingerprint = 64;

    /// <summary>More than it reads as an alert.</summary>
    const int MostLabels = 256;

    readonly Dictionary<string, SeenAlert> alerts = new(StringComparer.Ordinal);
    readonly Dictionary<string, Silence> silences = new(StringComparer.Ordinal);
    readonly List<SeenWatchdog> watchdogs = [];
    readonly HashSet<string> fingerprints = new(StringComparer.Ordinal);
    readonly HashSet<string> muting = new(StringComparer.Ordinal);

    delegate string? ReadOne(ref Utf8JsonReader json, ReadOnlyMemory<byte> body);

    public View View(string alertmanager, DateTimeOffset askedAt, DateTimeOffset? now) => new(alertmanager, askedAt, null, now, alerts, silences, watchdogs);

    /// <returns>Null, or why it can't be believed, for people: the rest of a sentence about the answer.</returns>
    public string? ReadAlerts(ReadOnlyMemory<byte> body) => ReadList(body, ReadAlert);

    /// <summary>After the alerts: of silences that mute none of them there may be very many.</summary>
    /// <returns>Null, or why it can't be believed, for people: the rest of a sentence about the answer.</returns>
    public string? ReadSilences(ReadOnlyMemory<byte> body) => ReadList(body, ReadSilence);

    static string? ReadList(ReadOnlyMemory<byte> body, ReadOne readOne)
    {
        try
        {
            var json = new Utf8JsonReader(body.Span);
            json.Read();
            if (json.TokenType != JsonTokenType.StartArray)
                return "is no list";
            for (var number = 1; json.Read() && json.TokenType != JsonTokenType.EndArray; number++)
            {
                if (json.TokenType != JsonTokenType.StartObject)
                    return $"has as its item {number} what is no object";
                if (readOne(ref json, body) is { } why)
                    return $"has as its item {number} one that {why}";
            }
            // Reading on to the end makes sure that nothing but one JSON value was sent.
            while (json.Read())
            {
            }
            return null;
        }
        catch (JsonException)
        {
            return "is not JSON, or breaks off";
        }
        catch (InvalidOperationException)
        {
            return "holds text that is not UTF-8";
        }
    }

    string? ReadAlert(ref Utf8JsonReader json, ReadOnlyMemory<byte> body)
    {
        ReadOnlyMemory<byte> labels = default, annotations = "{}"u8.ToArray(), link = "\"\""u8.ToArray();
        Moment startsAt = default, endsAt = default, updatedAt = default;
        string? fingerprint = null;
        IReadOnlyList<string>? receivers = null;
        (IReadOnlyList<string> SilencedBy, IReadOnlyList<string> InhibitedBy)? muted = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "labels":
                    labels = Raw(ref json, body);
                    break;
                case "annotations":
                    annotations = Raw(ref json, body);
                    break;
                case "generatorURL":
                    link = Raw(ref json, body);
                    break;
                case "startsAt":
                    startsAt = MomentOf(ref json, body);
                    break;
                case "endsAt":
                    endsAt = MomentOf(ref json, body);
                    break;
                case "updatedAt":
                    updatedAt = MomentOf(ref json, body);
                    break;
                case "fingerprint":
                    fingerprint = TextOf(ref json);
                    break;
                case "receivers":
                    receivers = ReceiversOf(ref json);
                    break;
                case "status":
                    muted = MutedBy(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }
        if (string.IsNullOrEmpty(fingerprint))
            return "has no fingerprint";
        if (fingerprint.Length > LongestFingerprint)
            return $"has a fingerprint of {fingerprint.Length} characters";
        if (!fingerprints.Add(fingerprint))
            return "has the fingerprint of another one";
        if (startsAt.Time is null || endsAt.Time is not { } validUntil || updatedAt.Time is not { } updated)
            return "lacks a time, or has one that is none";
        if (receivers is null)
            return "has no receivers";
        if (muted is not { } by)
            return "does not say what mutes it";
        if (CanBeNamed(labels) is not { } named)
            return "has no labels, or one that is not a text";
        // As the webhook would bring it, it is put aside there, so no incident comes of it.
        if (!named)
            return null;
        byte[] raw =
        [
            .. "{\"status\":\"firing\",\"labels\":"u8, .. labels.Span, .. ",\"annotations\":"u8, .. annotations.Span, .. ",\"startsAt\":"u8, .. startsAt.Raw.Span,
            .. ",\"endsAt\":\"0001-01-01T00:00:00Z\",\"generatorURL\":"u8, .. link.Span, .. ",\"fingerprint\":\""u8, .. JsonEncodedText.Encode(fingerprint).EncodedUtf8Bytes, .. "\"}"u8,
        ];
        var again = new Utf8JsonReader(raw);
        again.Read();
        if (reader.Read(again, raw, out var alert) is { } why)
            return why;
        muting.UnionWith(by.SilencedBy);
        alerts.Add(fingerprint, new SeenAlert(alert, validUntil, updated, by.SilencedBy, by.InhibitedBy, receivers.Contains(receiver)) { Receivers = receivers });
        if (alert.Name == SeenWatchdog.Name)
            watchdogs.Add(new SeenWatchdog(AlertJson.Labels(raw), alert.StartsAt!.Value, updated, validUntil));
        return null;
    }

    string? ReadSilence(ref Utf8JsonReader json, ReadOnlyMemory<byte> body)
    {
        string? id = null, by = null, comment = null;
        Moment endsAt = default, updatedAt = default;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "id":
                    id = TextOf(ref json);
                    break;
                case "createdBy":
                    by = TextOf(ref json);
                    break;
                case "comment":
                    comment = TextOf(ref json);
                    break;
                case "endsAt":
                    endsAt = MomentOf(ref json, body);
                    break;
                case "updatedAt":
                    updatedAt = MomentOf(ref json, body);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }
        if (string.IsNullOrEmpty(id))
            return "has no id";
        if (by is null || comment is null)
            return "does not say who made it and why";
        if (endsAt.Time is not { } until || updatedAt.Time is not { } madeAt)
            return "lacks a time, or has one that is none";
        if (muting.Contains(id) && !silences.TryAdd(id, new Silence(id, by, comment, madeAt, until)))
            return "has the id of another one";
        return null;
    }

    /// <summary>A value as it stands there.</summary>
    static ReadOnlyMemory<byte> Raw(ref Utf8JsonReader json, ReadOnlyMemory<byte> body)
    {
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return body[start..(int)json.BytesConsumed];
    }

    /// <summary>A time; none where it can't be read, and for Go's zero time, which means that there is none.</summary>
    static Moment MomentOf(ref Utf8JsonReader json, ReadOnlyMemory<byte> body)
    {
        DateTimeOffset? read = json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out var time) && time.Year > 1 ? time : null;
        return new Moment(read, Raw(ref json, body));
    }

    /// <summary>Null for what is no text.</summary>
    static string? TextOf(ref Utf8JsonReader json)
    {
        var text = json.TokenType == JsonTokenType.String ? json.GetString() : null;
        json.Skip();
        return text;
    }

    /// <summary>Whom it is routed to; null for what is no list of receivers.</summary>
    static List<string>? ReceiversOf(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return null;
        }
        List<string>? receivers = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            string? called = null;
            if (json.TokenType == JsonTokenType.StartObject)
            {
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                {
                    var isName = json.ValueTextEquals("name"u8);
                    json.Read();
                    called = isName ? TextOf(ref json) : called;
                    json.Skip();
                }
            }
            else
            {
                json.Skip();
            }
            if (called is null)
                receivers = null;
            else
                receivers?.Add(called);
        }
        return receivers;
    }

    /// <summary>Null for what does not say it.</summary>
    static (IReadOnlyList<string> SilencedBy, IReadOnlyList<string> InhibitedBy)? MutedBy(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return null;
        }
        IReadOnlyList<string>? silencedBy = null, inhibitedBy = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (bySilences, byAlerts) = (json.ValueTextEquals("silencedBy"u8), json.ValueTextEquals("inhibitedBy"u8));
            json.Read();
            if (bySilences)
                silencedBy = TextsOf(ref json);
            else if (byAlerts)
                inhibitedBy = TextsOf(ref json);
            else
                json.Skip();
        }
        return silencedBy is null || inhibitedBy is null ? null : (silencedBy, inhibitedBy);
    }

    /// <summary>Null for what is no list of texts.</summary>
    static List<string>? TextsOf(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return null;
        }
        var (texts, areTexts) = (new List<string>(), true);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (TextOf(ref json) is { } text)
                texts.Add(text);
            else
                areTexts = false;
        }
        return areTexts ? texts : null;
    }

    /// <summary>Whether the labels are such that an alert is told by them; null where they are no labels at all.</summary>
    static bool? CanBeNamed(ReadOnlyMemory<byte> labels)
    {
        if (labels.IsEmpty)
            return null;
        var json = new Utf8JsonReader(labels.Span);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            return null;
        var (count, isNamed) = (0, false);
        for (; json.Read() && json.TokenType == JsonTokenType.PropertyName; count++)
        {
            var isName = json.ValueTextEquals("alertname"u8);
            json.Read();
            if (json.TokenType != JsonTokenType.String)
                return null;
            // Of two the last one counts, as it does for the webhook.
            isNamed = isName ? !json.ValueTextEquals(""u8) : isNamed;
        }
        return count == 0 ? null : isNamed && count <= MostLabels;
    }

    /// <summary>A time, and how it is written; null for none.</summary>
    readonly record struct Moment(DateTimeOffset? Time, ReadOnlyMemory<byte> Raw);
}
