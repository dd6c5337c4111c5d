namespace Verolux.Exporter.Tests.Dashboards;

/// <summary>Every board, looked at again and again while a site runs: what has ever failed, and what has never had anything to show.</summary>
sealed class WatchedBoards(string prometheusUrl)
{
    /// <summary>As long as the site has been running, and closer than Grafana would, for it is scraped every second.</summary>
    const int Range = 240;

    readonly HashSet<BoardQuery> empty = [.. BoardFile.All.SelectMany(b => b.Queries)];
    readonly HashSet<string> failed = [];

    /// <summary>What has had nothing to show all the time, by name.</summary>
    public IReadOnlyList<string> Empty => [.. empty.Select(q => q.Name)];

    /// <summary>What Prometheus refused.</summary>
    public IReadOnlyCollection<string> Failed => failed;

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        using var viewer = new Viewer(prometheusUrl, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), Range, step: 5, rateInterval: 15);
        foreach (var board in BoardFile.All)
        {
            foreach (var setting in Viewer.Settings)
            {
                try
                {
                    var set = await viewer.SetAsync(board, setting, cancellationToken);
                    foreach (var query in board.Queries)
                        await AskAsync(viewer, query, set, cancellationToken);
                }
                catch (FormatException problem)
                {
                    failed.Add(problem.Message);
                }
            }
        }
    }

    async Task AskAsync(Viewer viewer, BoardQuery query, IReadOnlyDictionary<string, string> set, CancellationToken cancellationToken)
    {
        try
        {
            if ((await viewer.AskAsync(query, set, cancellationToken)).HasData)
                empty.Remove(query);
        }
        catch (FormatException problem)
        {
            failed.Add($"{query.Name}: {problem.Message}");
        }
    }
}
