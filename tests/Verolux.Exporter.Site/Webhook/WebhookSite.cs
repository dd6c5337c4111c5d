using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Verolux.Exporter.Site.Webhook;

/// <summary>Somebody's own server that takes signed pages, as the documentation says how to write one.</summary>
sealed class WebhookSite(TimeProvider clock)
{
    public const string Path = "/hook";
    public const string Secret = "0123456789abcdef-the-secret";

    static readonly TimeSpan OldestAccepted = TimeSpan.FromMinutes(5);

    readonly Desk desk = new(clock);

    public FaultPlan Faults => desk.Faults;

    public Journal<RecordedRequest> Requests => desk.Requests;

    /// <summary>What was taken, by the number of the delivery.</summary>
    public Journal<(string Delivery, JsonElement Json)> Accepted { get; } = new();

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, context => desk.AnswerAsync(context, (_, body) => Judge(context.Request.Headers, body)));

    Reply Judge(IHeaderDictionary headers, byte[] body)
    {
        var timestamp = headers["X-Verolux-Timestamp"].ToString();
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || (clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > OldestAccepted)
            return new Reply(401, "too old, or from the future");
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), (byte[])[.. Encoding.UTF8.GetBytes(timestamp + "."), .. body]);
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(headers["X-Verolux-Signature"].ToString()), Encoding.ASCII.GetBytes($"v1={Convert.ToHexStringLower(expected)}")))
            return new Reply(401, "not signed by who knows the secret");
        Accepted.Add((headers["X-Verolux-Delivery"].ToString(), JsonElement.Parse(body)));
        return new Reply(202, "");
    }
}
