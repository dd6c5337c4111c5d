using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;

namespace Verolux.Exporter.Alerts.Trust;

/// <summary>
/// What fired and ended while the exporter was away: Alertmanager never tells the end of what it could not tell the start of, so Prometheus is asked. It is written
/// down as missed, and told in one message to those whom that wakes nobody.
/// </summary>
/// <param name="prometheus">Where the rules are evaluated; ends with a slash.</param>
sealed partial class Absence(Uri prometheus, string site, Store store, Ledger ledger, Outbox.Outbox outbox, Tallies tallies, AlertReader reader, TimeProvider time, ILogger<Absence> logger) : IDisposable
{
    /// <summary>A shorter one is a restart, which Alertmanager bridges by trying again.</summary>
    static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Longer ago, and nobody asks any more.</summary>
    static readonly TimeSpan Forgotten = TimeSpan.FromDays(7);

    const int LargestAnswer = 64 * 1024 * 1024;
    const int MostRecorded = 1000;
    const int MostListed = 20;

    readonly Wire wire = new(null);
    bool failed;

    public void Dispose() => wire.Dispose();

    /// <summary>Notes that the exporter runs, and asks about the time for which it did not. To be called every half minute or so. Throws only on cancellation.</summary>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        try
        {
            if (await store.WriteAsync(session => Note(session, time.GetUtcNow())) is not var (gap, from, until))
                return;
            var (fired, why) = await AskAsync(from, until, cancellation);
            if (why is not null && !failed)
                Log.NotAsked(logger, from, until, why);
            failed = why is not null;
            if (fired is null)
                return;
            var missed = await store.WriteAsync(session => Record(session, gap, fired, from, until, time.GetUtcNow()));
            Log.Away(logger, from, until, missed);
        }
        catch (Exception error) when (error is SqliteException or ChannelClosedException)
        {
            Log.NotStored(logger, error.Message);
        }
    }

    /// <returns>The earliest time away that nobody has asked about yet.</returns>
    static (long Id, DateTimeOffset From, DateTimeOffset Until)? Note(Session session, DateTimeOffset now)
    {
        DateTimeOffset? last = null;
        using (var alive = session.Query("SELECT at FROM alive"))
        {
            if (alive.Read())
                last = alive.TimeAt(0);
        }
        // A day at a time, as much as Prometheus can be asked for.
        for (var from = last > now - Forgotten ? last.Value : now - Forgotten; last is not null && now - last > Shortest && from < now; from += Longest)
            session.Execute("INSERT INTO absences (began_at, ended_at) VALUES ($1, $2)", from.ToUnixTimeMilliseconds(), (now < from + Longest ? now : from + Longest).ToUnixTimeMilliseconds());
        session.Execute("INSERT INTO alive (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at", now.ToUnixTimeMilliseconds());
        session.Execute("DELETE FROM absences WHERE ended_at < $1", (now - Forgotten).ToUnixTimeMilliseconds());
        // Not at once: what is about to be told by Alertmanager, or to end in a moment, is not missed.
        using var rows = session.Query("SELECT id, began_at, ended_at FROM absences WHERE ended_at <= $1 ORDER BY id LIMIT 1", (now - Shortest).ToUnixTimeMilliseconds());
        return rows.Read() ? (rows.GetInt64(0), rows.TimeAt(1)!.Value, rows.TimeAt(2)!.Value) : null;
    }

    async Task<(IReadOnlyList<Fired>? Fired, string? Why)> AskAsync(DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation)
    {
        // A little longer: what fires on until then has had its webhook.
        var end = until + Shortest;
        var query = Uri.EscapeDataString(string.Create(CultureInfo.InvariantCulture, $"{Fired.Query}[{Math.Ceiling((end - from).TotalSeconds)}s]"));
        var at = (end.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture);
        IReadOnlyList<Fired>? fired = null;
        var why = await wire.GetAsync(
            new Uri(prometheus, $"api/v1/query?query={query}&time={at}"), time,
            async (response, within) =>
            {
                if (!response.IsSuccessStatusCode)
                    return string.Create(CultureInfo.InvariantCulture, $"it answers {(int)response.StatusCode}");
                await response.Content.LoadIntoBufferAsync(LargestAnswer, within);
                try
                {
                    fired = Fired.Read(await response.Content.ReadAsByteArrayAsync(within), until);
                    return null;
                }
                catch (FormatException error)
                {
                    return error.Message;
                }
            },
            cancellation);
        return (fired, why);
    }

    /// <returns>How many are missed.</returns>
    int Record(Session session, long absence, IReadOnlyList<Fired> fired, DateTimeOffset from, DateTimeOffset until, DateTimeOffset now)
    {
        ledger.Load(session, now);
        var missed = new List<Fired>();
        foreach (var one in fired.Where(f => !IsKnown(session, f)).Take(MostRecorded))
        {
            var (effect, _) = ledger.Apply(session, Notification.Parse(Body(one), reader).Alerts[0], now, sure: true);
            if (effect != Effect.Missed)
                continue;
            missed.Add(one);
            tallies.Count(session, Tallies.Reconciled, "missed");
        }
        if (missed.Count > 0)
        {
            var (_, told) = ledger.Apply(session, Notification.Parse(SelfAlert.SleptThrough(site, from, until, missed.Count, missed.Take(MostListed).Select(m => m.ToString())), reader).Alerts[0], now, sure: true);
            outbox.Inform(session, told, now);
        }
        session.Execute("DELETE FROM absences WHERE id = $1", absence);
        return missed.Count;
    }

    /// <summary>
    /// Whether there is an incident of that time that it may be: of the same alert, and with all of its labels. Prometheus' own series lacks those that it puts to
    /// every alert on its way out.
    /// </summary>
    static bool IsKnown(Session session, Fired fired)
    {
        using var rows = session.Query(
            "SELECT alert FROM incidents WHERE alertname = $1 AND starts_at <= $2 AND (ends_at IS NULL OR ends_at >= $3)",
            fired.AlertName, (fired.EndsAt + Shortest).ToUnixTimeMilliseconds(), (fired.StartsAt - Shortest).ToUnixTimeMilliseconds());
        while (rows.Read())
        {
            using var alert = JsonDocument.Parse(rows.GetString(0));
            var labels = AlertJson.Texts(alert.RootElement, "labels");
            if (fired.Labels.All(l => labels.GetValueOrDefault(l.Key) == l.Value))
                return true;
        }
        return false;
    }

    ReadOnlyMemory<byte> Body(Fired fired)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteStartArray("alerts");
        fired.Write(json, site);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The exporter was away from {From:u} to {Until:u}, and alerts.prometheus_url can't tell what fired meanwhile ({Why}); it is asked again until it can")]
        public static partial void NotAsked(ILogger logger, DateTimeOffset from, DateTimeOffset until, string why);

        [LoggerMessage(Level = LogLevel.Information, Message = "The exporter was away from {From:u} to {Until:u}; {Missed} alert(s) fired and ended meanwhile and are on the board as missed")]
        public static partial void Away(ILogger logger, DateTimeOffset from, DateTimeOffset until, int missed);

        [LoggerMessage(Level = LogLevel.Error, Message = "What fired while the exporter was away can't be stored ({Error}); it is asked for again")]
        public static partial void NotStored(ILogger logger, string error);
    }
}
