using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Triage;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Tests.Alerts.Delivery;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Triage;

/// <summary>What the receiver finds out about an alert by itself, over the real engine, store and delivery.</summary>
[CancelAfter(60_000)]
public class TriageTests
{
    const string Filling = "filling-fast";
    const string Labels = """{"alertname":"DiskFull","site":"north","thing":"a","severity":"warning"}""";
    static readonly Failure Broken = new(Things.Broken, "GET /health answered 500\u0007");

    Workbench bench = null!;
    Destination destination = null!;
    RunningReceiver receiver = null!;

    [SetUp]
    public async Task Start()
    {
        bench = new Workbench(RunbookFolder.Replace(RunbookFolder.Sound, "  - id: filling-fast\n", "  - id: filling-fast\n    when: verolux_thing_value > 5 or reason = broken\n"));
        destination = new Destination();
        receiver = await RunningReceiver.StartAsync(bench, [destination], destination.Name);
    }

    [TearDown]
    public async Task Stop()
    {
        await receiver.DisposeAsync();
        await bench.Engine.DisposeAsync();
        bench.Dispose();
    }

    [Test]
    public async Task What_is_known_of_the_target_is_in_the_answer_the_store_and_the_page(CancellationToken cancellationToken)
    {
        await WatchAsync(1, () => Things.Good(9));
        var alert = await AnswerAsync();
        Assert.That(alert.GetProperty("scenario").GetString(), Is.EqualTo(Filling));
        Assert.That(alert.GetProperty("scenario_url").GetString(), Is.EqualTo("http://exporter/runbooks/RUNBOOK_DISK#filling-fast"));

        var page = await destination.NextAsync(cancellationToken);
        Assert.That(page.ScenarioUrl, Is.EqualTo("http://exporter/runbooks/RUNBOOK_DISK#filling-fast"));
        Assert.That(page.Diagnosis, Is.EqualTo(new Diagnosis("exact", Filling, "Scenario A: filling fast", [], ["""verolux_thing_value{site="north",thing="a"} is 9"""])).Using<Diagnosis>(Same));
        Assert.That(page.Summary(1024), Does.EndWith("DiskFull: nearly full → Scenario A: filling fast - respond by 11:00 UTC, 56 min left"));

        using var stored = JsonDocument.Parse(StoreReading.Rows(bench.StorePath, "SELECT triage FROM incidents").Single());
        Assert.That(StoreReading.Rows(bench.StorePath, "SELECT runbook, match, scenario FROM incidents"), Is.EqualTo(new[] { "RUNBOOK_DISK|exact|filling-fast" }));
        Assert.That(stored.RootElement.GetProperty("scenarios")[0].GetProperty("answer").GetString(), Is.EqualTo("yes"));
        Assert.That(stored.RootElement.GetProperty("findings")[0].GetProperty("value").GetDouble(), Is.EqualTo(9));
        Assert.That(stored.RootElement.GetProperty("looks")[0].GetProperty("reason").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task A_page_says_why_the_newest_look_failed(CancellationToken cancellationToken)
    {
        await WatchAsync(1, () => new Look([], Broken));
        await AnswerAsync();
        var page = await destination.NextAsync(cancellationToken);
        Assert.That(page.Diagnosis.Failures.Single(), Does.StartWith("thing a: broken: GET /health answered 500").And.Not.Contains("\u0007"));
        Assert.That(page.Summary(1024), Does.Contain("nearly full (thing a: broken: GET /health answered 500").And.Contains(" → Scenario A: filling fast - respond by"));
        Assert.That(page.Summary(110), Does.Contain("… → Scenario A: filling fast - respond by").And.Length.EqualTo(110), "what is wrong gives way, the scenario does not");
    }

    [Test]
    public async Task Where_nothing_points_to_a_scenario_none_is_told_and_what_was_found_is(CancellationToken cancellationToken)
    {
        await WatchAsync(1, () => Things.Good(3));
        Assert.That((await AnswerAsync()).GetProperty("scenario_url").ValueKind, Is.EqualTo(JsonValueKind.Null));
        var page = await destination.NextAsync(cancellationToken);
        Assert.That((page.ScenarioUrl, page.Diagnosis.Title), Is.EqualTo(((string?)null, (string?)null)));
        Assert.That(page.Diagnosis.Findings, Is.EqualTo(new[] { """verolux_thing_value{site="north",thing="a"} is 3""" }));
        Assert.That(page.Summary(1024), Does.Not.Contain("→"));
    }

    [TestCase(5, 1, Description = "fresh")]
    [TestCase(6, 2, Description = "old")]
    public async Task A_target_is_looked_at_once_more_if_that_was_more_than_5_seconds_ago(int seconds, int looks, CancellationToken cancellationToken)
    {
        var values = new Queue<double>([1, 9]);
        await WatchAsync(1, () => Things.Good(values.Dequeue()));
        bench.Time.Advance(TimeSpan.FromSeconds(seconds));
        var alert = await AnswerAsync();
        // The clock stands still: the page does not wait out its two seconds.
        var page = await destination.NextAsync(cancellationToken);
        Assert.That(2 - values.Count, Is.EqualTo(looks));
        Assert.That(alert.GetProperty("scenario").GetString(), Is.Null, "the answer does not wait");
        Assert.That(page.Diagnosis.Scenario, Is.EqualTo(looks == 2 ? Filling : null));
        Assert.That(StoreReading.Rows(bench.StorePath, "SELECT scenario FROM incidents"), Is.EqualTo(new[] { looks == 2 ? Filling : "" }));
        var repeat = await AnswerAsync();
        Assert.That(repeat.GetProperty("scenario").GetString(), Is.EqualTo(looks == 2 ? Filling : null), "a repeat is answered with what was found since");
    }

    [Test]
    public async Task A_look_that_hangs_holds_a_page_up_for_2_seconds(CancellationToken cancellationToken)
    {
        var first = true;
        var hang = new TaskCompletionSource<Look>();
        await bench.Engine.ApplyAsync(new Things(Things.Watch(_ => Interlocked.Exchange(ref first, false) ? Task.FromResult(Things.Good(9)) : hang.Task)));
        await SeenAsync(1);
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        await AnswerAsync();
        Assert.That(StoreReading.Rows(bench.StorePath, "SELECT state, due_at - created_at FROM outbox"), Is.EqualTo(new[] { "pending|2000" }));
        bench.Time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.That(destination.Waiting, Is.Zero);
        bench.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That((await destination.NextAsync(cancellationToken)).Diagnosis.Scenario, Is.EqualTo(Filling), "with what was known");
        hang.SetResult(Things.Good());
    }

    [Test]
    public async Task At_most_8_looks_are_under_way_and_the_other_pages_leave_in_2_seconds(CancellationToken cancellationToken)
    {
        const int Many = 20;
        var (looks, hang, hanging) = (0, new TaskCompletionSource<Look>(), false);
        await bench.Engine.ApplyAsync(new Things([.. Enumerable.Range(0, Many).Select(i => Things.Watch(
            _ =>
            {
                if (!hanging)
                    return Task.FromResult(Things.Good(9));
                Interlocked.Increment(ref looks);
                return hang.Task;
            },
            $"t{i}", interval: 3600))]));
        bench.Time.Advance(TimeSpan.FromHours(1));
        await SeenAsync(Many);
        hanging = true;
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        await receiver.PostAsync(Enumerable.Range(0, Many).Select(i => Bodies.Alert($$"""{"alertname":"DiskFull","site":"north","thing":"t{{i}}"}""", fingerprint: $"{i}")));
        await Eventually.FoundAsync("8 looks", () => Volatile.Read(ref looks) >= 8 ? "" : null, cancellationToken);
        bench.Time.Advance(SecondLook.Patience);
        for (var i = 0; i < Many; i++)
            await destination.NextAsync(cancellationToken);
        Assert.That(looks, Is.EqualTo(8));
        hang.SetResult(Things.Good());
    }

    [TestCase("""{"alertname":"DiskFull","site":"south","thing":"a"}""", Description = "of another site")]
    [TestCase("""{"alertname":"DiskFull","site":"north","thing":"b"}""", Description = "another target")]
    [TestCase("""{"alertname":"DiskFull","site":"north"}""", Description = "no target")]
    [TestCase("""{"alertname":"DiskFull","site":"north","thing":"a","kind":"other"}""", Description = "another kind's of the same name")]
    [TestCase("""{"alertname":"Other","site":"north","thing":"a"}""", Description = "no runbook")]
    public async Task Only_what_the_alert_is_about_is_looked_at(string labels, CancellationToken cancellationToken)
    {
        var looks = 0;
        await WatchAsync(1, () => Things.Good(++looks));
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        await receiver.PostAsync(Bodies.Alert(labels));
        await destination.NextAsync(cancellationToken);
        Assert.That(looks, Is.EqualTo(1));
    }

    [Test]
    public async Task What_could_not_be_told_before_the_process_died_is_told_by_the_next(CancellationToken cancellationToken)
    {
        var first = true;
        await bench.Engine.ApplyAsync(new Things(Things.Watch(_ => Interlocked.Exchange(ref first, false) ? Task.FromResult(Things.Good(9)) : new TaskCompletionSource<Look>().Task)));
        await SeenAsync(1);
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        await AnswerAsync();
        await receiver.DisposeAsync();
        receiver = await RunningReceiver.StartAsync(bench, [destination], destination.Name);
        bench.Time.Advance(SecondLook.Patience);
        Assert.That((await destination.NextAsync(cancellationToken)).Diagnosis.Scenario, Is.EqualTo(Filling));
    }

    [Test]
    public async Task What_a_hostile_target_says_is_stored_and_told_as_text(CancellationToken cancellationToken)
    {
        const string Hostile = "<b>&\"'\\\r\n\u001b[31m\ud800 \u202e";
        await WatchAsync(1, () => new Look([Things.Of(Things.Value, double.PositiveInfinity)], new Failure(Things.Broken, Hostile)));
        await AnswerAsync();
        var page = await destination.NextAsync(cancellationToken);
        Assert.That(page.Diagnosis.Failures.Single(), Does.StartWith("thing a: broken: <b>&\"'\\").And.Not.Contains("\n").And.Not.Contains("\u001b").And.Not.Contains("\u202e"));
        using var stored = JsonDocument.Parse(StoreReading.Rows(bench.StorePath, "SELECT triage FROM incidents").Single());
        Assert.That(stored.RootElement.GetProperty("findings")[0].GetProperty("value").ValueKind, Is.EqualTo(JsonValueKind.Null), "JSON has no infinity");
    }

    /// <summary>Watches a thing, a, whose looks give these, and waits for so many.</summary>
    async Task WatchAsync(int looks, Func<Look> look)
    {
        await bench.Engine.ApplyAsync(new Things(Things.Watch(_ => Task.FromResult(look()), interval: 3600)));
        await SeenAsync(looks);
    }

    Task SeenAsync(int looks) => bench.Engine.UntilAsync(page => page.Series.Count(s => s.StartsWith("verolux_thing_up", StringComparison.Ordinal)) == looks);

    async Task<JsonElement> AnswerAsync()
    {
        var (status, body) = await receiver.AnswerAsync(Bodies.Alert(Labels));
        Assert.That(status, Is.EqualTo(200), body);
        return JsonElement.Parse(body).GetProperty("alerts")[0];
    }

    static bool Same(Diagnosis a, Diagnosis b) =>
        (a.Match, a.Scenario, a.Title) == (b.Match, b.Scenario, b.Title) && a.Failures.SequenceEqual(b.Failures) && a.Findings.SequenceEqual(b.Findings);
}
