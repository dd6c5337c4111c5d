using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Alerts.Intake;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Alerts.Trust;

namespace Verolux.Exporter.Tests.Alerts.Trust;

/// <summary>DiskFull, a warning with an hour to respond, whose rule takes ten minutes to fire.</summary>
public class ReconciliationTests
{
    static readonly TimeSpan Validity = AskedAlertmanagers.Validity;
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

    [Test]
    public async Task An_end_that_Prometheus_itself_told_is_proven_by_the_next_look()
    {
        await OpenAsync();
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        asked.Main.Drop();
        Assert.That(await asked.HearAsync(endsAt: asked.Now), Is.EqualTo(Effect.Resolving));
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("resolving|1|", new[] { "Trigger Warning" })));
        await asked.LookAsync();
        Assert.That((asked.Newest, asked.Ledger.Added, asked.Done), Is.EqualTo(("resolved|1|", new[] { "Trigger Warning", "Resolve Warning" }, new[] { "proven" })));
        Assert.That(asked.Ledger.Counted, Does.Contain("verolux_sla_incidents_total warning met_self_resolved"));
    }

    [Test]
    public async Task What_ends_because_Prometheus_fell_silent_is_not_believed_and_goes_on_when_it_is_back()
    {
        var id = await OpenAsync();
        await asked.Ledger.Responder.AcknowledgeAsync(id, new Who("kim", Source.Page));
        asked.Main.Cut();
        await asked.LookForAsync(Validity);
        await asked.HearAsync(endsAt: asked.Now);
        await asked.LookForAsync(TimeSpan.FromMinutes(9.5));
        Assert.That(asked.Newest, Is.EqualTo("resolving|1|kim"));
        await asked.LookForAsync(TimeSpan.FromMinutes(1));
        Assert.That(asked.Newest, Is.EqualTo("unverified|1|kim"));
        await asked.LookForAsync(TimeSpan.FromMinutes(10));
        asked.Main.Restore();
        await asked.LookForAsync(TimeSpan.FromMinutes(5));
        Assert.That(asked.Newest, Is.EqualTo("unverified|1|kim"), "the rule has not had the time to fire");
        asked.Main.Hold(startsAt: asked.Now);
        await asked.LookAsync();
        Assert.That((asked.Newest, asked.Done), Is.EqualTo(("firing|1|kim", new[] { "unverified", "resumed" })));
        Assert.That(asked.Ledger.Added, Is.EqualTo(new[] { "Trigger Warning", "Acknowledge Warning" }), "it goes on under the same page");
        Assert.That(await asked.HearAsync(), Is.EqualTo(Effect.Updated));
    }

    [Test]
    public async Task What_does_not_fire_again_although_it_has_had_the_time_is_resolved_and_nobody_says_it_was_in_time()
    {
        await OpenAsync();
        asked.Main.Cut();
        await asked.LookForAsync(Validity);
        await asked.HearAsync(endsAt: asked.Now);
        await asked.LookForAsync(TimeSpan.FromMinutes(11));
        asked.Main.Restore();
        await asked.LookForAsync(TimeSpan.FromMinutes(12));
        Assert.That(asked.Newest, Is.EqualTo("unverified|1|"));
        await asked.LookForAsync(TimeSpan.FromMinutes(1));
        Assert.That((asked.Newest, asked.Done), Is.EqualTo(("resolved|1|", new[] { "unverified", "closed" })));
        Assert.That(asked.Ledger.Added, Is.EqualTo(new[] { "Trigger Warning", "Resolve Warning" }));
        Assert.That(asked.Ledger.Counted, Does.Contain("verolux_sla_incidents_total warning unverified"));
    }

    /// <summary>Its Watchdog is as fresh as ever; only the alert has to wait for its rule's time once more, and ends meanwhile.</summary>
    [Test]
    public async Task A_quick_restart_of_Prometheus_ends_nothing()
    {
        await OpenAsync();
        await asked.LookForAsync(Validity);
        await asked.HearAsync(endsAt: Workbench.Now + Validity);
        await asked.LookForAsync(TimeSpan.FromMinutes(7));
        Assert.That(asked.Newest, Is.EqualTo("resolving|1|"));
        asked.Main.Hold(startsAt: asked.Now);
        await asked.HearAsync();
        await asked.LookAsync();
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("firing|1|", new[] { "Trigger Warning" })));
    }

    [Test]
    public async Task One_look_that_fails_or_finds_Prometheus_silent_begins_the_wait_anew([Values] bool fails)
    {
        await OpenAsync();
        asked.Main.Drop();
        await asked.LookForAsync(TimeSpan.FromMinutes(9));
        if (fails)
            asked.Main.Problem = "connection refused";
        else
            asked.Main.Cut();
        await asked.LookForAsync(TimeSpan.FromMinutes(5));
        asked.Main.Problem = null;
        asked.Main.Restore();
        await asked.LookForAsync(TimeSpan.FromMinutes(12));
        Assert.That(asked.Newest, Is.EqualTo("firing|1|"));
        await asked.LookForAsync(TimeSpan.FromMinutes(1));
        Assert.That((asked.Newest, asked.Done), Is.EqualTo(("resolved|1|", new[] { "closed" })));
    }

    [TestCase("garbage")]
    [TestCase("401")]
    public async Task While_nobody_can_be_believed_nothing_is_closed(string problem)
    {
        await OpenAsync();
        asked.Main.Problem = problem;
        await asked.HearAsync(endsAt: asked.Now.AddSeconds(1));
        await asked.LookForAsync(TimeSpan.FromHours(3));
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("unverified|2|", new[] { "Trigger Warning", "Trigger Warning" })), "it counts as firing, so the next level hears of it");
    }

    [Test]
    public async Task An_empty_answer_proves_nothing_while_the_Watchdog_is_stale()
    {
        await OpenAsync();
        asked.Main.Drop();
        asked.Main.Cut();
        await asked.LookForAsync(TimeSpan.FromHours(3));
        Assert.That(asked.Newest, Is.EqualTo("firing|2|"));
    }

    [Test]
    public async Task Of_two_Alertmanagers_the_one_that_is_cut_off_from_Prometheus_closes_nothing()
    {
        await using var two = await TwoAsync();
        var (one, other) = (two.All["a"], two.All["b"]);
        other.Cut();
        await two.LookForAsync(Validity, () => one.Hold());
        Assert.That(await two.HearAsync(endsAt: Workbench.Now + Validity), Is.EqualTo(Effect.Resolving));
        await two.LookAsync();
        Assert.That(two.Newest, Is.EqualTo("resolving|1|"), "the other one holds it in force; whether it is slow or right shows when it hears of it again");
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        one.Hold();
        await two.LookAsync();
        Assert.That((two.Newest, two.Ledger.Added, two.Done), Is.EqualTo(("firing|1|", new[] { "Trigger Warning" }, new[] { "resumed" })));
    }

    [Test]
    public async Task Of_two_Alertmanagers_one_that_is_lost_keeps_absence_from_proving_anything_but_not_what_Prometheus_told()
    {
        await using var two = await TwoAsync();
        two.All["b"].Problem = "connection refused";
        two.All["a"].Drop();
        await two.LookForAsync(TimeSpan.FromMinutes(30));
        Assert.That(two.Newest, Is.EqualTo("firing|1|"));
        two.All["a"].Hold();
        await two.LookAsync();
        two.All["a"].Drop();
        await two.HearAsync(endsAt: two.Now);
        await two.LookAsync();
        Assert.That(two.Newest, Is.EqualTo("resolved|1|"));
    }

    [Test]
    public async Task Of_two_Alertmanagers_the_slower_one_brings_no_ghost_back()
    {
        await using var two = await TwoAsync();
        two.All["b"].Cut();
        two.All["a"].Drop();
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        await two.HearAsync(endsAt: two.Now);
        await two.LookForAsync(TimeSpan.FromMinutes(6));
        Assert.That((two.Newest, two.Ledger.Store.Rows("SELECT count(*) FROM incidents")), Is.EqualTo(("resolved|1|", new[] { "1" })));
    }

    [Test]
    public async Task What_is_in_force_and_was_never_told_is_opened_once_its_webhook_is_late()
    {
        asked.Main.Hold("ours");
        asked.Main.Hold("another's", isOurs: false, labels: """{"alertname":"Other"}""");
        await asked.LookAsync();
        Assert.That(asked.Newest, Is.Empty, "it has only just begun");
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        await asked.LookAsync();
        Assert.That((asked.Newest, asked.Ledger.Added, asked.Done), Is.EqualTo(("firing|1|", new[] { "Trigger Warning" }, new[] { "opened" })));
        await asked.LookForAsync(TimeSpan.FromMinutes(2));
        Assert.That(await asked.HearAsync("ours"), Is.EqualTo(Effect.Updated));
        Assert.That((asked.Ledger.Store.Rows("SELECT count(*) FROM incidents"), asked.Done), Is.EqualTo((new[] { "1" }, new[] { "opened" })));
    }

    [Test]
    public async Task What_a_person_ended_while_its_alert_goes_on_comes_back_after_a_quarter_of_an_hour()
    {
        var id = await OpenAsync();
        await asked.Ledger.Responder.ResolveAsync(id, new Who("kim", Source.Page));
        await asked.LookForAsync(TimeSpan.FromMinutes(14.5), () => asked.Main.Hold());
        Assert.That(asked.Newest, Does.StartWith("resolved"));
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () => asked.Main.Hold());
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("firing|1|", new[] { "Trigger Warning", "Resolve Warning", "Trigger Warning" })));
    }

    [Test]
    public async Task A_silence_made_while_it_is_open_is_an_acknowledgement_by_its_author_and_when_it_ends_escalation_goes_on()
    {
        await OpenAsync();
        bench.Time.Advance(TimeSpan.FromMinutes(5));
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(3));
        asked.Main.Hold(silencedBy: "s1");
        await asked.LookForAsync(TimeSpan.FromHours(2), () => asked.Main.Hold(silencedBy: "s1"));
        Assert.That((asked.Newest, asked.Done), Is.EqualTo(("firing|1|alex", new[] { "silenced" })));
        Assert.That(asked.Ledger.Counted, Does.Contain("verolux_acks_total silence ").And.Contain("verolux_sla_incidents_total warning met_ack"));
        Assert.That(Timeline(), Does.Contain("acknowledged|alex|silence").And.Contain("silenced||"));
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () => asked.Main.Hold());
        Assert.That((asked.Newest, asked.Done), Is.EqualTo(("firing|2|alex", new[] { "silenced", "unmuted" })), "it is open for longer than 90 minutes");
    }

    [Test]
    public async Task A_silence_made_before_acknowledges_nothing()
    {
        await OpenAsync();
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(3), madeAt: Workbench.Now.AddHours(-1));
        await asked.LookForAsync(TimeSpan.FromHours(2), () => asked.Main.Hold(silencedBy: "s1"));
        Assert.That(asked.Newest, Is.EqualTo("firing|1|"));
    }

    [Test]
    public async Task What_is_silenced_from_its_start_is_shown_and_told_to_nobody_until_that_is_over()
    {
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(3));
        await asked.LookForAsync(TimeSpan.FromHours(2), () => asked.Main.Hold(silencedBy: "s1"));
        Assert.That((asked.Newest, asked.Ledger.Added, asked.Done), Is.EqualTo(("firing|1|", Array.Empty<string>(), new[] { "silenced" })));
        await asked.LookForAsync(TimeSpan.FromMinutes(0.5), () => asked.Main.Hold());
        var told = asked.Now;
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("firing|1|", new[] { "Trigger Warning" })));
        Assert.That(asked.Ledger.Store.Rows("SELECT respond_by, outcome FROM incidents"), Is.EqualTo(new[] { $"{told.AddHours(1).ToUnixTimeMilliseconds()}|" }), "nobody could respond before");
        await asked.LookForAsync(TimeSpan.FromHours(1), () => asked.Main.Hold());
        Assert.That(asked.Newest, Is.EqualTo("firing|2|"));
    }

    [Test]
    public async Task The_webhook_itself_says_that_a_silence_is_over()
    {
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(1));
        await asked.LookForAsync(TimeSpan.FromMinutes(2), () => asked.Main.Hold(silencedBy: "s1"));
        Assert.That(await asked.HearAsync(), Is.EqualTo(Effect.Updated));
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("firing|1|", new[] { "Trigger Warning" })));
    }

    [Test]
    public async Task What_ends_while_it_is_silenced_from_its_start_was_nobodys_to_answer()
    {
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(9));
        await asked.LookForAsync(TimeSpan.FromHours(2), () => asked.Main.Hold(silencedBy: "s1"));
        asked.Main.Drop();
        await asked.LookForAsync(TimeSpan.FromMinutes(13));
        Assert.That((asked.Newest, asked.Ledger.Added), Is.EqualTo(("resolved|1|", Array.Empty<string>())));
        Assert.That(asked.Ledger.Counted, Has.None.StartsWith("verolux_sla"));
    }

    /// <summary>Alertmanager sends no resolve for it.</summary>
    [Test]
    public async Task What_is_inhibited_while_it_is_open_names_the_cause_does_not_escalate_and_does_not_stay_open()
    {
        await OpenAsync();
        var cause = await asked.Ledger.IncidentAsync(Bodies.Alert("""{"alertname":"APIDown","severity":"critical"}""", fingerprint: "cause", start: $"\"{asked.Now:O}\""));
        await asked.LookForAsync(TimeSpan.FromHours(2), () => Hold("cause"));
        Assert.That((State(), asked.Done), Is.EqualTo(("firing|1|", new[] { "inhibited" })));
        Assert.That(asked.Ledger.Store.Rows("SELECT json_extract(mute, '$.kind'), json_extract(mute, '$.by') FROM incidents ORDER BY id LIMIT 1"), Is.EqualTo(new[] { $"inhibition|APIDown ({IncidentNumber.Format(cause.Id)})" }));
        asked.Main.Drop();
        await asked.LookForAsync(TimeSpan.FromMinutes(13), () => asked.Main.Hold("cause", labels: """{"alertname":"APIDown","severity":"critical"}"""));
        Assert.That(State(), Is.EqualTo("resolved|1|"));
        Assert.That(asked.Ledger.Counted, Does.Contain("verolux_sla_incidents_total warning met_self_resolved"), "the clock stood still");

        void Hold(string by)
        {
            asked.Main.Hold(inhibitedBy: by);
            asked.Main.Hold(by, labels: """{"alertname":"APIDown","severity":"critical"}""");
        }

        string State() => asked.Ledger.Store.Rows("SELECT state, level, acknowledged_by FROM incidents ORDER BY id LIMIT 1")[0];
    }

    [Test]
    public async Task The_clock_goes_on_where_it_stood_when_an_inhibition_is_over()
    {
        await OpenAsync();
        await asked.LookForAsync(TimeSpan.FromMinutes(30), () => asked.Main.Hold());
        await asked.LookForAsync(TimeSpan.FromHours(2), () => asked.Main.Hold(inhibitedBy: "cause"));
        await asked.LookForAsync(TimeSpan.FromMinutes(29.5), () => asked.Main.Hold());
        Assert.That(asked.Newest, Is.EqualTo("firing|1|"));
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () => asked.Main.Hold());
        Assert.That(asked.Newest, Is.EqualTo("firing|2|"));
    }

    [Test]
    public async Task When_nobody_can_be_asked_a_silence_ends_at_its_end_and_an_inhibition_after_ten_minutes()
    {
        await OpenAsync();
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () => asked.Main.Hold(inhibitedBy: "cause"));
        asked.Main.Problem = "connection refused";
        await asked.LookForAsync(TimeSpan.FromMinutes(10));
        Assert.That(asked.Done, Is.EqualTo(new[] { "inhibited" }));
        await asked.LookForAsync(TimeSpan.FromMinutes(1));
        Assert.That(asked.Done, Is.EqualTo(new[] { "inhibited", "unmuted" }));
    }

    [Test]
    public async Task An_answer_that_is_older_than_the_last_word_means_nothing()
    {
        var view = asked.Main.View;
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        await asked.HearAsync();
        var reconciliation = new Reconciliation(asked.Ledger.Ledger, asked.Ledger.Responder, asked.Ledger.Tallies, new AlertReader([]), _ => TimeSpan.Zero, () => Known.Nothing);
        for (var i = 0; i < 20; i++)
        {
            bench.Time.Advance(TimeSpan.FromMinutes(1));
            await asked.Ledger.Store.WriteAsync(session =>
            {
                reconciliation.Apply(session, [view], asked.Now);
                return true;
            });
        }
        Assert.That(asked.Newest, Is.EqualTo("firing|1|"));
    }

    [Test]
    public async Task After_a_restart_it_is_still_known_until_when_an_alert_was_held_to_be_in_force()
    {
        await OpenAsync();
        await asked.Ledger.DisposeAsync();
        bench.Time.Advance(TimeSpan.FromMinutes(2));
        asked = new AskedAlertmanagers(bench);
        Assert.That(await asked.HearAsync(endsAt: asked.Now), Is.EqualTo(Effect.Resolving));
        await asked.LookAsync();
        Assert.That(asked.Newest, Is.EqualTo("resolved|1|"));
    }

    [Test]
    public async Task Silences_by_hostile_authors_stay_text_and_short()
    {
        await OpenAsync();
        asked.Main.Silence("s1", "<script>\n" + new string('x', 5000), Workbench.Now.AddHours(3), Workbench.Now.AddMinutes(1));
        await asked.LookForAsync(TimeSpan.FromMinutes(2), () => asked.Main.Hold(silencedBy: "s1"));
        var by = asked.Ledger.Store.Rows("SELECT acknowledged_by FROM incidents")[0];
        Assert.That((by.Length, by.Contains('\n')), Is.EqualTo((300, false)));
    }

    /// <summary>A webhook tells of DiskFull, and the next look finds it in force.</summary>
    async Task<long> OpenAsync()
    {
        var (_, incident) = (await asked.Ledger.ApplyAsync([Bodies.Alert(start: $"\"{Workbench.Now:O}\"")]))[0];
        asked.Main.Hold();
        await asked.LookAsync();
        return incident.Id;
    }

    async Task<AskedAlertmanagers> TwoAsync()
    {
        await asked.DisposeAsync();
        var two = new AskedAlertmanagers(bench, "a", "b");
        await two.HearAsync();
        foreach (var one in two.All.Values)
            one.Hold();
        await two.LookAsync();
        return two;
    }

    IReadOnlyList<string> Timeline() => asked.Ledger.Store.Rows("SELECT event, who, source FROM timeline ORDER BY id");
}
