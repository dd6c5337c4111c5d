using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>
/// <c>POST /api/v1/pagerduty</c>: what people do in PagerDuty, told by its V3 webhooks. It tries again for two days after 5xx alone, drops what is answered 4xx,
/// and after three in a row tells nothing more for a day: so 4xx is only for what PagerDuty did not sign.
/// </summary>
/// <param name="from">Whose webhooks are heard.</param>
sealed partial class PagerDutyWebhook(
    IReadOnlyList<PagerDutyOptions> from, Store store, Responder responder, Tallies tallies, ReceiverMetrics metrics, TimeProvider time, ILogger<PagerDutyWebhook> logger)
{
    const string Route = "pagerduty";
    const string Signature = "X-PagerDuty-Signature";

    /// <summary>PagerDuty drops what is larger than a quarter of this.</summary>
    const int LargestBody = 1024 * 1024;

    /// <summary>How long an event's id is remembered. An older event is not heard: its id may be forgotten, and PagerDuty itself gives up after two days.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    /// <summary>By how much PagerDuty's clock may be behind ours.</summary>
    static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    bool refusing;

    public async Task ServeAsync(HttpContext context)
    {
        var start = time.GetTimestamp();
        var (status, result) = await HearAsync(context);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        var answer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(answer))
        {
            json.WriteStartObject();
            json.WriteString("result", result);
            json.WriteEndObject();
        }
        await context.Response.Body.WriteAsync(answer.WrittenMemory, context.RequestAborted);
        metrics.Answered(Route, status, time.GetElapsedTime(start));
    }

    async Task<(int Status, string Result)> HearAsync(HttpContext context)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LargestBody + 1);
        try
        {
            var read = await context.Request.Body.ReadAtLeastAsync(buffer, LargestBody + 1, throwOnEndOfStream: false, context.RequestAborted);
            return read > LargestBody
                ? (StatusCodes.Status413PayloadTooLarge, "the body is larger than 1 MiB")
                : await HearAsync(buffer.AsMemory(0, read), context.Request.Headers[Signature].ToString());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    async Task<(int Status, string Result)> HearAsync(ReadOnlyMemory<byte> body, string signature)
    {
        if (Signer(body.Span, signature) is not { } destination)
        {
            // Anybody can send these: once is enough, until a genuine one comes.
            if (!Interlocked.Exchange(ref refusing, true))
                Log.NotSigned(logger);
            return (StatusCodes.Status401Unauthorized, $"{Signature} holds no signature made with a secret of a destination's webhook_secrets_file");
        }
        Volatile.Write(ref refusing, false);
        if (PagerDutyNews.Parse(body) is not { } news)
            return (StatusCodes.Status202Accepted, "ignored: no event");
        if (news.At < time.GetUtcNow() - Remembered)
            return (StatusCodes.Status202Accepted, "ignored: too old");
        try
        {
            return (StatusCodes.Status202Accepted, await store.WriteAsync(session => Hear(session, news, destination)));
        }
        catch (Exception error) when (error is SqliteException or ChannelClosedException)
        {
            Log.NotStored(logger, error.Message);
            return (StatusCodes.Status503ServiceUnavailable, "the store takes no writes; send it again");
        }
    }

    /// <returns>What came of it.</returns>
    string Hear(Session session, PagerDutyNews news, string destination)
    {
        var now = time.GetUtcNow();
        session.Execute("DELETE FROM pagerduty_events WHERE received_at < $1", (now - Remembered - Remembered).ToUnixTimeMilliseconds());
        using (var known = session.Query("SELECT 1 FROM pagerduty_events WHERE id = $1", news.Id))
        {
            if (known.Read())
                return "known";
        }
        var incident = Match(session, news, destination);
        session.Execute(
            "INSERT INTO pagerduty_events (id, received_at, pagerduty_incident, incident) VALUES ($1, $2, $3, $4)", news.Id, now.ToUnixTimeMilliseconds(), news.Incident, incident);
        if (Acting(news) is not { } act)
            return "ignored";
        var acted = incident is { } id ? act(session, id, new Who(news.Who.Length > 0 ? news.Who : "PagerDuty", Source.PagerDuty, destination)) : Acted.Unknown;
        if (acted == Acted.Unknown)
            tallies.Count(session, Tallies.Unmatched);
        return acted switch
        {
            Acted.Done => "done",
            Acted.Unchanged => "unchanged",
            Acted.Over => "over",
            _ => "unmatched",
        };
    }

    /// <summary>
    /// What an event has us do; null for nothing, as for what we ourselves had PagerDuty do. Only a person's resolving counts: PagerDuty closes an incident by
    /// itself too, and then nobody has looked at it.
    /// </summary>
    Func<Session, long, Who, Acted>? Acting(PagerDutyNews news) => news switch
    {
        { IsEcho: true } => null,
        { Type: "incident.acknowledged" } => (session, id, who) => responder.Acknowledge(session, id, who),
        { Type: "incident.unacknowledged" } => (session, id, who) => responder.Unacknowledge(session, id, who),
        { Type: "incident.resolved", IsPerson: true } => (session, id, who) => responder.Resolve(session, id, who),
        _ => null,
    };

    /// <summary>
    /// The incident that an event is about: the one that the same incident of PagerDuty's was about before, else the number in its title, else the newest that
    /// was told under its key by then, which several in a row share.
    /// </summary>
    static long? Match(Session session, PagerDutyNews news, string destination)
    {
        if (One(session, "SELECT incident FROM pagerduty_events WHERE pagerduty_incident = $1 AND incident IS NOT NULL LIMIT 1", news.Incident) is { } before)
            return before;
        if (Number().Match(news.Title) is { Success: true } match && IncidentNumber.Parse(match.Groups[1].Value) is { } number
            && One(session, "SELECT id FROM incidents WHERE id = $1", number) is { } titled)
            return titled;
        if (news.Key.Length == 0)
            return null;
        return One(
            session, "SELECT incident FROM outbox WHERE dedup_key = $1 AND destination = $2 AND action = 'trigger' AND created_at <= $3 ORDER BY id DESC LIMIT 1",
            news.Key, destination, ((news.At ?? DateTimeOffset.MaxValue - Skew) + Skew).ToUnixTimeMilliseconds());
    }

    static long? One(Session session, string sql, params ReadOnlySpan<object?> parameters)
    {
        using var rows = session.Query(sql, parameters);
        return rows.Read() ? rows.GetInt64(0) : null;
    }

    /// <summary>The destination with whose secret the body is signed; null for none.</summary>
    /// <param name="header">Signatures with their versions, comma-separated: several while a secret is being replaced (https://developer.pagerduty.com/docs/verifying-webhook-signatures).</param>
    string? Signer(ReadOnlySpan<byte> body, string header)
    {
        var signatures = header.Split(',', StringSplitOptions.TrimEntries).Where(s => s.StartsWith("v1=", StringComparison.Ordinal)).Select(s => Encoding.UTF8.GetBytes(s[3..])).ToList();
        // All are compared, whatever comes first, so that the time taken says nothing.
        string? signer = null;
        foreach (var destination in from)
        {
            foreach (var secret in Secrets(destination))
            {
                var expected = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)));
                foreach (var signature in signatures)
                {
                    if (CryptographicOperations.FixedTimeEquals(expected, signature))
                        signer ??= destination.Name;
                }
            }
        }
        return signer;
    }

    string[] Secrets(PagerDutyOptions destination)
    {
        if (destination.WebhookSecrets is not { } secrets)
            return [];
        if (secrets.TryRead(out var text) is { } problem)
        {
            Log.NoSecret(logger, destination.Name, problem);
            return [];
        }
        return text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"\[(VX-[0-9A-Za-z]{6,12})\]")]
    private static partial Regex Number();

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A PagerDuty webhook was answered 401: it isn't signed with a secret of webhook_secrets_file. Copy the secret of the webhook subscription into that file")]
        public static partial void NotSigned(ILogger logger);

        [LoggerMessage(Level = LogLevel.Error, Message = "PagerDuty's webhooks for {Destination} can't be verified, webhook_secrets: {Problem}")]
        public static partial void NoSecret(ILogger logger, string destination, string problem);

        [LoggerMessage(Level = LogLevel.Error, Message = "A PagerDuty webhook could not be stored and was answered 503, so that it is sent again: {Error}")]
        public static partial void NotStored(ILogger logger, string error);
    }
}
