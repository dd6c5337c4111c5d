using System.Text.Json;

namespace Verolux.Exporter.Backend;

/// <summary>An answer is not the JSON that was asked for.</summary>
/// <param name="message">Names the field, for people.</param>
sealed class AnswerException(string message) : Exception(message);

/// <summary>
/// One JSON object of an answer, field by field. What is missing or null is not known and what nobody asks for is passed over, since services of several
/// versions are met; a field of another type than it should be is a mistake of somebody's and is refused.
/// </summary>
/// <param name="path">Where the object stands in the answer; empty for the whole of it.</param>
readonly struct Fields(JsonElement json, string path)
{
    /// <summary>Of a label, so that people can still read it.</summary>
    const int LongestName = 128;

    /// <exception cref="AnswerException">It is not a number, or less than 0: everything that services count or measure here is at least that.</exception>
    public double? Number(string name) => Find(name) is { } value ? Number(name, value) : null;

    /// <exception cref="AnswerException">It is neither true nor false.</exception>
    public bool? Flag(string name) => Find(name) is { } value ? value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Not(name, "true or false") : null;

    /// <exception cref="AnswerException">It is not a text.</exception>
    public string? Text(string name) => Find(name) is { } value ? value.ValueKind == JsonValueKind.String ? value.GetString() : throw Not(name, "a text") : null;

    /// <exception cref="AnswerException">It is not an object.</exception>
    public Fields? Object(string name) => Find(name) is { } value ? Object(name, value) : null;

    /// <summary>All fields, as numbers, for objects whose fields are named by what they are about; each name becomes a label.</summary>
    /// <exception cref="AnswerException">One is no number, or <see cref="Named"/> refuses them.</exception>
    public IEnumerable<(string Name, double Value)> Numbers(int most)
    {
        var fields = this;
        return Named(most).Where(f => f.Value.ValueKind != JsonValueKind.Null).Select(f => (f.Key, fields.Number(f.Key, f.Value)));
    }

    /// <summary>Likewise, as objects.</summary>
    /// <exception cref="AnswerException">One is no object, or <see cref="Named"/> refuses them.</exception>
    public IEnumerable<(string Name, Fields Value)> Objects(int most)
    {
        var fields = this;
        return Named(most).Select(f => (f.Key, fields.Object(f.Key, f.Value)));
    }

    /// <param name="most">Of them. Somebody who makes up names must not fill everybody's memory.</param>
    /// <exception cref="AnswerException">There are more, or a name is longer than a label may be.</exception>
    Dictionary<string, JsonElement> Named(int most)
    {
        var named = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in json.EnumerateObject())
        {
            if (field.Name.Length > LongestName)
                throw new AnswerException($"{path} has a name of more than {LongestName} characters");
            named[field.Name] = field.Value;
            if (named.Count > most)
                throw new AnswerException($"{path} has more than {most} names");
        }
        return named;
    }

    JsonElement? Find(string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    double Number(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) && number >= 0 ? number : throw Not(name, "a number of at least 0");

    Fields Object(string name, JsonElement value) => value.ValueKind == JsonValueKind.Object ? new Fields(value, Path(name)) : throw Not(name, "an object");

    AnswerException Not(string name, string kind) => new($"{Path(name)} is not {kind}");

    string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";
}
