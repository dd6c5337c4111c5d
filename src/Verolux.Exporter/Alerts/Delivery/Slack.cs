using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Alerts.Delivery;

/// <summary>
/// Slack, through an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks) or as an app with a bot token
/// (https://docs.slack.dev/reference/methods/chat.postMessage). A webhook tells nothing of what it has posted, so that everything becomes a message of its
/// own; with a token, what follows an incident's first message goes into its thread, and the end is shown there too.
/// </summary>
sealed class Slack(SlackOptions options, Courier courier) : IDestination
{
    const int Burst = 5;

    /// <summary>Errors of what is sent, which no patience puts right; Slack answers 200 to some of them.</summary>
    static readonly HashSet<string> Hopeless =
    [
        "invalid_blocks", "invalid_blocks_format", "invalid_payload", "invalid_json", "json_not_object", "invalid_arguments", "invalid_array_arg", "no_text", "msg_too_long", "msg_blocks_too_long",
        "block_mismatch", "blocks_too_long", "too_many_attachments", "invalid_attachments",
    ];

    /// <summary>Errors of who sends and where to, which somebody can put right.</summary>
    static readonly Dictionary<string, string> Passing = new()
    {
        ["invalid_token"] = "unauthorized",
        ["invalid_auth"] = "unauthorized",
        ["not_authed"] = "unauthorized",
        ["token_expired"] = "unauthorized",
        ["token_revoked"] = "unauthorized",
        ["account_inactive"] = "unauthorized",
        ["missing_scope"] = "unauthorized",
        ["no_permission"] = "unauthorized",
        ["access_denied"] = "unauthorized",
        ["action_prohibited"] = "unauthorized",
        ["user_not_found"] = "unexpected",
        ["channel_not_found"] = "unexpected",
        ["channel_is_archived"] = "unexpected",
        ["is_archived"] = "unexpected",
        ["not_in_channel"] = "unexpected",
        ["no_service"] = "unexpected",
        ["no_team"] = "unexpected",
        ["posting_to_general_channel_denied"] = "unexpected",
        ["rate_limited"] = Outcome.RateLimited,
        ["ratelimited"] = Outcome.RateLimited,
        ["rollup_error"] = "server_error",
        ["fatal_error"] = "server_error",
        ["internal_error"] = "server_error",
        ["service_unavailable"] = "server_error",
        ["request_timeout"] = "server_error",
    };

    /// <summary>Errors of the first message, which somebody may have deleted: what follows is told all the same.</summary>
    static readonly HashSet<string> ThreadLost = ["thread_not_found", "message_not_found", "cannot_reply_to_message", "channel_not_found", "restricted_action_thread_locked"];

    public string Name => options.Name;

    /// <summary>One message a second for each channel, short bursts allowed (https://docs.slack.dev/apis/web-api/rate-limits).</summary>
    public TokenBucket Limit { get; } = new(Burst, TimeSpan.FromSeconds(Burst));

    public Task<Outcome> SendAsync(Page page, CancellationToken cancellation) => options.Token is { } token ? SendAsAppAsync(token, page, cancellation) : SendToWebhookAsync(page, cancellation);

