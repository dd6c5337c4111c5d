using System.Text.Json;

namespace Verolux.Exporter.Site.PagerDuty;

/// <summary>One JSON object of an event: reads its fields and keeps every violation in the list it shares with the event's other objects.</summary>
sealed class Fields(JsonElement json, string path, List<string> errors)
{
    /// <summary>A text, or null where it is absent or wrong. What is required may not be empty either.</summary>
    public string? Text(string name, bool required = false, int longest = int.MaxValue)
    {
        if (!Has(name, JsonValueKind.String, "a string", required, out var value))
            return null;
        var text = value.GetString()!;
        if (required && text.Length == 0)
            Complain(name, "must not be empty");
        // Characters are code points: what Alertmanager cuts its summaries by, too.
        else if (text.EnumerateRunes().Count() > longest)
            Complain(name, $"is longer than {longest} characters");
        else
            return text;
        return null;
    }

    public string? OneOf(string name, params ReadOnlySpan<string> values)
    {
        if (Text(name, required: true) is not { } text)
            return null;
        if (values.Contains(text))
            return text;
        Complain(name, $"must be one of {string.Join(", ", values!)}");
        return null;
    }

    public void Address(string name, bool required = false, params ReadOnlySpan<string> schemes)
    {
        if (Text(name, required) is { } text && !(Uri.TryCreate(text, UriKind.Absolute, out var uri) && schemes.Contains(uri.Scheme)))
            Complain(name, $"must be an absolute URL ({string.Join(", ", schemes!)})");
    }

    public Fields? Object(string name, bool required = false) =>
        Has(name, JsonValueKind.Object, "an object", required, out var value) ? new Fields(value, Path(name), errors) : null;

    public IEnumerable<Fields> Objects(string name)
    {
        if (!Has(name, JsonValueKind.Array, "an array", false, out var value))
            yield break;
        foreach (var (index, item) in value.EnumerateArray().Index())
            if (item.ValueKind == JsonValueKind.Object)
                yield return new Fields(item, $"{Path(name)}[{index}]", errors);
            else
                Complain($"{name}[{index}]", "must be an object");
    }

    public void Complain(string name, string what) => errors.Add($"'{Path(name)}' {what}");

    bool Has(string name, JsonValueKind kind, string expected, bool required, out JsonElement value)
    {
        if (!json.TryGetProperty(name, out value))
        {
            if (required)
                Complain(name, "is missing");
            return false;
        }
        if (value.ValueKind != kind)
            Complain(name, $"must be {expected}");
        return value.ValueKind == kind;
    }

    string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";
}
