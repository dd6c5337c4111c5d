using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Verolux.Exporter.Configuration;

/// <summary>
/// Tells JSON as the events of YAML, so that one tree serves both. YAML's own parser takes longer, and refuses JSON that is indented with
/// tabs. Throws <see cref="JsonException"/> for what is no JSON or nested more than 64 deep.
/// </summary>
sealed class JsonParser : IParser
{
    readonly byte[] bytes;
    readonly IEnumerator<ParsingEvent> events;
    JsonReaderState state;
    int consumed;
    int line = 1;

    public JsonParser(string text)
    {
        bytes = Encoding.UTF8.GetBytes(text);
        events = Events().GetEnumerator();
    }

    public ParsingEvent? Current { get; private set; }

    public bool MoveNext()
    {
        Current = events.MoveNext() ? events.Current : null;
        return Current is not null;
    }

    IEnumerable<ParsingEvent> Events()
    {
        yield return new StreamStart();
        yield return new DocumentStart();
        while (Next() is { } token)
            yield return token;
        yield return new DocumentEnd(isImplicit: true);
        yield return new StreamEnd();
    }

    ParsingEvent? Next()
    {
        var reader = new Utf8JsonReader(bytes.AsSpan(consumed), isFinalBlock: true, state);
        if (!reader.Read())
            return null;
        state = reader.CurrentState;
        // No token spans lines, so all that end here end before it.
        line += bytes.AsSpan(consumed, (int)reader.BytesConsumed).Count((byte)'\n');
        consumed += (int)reader.BytesConsumed;
        var mark = new Mark(consumed, line, 1);
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Flow, mark, mark),
            JsonTokenType.EndObject => new MappingEnd(mark, mark),
            JsonTokenType.StartArray => new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Flow, mark, mark),
            JsonTokenType.EndArray => new SequenceEnd(mark, mark),
            JsonTokenType.String or JsonTokenType.PropertyName => Scalar(reader.GetString()!, mark),
            JsonTokenType.Null => Scalar("", mark),
            _ => Scalar(Encoding.UTF8.GetString(reader.ValueSpan), mark),
        };
    }

    static Scalar Scalar(string value, Mark mark) => new(AnchorName.Empty, TagName.Empty, value, ScalarStyle.DoubleQuoted, isPlainImplicit: false, isQuotedImplicit: true, mark, mark);
}
