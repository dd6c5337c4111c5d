using System.Text.Json;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>
/// A webhook body of Alertmanager, payload version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), read liberally: fields are
/// added there without a new version, and a refused body is an alert lost.
/// </summary>
sealed class Notification
{
    public const int MostUnreadable = 1000;

    public List<Alert> Alerts { get; } = [];

    /// <summary>Bad alerts among good ones, or the whole body where it holds no list of alerts.</summary>
    public List<Unreadable> Unreadable { get; } = [];

    /// <summary>How many parts are bad; no more than <see cref="MostUnreadable"/> of them are listed.</summary>
    public int UnreadableCount { get; private set; }

    public string? Version { get; private set; }

    /// <summary>The Alertmanager's own address, as it says; never called.</summary>
    public string ExternalUrl { get; private set; } = "";

    /// <summary>What the Alertmanager's configuration calls us; empty where the sender does not say.</summary>
    public string Receiver { get; private set; } = "";

    /// <summary>How many alerts the sender cut off (its <c>max_alerts</c>).</summary>
    public long Truncated { get; private set; }

    /// <exception cref="JsonException">The body is not JSON.</exception>
    public static Notification Parse(ReadOnlyMemory<byte> body, AlertReader alerts)
    {
        var notification = new Notification();
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        var listed = reader.TokenType == JsonTokenType.StartObject && notification.ReadBody(ref reader, body, alerts);
        if (reader.TokenType is JsonTokenType.StartArray)
            reader.Skip();
        if (!listed)
            notification.Reject("holds no list \"alerts\"", body);
        // Reading on to the end makes sure that nothing but one JSON value was sent.
        while (reader.Read())
        {
        }
        return notification;
    }

    bool ReadBody(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, AlertReader alerts)
    {
        var listed = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isAlerts = IsName(ref reader, "alerts"u8);
            var isVersion = IsName(ref reader, "version"u8);
            var isExternal = IsName(ref reader, "externalURL"u8);
            var isReceiver = IsName(ref reader, "receiver"u8);
            var isTruncated = IsName(ref reader, "truncatedAlerts"u8);
            reader.Read();
            if (isAlerts && reader.TokenType == JsonTokenType.StartArray)
            {
                listed = true;
                ReadAlerts(ref reader, body, alerts);
            }
            else if (isVersion)
                Version = TextOf(ref reader);
            else if (isExternal)
                ExternalUrl = TextOf(ref reader) ?? "";
            // It is quoted as for a regular expression.
            else if (isReceiver)
                Receiver = TextOf(ref reader)?.Replace("\\", "", StringComparison.Ordinal) ?? "";
            else if (isTruncated && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count))
                Truncated = count;
            reader.Skip();
        }
        return listed;
    }

    void Reject(string why, ReadOnlyMemory<byte> raw)
    {
        UnreadableCount++;
        if (Unreadable.Count < MostUnreadable)
            Unreadable.Add(new Unreadable(why, raw));
    }

    void ReadAlerts(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, AlertReader alerts)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            var end = reader;
            end.Skip();
            var raw = body[start..(int)end.BytesConsumed];
            if (alerts.Read(reader, raw, out var alert) is { } why)
                Reject(why, raw);
            else
                Alerts.Add(alert);
            reader = end;
        }
    }

    /// <summary>Whether the property is called so. A name with half a surrogate pair in it is called nothing that we know.</summary>
    static bool IsName(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>A string's text; null for anything else and for a string that is not UTF-8.</summary>
    internal static string? TextOf(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
            return null;
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
