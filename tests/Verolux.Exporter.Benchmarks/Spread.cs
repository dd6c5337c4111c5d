using System.Globalization;

namespace Verolux.Exporter.Benchmarks;

/// <summary>What repeated measurements of one thing gave.</summary>
readonly record struct Spread(double Lowest, double Median, double Highest)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new Spread(sorted[0], sorted[sorted.Length / 2], sorted[^1]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Median:0.##} ({Lowest:0.##} to {Highest:0.##})");
}
