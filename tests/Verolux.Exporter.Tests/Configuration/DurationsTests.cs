using NUnit.Framework;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Tests.Configuration;

public class DurationsTests
{
    [TestCase("500ms", 0.5)]
    [TestCase("15s", 15)]
    [TestCase("1h30m", 5400)]
    [TestCase("1d", 86400)]
    [TestCase("2w", 1_209_600)]
    public void A_duration_is_read_as_prometheus_reads_it(string text, double seconds)
    {
        Assert.That(Durations.TryParse(text, out var duration), Is.True);
        Assert.That(duration.TotalSeconds, Is.EqualTo(seconds));
    }

    [TestCase("")]
    [TestCase("15")]
    [TestCase("m5")]
    [TestCase("30m1h")]
    [TestCase("-5s")]
    [TestCase("1.5h")]
    [TestCase("99999999999999999999s")]
    public void Anything_else_is_no_duration(string text) => Assert.That(Durations.TryParse(text, out _), Is.False);

    [TestCase("10m", "10m")]
    [TestCase("90m", "1h30m")]
    [TestCase("10d", "10d")]
    [TestCase("1500ms", "1s500ms")]
    [TestCase("0s", "0s")]
    public void A_duration_is_written_in_its_shortest_form(string text, string shortest)
    {
        Assert.That(Durations.TryParse(text, out var duration), Is.True);
        Assert.That(Durations.Format(duration), Is.EqualTo(shortest));
    }
}
