using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>
/// Whatever is sent in the place of a notification is either told not to be JSON or read, with every alert found or kept as it came, in little memory; and what was
/// read can be stored, answered and shown.
/// </summary>
public class WebhookFuzzTests
{
    /// <summary>Bytes that reading one body may allocate, beside so many for each of its own: now and then the table of known names grows.</summary>
    const int MostMemory = 1024 * 1024;
    const int MostMemoryPerByte = 16;

    /// <summary>How many bodies, evenly taken from all, go through HTTP into a store.</summary>
    const int Posted = 2000;
    const int SmallestStride = 20;

    static readonly Sound[] Seeds = [.. CapturedWebhooks.All.Select(Sound.Of)];

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

    [Test]
    public async Task Notifications_are_read_and_stored()
    {
        var reader = new AlertReader(["replica"]);
        await using var exporter = await RunningExporter.StartAsync(time: new FakeTimeProvider(Workbench.Now));
        var stride = Math.Max(SmallestStride, Fuzz.Inputs / Posted);
        var (read, refused) = (0, 0);
        await Fuzz.RunAsync("webhook", Mutated, async (input, _, body) =>
        {
            var alerts = Read(body, reader);
            (read, refused) = (read + (alerts is null ? 0 : 1), refused + (alerts is null ? 1 : 0));
            if (input % stride == 0)
                await PostAsync(exporter, body, alerts);
        });
        Assert.That(Math.Min(read, refused), Is.GreaterThan(Fuzz.Inputs / 10), "both happen often, or the changes would test nothing");
        await LookAsync(exporter);
    }

    /// <returns>How many alerts there are in it; null where it is no JSON.</returns>
    static int? Read(byte[] body, AlertReader reader)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Notification notification;
        try
        {
            notification = Notification.Parse(body, reader);
        }
        catch (JsonException)
        {
            return null;
        }
        if (GC.GetAllocatedBytesForCurrentThread() - before is var taken && taken > MostMemory + (MostMemoryPerByte * body.Length))
            throw new InvalidOperationException($"took {taken} bytes for {body.Length}");
        foreach (var alert in notification.Alerts)
        {
            Must(alert.Name.Length > 0, "an alert with a name");
            using var raw = JsonDocument.Parse(alert.Raw);
            Must(AlertJson.Texts(raw.RootElement, "labels").ContainsKey("alertname"), "an alert whose labels can be read again");
            _ = AlertJson.Texts(raw.RootElement, "annotations");
            _ = AlertJson.Text(raw.RootElement, "generatorURL");
        }
        foreach (var part in notification.Unreadable)
            Must(part.Why.Length is > 0 and < 200 && !part.Why.Any(char.IsControl), "a reason of one line");
        return notification.Alerts.Count;
    }

    static async Task PostAsync(RunningExporter exporter, byte[] body, int? alerts)
    {
        var (status, answer) = await exporter.PostAsync(new ByteArrayContent(body));
        Must(status == (alerts is null ? 400 : 200), $"what is answered {status}: {answer}");
        if (alerts is { } count)
            Must(JsonElement.Parse(answer).GetProperty("alerts").GetArrayLength() == count, "an answer for each alert");
    }

    /// <summary>What became of those that were stored can be shown.</summary>
    static async Task LookAsync(RunningExporter exporter)
    {
        foreach (var code in (int[])[500, 503])
            Assert.That(await exporter.MetricAsync($$"""verolux_webhook_requests_total{route="alertmanager",code="{{code}}"}"""), Is.Null);
        var numbers = exporter.Rows("SELECT id FROM incidents").Select(long.Parse).Select(Exporter.Alerts.Incidents.IncidentNumber.Format).ToList();
        Assert.That(numbers, Has.Count.GreaterThan(10));
        foreach (var number in numbers)
        {
            using var whole = await exporter.Client.GetAsync($"/api/v1/incidents/{number}");
            Assert.That((int)whole.StatusCode, Is.EqualTo(200), number);
            JsonElement.Parse(await whole.Content.ReadAsByteArrayAsync());
        }
    }

    // Not the framework's: it would write down each of a million.
    static void Must(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"this is not {what}");
    }

    /// <summary>A captured body with a field taken away, doubled or given another value, and changed in a few places besides; now and then only noise.</summary>
    static byte[] Mutated(Random random)
    {
        if (random.Next(50) == 0)
        {
            var noise = new byte[random.Next(400)];
            random.NextBytes(noise);
            return noise;
        }
        var sound = Seeds[random.Next(Seeds.Length)];
        var body = new List<byte>(sound.Bytes);
        if (random.Next(4) > 0)
            ChangeField(body, sound.Fields[random.Next(sound.Fields.Count)], random);
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