    /// <summary>The address in a webhook's secret; null where it is none that a secret may be sent to.</summary>
    public static Uri? WebhookAddress(string secret) =>
        Uri.TryCreate(secret, UriKind.Absolute, out var url) && (url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback)) ? url : null;

    async Task<Outcome> SendToWebhookAsync(Page page, CancellationToken cancellation)
    {
        if (options.WebhookUrl!.TryRead(out var secret) is { } problem)
            return new Outcome.Retry("config", $"webhook URL: {problem}");
        if (WebhookAddress(secret) is not { } url)
            return new Outcome.Retry("config", "webhook URL: what is there is no https address");
        // In an answer's JSON the slashes may be written otherwise; the last part alone is what nobody else knows.
        string[] secrets = [secret, url.AbsoluteUri, url.PathAndQuery, url.Segments[^1]];
        return await courier.SendAsync(
            shrunk => Courier.Post(url, PageJson.Write(json => SlackMessage.Write(json, page, shrunk))), [.. secrets.Where(s => s.Length > 1)], JudgeWebhook, Limit, cancellation);
    }

    static Outcome JudgeWebhook(Answer answer) => (answer.Status, answer.Body.Trim()) switch
    {
        (200, "ok") => new Outcome.Delivered(),
        (_, var error) => Known(answer, answer.Json() is { } json ? Text(json, "error") ?? "" : error) ?? answer.Outcome(),
    };

    async Task<Outcome> SendAsAppAsync(Secret secret, Page page, CancellationToken cancellation)
    {
        if (secret.TryRead(out var token) is { } problem)
            return new Outcome.Retry("config", $"token: {problem}");
        if (token.Any(c => !char.IsAscii(c) || char.IsControl(c) || c == ' '))
            return new Outcome.Retry("config", "token: holds characters that no token has");
        var thread = Message.Parse(page.Reference);
        if (thread is null)
            return await PostAsync(token, page, null, cancellation);
        if (page.Action == PageAction.Resolve && await UpdateAsync(token, page, thread, cancellation) is Outcome.Retry { Result: not "unexpected" } retry)
            return retry;
        var outcome = await PostAsync(token, page, thread, cancellation);
        // Another channel by now, or nothing left there to answer to.
        return outcome is Outcome.Retry { Result: ThreadIsLost } ? await PostAsync(token, page, null, cancellation) : outcome;
    }

    const string ThreadIsLost = "thread";

    /// <param name="thread">The message that it answers to, if any.</param>
    Task<Outcome> PostAsync(string token, Page page, Message? thread, CancellationToken cancellation) => courier.SendAsync(
        shrunk => Request(token, "chat.postMessage", json =>
        {
            json.WriteString("channel", thread?.Channel ?? options.Channel);
            if (thread is not null)
            {
                json.WriteString("thread_ts", thread.Timestamp);
                // A further level or a higher severity is news for the whole channel.
                if (page.Action == PageAction.Trigger)
                    json.WriteBoolean("reply_broadcast", true);
            }
            SlackMessage.Write(json, page, shrunk);
        }),
        [token], answer => JudgeCall(answer, thread is not null), Limit, cancellation);

    /// <summary>Shows the end in the first message. That it can't be changed any more is no reason not to tell the end.</summary>
    Task<Outcome> UpdateAsync(string token, Page page, Message message, CancellationToken cancellation) => courier.SendAsync(
        shrunk => Request(token, "chat.update", json =>
        {
            json.WriteString("channel", message.Channel);
            json.WriteString("ts", message.Timestamp);
            SlackMessage.Write(json, page, shrunk);
        }),
        [token], answer => JudgeCall(answer, false), null, cancellation);

    HttpRequestMessage Request(string token, string method, Action<Utf8JsonWriter> write)
    {
        var request = Courier.Post(new Uri(options.Api, method), PageJson.Write(write));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    static Outcome JudgeCall(Answer answer, bool inThread)
    {
        if (answer.Json() is not { } json)
            return answer.Outcome();
        if (answer.Status == 200 && json.TryGetProperty("ok", out var ok) && ok.ValueKind == JsonValueKind.True)
            return new Outcome.Delivered(inThread || Text(json, "channel") is not { } channel || Text(json, "ts") is not { } timestamp ? null : new Message(channel, timestamp).ToString());
        var error = Text(json, "error") ?? "";
        return inThread && ThreadLost.Contains(error) ? new Outcome.Retry(ThreadIsLost, answer.Detail) : Known(answer, error) ?? answer.Outcome();
    }

    static Outcome? Known(Answer answer, string error) => Hopeless.Contains(error) ? new Outcome.Refused("rejected", answer.Detail)
        : Passing.TryGetValue(error, out var result) ? new Outcome.Retry(result, answer.Detail, result is Outcome.RateLimited or "server_error" ? Asked(answer) : null)
        : null;

    /// <summary>In the header as documented, or in the body as seen.</summary>
    static TimeSpan? Asked(Answer answer) =>
        answer.RetryAfter ?? (answer.Json() is { } json && json.TryGetProperty("retry_after", out var after) && after.ValueKind == JsonValueKind.Number && after.TryGetInt32(out var seconds) ? TimeSpan.FromSeconds(seconds) : null);

    static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Where a message is: what later ones refer to.</summary>
    sealed record Message(string Channel, string Timestamp)
    {
        public static Message? Parse(string? reference) => reference?.Split(' ') is [var channel, var timestamp] ? new Message(channel, timestamp) : null;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Channel} {Timestamp}");
    }
}
