using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// Any server that takes signed JSON. The signature is made as PagerDuty's and Slack's are, over the time of the attempt and the body, so that whoever receives
/// it can tell that it is ours and refuse what is repeated later; the number of the delivery is the same at each attempt.
/// </summary>
sealed class Webhook(string name, Uri url, Secret secret, Courier courier, TimeProvider time) : IDestination
{
    public const string Signature = "X-Verolux-Signature";
    public const string Timestamp = "X-Verolux-Timestamp";
    public const string Delivery = "X-Verolux-Delivery";

    /// <summary>Characters of a secret that is not guessed.</summary>
    public const int ShortestSecret = 16;

    public string Name => name;

    public async Task<Outcome> SendAsync(Page page, CancellationToken cancellation)
    {
        if (secret.TryRead(out var key) is { } problem)
            return new Outcome.Retry("config", $"secret: {problem}");
        if (key.Length < ShortestSecret)
            return new Outcome.Retry("config", $"secret: holds {key.Length} characters where at least {ShortestSecret} are needed");
        return await courier.SendAsync(shrunk => Request(page, key, shrunk), [key], Judge, null, cancellation);
    }

    HttpRequestMessage Request(Page page, string key, bool shrunk)
    {
        var body = WebhookBody.Write(page, shrunk);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), (byte[])[.. Encoding.ASCII.GetBytes($"{timestamp}."), .. body]);
        var request = Courier.Post(url, body);
        request.Headers.Add(Signature, $"v1={Convert.ToHexStringLower(signature)}");
        request.Headers.Add(Timestamp, timestamp);
        request.Headers.Add(Delivery, page.Delivery.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    static Outcome Judge(Answer answer) => answer.Status switch
    {
        >= 200 and < 300 => new Outcome.Delivered(),
        410 or 422 => new Outcome.Refused("rejected", answer.Detail),
        _ => answer.Outcome(),
    };
}
