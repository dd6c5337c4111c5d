using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts.Trust;

/// <summary>Ends of a series that has several alerts, and what is odd about the alerts that are held.</summary>
[CancelAfter(60_000)]
public class ProofTests
{
    const string Critical = """{"alertname":"DiskFull","path":"/recordings","severity":"critical"}""";
    Workbench bench = null!;
    AskedAlertmanagers asked = null!;

    [SetUp]
    public void SetUp()
    {
        bench = new Workbench();
        asked = new AskedAlertmanagers(bench);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await asked.DisposeAsync();
        bench.Dispose();
    }

    /// <summary>The rules of both are evaluated at different times, so their promises end at different times.</summary>
    [Test]
    public async Task Of_two_severities_that_one_has_ended_proves_nothing_of_the_other_which_expired([Values] bool restarted)
    {
        await asked.HearAsync("w");
        await asked.HearAsync("c", labels: Critical);
        asked.Main.Hold("w");
        var expires = asked.Now + AskedAlertmanagers.Validity;
        await asked.LookAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        asked.Main.Hold("c", labels: Critical);
        await asked.LookAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        asked.Main.Drop("c");
        await asked.HearAsync("c", asked.Now, Critical);
        await asked.LookAsync();
        if (restarted)
        {
            await asked.Ledger.DisposeAsync();
            asked = new AskedAlertmanagers(bench);
        }
        // A restart of Prometheus so quick that its Watchdog does not get old, and the other one waits for its rule's time.
        bench.Time.Advance(AskedAlertmanagers.Validity);
        asked.Main.Drop("w");
        await asked.HearAsync("w", expires);
        await asked.LookAsync();
        Assert.That(asked.Newest, Is.EqualTo("resolving|1|"));
    }

    [Test]
    public async Task Two_severities_that_Prometheus_ended_both_are_over()
    {
        await asked.HearAsync("w");
        await asked.HearAsync("c", labels: Critical);
        asked.Main.Hold("w");
        asked.Main.Hold("c", labels: Critical);
        await asked.LookAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        asked.Main.Drop("c");
        await asked.HearAsync("c", asked.Now, Critical);
        asked.Main.Drop("w");
        await asked.HearAsync("w", asked.Now);
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        await asked.LookAsync();
        Assert.That(asked.Newest, Is.EqualTo("resolved|1|"));
    }

    [TestCase(-1)]
    [TestCase(1)]
    public async Task Whether_what_is_gone_was_in_force_then_is_judged_by_the_clock_that_says_so(int ahead)
    {
        var off = TimeSpan.FromHours(ahead);
        asked.Main.Ahead = off;
        await asked.HearAsync();
        asked.Main.Hold();
        await asked.LookAsync();
        if (ahead < 0)
        {
            // Prometheus ends it, and nobody is told.
            bench.Time.Advance(TimeSpan.FromMinutes(1));
            asked.Main.Drop();
        }
        else
        {
            asked.Main.Cut();
            await asked.LookForAsync(AskedAlertmanagers.Validity + TimeSpan.FromMinutes(1));
            asked.Main.Restore();
        }
        await asked.LookForAsync(TimeSpan.FromMinutes(13));
        Assert.That(asked.Ledger.Counted, Does.Contain($"verolux_sla_incidents_total warning {(ahead < 0 ? "met_self_resolved" : "unverified")}"));
    }

    /// <summary>More than a series remembers are not found again and again.</summary>
    [Test]
    public async Task A_series_with_more_alerts_than_are_kept_apart_is_found_once()
    {
        await asked.LookForAsync(TimeSpan.FromMinutes(5), () =>
        {
            for (var i = 0; i < Episode.MostSignals + 10; i++)
                asked.Main.Hold($"p{i}", labels: $$"""{"alertname":"DiskFull","path":"/recordings","severity":"warning","replica":"{{i}}"}""");
        });
        Assert.That(asked.Ledger.Store.Rows("SELECT count(*) FROM incidents"), Is.EqualTo(new[] { "1" }));
        Assert.That((asked.Ledger.Store.Rows("SELECT count(*) FROM timeline WHERE event = 'found'")[0], asked.Done.Count()), Is.EqualTo(("64", 64)));
    }

    [Test]
    public async Task What_a_failed_write_concluded_is_concluded_by_the_next()
    {
        await asked.HearAsync();
        var held = asked.Now;
        Hold(null);
        await FailingAsync(TimeSpan.FromMinutes(5), () => Hold("cause"));
        await FailingAsync(TimeSpan.FromMinutes(5), () => Hold(null));
        asked.Main.Cut();
        await FailingAsync(AskedAlertmanagers.Validity, () => { });
        await asked.HearAsync(endsAt: asked.Now);
        await FailingAsync(TimeSpan.FromMinutes(11), () => { });
        Assert.That(asked.Newest, Is.EqualTo("unverified|1|"));
        asked.Main.Restore();
        await FailingAsync(TimeSpan.FromMinutes(2), () => asked.Main.Hold(startsAt: asked.Now));
        Assert.That(asked.Newest, Is.EqualTo("firing|1|"));
        asked.Main.Drop();
        await FailingAsync(TimeSpan.FromMinutes(13), () => { });
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("resolved|1|", new[] { "Trigger Warning", "Resolve Warning" })));
        Assert.That(asked.Done, Is.EqualTo(new[] { "inhibited", "unmuted", "unverified", "resumed", "closed" }));
        Assert.That(asked.Ledger.Store.Rows("SELECT group_concat(event, ' ') FROM timeline"), Is.EqualTo(new[] { "inhibited unmuted resolving unverified resumed gone" }));

        void Hold(string? by) => asked.Main.Hold(startsAt: held, inhibitedBy: by);

        // Every other write fails.
        async Task FailingAsync(TimeSpan time, Action each)
        {
            for (var until = asked.Now + time; asked.Now < until;)
            {
                bench.Time.Advance(TimeSpan.FromSeconds(15));
                each();
                await Assert.ThatAsync(() => asked.LookAsync(() => throw new InvalidOperationException()), Throws.InvalidOperationException);
                await asked.LookForAsync(TimeSpan.FromSeconds(30), each);
            }
        }
    }

    [Test]
    public async Task Absurd_times_stop_nothing([Values] bool early)
    {
        asked.Main.Ahead = early ? new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.Zero) - asked.Now : new DateTimeOffset(9999, 12, 30, 0, 0, 0, TimeSpan.Zero) - asked.Now;
        await asked.HearAsync();
        asked.Main.Silence("s1", "alex", DateTimeOffset.MaxValue, early ? DateTimeOffset.MaxValue : new DateTimeOffset(2, 1, 1, 0, 0, 0, TimeSpan.Zero));
        asked.Main.Hold(silencedBy: "s1");
        await asked.LookForAsync(TimeSpan.FromMinutes(1));
        asked.Main.Drop();
        await asked.LookForAsync(TimeSpan.FromMinutes(20));
        Assert.That(asked.Newest, Is.Not.Empty);
    }
}
