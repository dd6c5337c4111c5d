using System.Globalization;
using System.Text.Json;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// An event of PagerDuty's Events API v2 as JSON, within its limits (https://developer.pagerduty.com/docs/events-api-v2/overview/ and
/// https://developer.pagerduty.com/docs/send-alert-event): summary 1024 characters, dedup_key 255, the whole event 512 KB.
/// </summary>
static class PagerDutyEvent
{
    const int LongestSummary = 1024;
    const int LongestSource = 255;
    const int LongestLinkText = 100;
    const int LargestEvent = 512_000;
    const string Client = "Verolux Exporter";

    /// <param name="shrunk">Leaves the details out, for an event that was refused as it was.</param>
    public static byte[] Write(Page page, string routingKey, bool shrunk) => PageJson.Write(LargestEvent, shrunk, (json, longest) => Write(json, page, routingKey, longest));

    static void Write(Utf8JsonWriter json, Page page, string routingKey, int longestDetail)
    {
        json.WriteString("routing_key", routingKey);
        json.WriteString("event_action", page.Action.Label());
        json.WriteString("dedup_key", page.DedupKey);
        if (page.Action == PageAction.Trigger)
        {
            json.WriteString("client", Client);
            json.WriteString("client_url", page.IncidentUrl);
            WriteLinks(json, page);
            WritePayload(json, page, longestDetail);
        }
    }

    static void WritePayload(Utf8JsonWriter json, Page page, int longestDetail)
    {
        json.WriteStartObject("payload");
        json.WriteString("summary", page.Summary(LongestSummary));
        var name = OneLine.Of(page.AlertName);
        json.WriteString("source", Page.Cut(page.Subject is { Length: > 0 } subject ? subject : name.Length > 0 ? name : page.Number, LongestSource));
        json.WriteString("severity", page.Severity == Severity.Critical ? "critical" : page.Severity == Severity.Warning ? "warning" : "info");
        json.WriteString("timestamp", page.StartsAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("class", Page.Cut(name, LongestSource));
        if (page.Labels.GetValueOrDefault("site") is { Length: > 0 } site)
            json.WriteString("group", Page.Cut(OneLine.Of(site), LongestSource));
        WriteDetails(json, page, longestDetail);
        json.WriteEndObject();
    }

    static void WriteDetails(Utf8JsonWriter json, Page page, int longest)
    {
        json.WriteStartObject("custom_details");
        json.WriteString("incident", page.Number);
        if (page.Escalation is { } escalation)
            json.WriteString("escalation", escalation);
        json.WriteString("runbook_url", page.RunbookUrl);
        if (page.Diagnosis.Match is { } match)
            json.WriteString("runbook_match", match);
        if (page.ScenarioUrl is { } scenario)
        {
            json.WriteString("scenario", page.Diagnosis.Scenario);
            json.WriteString("scenario_title", Page.Cut(page.Diagnosis.Title ?? "", LongestSource));
            json.WriteString("scenario_url", scenario);
        }
        if (page.ResponseSla is { } sla)
            json.WriteNumber("response_sla_seconds", sla);
        if (page.RespondBy is { } by)
            json.WriteString("respond_by", Rfc3339.Seconds(by));
        if (longest > 0)
        {
            PageJson.WriteTexts(json, "labels", page.Labels, longest);
            PageJson.WriteTexts(json, "annotations", page.Annotations, longest);
            if (page.Diagnosis.Failures.Count > 0)
                PageJson.WriteTexts(json, "looks", page.Diagnosis.Failures, longest);
            if (page.Diagnosis.Findings.Count > 0)
                PageJson.WriteTexts(json, "findings", page.Diagnosis.Findings, longest);
        }
        else
            json.WriteString("left_out", "labels, annotations and findings, because the event would have been too large");
        json.WriteEndObject();
    }

    /// <summary>The runbook first: it is what the person who is woken opens.</summary>
    static void WriteLinks(Utf8JsonWriter json, Page page)
    {
        json.WriteStartArray("links");
        if (page.ScenarioUrl is { } scenario)
            WriteLink(json, $"Runbook: {Page.Cut(page.Diagnosis.Title ?? "", LongestLinkText)}", scenario);
        else
            WriteLink(json, "Runbook", page.RunbookUrl);
        WriteLink(json, "Dashboard", page.Annotations.GetValueOrDefault("dashboard_url"));
        WriteLink(json, "Graph", page.GeneratorUrl);
        json.WriteEndArray();
    }

    static void WriteLink(Utf8JsonWriter json, string text, string? address)
    {
        if (WebLink.Of(address) is not { } href)
            return;
        json.WriteStartObject();
        json.WriteString("href", href);
        json.WriteString("text", text);
        json.WriteEndObject();
    }
}
