using System.Text.Json;

namespace Verolux.Exporter.Site.Slack;

/// <summary>The rules for a message, from https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/methods/chat.postMessage.</summary>
static class MessageRules
{
    const int MostBlocks = 50;
    const int LongestHeader = 150;
    const int LongestSection = 3000;
    const int MostFields = 10;
    const int LongestField = 2000;
    const int MostElements = 10;

    /// <summary>Not documented; what others have found (https://github.com/slackapi/bolt-js/issues/2509).</summary>
    const int LongestInAll = 12_000;

    /// <summary>The first violation, as the error's name and, behind a colon, what is wrong; null where there is none.</summary>
    public static string? Violation(JsonElement sent)
    {
        var hasBlocks = sent.TryGetProperty("blocks", out var blocks);
        if (!hasBlocks && !(sent.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String && text.GetString()!.Length > 0))
            return "no_text";
        if (!hasBlocks)
            return null;
        if (blocks.ValueKind != JsonValueKind.Array || blocks.GetArrayLength() > MostBlocks)
            return $"invalid_blocks: no array of at most {MostBlocks}";
        foreach (var (index, block) in blocks.EnumerateArray().Index())
        {
            if (Block(block) is { } why)
                return $"invalid_blocks: [{index}] {why}";
        }
        return Texts(sent).Sum(t => t.Text.Length) > LongestInAll ? "msg_blocks_too_long" : null;
    }

    /// <summary>Every text in the blocks, and its kind.</summary>
    public static IEnumerable<(string Kind, string Text)> Texts(JsonElement sent) => sent.TryGetProperty("blocks", out var blocks) ? blocks.EnumerateArray().SelectMany(TextsOf) : [];

    static IEnumerable<(string Kind, string Text)> TextsOf(JsonElement block)
    {
        var texts = new List<JsonElement>();
        if (block.TryGetProperty("text", out var text))
            texts.Add(text);
        foreach (var name in (string[])["fields", "elements"])
        {
            if (block.TryGetProperty(name, out var more))
                texts.AddRange(more.EnumerateArray());
        }
        return texts.Select(t => (t.GetProperty("type").GetString()!, t.GetProperty("text").GetString()!));
    }

    static string? Block(JsonElement block)
    {
        var type = block.TryGetProperty("type", out var name) ? name.GetString() : null;
        var (hasText, hasFields) = (block.TryGetProperty("text", out var text), block.TryGetProperty("fields", out var fields));
        return type switch
        {
            "divider" => null,
            "header" => hasText ? Text(text, LongestHeader, plain: true) : "has no text",
            "section" when !hasText && !hasFields => "has neither text nor fields",
            "section" => (hasText ? Text(text, LongestSection, plain: false) : null) ?? (hasFields ? All(fields, MostFields, LongestField) : null),
            "context" => block.TryGetProperty("elements", out var elements) ? All(elements, MostElements, LongestSection) : "has no elements",
            _ => $"is of an unknown type {type}",
        };
    }

    static string? All(JsonElement texts, int most, int longest) =>
        texts.ValueKind != JsonValueKind.Array || texts.GetArrayLength() < 1 || texts.GetArrayLength() > most ? $"has no list of 1 to {most}" : texts.EnumerateArray().Select(t => Text(t, longest, plain: false)).FirstOrDefault(why => why is not null);

    static string? Text(JsonElement text, int longest, bool plain)
    {
        var type = text.TryGetProperty("type", out var kind) ? kind.GetString() : null;
        if (type != "plain_text" && (plain || type != "mrkdwn"))
            return $"has a text of type {type}";
        if (type != "plain_text" && text.TryGetProperty("emoji", out _))
            return "has emoji where they can't be chosen";
        if (type != "mrkdwn" && text.TryGetProperty("verbatim", out _))
            return "is verbatim where that can't be chosen";
        var length = text.GetProperty("text").GetString()!.Length;
        return length < 1 || length > longest ? $"has a text of {length} characters where 1 to {longest} are allowed" : null;
    }
}
