using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Alerts;

/// <summary>Columns that may be NULL, and times as they are stored.</summary>
static class SqliteRows
{
    public static string? TextAt(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static long? NumberAt(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    public static DateTimeOffset? TimeAt(this SqliteDataReader row, int column) => row.NumberAt(column) is { } milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
}
