using NUnit.Framework;

namespace Verolux.Exporter.Tests.Chaos;

/// <summary>What Alertmanager has sent is an incident, is told and ends, each once, however often the process is killed meanwhile.</summary>
public class RandomKillTests
{
    /// <summary>How many there are of each name. So that PagerDuty's limit lets it end in time, most share the page of a storm: 25 pages here.</summary>
    static readonly int[] AFew = [36, 2, 2];

    /// <summary>And 289 here.</summary>
    static readonly int[] AThousand = [.. Enumerable.Repeat(10, 10), .. Enumerable.Repeat(100, 9)];

    [Test]
    [CancelAfter(240_000)]
    public async Task A_few_kills_at_random_moments_lose_nothing(CancellationToken cancellationToken) =>
        Assert.That(await KilledExporter.RunAsync(8, AFew, Seed.Random(1), cancellationToken), Is.Empty, Seed.Named);

    [Test]
    [Category("Chaos")]
    [Category("kill")]
    [CancelAfter(1_500_000)]
    public async Task Two_hundred_kills_at_random_moments_lose_nothing(CancellationToken cancellationToken)
    {
        const int kills = 200;
        var lost = await KilledExporter.RunAsync(kills, AThousand, Seed.Random(2), cancellationToken);
        TestContext.Progress.WriteLine($"chaos kill thrown {kills} lost {lost.Count}");
        Assert.That(lost, Is.Empty, Seed.Named);
    }
}
