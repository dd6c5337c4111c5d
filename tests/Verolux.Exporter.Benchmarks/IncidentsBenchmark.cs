using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Benchmarks;

/// <param name="Megabytes">Resident (10^6 bytes).</param>
/// <param name="Board">The slowest of five, in milliseconds.</param>
/// <param name="Metrics">Likewise.</param>
sealed record Kept(double Megabytes, double Board, double Metrics);

/// <summary>What 100,000 incidents that are over and 1,000 that are open cost the native build: memory, and the time of the pages.</summary>
sealed class IncidentsBenchmark(CancellationToken cancellation)
{
    const int Over = 100_000;
    const int Open = 1000;
    const int AtOnce = 1000;
    const int PerGroup = 100;

    /// <summary>Of the open ones; fewer than make a storm.</summary>
    const int PerName = 10;
    const int WarmUps = 3;
    const int Times = 5;
    Kept? measured;

    /// <summary>Measures at the first call, which tells all of it.</summary>
    public async Task<Kept> MeasureAsync() => measured ??= await RunAsync();

    async Task<Kept> RunAsync()
    {
        using var folder = new WorkFolder();
        var file = folder.Write("verolux.yml", "listen: 127.0.0.1:0\nalerts: { store: store.db }\n");
        await using (var exporter = await StartAsync(file))
            await FillAsync(exporter);
        Age(folder);
        await using var again = await StartAsync(file);
        using var http = new HttpClient { BaseAddress = again.Url };
        var (board, metrics) = (await TimeAsync(http, "incidents"), await TimeAsync(http, "metrics"));
        var megabytes = MemoryBenchmark.Resident(again.Id);
        await Console.Error.WriteLineAsync($"  incidents: {megabytes.ToString("0.#", CultureInfo.InvariantCulture)} MB resident, board {Spread.Of(board)} ms, metrics {Spread.Of(metrics)} ms");
        return new Kept(megabytes, board.Max(), metrics.Max());
    }

    Task<Child> StartAsync(string file) => Environment.GetEnvironmentVariable("VEROLUX_EXPORTER") is { Length: > 0 } program
        ? Child.StartAsync(program, ["--config", file], cancellation)
        : throw new BenchmarkException("VEROLUX_EXPORTER names no exporter to measure; `make bench` builds the native one and names it");

    async Task FillAsync(Child exporter)
    {
        using var http = new HttpClient { BaseAddress = exporter.Url };
        var payloads = new AlertPayloads(TimeProvider.System.GetUtcNow());
        for (var first = 0; first < Over + Open; first += AtOnce)
        {
            var ids = Enumerable.Range(first, AtOnce).Select(i => i.ToString("0000000000", CultureInfo.InvariantCulture)).Chunk(first < Over ? PerGroup : PerName).ToList();
            // Of one name they would be a storm, and one line of the board.
            foreach (var (number, group) in ids.Index())
                await PostAsync(http, payloads.ToWebhook(group).Replace("StorageNearFull", first < Over ? "StorageNearFull" : $"StorageNearFull{number}", StringComparison.Ordinal));
            if (first >= Over)
                break;
            foreach (var group in ids)
                await PostAsync(http, payloads.ToWebhook(group).Replace("\"status\":\"firing\"", "\"status\":\"resolved\"", StringComparison.Ordinal).Replace("0001-01-01T00:00:00Z", TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture), StringComparison.Ordinal));
        }
    }

    /// <summary>Has all that is over end a day ago: what ended just now may be reopened, and is kept in memory for that.</summary>
    static void Age(WorkFolder folder)
    {
        using var store = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = folder.File("store.db"), Pooling = false }.ToString());
        store.Open();
        using var command = new SqliteCommand("UPDATE incidents SET ended_at = ended_at - 86400000, updated_at = updated_at - 86400000 WHERE state <> 'firing'", store);
        command.ExecuteNonQuery();
        command.CommandText = "SELECT sum(state = 'resolved' AND NOT is_storm), sum(state = 'firing' AND NOT is_storm) FROM incidents";
        using var rows = command.ExecuteReader();
        rows.Read();
        if ((rows.GetInt64(0), rows.GetInt64(1)) != (Over, Open))
            throw new BenchmarkException($"The store holds {rows.GetInt64(0)} incidents that are over and {rows.GetInt64(1)} open ones");
    }

    async Task<List<double>> TimeAsync(HttpClient http, string page)
    {
        var times = new List<double>();
        for (var i = 0; i < WarmUps + Times; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await http.GetByteArrayAsync(new Uri(page, UriKind.Relative), cancellation);
            if (i >= WarmUps)
                times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        }
        return times;
    }

    async Task PostAsync(HttpClient http, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("api/v1/alertmanager", UriKind.Relative), content, cancellation);
        answer.EnsureSuccessStatusCode();
    }
}
