namespace Verolux.Exporter.Tests.Dashboards;

/// <summary>Every board, looked at again and again while a site runs: what has ever failed, and what has never had anything to show.</summary>
sealed class WatchedBoards(string prometheusUrl)
{
    /// <summary>As long as the site has been running, and closer than Grafana would, for it is scraped every second.</summary>
    const int Range = 240;

    readonly HashSet<string> empty = [.. BoardFile.All.SelectMany(b => b.Queries.Select(q => q.Name).Concat(b.Choices.Select(c => Name(b, c))))];
    readonly HashSet<string> failed = [];

    /// <summary>What has had nothing to show, or to choose from, all the time, by name.</summary>
    public IReadOnlyCollection<string> Empty => empty;

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
                    var set = await viewer.SetAsync(board, setting, choice => empty.Remove(Name(board, choice)), cancellationToken);
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

    static string Name(BoardFile board, Choice choice) => $"{board.Uid}: ${choice.Name}";

    async Task AskAsync(Viewer viewer, BoardQuery query, IReadOnlyDictionary<string, string> set, CancellationToken cancellationToken)
    {
        try
        {
            if ((await viewer.AskAsync(query, set, cancellationToken)).HasData)
                empty.Remove(query.Name);
        }
        catch (FormatException problem)
        {
            failed.Add($"{query.Name}: {problem.Message}");
        }
    }
}
