using System.Text.Json;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>A page as JSON for anybody's server. What it is made of is a contract: properties are added, never changed.</summary>
static class WebhookBody
{
    const int Largest = 256 * 1024;
    const int LongestName = 255;

    /// <param name="shrunk">Leaves the details out, for a page that was refused as it was.</param>
    public static byte[] Write(Page page, bool shrunk) => PageJson.Write(Largest, shrunk, (json, longest) => Write(json, page, longest));

    static void Write(Utf8JsonWriter json, Page page, int longest)
    {
        json.WriteString("version", "1");
        json.WriteString("action", page.Action.Label());
        json.WriteString("incident", page.Number);
        json.WriteString("incident_url", page.IncidentUrl);
        json.WriteString("dedup_key", page.DedupKey);
        json.WriteString("alertname", Page.Cut(page.AlertName, LongestName));
        json.WriteString("severity", page.Severity.Label());
        json.WriteBoolean("drill", page.IsDrill);
        json.WriteNumber("level", page.Level);
        json.WriteString("level_name", Page.Cut(page.Who, LongestName));
        json.WriteString("starts_at", Rfc3339.Seconds(page.StartsAt));
        json.WriteString("told_at", Rfc3339.Seconds(page.ToldAt));
        if (page.RespondBy is { } by)
        {
            json.WriteString("respond_by", Rfc3339.Seconds(by));
            json.WriteNumber("seconds_left", (long)Math.Ceiling((by - page.ToldAt).TotalSeconds));
        }
        else
        {
            json.WriteNull("respond_by");
            json.WriteNull("seconds_left");
        }
        json.WriteString("runbook_url", page.RunbookUrl);
        json.WriteString("scenario", page.Diagnosis.Scenario);
        json.WriteString("scenario_title", page.Diagnosis.Title is { } title ? Page.Cut(title, LongestName) : null);
        json.WriteString("scenario_url", page.ScenarioUrl);
        if (longest == 0)
        {
            json.WriteString("left_out", "labels, annotations, looks and findings, because the page would have been too large");
            return;
        }
        PageJson.WriteTexts(json, "labels", page.Labels, longest);
        PageJson.WriteTexts(json, "annotations", page.Annotations, longest);
        PageJson.WriteTexts(json, "looks", page.Diagnosis.Failures, longest);
        PageJson.WriteTexts(json, "findings", page.Diagnosis.Findings, longest);
    }
}
