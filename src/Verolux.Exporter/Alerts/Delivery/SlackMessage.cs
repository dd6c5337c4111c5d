using System.Text.Json;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// A message of Slack's: blocks, and a text for notifications. Within the limits of https://docs.slack.dev/reference/block-kit/blocks (50 blocks, a header of
/// 150 characters, a section of 3000 or ten fields of 2000), and within 10,000 characters for all of it, since Slack refuses a little more than that without
/// documenting it. What comes from outside stands in plain text, and escaped.
/// </summary>
static class SlackMessage
{
    const int LongestHeader = 150;
    const int LongestFallback = 500;
    const int LongestWhat = 1200;
    const int LongestTitle = 100;
    const int LongestAddress = 800;
    const int LongestFindings = 1500;
    const int MostFields = 10;
    const int LongestField = 200;

    /// <summary>Writes <c>text</c> and <c>blocks</c> into an object.</summary>
    /// <param name="shrunk">Leaves the details out, for a message that was refused as it was.</param>
    public static void Write(Utf8JsonWriter json, Page page, bool shrunk)
    {
        // Nothing is looked up on our behalf, above all no address that an alert brings along.
        json.WriteBoolean("unfurl_links", false);
        json.WriteBoolean("unfurl_media", false);
        var header = Header(page);
        json.WriteString("text", page.Action == PageAction.Trigger ? SlackText.Escape($"{(page.IsDrill ? "" : $"{What(page)} ")}{page.Summary(LongestFallback)}", LongestFallback) : SlackText.Escape(header, LongestFallback));
        json.WriteStartArray("blocks");
        WriteHeader(json, header);
        WriteText(json, Wrong(page));
        WriteMarkdown(json, State(page));
        if (page.Action == PageAction.Trigger && !shrunk)
        {
            WriteText(json, Lines([.. page.Diagnosis.Failures, .. page.Diagnosis.Findings], LongestFindings));
            WriteLabels(json, [.. page.Labels.Where(l => l.Key is not ("alertname" or "severity"))]);
            WriteMarkdown(json, Joined(SlackText.Link(page.Annotations.GetValueOrDefault("dashboard_url"), "Dashboard", LongestAddress), SlackText.Link(page.GeneratorUrl, "Graph", LongestAddress)));
        }
        json.WriteEndArray();
    }

    static string Header(Page page) => page.IsDrill
        ? $"TEST{(page.Action == PageAction.Trigger ? "" : $" {What(page)}")} {page.Number}: {Drill.Words}"
        : $"{What(page)} {page.Number}: {page.AlertName}";

    static string What(Page page) => page.Action switch
    {
        PageAction.Acknowledge => "ACKNOWLEDGED",
        PageAction.Resolve => "RESOLVED",
        _ => page.Severity.Label().ToUpperInvariant(),
    };

    /// <summary>What is wrong, in the alert's own words.</summary>
    static string Wrong(Page page) => SlackText.Escape(page.What, LongestWhat);

    /// <summary>How urgent it is and where to read on: all of it ours.</summary>
    static string State(Page page)
    {
        var runbook = page.ScenarioUrl is { } scenario
            ? SlackText.Link(scenario, SlackText.Escape(page.Diagnosis.Title is { Length: > 0 } title ? title : "Scenario", LongestTitle), LongestAddress)
            : null;
        var links = Joined(runbook, SlackText.Link(page.RunbookUrl, "Runbook", LongestAddress), SlackText.Link(page.IncidentUrl, page.Number, LongestAddress));
        if (page.Action != PageAction.Trigger)
            return links;
        var urgency = string.Join(" - ", new[] { page.Escalation, page.Deadline }.OfType<string>().Select(text => $"*{SlackText.Escape(text, LongestTitle * 2)}*"));
        return urgency.Length == 0 ? links : $"{urgency}\n{links}";
    }

    static string Joined(params IEnumerable<string?> links) => string.Join(" · ", links.OfType<string>());

    /// <summary>Texts from outside, a line each.</summary>
    static string Lines(IReadOnlyList<string> texts, int longest)
    {
        var lines = "";
        foreach (var text in texts)
        {
            var rest = longest - lines.Length - 1;
            if (rest < LongestTitle)
                break;
            lines += (lines.Length == 0 ? "" : "\n") + SlackText.Escape(text, Math.Min(rest, LongestWhat));
        }
        return lines;
    }

    static void WriteHeader(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "header");
        WritePlain(json, "text", SlackText.Escape(text, LongestHeader));
        json.WriteEndObject();
    }

    static void WriteText(Utf8JsonWriter json, string escaped)
    {
        if (string.IsNullOrWhiteSpace(escaped))
            return;
        json.WriteStartObject();
        json.WriteString("type", "section");
        WritePlain(json, "text", escaped);
        json.WriteEndObject();
    }

    static void WriteMarkdown(Utf8JsonWriter json, string text)
    {
        if (text.Length == 0)
            return;
        json.WriteStartObject();
        json.WriteString("type", "section");
        json.WriteStartObject("text");
        json.WriteString("type", "mrkdwn");
        json.WriteString("text", text);
        // What looks like an address, a channel or a name is none unless it is written as one.
        json.WriteBoolean("verbatim", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static void WriteLabels(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        if (labels.Count == 0)
            return;
        json.WriteStartObject();
        json.WriteString("type", "section");
        json.WriteStartArray("fields");
        foreach (var (name, value) in labels.Take(labels.Count > MostFields ? MostFields - 1 : MostFields))
            WritePlain(json, null, SlackText.Escape($"{name}: {value}", LongestField));
        if (labels.Count > MostFields)
            WritePlain(json, null, $"and {labels.Count - MostFields + 1} more labels");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WritePlain(Utf8JsonWriter json, string? name, string escaped)
    {
        if (name is null)
            json.WriteStartObject();
        else
            json.WriteStartObject(name);
        json.WriteString("type", "plain_text");
        json.WriteString("text", escaped);
        json.WriteBoolean("emoji", false);
        json.WriteEndObject();
    }
}
