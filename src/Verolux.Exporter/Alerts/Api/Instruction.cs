using System.Text.Json;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Security;

namespace Verolux.Exporter.Alerts.Api;

/// <summary>The body of a request that does something to an incident: an object, of which every field may be left out.</summary>
sealed class Instruction
{
    /// <summary>What our own command line calls itself (User-Agent).</summary>
    public const string OwnAgent = "verolux-exporter";

    public const int LongestName = 200;
    public const int LongestNote = 10_000;
    const int LongestBody = 64 * 1024;
    readonly Dictionary<string, JsonElement> fields = [];

    Instruction()
    {
    }

    /// <summary>Who says so: the field <c>by</c>, else whoever the credentials belong to.</summary>
    public Who Who { get; private set; } = null!;

    public string Note => Text("note", LongestNote);

    /// <param name="known">Names of the fields that count beside <c>by</c> and <c>note</c>; any other is a mistake of the sender's.</param>
    /// <exception cref="Refusal">The body makes no sense.</exception>
    public static async Task<Instruction> ReadAsync(HttpContext context, params string[] known)
    {
        var instruction = new Instruction();
        if (context.Request.ContentLength is not 0)
            instruction.Take(await BodyAsync(context), known);
        var by = instruction.Text("by", LongestName);
        instruction.Who = new Who(by.Length > 0 ? by : Caller.Of(context)?.Name ?? "", context.Request.Headers.UserAgent.ToString().StartsWith($"{OwnAgent}/", StringComparison.Ordinal) ? Source.Command : Source.Api);
        return instruction;
    }

    public long? Number(string name, long from, long to)
    {
        if (!fields.TryGetValue(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= from && number <= to
            ? number
            : throw Refusal.Senseless($"\"{name}\" is {Shown(value)}; write a number from {from} to {to}");
    }

    public bool? Flag(string name) => !fields.TryGetValue(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Refusal.Senseless($"\"{name}\" is {Shown(value)}; write true or false"),
    };

    string Text(string name, int longest)
    {
        if (!fields.TryGetValue(name, out var value))
            return "";
        if (value.ValueKind != JsonValueKind.String || TextOf(value) is not { } text)
            throw Refusal.Senseless($"\"{name}\" is {Shown(value)}; write a text");
        return text.Length <= longest ? text : throw Refusal.Senseless($"\"{name}\" has {text.Length} characters; write at most {longest}");
    }

    void Take(JsonElement body, string[] known)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw Refusal.Senseless("the body is no JSON object; send one such as {\"by\":\"Kim\"}");
        foreach (var field in body.EnumerateObject())
        {
            if (field.Name is not ("by" or "note") && !known.Contains(field.Name))
                throw Refusal.Senseless($"there is no field \"{Shown(field.Name)}\"; write {string.Join(", ", known.Prepend("note").Prepend("by"))}");
            fields[field.Name] = field.Value;
        }
    }

    static async Task<JsonElement> BodyAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
            throw new Refusal(StatusCodes.Status415UnsupportedMediaType, "Not JSON", "send the body as Content-Type: application/json");
        var buffer = new byte[LongestBody + 1];
        var read = await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (read > LongestBody)
            throw new Refusal(StatusCodes.Status413PayloadTooLarge, "Too large", $"the body is larger than {LongestBody / 1024} KiB");
        try
        {
            return read == 0 ? JsonElement.Parse("{}"u8) : JsonElement.Parse(buffer.AsSpan(0, read));
        }
        catch (JsonException)
        {
            throw Refusal.Senseless("the body is not JSON; send an object such as {\"by\":\"Kim\"}");
        }
    }

    static string Shown(JsonElement value) => Shown(value.GetRawText());

    static string Shown(string text) => text.Length > 40 ? text[..40] + "…" : text;

    static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
            return null;
        }
    }
}
