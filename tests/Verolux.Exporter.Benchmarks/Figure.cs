using System.Globalization;

namespace Verolux.Exporter.Benchmarks;

enum Reach
{
    AtMost,
    AtLeast,
    Under,
}

/// <summary>A figure that this project has promised to reach.</summary>
sealed record Figure(string Name, Reach Reach, double Limit, Func<Task<double>> MeasureAsync)
{
    public string Line(double value)
    {
        var (sign, reached) = Reach switch
        {
            Reach.AtMost => ("<=", value <= Limit),
            Reach.AtLeast => (">=", value >= Limit),
            _ => ("<", value < Limit),
        };
        return string.Create(CultureInfo.InvariantCulture, $"bench {Name} {value:0.##} reach {sign}{Limit} {(reached ? "ok" : "short")}");
    }
}

/// <summary>Why a benchmark can't be run, for people.</summary>
sealed class BenchmarkException(string message) : Exception(message);
