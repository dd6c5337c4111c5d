using System.Globalization;
using System.Text.RegularExpressions;

namespace Verolux.Exporter.Benchmarks;

/// <summary>A side of the comparison: what it is asked, and by whom.</summary>
/// <param name="Bodies">A file, see <c>alerts.lua</c>.</param>
/// <param name="Authorization">Empty where none is asked for.</param>
sealed record Side(Uri Url, string Bodies, string Authorization);

/// <summary>32 connections that send as fast as they are answered.</summary>
static partial class Wrk
{
    public const int Connections = 32;
    static readonly string Script = Path.Combine(AppContext.BaseDirectory, "alerts.lua");

    /// <param name="perGroup">How many alerts each body holds.</param>
    /// <param name="kind"><c>repeat</c> or <c>new</c>.</param>
    /// <param name="run">0 to 99; makes what is new unlike that of other runs.</param>
    public static async Task<Round> RunAsync(Side side, string kind, int perGroup, int run, int seconds, CancellationToken cancellation)
    {
        var said = await Child.RunAsync(
            "wrk",
            [
                "-t2", "--timeout", "30s", string.Create(CultureInfo.InvariantCulture, $"-c{Connections}"), string.Create(CultureInfo.InvariantCulture, $"-d{seconds}s"), "-s", Script, side.Url.ToString(),
                "--", kind, side.Bodies, side.Authorization, run.ToString("00", CultureInfo.InvariantCulture),
            ],
            cancellation);
        if (Result().Match(said) is not { Success: true } result)
            throw new BenchmarkException($"wrk told no result:\n{said}");
        long Number(int group) => long.Parse(result.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
        if (Number(3) + Number(4) > 0 || said.Contains("Non-2xx", StringComparison.Ordinal))
            throw new BenchmarkException($"{side.Url} did not answer every request with 200:\n{said}");
        var alerts = Number(1) * perGroup;
        return new Round(alerts, alerts / (Number(2) / 1e6));
    }

    [GeneratedRegex(@"^result (\d+) (\d+) (\d+) (\d+)", RegexOptions.Multiline)]
    private static partial Regex Result();
}

/// <param name="Alerts">How many were accepted.</param>
readonly record struct Round(long Alerts, double PerSecond);
