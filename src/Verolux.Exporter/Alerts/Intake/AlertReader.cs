using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>Reads one alert and works out its series.</summary>
/// <param name="ignoredLabels">Labels that don't make another series, beside <c>severity</c>.</param>
sealed class AlertReader(IEnumerable<string> ignoredLabels)
{
    const int MostLabels = 256;
    const int MostNames = 4096;
    const int LongestName = 512;
    const int LongestTold = 64;
    static readonly byte[] Severity = "severity"u8.ToArray();
    static readonly byte[] AlertName = "alertname"u8.ToArray();
    static readonly byte[] Runbook = "runbook"u8.ToArray();
    readonly byte[][] ignored = [Severity, .. ignoredLabels.Select(Encoding.UTF8.GetBytes)];
    readonly ConcurrentDictionary<int, string> names = new();

    /// <returns>Null, or why it can't be understood, for people.</returns>
    public string? Read(Utf8JsonReader reader, ReadOnlyMemory<byte> raw, out Alert alert)
    {
        alert = default;
        if (reader.TokenType != JsonTokenType.StartObject)
            return "is not an object";
        var fields = new Fields();
        var scratch = ArrayPool<byte>.Shared.Rent(raw.Length);
        try
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (ReadField(ref reader, scratch, ref fields) is { } why)
                    return why;
            }
            return fields.Complete(raw, out alert);
        }
        catch (InvalidOperationException)
        {
            return "holds text that is not UTF-8";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    string? ReadField(ref Utf8JsonReader reader, byte[] scratch, ref Fields fields)
    {
        if (reader.ValueTextEquals("labels"u8))
        {
            reader.Read();
            return ReadLabels(ref reader, scratch, ref fields);
        }
        if (reader.ValueTextEquals("status"u8))
            fields.Status = ReadStatus(ref reader);
        else if (reader.ValueTextEquals("startsAt"u8))
            fields.StartsAt = ReadTime(ref reader);
        else if (reader.ValueTextEquals("endsAt"u8))
            fields.EndsAt = ReadTime(ref reader);
        else if (reader.ValueTextEquals("fingerprint"u8))
        {
            reader.Read();
            fields.Fingerprint = Notification.TextOf(ref reader);
        }
        reader.Skip();
        return null;
    }

    static bool? ReadStatus(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            return null;
        return reader.ValueTextEquals("firing"u8) ? true : reader.ValueTextEquals("resolved"u8) ? false : null;
    }

    /// <summary>A time; null for what is none, and for Go's zero time, which means that there is none.</summary>
    static DateTimeOffset? ReadTime(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) && time.Year > 1 ? time : null;
    }

    /// <summary>Hashes the labels in the order of their names, each with its length before it, so that no two sets read the same.</summary>
    string? ReadLabels(ref Utf8JsonReader reader, byte[] scratch, ref Fields fields)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return "has labels that are not an object";
        Span<(int Name, int NameLength, int Value, int ValueLength)> labels = stackalloc (int, int, int, int)[MostLabels];
        var (count, used, sorted) = (0, 0, true);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (count == MostLabels)
                return $"has more than {MostLabels} labels";
            var nameLength = reader.CopyString(scratch.AsSpan(used));
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                return $"has a label {OneLine.Of(Encoding.UTF8.GetString(scratch, used, Math.Min(nameLength, LongestTold)))} that is not a text";
            var value = used + nameLength;
            var valueLength = reader.CopyString(scratch.AsSpan(value));
            labels[count] = (used, nameLength, value, valueLength);
            sorted &= count == 0 || scratch.AsSpan(labels[count - 1].Name, labels[count - 1].NameLength).SequenceCompareTo(scratch.AsSpan(used, nameLength)) < 0;
            used = value + valueLength;
            count++;
        }
        labels = labels[..count];
        if (!sorted)
            Sort(labels, scratch);
        Identify(labels, scratch, ref fields);
        return null;
    }

    /// <summary>On its own, since the comparison is an object that Alertmanager's order, which is sorted, has no need for.</summary>
    static void Sort(Span<(int Name, int NameLength, int Value, int ValueLength)> labels, byte[] scratch) =>
        labels.Sort((a, b) => scratch.AsSpan(a.Name, a.NameLength).SequenceCompareTo(scratch.AsSpan(b.Name, b.NameLength)));

    void Identify(ReadOnlySpan<(int Name, int NameLength, int Value, int ValueLength)> labels, byte[] scratch, ref Fields fields)
    {
        Span<byte> small = stackalloc byte[2048];
        var size = labels.Length * 8;
        foreach (var label in labels)
            size += label.NameLength + label.ValueLength;
        var rented = size > small.Length ? ArrayPool<byte>.Shared.Rent(size) : null;
        var canonical = rented ?? small;
        // Of two objects "labels" the last one counts, with all that it says and lacks.
        (fields.Name, fields.Severity, fields.Runbook) = (null, null, null);
        var at = 0;
        foreach (var label in labels)
        {
            var name = scratch.AsSpan(label.Name, label.NameLength);
            var value = scratch.AsSpan(label.Value, label.ValueLength);
            if (name.SequenceEqual(AlertName))
                fields.Name = NameOf(value);
            else if (name.SequenceEqual(Severity))
                fields.Severity = NameOf(value);
            else if (name.SequenceEqual(Runbook))
                fields.Runbook = value.Length > LongestName ? null : NameOf(value);
            if (IsIgnored(name))
                continue;
            at += Put(canonical[at..], name);
            at += Put(canonical[at..], value);
        }
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonical[..at], hash);
        fields.Series = SeriesKey.From(hash);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }

    static int Put(Span<byte> destination, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteInt32BigEndian(destination, text.Length);
        text.CopyTo(destination[4..]);
        return text.Length + 4;
    }

    bool IsIgnored(ReadOnlySpan<byte> name)
    {
        foreach (var other in ignored)
        {
            if (name.SequenceEqual(other))
                return true;
        }
        return false;
    }

    /// <summary>The few names that come again and again, without a new string each time.</summary>
    string NameOf(ReadOnlySpan<byte> utf8)
    {
        // What is longer is no name that comes again, and would only be kept for nothing.
        if (utf8.Length > LongestName)
            return Encoding.UTF8.GetString(utf8);
        HashCode hash = default;
        hash.AddBytes(utf8);
        var key = hash.ToHashCode();
        if (names.TryGetValue(key, out var known) && Encoding.UTF8.GetByteCount(known) == utf8.Length && IsSame(known, utf8))
            return known;
        var text = Encoding.UTF8.GetString(utf8);
        if (names.Count < MostNames)
            names[key] = text;
        return text;
    }

    static bool IsSame(string text, ReadOnlySpan<byte> utf8)
    {
        Span<byte> bytes = stackalloc byte[LongestName];
        return Encoding.UTF8.TryGetBytes(text, bytes, out var written) && bytes[..written].SequenceEqual(utf8);
    }

    struct Fields
    {
        public SeriesKey? Series;
        public string? Name;
        public string? Severity;
        public string? Runbook;
        public string? Fingerprint;
        public bool? Status;
        public DateTimeOffset? StartsAt;
        public DateTimeOffset? EndsAt;

        public readonly string? Complete(ReadOnlyMemory<byte> raw, out Alert alert)
        {
            alert = default;
            if (Series is not { } series)
                return "has no labels";
            if (string.IsNullOrEmpty(Name))
                return "has no label alertname";
            if (Status is not { } firing)
                return "has no status that is firing or resolved";
            alert = new Alert(series, Fingerprint ?? "", firing, Name, Severity, Runbook, StartsAt, EndsAt, raw);
            return null;
        }
    }
}
