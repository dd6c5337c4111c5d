using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace Verolux.Exporter.Site.Slack;

/// <summary>
/// Slack as documented: an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks) and the calls
/// <c>chat.postMessage</c> and <c>chat.update</c> (https://docs.slack.dev/reference/methods/chat.postMessage), with faults on demand. A webhook answers in
/// words and says nothing of what it has posted; a call answers 200 to nearly everything.
/// </summary>
sealed class SlackSite(TimeProvider clock)
{
    public const string WebhookSecret = "XXXXXXXXXXXXXXXXXXXXXXXX";
    public const string WebhookPath = $"/services/T00000000/B00000000/{WebhookSecret}";
    public const string Token = "xoxb-000000000000-0000000000000-abcdefghijklmnopqrstuvwx";
    public const string Channel = "C0123456789";

    /// <summary>About one message a second for each channel; how short the bursts are that are let through is not documented.</summary>
    const int MostPerPeriod = 10;
    static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    readonly Lock gate = new();
    readonly Desk desk = new(clock);
    readonly Queue<DateTimeOffset> posted = [];
    readonly Dictionary<string, PostedMessage> messages = [];
    int count;

    public FaultPlan Faults => desk.Faults;

    public Journal<RecordedRequest> Requests => desk.Requests;

    /// <summary>What was posted, as it was posted.</summary>
    public Journal<PostedMessage> Posted { get; } = new();

    /// <summary>A message as it stands now.</summary>
    public PostedMessage this[string timestamp]
    {
        get
        {
            lock (gate)
                return messages[timestamp];
        }
    }

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/services/{**path}", context => desk.AnswerAsync(context, (_, body) => Webhook(context.Request.Path, body)));
        routes.MapPost("/api/chat.postMessage", context => desk.AnswerAsync(context, (_, body) => Call(context.Request, body, Post)));
        routes.MapPost("/api/chat.update", context => desk.AnswerAsync(context, (_, body) => Call(context.Request, body, Update)));
    }

    /// <summary>Somebody deletes a message.</summary>
    public void Delete(string timestamp)
    {
        lock (gate)
            messages.Remove(timestamp);
    }

    Reply Webhook(string path, byte[] body)
    {
        if (path != WebhookPath)
            return Words(path.StartsWith("/services/T00000000/B00000000/", StringComparison.Ordinal) ? 403 : 404, path.StartsWith("/services/T00000000/B00000000/", StringComparison.Ordinal) ? "invalid_token" : "no_service");
        if (Parse(body) is not { } sent)
            return Words(400, "invalid_payload");
        if (MessageRules.Violation(sent) is { } violation)
            return Words(400, violation.Split(':')[0]);
        lock (gate)
        {
            if (!Admit())
                return new Reply(429, """{"retry_after":1,"ok":false,"error":"rate_limited"}""", "1");
            Keep(Channel, null, sent);
        }
        return Words(200, "ok");
    }

    Reply Call(HttpRequest request, byte[] body, Func<JsonElement, Reply> call)
    {
        if (request.Headers.Authorization.ToString() is not { Length: > 0 } authorization)
            return Error("not_authed");
        if (authorization != $"Bearer {Token}")
            return Error("invalid_auth");
        if (request.GetTypedHeaders().ContentType is not { MediaType.Value: "application/json" })
            return Error("invalid_form_data");
        if (Parse(body) is not { } sent)
            return Error("invalid_json");
        if (Text(sent, "channel") != Channel)
            return Error("channel_not_found");
        if (MessageRules.Violation(sent) is { } violation)
            return new Reply(200, JsonSerializer.Serialize(new { ok = false, error = violation.Split(':')[0], response_metadata = new { messages = new[] { violation } } }));
        lock (gate)
            return call(sent);
    }

    Reply Post(JsonElement sent)
    {
        if (!Admit())
            return new Reply(429, """{"ok":false,"error":"ratelimited"}""", "1");
        var thread = Text(sent, "thread_ts");
        if (thread is not null && !messages.ContainsKey(thread))
            return Error("thread_not_found");
        return Done(Keep(Channel, thread, sent));
    }

    Reply Update(JsonElement sent)
    {
        if (Text(sent, "ts") is not { } timestamp || !messages.TryGetValue(timestamp, out var message))
            return Error("message_not_found");
        messages[timestamp] = message with { Json = sent };
        return Done(messages[timestamp]);
    }

    PostedMessage Keep(string channel, string? thread, JsonElement sent)
    {
        var message = new PostedMessage(channel, string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow().ToUnixTimeSeconds()}.{++count:D6}"), thread, sent);
        messages[message.Timestamp] = message;
        Posted.Add(message);
        return message;
    }

    bool Admit()
    {
        var now = clock.GetUtcNow();
        while (posted.TryPeek(out var oldest) && now - oldest >= Period)
            _ = posted.Dequeue();
        if (posted.Count >= MostPerPeriod)
            return false;
        posted.Enqueue(now);
        return true;
    }

    // The message comes back whole, after what a sender needs.
    static Reply Done(PostedMessage message) =>
        new(200, JsonSerializer.Serialize(new { ok = true, channel = message.Channel, ts = message.Timestamp, message = new { type = "message", text = message.Text, ts = message.Timestamp } }));

    static Reply Error(string error) => new(200, JsonSerializer.Serialize(new { ok = false, error }));

    static Reply Words(int status, string words) => new(status, words, ContentType: "text/html");

    static JsonElement? Parse(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return Utf8.IsValid(body) && json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
