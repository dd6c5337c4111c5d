using System.Text;
using System.Text.Json;

namespace Verolux.Exporter.Tests.Support;

/// <summary>Breaks JSON in all ways that anybody has thought of.</summary>
/// <param name="sound">Texts to start from.</param>
sealed class BrokenJson(IEnumerable<byte[]> sound)
{
    /// <summary>Stand in the place of any value.</summary>
    static readonly byte[][] Values =
    [
        .. ((string[])
        [
            "null", "true", "0", "-1", "1e999", "-0", "1e-400", "123456789012345678901234567890", "\"\"", "[]", "{}", "[7]", "[null,{}]", "\"\\ud800\"", "\"\\udc00x\"", "\"a\\u0000b\"", "\"\\n\\r\\u001b[31m\"",
            "\"\\u202e\\u2028\"", "\"resolved\"", "\"firing\"", "\"0001-01-01T00:00:00Z\"", "\"0002-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59.9999999Z\"", "\"9999-12-31T23:59:59-14:00\"", "\"2026-11-24T10:00:00\"",
            "{\"alertname\":\"A\",\"alertname\":\"B\"}", "{\"alertname\":\"A\",\"severity\":\"\\ud800\"}", "{\"\\ud800\":\"x\"}", "{\"a\\nb\":7}", "{\"alerts\":[{}]}", $"\"{new string('x', 20_000)}\"", new string('[', 60) + new string(']', 60), new string('{', 3000),
            string.Concat(Enumerable.Repeat("{\"a\":", 50)) + "1" + new string('}', 50), $"{{{string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"l{i}\":\"v\""))},\"alertname\":\"A\"}}",
        ]).Select(Encoding.UTF8.GetBytes),
        [(byte)'"', 0xFF, (byte)'"'], [(byte)'"', 0xC3, (byte)'"'], [(byte)'"', 0xED, 0xA0, 0x80, (byte)'"'], [0xEF, 0xBB, 0xBF], [(byte)'"', 0xF0, 0x9F, 0x98, (byte)'"'],
    ];

    static readonly byte[][] Pieces = [.. ((string[])
    [
        "\"", "\\", "\\ud800", "\\u0000", "{", "}", "[", "]", ",", ":", "null", "1e999", "\"labels\":{}", "\"alerts\":[", "\"alerts\":[],", "\u00fc", "\ufffd", " ", "\n", "\0", "\"alertname\":7,", "\"status\":\"resolved\",", "//", "NaN",
    ]).Select(Encoding.UTF8.GetBytes)];

    readonly Sound[] sound = [.. sound.Select(Sound.Of)];

    /// <summary>A sound one with a field taken away, doubled or given another value, and changed in a few places besides; now and then only noise.</summary>
    public byte[] Make(Random random)
    {
        if (random.Next(50) == 0)
        {
            var noise = new byte[random.Next(400)];
            random.NextBytes(noise);
            return noise;
        }
        var one = sound[random.Next(sound.Length)];
        var body = new List<byte>(one.Bytes);
        if (random.Next(4) > 0)
            ChangeField(body, one.Fields[random.Next(one.Fields.Count)], random);
        for (var i = random.Next(random.Next(4)); i > 0 && body.Count > 0; i--)
            ChangePlace(body, random.Next(body.Count), random);
        return [.. body];
    }

    static void ChangeField(List<byte> body, Field field, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                // With the comma, wherever that is.
                var end = field.End < body.Count && body[field.End] == ',' ? field.End + 1 : field.End;
                var start = end == field.End && body[field.Start - 1] == ',' ? field.Start - 1 : field.Start;
                body.RemoveRange(start, end - start);
                break;
            case 1:
                body.InsertRange(field.Start, [.. body.GetRange(field.Start, field.End - field.Start), (byte)',']);
                break;
            case 2:
                body.InsertRange(field.Start, [.. body.GetRange(field.Start, field.Value - field.Start), .. Values[random.Next(Values.Length)], (byte)',']);
                break;
            default:
                body.RemoveRange(field.Value, field.End - field.Value);
                body.InsertRange(field.Value, Values[random.Next(Values.Length)]);
                break;
        }
    }

    static void ChangePlace(List<byte> body, int at, Random random)
    {
        switch (random.Next(7))
        {
            case 0:
                body[at] = (byte)random.Next(256);
                break;
            case 1:
                body[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                body.RemoveRange(at, Math.Min(random.Next(1, 20), body.Count - at));
                break;
            case 3:
                body.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
                break;
            case 4:
                body.InsertRange(random.Next(body.Count), body.GetRange(at, Math.Min(random.Next(1, 40), body.Count - at)));
                break;
            case 5:
                // Within a text, where JSON stays JSON.
                if (body[at] is > (byte)'a' and < (byte)'z')
                    body[at] = (byte)random.Next('A', 'z');
                break;
            default:
                body.RemoveRange(at, body.Count - at);
                break;
        }
    }

    /// <summary>Where a property begins, where its value does, and where both end.</summary>
    readonly record struct Field(int Start, int Value, int End);

    /// <summary>A body to start from, and all its properties at any depth.</summary>
    sealed record Sound(byte[] Bytes, IReadOnlyList<Field> Fields)
    {
        public static Sound Of(byte[] bytes)
        {
            var fields = new List<Field>();
            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                    continue;
                var value = reader;
                value.Read();
                var start = (int)value.TokenStartIndex;
                value.Skip();
                fields.Add(new Field((int)reader.TokenStartIndex, start, (int)value.BytesConsumed));
            }
            return new Sound(bytes, fields);
        }
    }
}
