using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Tests.Support;

sealed record StoredIncident(
    string AlertName, string State, string Severity, string RunbookUrl, long? ResponseSla, DateTimeOffset StartsAt, DateTimeOffset? RespondBy, DateTimeOffset? EndsAt);

sealed record StoredDelivery(string Destination, string Action, string DedupKey, string State, long Attempts);

/// <summary>The exporter's store as another program reads it: what is on the disk, not what the exporter says.</summary>
static class StoreFile
{
    public static IReadOnlyList<StoredIncident> Incidents(string path) => Read(
        path,
        "SELECT alertname, state, severity, runbook_url, response_sla_seconds, starts_at, respond_by, ends_at FROM incidents ORDER BY id",
        row => new StoredIncident(
            row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetInt64(4), Time(row, 5)!.Value, Time(row, 6), Time(row, 7)));

    public static IReadOnlyList<StoredDelivery> Outbox(string path) => Read(
        path,
        "SELECT destination, action, dedup_key, state, attempts FROM outbox ORDER BY id",
        row => new StoredDelivery(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4)));

    static List<T> Read<T>(string path, string sql, Func<SqliteDataReader, T> read)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        using var rows = command.ExecuteReader();
        var all = new List<T>();
        while (rows.Read())
            all.Add(read(rows));
        return all;
    }

    static DateTimeOffset? Time(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
