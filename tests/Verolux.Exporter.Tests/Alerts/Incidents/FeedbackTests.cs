using NUnit.Framework;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Runbooks;
using Verolux.Exporter.Tests.Runbooks;

namespace Verolux.Exporter.Tests.Alerts.Incidents;

/// <summary>What people say of a runbook, and until when one that did not help is called out.</summary>
[CancelAfter(30_000)]
public class FeedbackTests
{
    static readonly Who Kim = new("Kim", Source.Page);

    Workbench bench = null!;
    OpenLedger ledger = null!;
    Incident incident = null!;

    [SetUp]
    public async Task Start()
    {
        bench = new Workbench();
        ledger = new OpenLedger(bench);
        incident = await ledger.IncidentAsync(Bodies.Alert());
        ledger.Counted.Clear();
    }

    [TearDown]
    public async Task Stop()
    {
        await ledger.DisposeAsync();
        bench.Dispose();
    }

    [Test]
    public async Task Who_resolves_says_whether_it_helped()
    {
        Assert.That(await ledger.Responder.ResolveAsync(incident.Id, Kim, "step 2 names a command that is gone", runbookWorked: false), Is.EqualTo(Acted.Done));
        Assert.That(ledger.Counted, Has.Member("verolux_runbook_feedback_total RUNBOOK_DISK failed"));
        Assert.That(StoreReading.Rows(bench.StorePath, "SELECT event, who, text FROM timeline ORDER BY id"), Is.EqualTo(new[]
        {
            "runbook_failed|Kim|step 2 names a command that is gone", "resolved|Kim|step 2 names a command that is gone",
        }));
        Assert.That(incident.State, Is.EqualTo(IncidentState.Resolved));
    }

    [Test]
    public async Task It_is_said_at_any_time_and_counts_once_until_somebody_changes_their_mind()
    {
        await ledger.Responder.ResolveAsync(incident.Id, Kim);
        ledger.Counted.Clear();
        foreach (var worked in (bool[])[true, true, false])
            Assert.That(await ledger.Responder.JudgeRunbookAsync(incident.Id, Kim, worked), Is.EqualTo(Acted.Done));
        Assert.That(ledger.Counted, Is.EqualTo(new[] { "verolux_runbook_feedback_total RUNBOOK_DISK worked", "verolux_runbook_feedback_total RUNBOOK_DISK failed" }));
        Assert.That(StoreReading.Rows(bench.StorePath, "SELECT runbook, worked FROM feedback"), Is.EqualTo(new[] { "RUNBOOK_DISK|0" }));
    }

    [Test]
    public async Task Where_no_runbook_matches_there_is_nothing_to_say_and_nothing_is_done()
    {
        var other = await ledger.IncidentAsync(Bodies.Alert("""{"alertname":"Unheard"}"""));
        Assert.That(await ledger.Responder.ResolveAsync(other.Id, Kim, "", runbookWorked: true), Is.EqualTo(Acted.NoRunbook));
        Assert.That((await ledger.Responder.JudgeRunbookAsync(other.Id, Kim, true), other.State), Is.EqualTo((Acted.NoRunbook, IncidentState.Firing)));
        Assert.That(await ledger.Responder.JudgeRunbookAsync(4711, Kim, true), Is.EqualTo(Acted.Unknown));
    }

    [Test]
    public async Task One_that_did_not_help_is_called_out_with_a_day_to_correct_it()
    {
        await ledger.Responder.JudgeRunbookAsync(incident.Id, Kim, false, "no such command");
        var failed = Unreviewed().Single();
        Assert.That((failed.Runbook.Name, failed.Incident, failed.Who, failed.Note, failed.DueAt), Is.EqualTo(("RUNBOOK_DISK", incident.Id, "Kim", "no such command", Workbench.Now.AddHours(24))));
    }

    // It failed on 2026-11-24.
    [TestCase("2026-11-24", "same text", false)]
    [TestCase("2026-11-24", "corrected", true)]
    [TestCase("2026-11-23", "corrected", false)]
    [TestCase("2026-11-25", "same text", true)]
    public async Task Going_through_it_ends_that(string reviewed, string text, bool ends)
    {
        await ledger.Responder.JudgeRunbookAsync(incident.Id, Kim, false);
        using var runbooks = new RunbookFolder();
        runbooks.Write("RUNBOOK_DISK.md", RunbookFolder.Replace(RunbookFolder.Sound, "2026-11-24", reviewed) + (text == "corrected" ? "\ncorrected\n" : ""));
        Assert.That(Unreviewed(runbooks.Load()), Has.Count.EqualTo(ends ? 0 : 1));
    }

    [Test]
    public async Task A_runbook_that_is_gone_is_not_called_out()
    {
        await ledger.Responder.JudgeRunbookAsync(incident.Id, Kim, false);
        using var runbooks = new RunbookFolder();
        runbooks.Write("RUNBOOK_OTHER.md", RunbookFolder.Sound);
        Assert.That(Unreviewed(runbooks.Load()), Is.Empty);
    }

    IReadOnlyList<FailedRunbook> Unreviewed(Catalogue? runbooks = null)
    {
        using var reader = ledger.Store.OpenReader();
        return Feedback.Unreviewed(reader, runbooks ?? bench.Catalogue);
    }
}
