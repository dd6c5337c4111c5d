using System.Text.Json;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Site.Slack;

/// <summary>A message in a channel.</summary>
/// <param name="Thread">The message that it answers to, if any.</param>
/// <param name="Json">What was sent.</param>
sealed partial record PostedMessage(string Channel, string Timestamp, string? Thread, JsonElement Json)
{
    public string Text => Json.TryGetProperty("text", out var text) ? text.GetString() ?? "" : "";

    /// <summary>Every text in the blocks, as it was sent.</summary>
    public IReadOnlyList<string> Texts => [.. MessageRules.Texts(Json).Select(t => t.Text)];

    /// <summary>Whatever would call somebody or lead somewhere, in any of the texts: Slack reads it wherever it stands unescaped.</summary>
    public IReadOnlyList<string> Controls => [.. Texts.Append(Text).SelectMany(t => Control().Matches(t)).Select(m => m.Value)];

    [GeneratedRegex("<[^>]*>?")]
    private static partial Regex Control();
}
