using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Tests.Alerts.Incidents;

namespace Verolux.Exporter.Tests.Alerts.Trust;

/// <summary>What Alertmanager mutes: clocks that stand still, and pages that nobody may miss or get twice. DiskFull is a warning with an hour to respond.</summary>
[CancelAfter(60_000)]
public class MuteTests
{
    const string Critical = """{"alertname":"DiskFull","path":"/recordings","severity":"critical"}""";
    static readonly Who Kim = new("kim", Source.Page);
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

    /// <summary>Alertmanager tells of it then, for what inhibits it has ended.</summary>
    [Test]
    public async Task What_is_inhibited_is_not_told_because_Prometheus_has_died([Values] bool isBack)
    {
        await asked.LookForAsync(TimeSpan.FromMinutes(5), () => asked.Main.Hold(inhibitedBy: "cause"));
        asked.Main.Cut();
        await asked.LookForAsync(TimeSpan.FromMinutes(3.5));
        asked.Main.Hold();
        await asked.HearAsync();
        await asked.LookForAsync(TimeSpan.FromMinutes(1));
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("firing|1|", Array.Empty<string>())));
        if (isBack)
        {
            asked.Main.Restore();
            asked.Main.Hold();
            await asked.LookAsync();
        }
        else
            await asked.LookForAsync(TimeSpan.FromMinutes(10), () => asked.Main.Hold());
        Assert.That(asked.Ledger.Added, Is.EqualTo(new[] { "Trigger Warning" }), isBack ? "it is told when that is certain" : "or when nobody can tell for ten minutes");
    }

    [Test]
    public async Task After_it_was_muted_a_repeat_takes_back_nothing_of_the_time_to_respond([Values] bool wasTold, [Values] bool isWebhookFirst, [Values] bool restarted)
    {
        if (wasTold)
            await asked.HearAsync();
        await asked.LookForAsync(TimeSpan.FromHours(2), () => asked.Main.Hold(inhibitedBy: "cause"));
        if (!isWebhookFirst)
            await asked.LookForAsync(TimeSpan.FromMinutes(0.5), () => asked.Main.Hold());
        if (restarted)
        {
            await asked.Ledger.DisposeAsync();
            asked = new AskedAlertmanagers(bench);
        }
        await asked.Ledger.ApplyAsync(Bodies.Alert(start: $"\"{Workbench.Now:O}\"", more: ",\"new\":1"));
        await asked.LookForAsync(TimeSpan.FromMinutes(50), () => asked.Main.Hold());
        Assert.That(asked.Newest, Is.EqualTo("firing|1|"));
        await asked.LookForAsync(TimeSpan.FromMinutes(11), () => asked.Main.Hold());
        Assert.That(asked.Newest, Is.EqualTo("firing|2|"));
    }

    [Test]
    public async Task After_it_was_muted_what_gets_more_urgent_has_its_own_time()
    {
        await asked.HearAsync();
        await asked.LookForAsync(TimeSpan.FromHours(2), () => asked.Main.Hold(inhibitedBy: "cause"));
        await asked.LookForAsync(TimeSpan.FromMinutes(10), () => asked.Main.Hold());
        await asked.Ledger.ApplyAsync(Bodies.Alert(Critical, fingerprint: "worse", start: $"\"{asked.Now:O}\""));
        Assert.That(asked.Ledger.Store.Rows("SELECT respond_by FROM incidents"), Is.EqualTo(new[] { $"{asked.Now.AddMinutes(15).ToUnixTimeMilliseconds()}" }));
    }

    [Test]
    public async Task Who_takes_it_in_hand_while_it_is_muted_is_judged_by_the_clock_that_stands_still()
    {
        var id = await OpenAsync();
        await asked.LookForAsync(TimeSpan.FromMinutes(30), () => asked.Main.Hold());
        await asked.LookForAsync(TimeSpan.FromHours(2), () => asked.Main.Hold(inhibitedBy: "cause"));
        await asked.Ledger.Responder.AcknowledgeAsync(id, Kim);
        Assert.That(asked.Ledger.Counted, Does.Contain("verolux_sla_incidents_total warning met_ack"));
    }

    [Test]
    public async Task What_somebody_took_in_hand_before_anybody_was_told_is_told_as_such()
    {
        await asked.LookForAsync(TimeSpan.FromMinutes(5), () => asked.Main.Hold(inhibitedBy: "cause"));
        await asked.Ledger.Responder.AcknowledgeAsync(long.Parse(asked.Ledger.Store.Rows("SELECT id FROM incidents")[0], System.Globalization.CultureInfo.InvariantCulture), Kim);
        await asked.LookForAsync(TimeSpan.FromMinutes(70), () => asked.Main.Hold());
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("firing|1|kim", new[] { "Trigger Warning", "Acknowledge Warning" })));
        Assert.That(asked.Ledger.Counted.Where(c => c.StartsWith("verolux_sla")), Is.EqualTo(new[] { "verolux_sla_incidents_total warning met_ack" }), "there was no time to respond to yet");
    }

    [Test]
    public async Task What_gets_critical_while_its_warning_is_silenced_is_told()
    {
        await OpenAsync();
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(3), Workbench.Now.AddMinutes(1));
        await asked.LookForAsync(TimeSpan.FromMinutes(2), () => asked.Main.Hold(silencedBy: "s1"));
        await asked.Ledger.ApplyAsync(Bodies.Alert(Critical, fingerprint: "worse", start: $"\"{asked.Now:O}\""));
        Assert.That(asked.Ledger.Added, Is.EqualTo(new[] { "Trigger Warning", "Acknowledge Warning", "Trigger Critical" }));
        await asked.LookForAsync(TimeSpan.FromMinutes(2), () =>
        {
            asked.Main.Hold(silencedBy: "s1");
            asked.Main.Hold("worse", asked.Now, labels: Critical);
        });
        Assert.That(asked.Ledger.Store.Rows("SELECT severity, mute FROM incidents"), Is.EqualTo(new[] { "critical|" }));
    }

    [Test]
    public async Task A_critical_alert_that_is_silenced_makes_nothing_more_urgent_until_that_is_over()
    {
        await OpenAsync();
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(3), Workbench.Now.AddHours(-1));
        await asked.LookForAsync(TimeSpan.FromMinutes(20), () =>
        {
            asked.Main.Hold();
            asked.Main.Hold("worse", labels: Critical, silencedBy: "s1");
        });
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("firing|1|", new[] { "Trigger Warning" })));
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () =>
        {
            asked.Main.Hold();
            asked.Main.Hold("worse", labels: Critical);
        });
        Assert.That(asked.Ledger.Added.Take(2), Is.EqualTo(new[] { "Trigger Warning", "Trigger Critical" }));
    }

    [Test]
    public async Task A_warning_that_a_critical_alert_inhibits_holds_the_incident_open_after_that_one()
    {
        await asked.Ledger.ApplyAsync(Bodies.Alert(Critical, fingerprint: "worse", start: $"\"{asked.Now:O}\""));
        await asked.LookForAsync(TimeSpan.FromMinutes(5), () =>
        {
            asked.Main.Hold("worse", labels: Critical);
            asked.Main.Hold(inhibitedBy: "worse");
        });
        await asked.HearAsync("worse", asked.Now, Critical);
        Assert.That(asked.Ledger.Store.Rows("SELECT state, severity, mute FROM incidents"), Is.EqualTo(new[] { "firing|warning|" }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_silence_that_nobody_can_confirm_any_more_ends_at_its_end(bool isUnverified)
    {
        await asked.DisposeAsync();
        await using var two = new AskedAlertmanagers(bench, "a", "b");
        await two.HearAsync();
        two.Main.Silence("s1", "alex", Workbench.Now.AddHours(1), Workbench.Now.AddHours(-1));
        two.All["b"].Problem = "connection refused";
        await two.LookForAsync(TimeSpan.FromMinutes(10), () => two.Main.Hold(silencedBy: "s1"));
        if (isUnverified)
        {
            // It ends by itself, and the silence as well: so that is told.
            two.Main.Cut();
            await two.LookForAsync(AskedAlertmanagers.Validity);
            await two.HearAsync(endsAt: two.Now);
        }
        two.Main.Drop();
        await two.LookForAsync(TimeSpan.FromMinutes(40));
        Assert.That(two.Newest, Does.EndWith("|1|"));
        await two.LookForAsync(TimeSpan.FromMinutes(80));
        Assert.That(two.Newest, Is.EqualTo(isUnverified ? "unverified|2|" : "firing|2|"));
    }

    [Test]
    public async Task What_is_inhibited_and_ends_is_told_to_nobody_on_its_way_out()
    {
        await asked.LookForAsync(TimeSpan.FromHours(1), () => asked.Main.Hold(inhibitedBy: "cause"));
        asked.Main.Drop();
        await asked.LookForAsync(TimeSpan.FromMinutes(13));
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("resolved|1|", Array.Empty<string>())));
    }

    /// <summary>Of several Alertmanager names any.</summary>
    [Test]
    public async Task What_several_alerts_inhibit_is_written_down_once()
    {
        await OpenAsync();
        var flip = 0;
        await asked.LookForAsync(TimeSpan.FromMinutes(5), () =>
        {
            asked.Main.Hold("one", labels: """{"alertname":"APIDown"}""", isOurs: false);
            asked.Main.Hold("two", labels: """{"alertname":"DatabaseDown"}""", isOurs: false);
            asked.Main.Hold(inhibitedBy: flip++ % 2 == 0 ? "one" : "two");
        });
        Assert.That((asked.Done, asked.Ledger.Store.Rows("SELECT count(*) FROM timeline WHERE event = 'inhibited'")), Is.EqualTo((new[] { "inhibited" }, new[] { "1" })));
        Assert.That(asked.Ledger.Store.Rows("SELECT mute ->> '$.by' FROM incidents"), Is.EqualTo(new[] { "DatabaseDown" }), "what is named is so now");
    }

    [Test]
    public async Task A_silence_that_is_not_known_acknowledges_nothing()
    {
        await OpenAsync();
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () => asked.Main.Hold(silencedBy: "s1"));
        Assert.That(asked.Newest, Is.EqualTo("firing|1|"));
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(3));
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () => asked.Main.Hold(silencedBy: "s1"));
        Assert.That(asked.Newest, Is.EqualTo("firing|1|alex"));
    }

    [Test]
    public async Task What_comes_back_silenced_has_all_its_time_when_that_is_over()
    {
        await OpenAsync();
        asked.Main.Drop();
        await asked.HearAsync(endsAt: asked.Now.AddSeconds(1));
        await asked.LookForAsync(TimeSpan.FromMinutes(1));
        Assert.That(asked.Newest, Does.StartWith("resolved"));
        var again = asked.Now;
        await asked.LookForAsync(TimeSpan.FromHours(2), () => asked.Main.Hold(startsAt: again, inhibitedBy: "cause"));
        await asked.LookForAsync(TimeSpan.FromMinutes(30), () => asked.Main.Hold(startsAt: again));
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("firing|1|", new[] { "Trigger Warning", "Resolve Warning", "Trigger Warning" })));
    }

    [Test]
    public async Task When_there_is_nobody_to_ask_any_more_what_is_said_counts_and_nothing_is_muted()
    {
        await asked.LookForAsync(TimeSpan.FromMinutes(5), () => asked.Main.Hold("muted", silencedBy: "s1", labels: """{"alertname":"Other","severity":"warning"}"""));
        await OpenAsync();
        asked.Main.Cut();
        await asked.HearAsync(endsAt: asked.Now);
        await asked.Ledger.DisposeAsync();
        await using var alone = new OpenLedger(bench);
        await alone.Store.WriteAsync(session =>
        {
            alone.Ledger.Load(session, asked.Now);
            alone.Ledger.TrustAlone(session, asked.Now);
            return true;
        });
        Assert.That(alone.Store.Rows("SELECT alertname, state, mute, outcome FROM incidents ORDER BY id"), Is.EqualTo(new[] { "Other|firing||", "DiskFull|resolved||unverified" }));
        Assert.That(alone.Added, Is.EqualTo(new[] { "Trigger Warning", "Resolve Warning" }));
        await alone.DisposeAsync();
        asked = new AskedAlertmanagers(bench);
    }

    async Task<long> OpenAsync()
    {
        var (_, incident) = (await asked.Ledger.ApplyAsync([Bodies.Alert(start: $"\"{asked.Now:O}\"")]))[0];
        asked.Main.Hold(startsAt: asked.Now);
        await asked.LookAsync();
        return incident.Id;
    }
}
