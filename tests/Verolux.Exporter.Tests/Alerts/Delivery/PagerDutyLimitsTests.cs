using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

public class PagerDutyLimitsTests
{
    static readonly string Key = new('a', PagerDuty.KeyLength);
    static readonly string Other = new('b', PagerDuty.KeyLength);

    [Test]
    public async Task Whoever_uses_the_same_key_shares_its_limit_also_once_it_was_changed()
    {
        using var folder = new TemporaryFolder();
        using var courier = new Courier(null, TimeProvider.System);
        var limits = new PagerDutyLimits();
        PagerDuty Make(string file, string key) => new(file, new Uri($"http://127.0.0.1:{FreePort.Next()}/"), Secret.FromFile(folder.Write(file, key)), courier, limits, TimeProvider.System);
        var (first, same, other) = (Make("first", Key), Make("same", Key), Make("other", Other));
        Assert.That(first.Limit, Is.SameAs(same.Limit).And.Not.SameAs(other.Limit));
        folder.Write("first", Other);
        await first.SendAsync(PageSamples.Sample, CancellationToken.None);
        Assert.That(first.Limit, Is.SameAs(other.Limit));
    }

    [Test]
    public void Of_a_hundred_events_a_minute_twenty_are_kept_for_criticals()
    {
        var limit = new PagerDutyLimits().Of(Key);
        Assert.That(Enumerable.Range(0, 80).Select(_ => limit.Take(false, Workbench.Now)), Has.All.Null);
        Assert.That(limit.Take(false, Workbench.Now.AddSeconds(59)), Is.EqualTo(Workbench.Now.AddMinutes(1)));
        Assert.That(Enumerable.Range(0, 20).Select(_ => limit.Take(true, Workbench.Now.AddSeconds(59))), Has.All.Null);
        Assert.That(limit.Take(true, Workbench.Now.AddSeconds(59)), Is.Not.Null);
    }
}
