using NUnit.Framework;
using Verolux.Exporter.Alerts.Api;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Pages;
using Verolux.Exporter.Tests.Alerts;
using Verolux.Exporter.Tests.Alerts.Trust;

namespace Verolux.Exporter.Tests.Pages;

/// <summary>What people read of an incident that is muted, or whose end is in doubt: on the board, on its page and in its postmortem.</summary>
public class StandingTests
{
    static readonly string[] Dead = ["Alertmanager main hears nothing from Prometheus"];
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
    public async Task What_is_silenced_says_by_whom_until_when_and_why_and_that_nobody_was_told()
    {
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(3));
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () => asked.Main.Hold(silencedBy: "s1"));
        var row = Board().Open.Single();
        Assert.That((row.Word, row.Standing.IsQuiet, row.Standing.Comment, row.Clock.Text), Is.EqualTo(("silenced", true, "works on it", "the clock stands still")));
        Assert.That(row.Standing.Text, Does.StartWith("Silenced in Alertmanager by alex until 13:05 UTC: nobody is told of it.").And.Contain("end the silence there"));
        Assert.That(Page().Facts.Select(f => $"{f.Name}: {f.Value}"), Does.Contain("Level told: none").And.Contain("Muted: silenced by alex until 2026-11-24 13:05:00 UTC: works on it (since 2026-11-24 10:05:30 UTC)"));
        Assert.That(Draft(), Does.Contain(@"- Nobody was told, and nobody had to respond: silenced by alex until 2026\-11\-24 13:05:00 UTC: works on it").And.Contain("- Highest level told: none"));
    }

    [Test]
    public async Task The_day_of_a_silences_end_is_told_where_it_is_another()
    {
        asked.Main.Silence("s1", "alex", Workbench.Now.AddHours(30));
        await asked.LookForAsync(TimeSpan.FromMinutes(1), () => asked.Main.Hold(silencedBy: "s1"));
        Assert.That(Board().Open.Single().Standing.Text, Does.Contain("until 2026-11-25 16:05 UTC"));
    }

    [Test]
    public async Task What_is_inhibited_leads_to_the_incident_that_says_it_already()
    {
        const string cause = """{"alertname":"APIDown","severity":"critical"}""";
        await asked.HearAsync("c1", labels: cause);
        await asked.LookForAsync(TimeSpan.FromMinutes(2), () =>
        {
            asked.Main.Hold("c1", labels: cause);
            asked.Main.Hold(inhibitedBy: "c1");
        });
        var (first, last) = (Board().Open[0], Board().Open[^1]);
        Assert.That((last.AlertName, last.Word, last.Standing.Cause, last.Standing.IsQuiet), Is.EqualTo(("DiskFull", "inhibited", first.Number, true)));
        Assert.That(last.Standing.Text, Does.Contain($"because APIDown ({first.Number}) says it already"));
    }

    [Test]
    public async Task What_seems_to_be_over_stands_last_and_is_taken_for_open_while_no_alert_gets_here()
    {
        await OpenAsync();
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        await asked.HearAsync(endsAt: asked.Now);
        await asked.HearAsync("o1", labels: """{"alertname":"Other","severity":"info"}""");
        Assert.That(Board().Open.Select(i => (i.AlertName, i.Word, i.Standing.IsQuiet)), Is.EqualTo(new[] { ("Other", "open", false), ("DiskFull", "resolving", true) }));
        var doubted = Board(Dead).Open;
        Assert.That(doubted.Select(i => (i.AlertName, i.Word, i.Standing.IsQuiet)), Is.EqualTo(new[] { ("DiskFull", "resolving", false), ("Other", "open", false) }));
        Assert.That(doubted[0].Standing.Text, Does.Contain("take it for open"));
    }

    [Test]
    public async Task What_nobody_knows_the_end_of_asks_somebody_to_look()
    {
        await OpenAsync();
        asked.Main.Cut();
        await asked.LookForAsync(AskedAlertmanagers.Validity);
        await asked.HearAsync(endsAt: asked.Now);
        await asked.LookForAsync(TimeSpan.FromMinutes(11));
        var row = Board(Dead).Open.Single();
        Assert.That((row.Word, row.Standing.IsQuiet), Is.EqualTo(("unverified", false)));
        Assert.That(row.Standing.Text, Does.Contain("Look for yourself, and resolve it here if it is over"));
        Assert.That(Page().Timeline.Select(t => t.What), Does.Contain("end told").And.Contain("end can't be verified"));
        Assert.That(Draft(), Does.Contain("its end was told and can't be verified"));
    }

    [Test]
    public async Task What_ended_unseen_claims_no_answer_in_time()
    {
        var id = await OpenAsync();
        await asked.Ledger.DecideAsync(id, Word.Closed, verified: false);
        Assert.That(Page().Outcome, Does.StartWith("unverified, because it ended unseen"));
        Assert.That(Board().Ended.Single().Clock, Is.EqualTo(new ClockModel("ended unseen", "unknown", null)));
        Assert.That(Draft(), Does.Contain("not known: nobody acknowledged it, and it ended unseen").And.Contain(", or before: it ended unseen"));
    }

    async Task<long> OpenAsync()
    {
        var (_, incident) = (await asked.Ledger.ApplyAsync([Bodies.Alert(start: $"\"{Workbench.Now:O}\"")]))[0];
        asked.Main.Hold();
        await asked.LookAsync();
        return incident.Id;
    }

    BoardModel Board(params string[] warnings) => IncidentView.Model(new IncidentQueries(asked.Ledger.Store).Board(bench.Catalogue, Wanted.All, asked.Now), Wanted.All, warnings, false, asked.Now);

    WholeIncident Newest => new IncidentQueries(asked.Ledger.Store).Find(asked.Ledger.Store.Rows("SELECT max(id) FROM incidents").Select(i => long.Parse(i, System.Globalization.CultureInfo.InvariantCulture)).Single())!;

    IncidentModel Page() => IncidentView.Model(Newest, "", true, false, bench.Catalogue, [], asked.Now);

    string Draft() => Postmortem.Write(Newest, null, null, null, asked.Now);
}
