using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Verolux.Exporter.Site.PagerDuty;

/// <summary>
/// What PagerDuty tells its subscribers (V3 webhooks: https://developer.pagerduty.com/docs/webhooks-overview), signed as it signs
/// (https://developer.pagerduty.com/docs/verifying-webhook-signatures): HMAC-SHA256 of the body, one signature for each secret in force.
/// </summary>
/// <param name="Type">Such as <c>incident.acknowledged</c>; <c>pagey.ping</c> is its test.</param>
/// <param name="Title">The incident's: the summary of the alert that it began with, unless somebody has rewritten it.</param>
sealed record WebhookEvent(string Type, string Title)
{
    public const string Header = "X-PagerDuty-Signature";

    /// <summary>The same at each attempt.</summary>
    public string Id { get; init; } = Guid.NewGuid().ToString();

    public DateTimeOffset At { get; init; } = TimeProvider.System.GetUtcNow();

    /// <summary>Who did it; null where nobody did, as when an acknowledgement times out.</summary>
    public string? Agent { get; init; } = "Earline Greenholt";

    /// <summary>What that is: a person, or the integration that an event came through.</summary>
    public string AgentType { get; init; } = "user_reference";

    public string Incident { get; init; } = "PGR0VU2";

    /// <summary>The <c>dedup_key</c>; null for an incident that holds several alerts.</summary>
    public string? IncidentKey { get; init; }

    public byte[] Body() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        @event = new
        {
            id = Id,
            event_type = Type,
            resource_type = Type.Split('.')[0],
            occurred_at = At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
            agent = Agent is null ? null : new { html_url = "https://acme.pagerduty.com/users/PLH1HKV", id = "PLH1HKV", self = "https://api.pagerduty.com/users/PLH1HKV", summary = Agent, type = AgentType },
            client = (object?)null,
            data = new
            {
                id = Incident,
                type = "incident",
                self = $"https://api.pagerduty.com/incidents/{Incident}",
                html_url = $"https://acme.pagerduty.com/incidents/{Incident}",
                number = 2,
                status = Type.Split('.')[^1],
                incident_key = IncidentKey,
                created_at = "2026-11-24T18:45:00Z",
                title = Title,
                urgency = "high",
                priority = (object?)null,
                resolve_reason = (object?)null,
            },
        },
    });

    /// <summary>The value of <see cref="Header"/>.</summary>
    public static string Sign(byte[] body, params ReadOnlySpan<string> secrets)
    {
        var signatures = new List<string>();
        foreach (var secret in secrets)
            signatures.Add($"v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body))}");
        return string.Join(',', signatures);
    }
}
