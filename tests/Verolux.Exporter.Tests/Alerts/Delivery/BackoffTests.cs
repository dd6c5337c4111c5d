using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

public class BackoffTests
{
    [TestCase(1, 2)]
    [TestCase(2, 4)]
    [TestCase(8, 256)]
    [TestCase(9, 300)]
    [TestCase(int.MaxValue, 300)]
    public void The_delay_is_drawn_from_twice_as_much_each_time_up_to_five_minutes(int attempts, int seconds)
    {
        Assert.That(Backoff.Delay(attempts, null, 1), Is.EqualTo(TimeSpan.FromSeconds(seconds)));
        Assert.That(Backoff.Delay(attempts, null, 0.5), Is.EqualTo(TimeSpan.FromSeconds(seconds / 2.0)));
        Assert.That(Backoff.Delay(attempts, null, 0), Is.EqualTo(TimeSpan.Zero));
    }

    [TestCase(0)]
    [TestCase(0.9)]
    public void What_the_other_side_asks_for_is_not_undercut(double chance) =>
        Assert.That(Backoff.Delay(1, TimeSpan.FromMinutes(10), chance), Is.InRange(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10.1)));

    [Test]
    public void A_time_in_the_past_hurries_nobody() => Assert.That(Backoff.Delay(9, TimeSpan.FromDays(-400), 0.5), Is.EqualTo(TimeSpan.FromSeconds(150)));

    [Test]
    public void No_page_waits_for_years() => Assert.That(Backoff.Delay(1, TimeSpan.FromSeconds(int.MaxValue), 0), Is.EqualTo(TimeSpan.FromHours(1)));
}
