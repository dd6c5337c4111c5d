using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

public class TokenBucketTests
{
    const int Tokens = 100;
    const int Reserved = 20;
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    static readonly DateTimeOffset Now = Workbench.Now;
    TokenBucket bucket = null!;

    [SetUp]
    public void Make() => bucket = new TokenBucket(Tokens, Minute, Reserved);

    [Test]
    public void A_burst_gets_all_tokens_at_once_and_each_comes_back_a_period_later()
    {
        Assert.That(Enumerable.Range(0, Tokens).Select(i => bucket.Take(true, Now.AddMilliseconds(i))), Has.All.Null);
        Assert.That(bucket.Take(true, Now.AddSeconds(1)), Is.EqualTo(Now + Minute));
        Assert.That(bucket.Take(true, Now + Minute), Is.Null);
        Assert.That(bucket.Take(true, Now + Minute), Is.EqualTo((Now + Minute).AddMilliseconds(1)));
    }

    [Test]
    public void The_last_tokens_are_kept_for_what_is_urgent()
    {
        for (var i = 0; i < Tokens - Reserved; i++)
            bucket.Take(false, Now);
        Assert.That(bucket.Take(false, Now), Is.EqualTo(Now + Minute));
        for (var i = 0; i < Reserved; i++)
            Assert.That(bucket.Take(true, Now.AddSeconds(1)), Is.Null);
        Assert.That((bucket.Take(true, Now.AddSeconds(2)), bucket.Take(false, Now.AddSeconds(2))), Is.EqualTo((Now + Minute, Now + Minute)));
        Assert.That(bucket.Take(false, Now.AddSeconds(60)), Is.Null, "what is urgent takes from both");
    }

    [Test]
    public void Who_waits_is_told_when_enough_has_come_back()
    {
        for (var i = 0; i < Tokens; i++)
            bucket.Take(true, Now.AddMilliseconds(i));
        // One back is not enough for what isn't urgent: 20 must remain.
        Assert.That(bucket.Take(false, Now.AddSeconds(1)), Is.EqualTo((Now + Minute).AddMilliseconds(Reserved)));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void However_it_is_asked_no_stretch_of_a_period_sees_more_than_all_tokens_and_the_time_it_names_is_right(int seed)
    {
        var random = new Random(seed);
        var (now, taken) = (Now, new List<DateTimeOffset>());
        for (var i = 0; i < 20_000; i++)
        {
            // Bursts, trickles and pauses.
            now += TimeSpan.FromMilliseconds(random.Next(3) switch { 0 => 0, 1 => random.Next(100), _ => random.Next(random.Next(100) == 0 ? 90_000 : 1500) });
            var urgent = random.Next(4) == 0;
            var inPeriod = taken.Count(t => now - t < Minute);
            var wait = bucket.Take(urgent, now);
            Assert.That(wait is null, Is.EqualTo(inPeriod < (urgent ? Tokens : Tokens - Reserved)), $"seed {seed}, step {i}");
            if (wait is null)
                taken.Add(now);
            else
                Assert.That(wait, Is.GreaterThan(now).And.LessThanOrEqualTo(now + Minute), $"seed {seed}, step {i}");
            taken.RemoveAll(t => now - t > Minute * 2);
            Assert.That(taken.Count(t => now - t < Minute), Is.LessThanOrEqualTo(Tokens), $"seed {seed}, step {i}");
        }
    }

    [Test]
    public void A_closed_bucket_gives_nothing_to_anybody()
    {
        bucket.Close(Now.AddSeconds(30));
        bucket.Close(Now.AddSeconds(10));
        Assert.That((bucket.Take(true, Now), bucket.Take(false, Now.AddSeconds(29))), Is.EqualTo((Now.AddSeconds(30), Now.AddSeconds(30))));
        Assert.That(bucket.Take(false, Now.AddSeconds(30)), Is.Null);
    }

    [Test]
    public void What_was_spent_all_the_same_counts()
    {
        for (var i = 0; i < Tokens + 1; i++)
            bucket.Spend(Now.AddSeconds(-i));
        Assert.That(bucket.Take(true, Now), Is.EqualTo(Now + Minute), "however late it is told of");
        Assert.That(bucket.Take(true, Now + Minute), Is.Null);
    }

    [Test]
    public void A_clock_that_is_set_back_holds_nothing_up_for_longer_than_a_period()
    {
        for (var i = 0; i < Tokens; i++)
            bucket.Take(true, Now);
        bucket.Close(Now.AddMinutes(30));
        var before = Now.AddDays(-400);
        Assert.That(bucket.Take(true, before), Is.EqualTo(before.AddHours(1)), "who asked us to wait is believed for an hour");
        bucket = new TokenBucket(1, Minute);
        bucket.Take(true, Now);
        Assert.That(bucket.Take(true, before), Is.EqualTo(before + Minute));
        Assert.That(bucket.Take(true, before + Minute), Is.Null);
    }
}
