using System.Globalization;
using Microsoft.Data.Sqlite;
using Verolux.Exporter.Alerts;

namespace Verolux.Exporter.Tests.Alerts;

/// <summary>Looks into the store past the code that writes it.</summary>
static class StoreReading
{
    /// <summary>All rows, their columns with a bar between.</summary>
    public static IReadOnlyList<string> Rows(this Store store, string sql) => Rows(store.Path, sql);

    public static IReadOnlyList<string> Rows(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=false");
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Text(reader, i))));
        return rows;
    }

    static string Text(SqliteDataReader reader, int column) =>
        reader.IsDBNull(column) ? "" : reader.GetValue(column) is byte[] bytes ? System.Text.Encoding.UTF8.GetString(bytes) : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture)!;
}
