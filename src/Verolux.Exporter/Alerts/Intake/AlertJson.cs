using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>Reads texts out of an alert as Alertmanager sent it, whatever else is in there.</summary>
static class AlertJson
{
    /// <summary>The labels or the annotations.</summary>
    public static Dictionary<string, string> Texts(JsonElement alert, string name)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Find(alert, name) is not { ValueKind: JsonValueKind.Object } map)
            return texts;
        foreach (var pair in map.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.String))
            texts[NameOf(pair)] = Readable(pair.Value);
        return texts;
    }

    /// <summary>The labels of an alert that isn't parsed.</summary>
    public static Dictionary<string, string> Labels(ReadOnlyMemory<byte> alert)
    {
        using var json = JsonDocument.Parse(alert);
        return Texts(json.RootElement, "labels");
    }

    public static string Text(JsonElement alert, string name) => Find(alert, name) is { ValueKind: JsonValueKind.String } value ? Readable(value) : "";

    /// <summary>The last property of that name. Not TryGetProperty, which fails over half a surrogate pair in any other property's name.</summary>
    static JsonElement? Find(JsonElement alert, string name)
    {
        JsonElement? found = null;
        foreach (var property in alert.EnumerateObject())
        {
            if (NameOf(property) == name)
                found = property.Value;
        }
        return found;
    }

    static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return "(unreadable)";
        }
    }

    /// <summary>A text, or its JSON where that holds half a surrogate pair or what is not UTF-8: a page must not fail over a broken character.</summary>
    static string Readable(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(text));
        }
    }
}
