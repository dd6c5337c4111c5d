using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts.Trust;

/// <summary>Storms of which Alertmanager mutes something.</summary>
[CancelAfter(60_000)]
public class MutedStormTests
{
    const int Many = 60;
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

    /// <summary>They are older than the storm that they join.</summary>
    [Test]
    public async Task A_storm_of_what_was_silenced_ends_with_the_last_of_it_also_after_a_restart([Values] bool restarted)
    {
        await asked.LookForAsync(TimeSpan.FromMinutes(5), () => HoldAll(inhibitedBy: "cause"));
        Assert.That(asked.Ledger.Added, Is.Empty);
        await asked.LookForAsync(TimeSpan.FromMinutes(0.5), () => HoldAll());
        Assert.That((asked.Ledger.Added.Count, StormRow), Is.EqualTo((Storms.OwnPages + 1, "firing")));
        if (restarted)
        {
            await asked.Ledger.DisposeAsync();
            asked = new AskedAlertmanagers(bench);
            HoldAll();
            await asked.LookAsync();
        }
        await EndAsync(0, Many - 1);
        Assert.That(StormRow, Is.EqualTo("firing"));
        await EndAsync(Many - 1, Many);
        Assert.That(StormRow, Is.EqualTo("resolved"));
    }

    [Test]
    public async Task What_comes_back_silenced_within_a_storm_is_counted_once()
    {
        await HearAllAsync();
        await EndAsync(Many - 1, Many);
        // Within the time in which it is the same incident.
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () => HoldAll(last: "cause"));
        // Others begin, so many that it shares a page.
        await asked.Ledger.ApplyAsync(Enumerable.Range(Many, 30).Select(Alert));
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        HoldAll();
        for (var i = Many; i < Many + 30; i++)
            asked.Main.Hold(Print(i), labels: Labels(i));
        await asked.LookAsync();
        await EndAsync(0, Many + 30);
        Assert.That((StormRow, asked.Ledger.Store.Rows("SELECT count(*) FROM incidents WHERE state = 'firing'")), Is.EqualTo(("resolved", new[] { "0" })));
    }

    [Test]
    public async Task A_storm_that_is_silenced_is_in_hand_and_does_not_escalate()
    {
        await HearAllAsync();
        bench.Time.Advance(TimeSpan.FromMinutes(5));
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(9));
        await asked.LookForAsync(TimeSpan.FromMinutes(75), () => HoldAll(silencedBy: "s1"));
        Assert.That(asked.Ledger.Store.Rows("SELECT level, acknowledged_by FROM incidents WHERE is_storm"), Is.EqualTo(new[] { "1|alex" }));
        Assert.That(asked.Ledger.Added.Count(a => a == "Acknowledge Warning"), Is.EqualTo(Storms.OwnPages + 1));
    }

    [Test]
    public async Task The_clock_of_a_storm_that_is_inhibited_stands_still()
    {
        await HearAllAsync();
        await asked.LookForAsync(TimeSpan.FromMinutes(30), () => HoldAll());
        await asked.LookForAsync(TimeSpan.FromHours(2), () => HoldAll(inhibitedBy: "cause"));
        await asked.LookForAsync(TimeSpan.FromMinutes(28), () => HoldAll());
        Assert.That(asked.Ledger.Store.Rows("SELECT max(level) FROM incidents"), Is.EqualTo(new[] { "1" }));
        await asked.LookForAsync(TimeSpan.FromMinutes(3), () => HoldAll());
        Assert.That(asked.Ledger.Store.Rows("SELECT level FROM incidents WHERE is_storm"), Is.EqualTo(new[] { "2" }));
    }

    [Test]
    public async Task A_storm_of_which_one_is_not_silenced_escalates()
    {
        await HearAllAsync();
        await asked.LookForAsync(TimeSpan.FromMinutes(75), () =>
        {
            HoldAll(inhibitedBy: "cause");
            asked.Main.Hold(Print(Many - 1), labels: Labels(Many - 1));
        });
        Assert.That(asked.Ledger.Store.Rows("SELECT level FROM incidents WHERE is_storm"), Is.EqualTo(new[] { "2" }));
    }

    string StormRow => asked.Ledger.Store.Rows("SELECT state FROM incidents WHERE is_storm")[0];

    static string Print(int i) => $"print-{i}";

    static string Labels(int i) => $$"""{"alertname":"DiskFull","path":"/{{i}}","severity":"warning"}""";

    static string Alert(int i) => Bodies.Alert(Labels(i), fingerprint: Print(i), start: $"\"{Workbench.Now:O}\"");

    async Task HearAllAsync()
    {
        await asked.Ledger.ApplyAsync(Enumerable.Range(0, Many).Select(Alert));
        HoldAll();
        await asked.LookAsync();
    }

    void HoldAll(string? silencedBy = null, string? inhibitedBy = null, string? last = null)
    {
        for (var i = 0; i < Many; i++)
            asked.Main.Hold(Print(i), labels: Labels(i), silencedBy: silencedBy, inhibitedBy: i == Many - 1 ? last ?? inhibitedBy : inhibitedBy);
    }

    /// <summary>Prometheus says that some have ended.</summary>
    async Task EndAsync(int from, int to)
    {
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = from; i < to; i++)
            asked.Main.Drop(Print(i));
        await asked.Ledger.ApplyAsync(Enumerable.Range(from, to - from).Select(i => Bodies.Resolved(Labels(i), Print(i), $"\"{Workbench.Now:O}\"", $"\"{asked.Now:O}\"")));
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        await asked.LookAsync();
    }
}
