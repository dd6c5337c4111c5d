using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Verolux.Exporter.Benchmarks;

/// <summary>
/// Alerts accepted a second in groups of one size, in times of Alertmanager's own <c>POST /api/v2/alerts</c>. Ours are on the disk before they are answered; Alertmanager keeps
/// them in memory. Ours is the product as shipped, with runbooks, and asks for a bearer token; it has no destination, so nothing is put into the outbox.
/// </summary>
/// <param name="perGroup">1 to 100.</param>
sealed class AlertsBenchmark(int perGroup, CancellationToken cancellation)
{
    const int WarmUpSeconds = 4;
    const int RoundSeconds = 3;
    const int Rounds = 5;
    const int Repeating = 1000;
    const string Token = "an-example-token-of-the-benchmark";

    // Nothing is ever sent: the first group would be after a day.
    const string AlertmanagerConfiguration = """
        route: { receiver: nobody, group_wait: 24h, group_interval: 24h, repeat_interval: 240h }
        receivers: [{ name: nobody, webhook_configs: [{ url: "http://127.0.0.1:9/" }] }]
        """;

    /// <summary>The same alerts again and again, as Alertmanager repeats what still fires.</summary>
    public Task<double> RepeatsAsync() => MeasureAsync("repeat");

    /// <summary>Every alert another one.</summary>
    public Task<double> NewAsync() => MeasureAsync("new");

    async Task<double> MeasureAsync(string kind)
    {
        using var folder = new WorkFolder();
        long counted;
        double ratio;
        await using (var exporter = await StartExporterAsync(folder))
        {
            await using var alertmanager = await StartAlertmanagerAsync(folder);
            var groups = kind == "new" ? [[.. Enumerable.Range(0, perGroup).Select(AlertPayloads.Hole)]] : Repeats();
            var payloads = new AlertPayloads(TimeProvider.System.GetUtcNow());
            var ours = new Side(new Uri(exporter.Url, "api/v1/alertmanager"), folder.Write("ours", Lines(groups.Select(payloads.ToWebhook))), $"Bearer {Token}");
            var theirs = new Side(new Uri(alertmanager.Url, "api/v2/alerts"), folder.Write("theirs", Lines(groups.Select(payloads.ToAlertmanager))), "");
            (counted, ratio) = await CompareAsync(ours, theirs, kind);
        }
        Verify(folder, kind, counted);
        return ratio;
    }

    /// <returns>How many alerts ours accepted in all, and the median of the rounds' ratios.</returns>
    async Task<(long Counted, double Ratio)> CompareAsync(Side ours, Side theirs, string kind)
    {
        // The first seconds also send every repeating alert once.
        var counted = (await Wrk.RunAsync(ours, kind, perGroup, 0, WarmUpSeconds, cancellation)).Alerts;
        await Wrk.RunAsync(theirs, kind, perGroup, 0, WarmUpSeconds, cancellation);
        var rounds = new List<(double Ours, double Theirs)>();
        for (var run = 1; run <= Rounds; run++)
        {
            var our = await Wrk.RunAsync(ours, kind, perGroup, run, RoundSeconds, cancellation);
            rounds.Add((our.PerSecond, (await Wrk.RunAsync(theirs, kind, perGroup, run, RoundSeconds, cancellation)).PerSecond));
            counted += our.Alerts;
        }
        var ratio = Spread.Of(rounds.Select(r => r.Ours / r.Theirs));
        await Console.Error.WriteLineAsync(
            $"  {kind} in groups of {perGroup}: ours {Spread.Of(rounds.Select(r => r.Ours))} alerts/s, Alertmanager {Spread.Of(rounds.Select(r => r.Theirs))} alerts/s, ratio of a round {ratio}");
        return (counted, ratio.Median);
    }

    /// <summary>Reads what the killed exporter has left on the disk.</summary>
    void Verify(WorkFolder folder, string kind, long counted)
    {
        using var store = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = folder.File("store.db"), Pooling = false }.ToString());
        store.Open();
        using var command = new SqliteCommand("SELECT count(*), count(DISTINCT series) FROM incidents WHERE state = 'firing' AND NOT is_storm", store);
        using var rows = command.ExecuteReader();
        rows.Read();
        var (stored, series) = (rows.GetInt64(0), rows.GetInt64(1));
        // At the end of each run every connection has a request under way that is not counted.
        var under = (Rounds + 1) * Wrk.Connections * perGroup;
        var right = kind == "new" ? stored >= counted && stored <= counted + under : stored == Repeating;
        if (!right || series != stored)
            throw new BenchmarkException($"The store holds {stored} incidents of {series} series; {counted} alerts were accepted ({kind})");
    }

    Task<Child> StartExporterAsync(WorkFolder folder)
    {
        folder.Write("token", Token);
        var file = folder.Write("verolux.yml", """
            listen: 127.0.0.1:0
            alerts: { store: store.db }
            access: { tokens: [{ role: alertmanager, file: token }] }
            """);
        return Child.StartAsync(Path.Combine(AppContext.BaseDirectory, "verolux-exporter"), ["--config", file], cancellation);
    }

    Task<Child> StartAlertmanagerAsync(WorkFolder folder) => Child.StartAsync(
        "prometheus-alertmanager",
        [$"--config.file={folder.Write("alertmanager.yml", AlertmanagerConfiguration)}", $"--storage.path={folder.File("alertmanager")}", "--web.listen-address=127.0.0.1:0", "--cluster.listen-address="],
        cancellation);

    List<string[]> Repeats() =>
        [.. Enumerable.Range(0, Repeating).Select(i => i.ToString("0000000000", CultureInfo.InvariantCulture)).Chunk(perGroup)];

    static string Lines(IEnumerable<string> bodies) => string.Join('\n', bodies) + "\n";
}
