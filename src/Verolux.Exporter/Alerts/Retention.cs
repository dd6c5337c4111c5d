using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Alerts;

/// <summary>Forgets incidents that were over long ago, with all that belongs to them. What they counted stays counted.</summary>
/// <param name="keep">How long an incident that is over is kept.</param>
sealed partial class Retention(Store store, TimeSpan keep, TimeProvider time, ILogger<Retention> logger)
{
    /// <summary>How many go in one write: alerts that come meanwhile must not wait for it.</summary>
    public const int MostAtOnce = 200;

    static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    /// <summary>What is still to be told, and what shares the page of something that is open, stays.</summary>
    const string Old =
        $"""
        SELECT id FROM incidents WHERE state NOT IN {IncidentStates.Open} AND updated_at < $1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE incident = incidents.id AND state = 'pending') ORDER BY id LIMIT $2
        """;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await ForgetAsync();
            await Task.Delay(Pause, time, cancellation);
        }
    }

    /// <returns>How many were forgotten.</returns>
    public async Task<int> ForgetAsync()
    {
        var (forgotten, last) = (0, MostAtOnce);
        try
        {
            for (; last == MostAtOnce; forgotten += last)
                last = await store.WriteAsync(session => Forget(session, time.GetUtcNow() - keep));
        }
        catch (Exception error) when (error is SqliteException or ChannelClosedException)
        {
            Log.NotForgotten(logger, error.Message);
        }
        if (forgotten > 0)
            Log.Forgotten(logger, forgotten);
        return forgotten;
    }

    static int Forget(Session session, DateTimeOffset before)
    {
        var ids = new List<long>();
        using (var rows = session.Query(Old, before.ToUnixTimeMilliseconds(), MostAtOnce))
        {
            while (rows.Read())
                ids.Add(rows.GetInt64(0));
        }
        foreach (var id in ids)
        {
            session.Execute("DELETE FROM timeline WHERE incident = $1", id);
            session.Execute("DELETE FROM outbox WHERE incident = $1", id);
            session.Execute("DELETE FROM feedback WHERE incident = $1", id);
            session.Execute("DELETE FROM incidents WHERE id = $1", id);
        }
        return ids.Count;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Count} incident(s) were over longer than alerts.retention and are forgotten")]
        public static partial void Forgotten(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Old incidents can't be forgotten ({Error}); it is tried again in an hour")]
        public static partial void NotForgotten(ILogger logger, string error);
    }
}
