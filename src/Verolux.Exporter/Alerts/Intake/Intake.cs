using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Verolux.Exporter.Alerts.Drills;
using Verolux.Exporter.Alerts.Alertmanagers;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Trust;
using Verolux.Exporter.Runbooks;

namespace Verolux.Exporter.Alerts.Intake;

/// <summary>
/// The webhooks of Alertmanager. It tries again after 5xx alone and drops what was answered 4xx, 429 included: so 4xx is only for what can never be right,
/// what could not be stored is 503, and nothing is answered before it is on the disk.
/// </summary>
sealed partial class Intake(Store store, Ledger ledger, Triage.Triage triage, AlertReader alerts, AlertingPath path, ReceiverMetrics metrics, string site, TimeProvider time, ILogger<Intake> logger)
{
    const string AlertsRoute = "alertmanager";
    const int MostAlertmanagers = 64;
    const int LongestAddress = 2048;

    /// <summary>Bytes kept of each part in quarantine: what can't be understood must not fill the disk.</summary>
    const int LargestQuarantined = 64 * 1024;
    static long receipts;
    string warnedVersion = "4";
    bool refusing;

    /// <summary>Raised for each webhook with alerts that was not taken, with the status that it was answered.</summary>
    public event Action<int>? Failed;

    /// <summary><c>POST /api/v1/alertmanager</c></summary>
    public Task ServeAlertsAsync(HttpContext context) => ServeAsync(context, AlertsRoute, StoreAsync);

    /// <summary><c>POST /api/v1/alertmanager/watchdog</c>: remembers when each Alertmanager last proved that the alerting path is alive.</summary>
    public Task ServeWatchdogAsync(HttpContext context) => ServeAsync(context, "watchdog", RememberAsync);

    /// <summary>
    /// Stands before the check of credentials: what is refused there never gets here, and Alertmanager drops it for good. So it is counted, and logged once
    /// until a caller is let in again.
    /// </summary>
    public Task WatchRefusals(HttpContext context, RequestDelegate next) =>
        context.Request.Path.StartsWithSegments("/api/v1/alertmanager", out var rest) ? WatchRefusals(context, next, rest == "/watchdog" ? "watchdog" : AlertsRoute) : next(context);

    async Task WatchRefusals(HttpContext context, RequestDelegate next, string route)
    {
        var start = time.GetTimestamp();
        await next(context);
        var refused = context.Response.StatusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden;
        if (refused)
            Answered(route, context.Response.StatusCode, start);
        if (refused && !refusing)
            Log.Refused(logger, context.Response.StatusCode);
        refusing = refused;
    }

    /// <summary>Takes a webhook's body that was made here.</summary>
    public Task TakeAsync(ReadOnlyMemory<byte> body) => StoreAsync(Notification.Parse(body, alerts), new ArrayBufferWriter<byte>());

    async Task ServeAsync(HttpContext context, string route, Func<Notification, IBufferWriter<byte>, Task> acceptAsync)
    {
        var start = time.GetTimestamp();
        using var body = new Body();
        try
        {
            if (!HttpMethods.IsPost(context.Request.Method))
            {
                context.Response.Headers.Allow = "POST";
                await SayAsync(context, StatusCodes.Status405MethodNotAllowed, "Send Alertmanager's webhook here by POST.");
            }
            else if (!await body.ReadAsync(context))
                await RefuseLargeAsync(context);
            else
                await AcceptAsync(context, body.Bytes, acceptAsync);
        }
        catch (BadHttpRequestException error)
        {
            // What came too slowly may come faster the next time.
            var status = error.StatusCode == StatusCodes.Status408RequestTimeout ? StatusCodes.Status503ServiceUnavailable : error.StatusCode;
            await SayAsync(context, status, $"The body can't be read: {error.Message}");
        }
        Answered(route, context.Response.StatusCode, start);
    }

    void Answered(string route, int status, long start)
    {
        metrics.Answered(route, status, time.GetElapsedTime(start));
        if (status != StatusCodes.Status200OK && route == AlertsRoute)
            Failed?.Invoke(status);
    }

