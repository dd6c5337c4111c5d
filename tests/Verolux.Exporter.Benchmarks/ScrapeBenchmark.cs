namespace Verolux.Exporter.Benchmarks;

/// <summary>A scrape of 150,000 series, in times of what it takes of prometheus-pushgateway, which keeps and serves the same series.</summary>
sealed class ScrapeBenchmark(CancellationToken cancellation) : IAsyncDisposable
{
    const int WarmUps = 5;
    const int Rounds = 25;
    readonly WorkFolder folder = new();
    readonly Scraper scraper = new();
    Child? ours;
    Child? theirs;

    /// <returns>Our median by its median.</returns>
    public async Task<double> MeasureAsync(ScrapeFormat format)
    {
        await StartAsync();
        for (var i = 0; i < WarmUps; i++)
            await RoundAsync(format);
        var rounds = new (TimeSpan Ours, TimeSpan Theirs)[Rounds];
        for (var i = 0; i < rounds.Length; i++)
            rounds[i] = await RoundAsync(format);
        var (our, their) = (Spread.Of(rounds.Select(r => r.Ours.TotalMilliseconds)), Spread.Of(rounds.Select(r => r.Theirs.TotalMilliseconds)));
        Console.Error.WriteLine($"  {format}: ours {our} ms, prometheus-pushgateway {their} ms");
        return our.Median / their.Median;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in (Child?[])[ours, theirs])
        {
            if (child is not null)
                await child.DisposeAsync();
        }
        scraper.Dispose();
        folder.Dispose();
    }

    async Task StartAsync()
    {
        if (theirs is not null)
            return;
        ours = await SyntheticExporter.StartAsync(folder, scraper, cancellation);
        // Without --persistence.file= Debian's keeps everything twice.
        theirs = await Child.StartAsync("prometheus-pushgateway", ["--web.listen-address=127.0.0.1:0", "--persistence.file="], cancellation);
        var page = await scraper.PageAsync(ours.Url, cancellation);
        var same = page.Where(line => SyntheticExporter.IsSeries(line) || line.StartsWith($"# HELP {SyntheticCollector.Prefix}", StringComparison.Ordinal) || line.StartsWith($"# TYPE {SyntheticCollector.Prefix}", StringComparison.Ordinal));
        await scraper.PutAsync(new Uri(theirs.Url, "metrics/job/benchmark"), string.Join('\n', same) + "\n", cancellation);
        var (our, their) = (page.Count(SyntheticExporter.IsSeries), (await scraper.PageAsync(theirs.Url, cancellation)).Count(SyntheticExporter.IsSeries));
        if (our != their)
            throw new BenchmarkException($"ours holds {our} series, prometheus-pushgateway {their}");
    }

    async Task<(TimeSpan Ours, TimeSpan Theirs)> RoundAsync(ScrapeFormat format) =>
        (await scraper.ScrapeAsync(ours!.Url, format, cancellation), await scraper.ScrapeAsync(theirs!.Url, format, cancellation));
}
