using System.Buffers;
using System.Text.Json;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>What the JSON of pages has in common, whoever it is for.</summary>
static class PageJson
{
    /// <summary>Longest text in the details at each try: what is too large is shortened evenly before anything is left out.</summary>
    static readonly int[] LongestDetails = [32_768, 1024, 128, 0];

    /// <summary>Writes an object of at most so many bytes.</summary>
    /// <param name="shrunk">Leaves the details out, for what was refused as it was.</param>
    /// <param name="write">Writes the object's properties, with no text in the details longer than this; none at all at 0.</param>
    public static byte[] Write(int largest, bool shrunk, Action<Utf8JsonWriter, int> write)
    {
        foreach (var longest in shrunk ? LongestDetails.AsSpan(^1) : LongestDetails)
        {
            var json = Write(json => write(json, longest));
            if (json.Length <= largest || longest == 0)
                return json;
        }
        throw new InvalidOperationException("unreachable: the last try is returned whatever its size");
    }

    /// <summary>Writes an object.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts, int longest)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(Page.Cut(text, longest));
        json.WriteEndArray();
    }

    public static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> texts, int longest)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in texts)
            json.WriteString(Page.Cut(key, longest), Page.Cut(value, longest));
        json.WriteEndObject();
    }
}
