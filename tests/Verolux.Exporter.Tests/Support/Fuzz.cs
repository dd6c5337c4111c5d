using System.Globalization;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// Tries many broken inputs, always the same: a few thousand, or as many as FUZZ_INPUTS says, and others for another FUZZ_SEED. One that fails is named by its seed
/// and number, and fails alone with both. One line each: <c>fuzz NAME inputs N crashes N</c>.
/// </summary>
static class Fuzz
{
    static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    public static readonly int Inputs = Setting("FUZZ_INPUTS", 3000);
    static readonly int Seed = Setting("FUZZ_SEED", 1);

    /// <param name="make">Makes an input.</param>
    /// <param name="tryAsync">Gets its number, what it was made by and the input; what it throws is a crash.</param>
    public static async Task RunAsync(string name, Func<Random, byte[]> make, Func<int, Random, byte[], Task> tryAsync)
    {
        var (input, crashes, first) = (0, 0, "");
        var running = Task.Run(async () =>
        {
            for (; input < Inputs; Interlocked.Increment(ref input))
            {
                var random = new Random(SeedOf(input));
                var bytes = make(random);
                try
                {
                    await tryAsync(input, random, bytes);
                }
                catch (Exception error)
                {
                    crashes++;
                    if (first.Length == 0)
                        first = $"seed {Seed}, input {input}: {error.GetType().Name} {error.Message}\n{error.StackTrace}\n{Convert.ToBase64String(bytes)}";
                }
            }
        });
        // A hang is an input that never ends; all of them together may take as long as they like.
        for (var before = -1; !running.IsCompleted;)
        {
            await Task.WhenAny(running, Task.Delay(LongestSilence));
            var now = Volatile.Read(ref input);
            if (now == before && !running.IsCompleted)
                Assert.Fail($"seed {Seed}, input {now}: does not end");
            before = now;
        }
        await running;
        await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"fuzz {name} inputs {Inputs} crashes {crashes}"));
        Assert.That(crashes, Is.Zero, first);
    }

    // Not the framework's, which differs from one process to the next.
    static int SeedOf(int input) => unchecked((Seed * 16_777_619) ^ (input * 374_761_393));

    static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
