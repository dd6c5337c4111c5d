using System.Globalization;

namespace Verolux.Exporter.Tests.Chaos;

/// <summary>What is left to chance is drawn from here, the same each time; CHAOS_SEED asks for others. A test that fails names it.</summary>
static class Seed
{
    public static int Value { get; } = int.TryParse(Environment.GetEnvironmentVariable("CHAOS_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 1;

    /// <summary>For the messages of failures.</summary>
    public static string Named { get; } = string.Create(CultureInfo.InvariantCulture, $"CHAOS_SEED={Value}");

    /// <param name="of">What it is for, so that one doesn't move the other's.</param>
    public static Random Random(int of) => new(unchecked((Value * 16_777_619) ^ of));
}
