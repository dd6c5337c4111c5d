using System.Globalization;

namespace Verolux.Exporter.Benchmarks;

/// <summary>What an exporter has counted of its looks.</summary>
/// <param name="Delays">How many were no later than so many seconds: the buckets of the histogram, in their order.</param>
sealed record Looks(double Count, double Failed, IReadOnlyList<(double Bound, double Count)> Delays)
{
    const string Delay = "verolux_exporter_look_delay_seconds";

    public static async Task<Looks> ReadAsync(Scraper scraper, Child exporter, CancellationToken cancellation)
    {
        var page = await scraper.PageAsync(exporter.Url, cancellation);
        IEnumerable<string> Of(string name) => page.Where(line => line.StartsWith($"{name}{{", StringComparison.Ordinal));
        return new Looks(Of($"{Delay}_count").Sum(Value), Of("verolux_camera_failures_total").Sum(Value), [.. Of($"{Delay}_bucket").Select(line => (Bound(line), Value(line)))]);
    }

    /// <summary>What has been counted since then.</summary>
    public Looks Since(Looks earlier) =>
        new(Count - earlier.Count, Failed - earlier.Failed, [.. Delays.Zip(earlier.Delays, (now, then) => (now.Bound, now.Count - then.Count))]);

    /// <summary>As Prometheus' <c>histogram_quantile</c>: within a bucket, by its length.</summary>
    public double DelayQuantile(double quantile)
    {
        var rank = quantile * Count;
        var (lower, below) = (0.0, 0.0);
        foreach (var (bound, count) in Delays)
        {
            if (count >= rank)
                return double.IsPositiveInfinity(bound) ? bound : lower + (bound - lower) * (rank - below) / (count - below);
            (lower, below) = (bound, count);
        }
        return double.NaN;
    }

    static double Value(string line) => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);

    static double Bound(string line)
    {
        const string Key = "le=\"";
        var from = line.IndexOf(Key, StringComparison.Ordinal) + Key.Length;
        var text = line[from..line.IndexOf('"', from)];
        return text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);
    }
}
