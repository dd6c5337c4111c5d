using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Cameras.Picture;

namespace Verolux.Exporter.Tests.Cameras.Picture;

public class PictureStateTests
{
    // Minute and picture of each look; what holds after the last one.
    [TestCase("0A", null)]
    [TestCase("0A 4A", null)]
    [TestCase("0A 5A", true)]
    [TestCase("0A 5B", false)]
    [TestCase("0A 2B 4C", null)]
    [TestCase("0A 2A 4A 6A", true)]
    [TestCase("0A 3B 6A", false, Description = "it moved between")]
    [TestCase("0A 6A 7B", false, Description = "it thawed")]
    [TestCase("0A 6B 8B", false)]
    [TestCase("0A 6B 10B", false)]
    [TestCase("0A 6B 11B", true)]
    [TestCase("0A 5B 10C 15D", false, Description = "a noisy still")]
    [TestCase("0A 600A", true, Description = "after an outage")]
    public void Frozen_is_the_same_picture_five_minutes_apart(string looks, bool? frozen)
    {
        var time = new FakeTimeProvider();
        var (state, start) = (new PictureState(time), time.GetUtcNow());
        foreach (var look in looks.Split(' '))
        {
            time.SetUtcNow(start + TimeSpan.FromMinutes(int.Parse(look[..^1])));
            state.See(new Luma(0.5, 0.2, 0.2, look[^1..]));
        }
        Assert.That(state.Frozen, Is.EqualTo(frozen));
    }

    [TestCase(0, 0, 0, true, Description = "switched off")]
    [TestCase(0.002, 0.004, 0.0005, true, Description = "a covered lens")]
    [TestCase(0.02, 0.03, 0.003, true, Description = "a covered lens of a noisy sensor")]
    [TestCase(0.03, 0.03, 0.03, false, Description = "night")]
    [TestCase(0.001, 0.03, 0.02, false, Description = "one far lamp")]
    [TestCase(0.5, 0, 0, false, Description = "an even gray")]
    [TestCase(1, 0, 0, false, Description = "dazzled")]
    public void Black_is_dark_with_nothing_in_it(double mean, double deviation, double structure, bool black)
    {
        var state = new PictureState(new FakeTimeProvider());
        Assert.That(state.Black, Is.Null);
        state.See(new Luma(mean, deviation, structure, ""));
        Assert.That(state.Black, Is.EqualTo(black));
    }
}