    async Task AcceptAsync(HttpContext context, ReadOnlyMemory<byte> body, Func<Notification, IBufferWriter<byte>, Task> acceptAsync)
    {
        var answer = new ArrayBufferWriter<byte>(4096);
        try
        {
            var notification = Notification.Parse(body, alerts);
            Warn(notification);
            await acceptAsync(notification, answer);
        }
        catch (JsonException error)
        {
            await SayAsync(
                context, StatusCodes.Status400BadRequest,
                string.Create(CultureInfo.InvariantCulture, $"The body is not JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine}); send Alertmanager's webhook payload, version 4."));
            return;
        }
        catch (Exception error)
        {
            Log.NotStored(logger, error.Message);
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, "The alerts could not be stored; send them again.");
            return;
        }
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.WrittenCount;
        await context.Response.Body.WriteAsync(answer.WrittenMemory, context.RequestAborted);
    }

    async Task StoreAsync(Notification notification, IBufferWriter<byte> answer)
    {
        var now = time.GetUtcNow();
        path.Came(notification.Receiver);
        var known = triage.Recent();
        var told = await store.WriteAsync(session =>
        {
            ledger.Load(session, now);
            Quarantine(session, notification, now);
            var done = new Told[notification.Alerts.Count];
            for (var i = 0; i < done.Length; i++)
                done[i] = Told.Of(ledger.Apply(session, notification.Alerts[i], now, known));
            return done;
        });
        foreach (var (one, alert) in told.Zip(notification.Alerts))
            metrics.Received(one.Effect, Drill.Is(alert.Name) ? null : one.Match?.How ?? MatchKind.None);
        metrics.Quarantined(notification.UnreadableCount);
        Receipt.Write(answer, $"{now.ToUnixTimeMilliseconds():x}-{Interlocked.Increment(ref receipts):x}", notification, told);
    }

    async Task RememberAsync(Notification notification, IBufferWriter<byte> answer)
    {
        var now = time.GetUtcNow();
        var alive = notification.Alerts.Exists(a => a.Firing && a.Name == SeenWatchdog.Name);
        await store.WriteAsync(session =>
        {
            ledger.Load(session, now);
            Quarantine(session, notification, now);
            // What was sent here by mistake is an alert all the same.
            foreach (var alert in notification.Alerts.Where(a => a.Name != SeenWatchdog.Name))
                ledger.Apply(session, alert, now);
            if (alive)
                Remember(session, notification.ExternalUrl, now);
            return alive;
        });
        metrics.Quarantined(notification.UnreadableCount);
        if (alive)
        {
            metrics.WatchdogSeen(now);
            path.Saw(now);
        }
        else
            Log.WatchdogSilent(logger);
        using var json = new Utf8JsonWriter(answer);
        json.WriteStartObject();
        json.WriteString("watchdog", alive ? "seen" : "not firing");
        json.WriteEndObject();
    }

    /// <summary>The address is the sender's word, so its length and the number of them are bounded; the one that was silent longest makes room.</summary>
    static void Remember(Session session, string alertmanager, DateTimeOffset now)
    {
        session.Execute(
            "INSERT INTO watchdogs (alertmanager, last_seen) VALUES ($1, $2) ON CONFLICT (alertmanager) DO UPDATE SET last_seen = excluded.last_seen",
            alertmanager[..Math.Min(alertmanager.Length, LongestAddress)], now.ToUnixTimeMilliseconds());
        session.Execute("DELETE FROM watchdogs WHERE alertmanager NOT IN (SELECT alertmanager FROM watchdogs ORDER BY last_seen DESC LIMIT $1)", MostAlertmanagers);
    }

    static void Quarantine(Session session, Notification notification, DateTimeOffset now)
    {
        foreach (var part in notification.Unreadable)
        {
            var raw = part.Raw[..Math.Min(part.Raw.Length, LargestQuarantined)].ToArray();
            var id = session.Insert("INSERT INTO quarantine (received_at, why, raw) VALUES ($1, $2, $3)", now.ToUnixTimeMilliseconds(), part.Why, raw);
            session.Execute("DELETE FROM quarantine WHERE id <= $1", id - Notification.MostUnreadable);
        }
    }

    /// <summary>Alertmanager drops what is too large, so its alerts are unknown here: that is an incident of its own.</summary>
    async Task RefuseLargeAsync(HttpContext context)
    {
        Log.TooLarge(logger);
        try
        {
            await TakeAsync(SelfAlert.TooLarge(site));
        }
        catch (Exception error)
        {
            Log.NotStored(logger, error.Message);
        }
        await SayAsync(context, StatusCodes.Status413PayloadTooLarge, "The body is larger than 32 MiB; make Alertmanager's groups smaller (group_by).");
    }

    void Warn(Notification notification)
    {
        if (notification.Version is { } version && version != warnedVersion)
        {
            warnedVersion = version;
            Log.OtherVersion(logger, OneLine.Of(version.Length > 20 ? version[..20] : version));
        }
        if (notification.Truncated > 0)
            Log.Truncated(logger, notification.Truncated);
        if (notification.Unreadable is [var first, ..])
            Log.Quarantined(logger, notification.UnreadableCount, first.Why);
    }

    static Task SayAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Alerts could not be stored and were answered 503, so that Alertmanager sends them again: {Error}")]
        public static partial void NotStored(ILogger logger, string error);

        [LoggerMessage(Level = LogLevel.Error, Message = "A webhook was answered {Status} for its credentials, and Alertmanager drops what is answered so: its alerts are lost until its token is one of access.tokens with the role alertmanager")]
        public static partial void Refused(ILogger logger, int status);

        [LoggerMessage(Level = LogLevel.Error, Message = "A webhook body over 32 MiB was answered 413 and its alerts are lost to us; an incident tells so. Make Alertmanager's groups smaller (group_by)")]
        public static partial void TooLarge(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Alertmanager sends payload version {Version}; it is read as version 4")]
        public static partial void OtherVersion(ILogger logger, string version);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Alertmanager cut {Count} alert(s) off a notification; set max_alerts: 0 in its webhook_configs")]
        public static partial void Truncated(ILogger logger, long count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} part(s) of a notification can't be understood and are kept in quarantine; the first {Why}")]
        public static partial void Quarantined(ILogger logger, int count, string why);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A Watchdog arrived that is not firing; the alerting path is not proven alive by it")]
        public static partial void WatchdogSilent(ILogger logger);
    }
}
