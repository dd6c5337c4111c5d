using System.Globalization;

namespace Verolux.Exporter.Benchmarks;

enum Reach
{
    AtMost,
    AtLeast,
    Under,

    /// <summary>Told, and nothing was promised.</summary>
    None,
}

/// <summary>A figure, and what this project has promised of it.</summary>
sealed record Figure(string Name, Reach Reach, double Limit, Func<Task<double>> MeasureAsync)
{
    public string Line(double value)
    {
        // What is small is told to three digits all the same.
        var number = value.ToString(value < 0.1 ? "0.#####" : "0.##", CultureInfo.InvariantCulture);
        if (Reach == Reach.None)
            return $"bench {Name} {number}";
        var (sign, reached) = Reach switch
        {
            Reach.AtMost => ("<=", value <= Limit),
            Reach.AtLeast => (">=", value >= Limit),
            _ => ("<", value < Limit),
        };
        return string.Create(CultureInfo.InvariantCulture, $"bench {Name} {number} reach {sign}{Limit} {(reached ? "ok" : "short")}");
    }
}

/// <summary>Why a benchmark can't be run, for people.</summary>
sealed class BenchmarkException(string message) : Exception(message);
