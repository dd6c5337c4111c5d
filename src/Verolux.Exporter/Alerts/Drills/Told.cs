using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts.Outbox;

namespace Verolux.Exporter.Alerts.Drills;

/// <summary>What became of something that a destination is to be told.</summary>
/// <param name="IsDelivered">Whether it was taken; what is neither that nor dead waits for another attempt.</param>
/// <param name="Error">What the last attempt that failed came to.</param>
/// <param name="Reference">What the destination calls it; else the key under which it was told.</param>
sealed record Told(long Id, string Destination, bool IsDelivered, bool IsDead, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, string? Error, string Reference)
{
    /// <returns>One for each destination, the first.</returns>
    public static IReadOnlyList<Told> Read(SqliteConnection reader, long incident, PageAction action)
    {
        using var command = new SqliteCommand(
            "SELECT id, destination, state, attempts, created_at, ended_at, last_error, ifnull(reference, dedup_key) FROM outbox WHERE incident = $1 AND action = $2 ORDER BY id", reader);
        command.Parameters.AddWithValue("$1", incident);
        command.Parameters.AddWithValue("$2", action.Label());
        using var rows = command.ExecuteReader();
        var told = new List<Told>();
        while (rows.Read())
        {
            var state = rows.GetString(2);
            told.Add(new Told(
                rows.GetInt64(0), rows.GetString(1), state == "delivered", state == "dead", rows.GetInt32(3), rows.TimeAt(4)!.Value, rows.TimeAt(5), rows.TextAt(6), rows.GetString(7)));
        }
        return [.. told.DistinctBy(t => t.Destination)];
    }
}
