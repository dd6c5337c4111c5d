using System.Text.Json;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>What a destination answered.</summary>
/// <param name="Body">On one line and without secrets.</param>
/// <param name="RetryAfter">From the header of this name.</param>
sealed record Answer(int Status, string Body, TimeSpan? RetryAfter)
{
    const int LongestDetail = 4096;

    /// <summary>For people.</summary>
    public string Detail => $"answered {Status}: {Page.Cut(Body, LongestDetail)}";

    /// <summary>
    /// What it means where the vendor says nothing else. What is invalid never gets better, and everything else may: a wrong credential or address can be put
    /// right, and a page must not be lost meanwhile.
    /// </summary>
    public Outcome Outcome() => Status switch
    {
        400 or 413 => new Outcome.Refused("rejected", Detail),
        429 => new Outcome.Retry(Delivery.Outcome.RateLimited, Detail, RetryAfter),
        401 or 403 => new Outcome.Retry("unauthorized", Detail),
        >= 500 => new Outcome.Retry("server_error", Detail, RetryAfter),
        _ => new Outcome.Retry("unexpected", Detail),
    };

    /// <summary>The body where that is a JSON object.</summary>
    public JsonElement? Json()
    {
        try
        {
            using var json = JsonDocument.Parse(Body);
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
