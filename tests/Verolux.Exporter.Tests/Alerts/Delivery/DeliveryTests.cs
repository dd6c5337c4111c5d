using NUnit.Framework;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Outbox;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

/// <summary>The receiver's second half, over a real store and against PagerDuty's stand-in.</summary>
[CancelAfter(60_000)]
public class DeliveryTests
{
    const string Name = "pagerduty";
    const string Other = """{"alertname":"DiskFull","path":"/"}""";

    Workbench bench = null!;
    SiteHost site = null!;
    Courier courier = null!;
    RunningReceiver receiver = null!;

    PagerDutySite PagerDuty => site.PagerDuty;

    [SetUp]
    public async Task Start()
    {
        bench = new Workbench();
        site = await SiteHost.StartAsync(new PagerDutySite(bench.Time, SiteHost.RoutingKey), clock: bench.Time);
        courier = new Courier(null, TimeProvider.System);
        receiver = await StartAsync(Name);
    }

    [TearDown]
    public async Task Stop()
    {
        await receiver.DisposeAsync();
        courier.Dispose();
        await site.DisposeAsync();
        Assert.That(bench.Log.All.Select(l => l.Text), Has.None.Contains(SiteHost.RoutingKey));
        bench.Dispose();
    }

    [Test]
    public async Task An_incident_is_told_at_its_start_and_at_its_end_in_this_order(CancellationToken cancellationToken)
    {
        await receiver.PostAsync(Bodies.Alert());
        await receiver.PostAsync(Bodies.Alert());
        await receiver.PostAsync(Bodies.Resolved());
        var trigger = await PagerDuty.NextAsync(cancellationToken);
        var resolve = await PagerDuty.NextAsync(cancellationToken);
        Assert.That((trigger.Action, trigger.Effect, trigger.DedupKey), Is.EqualTo(("trigger", Effect.Opened, resolve.DedupKey)));
        Assert.That((resolve.Action, resolve.Effect), Is.EqualTo(("resolve", Effect.Resolved)));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(Rows(), Is.EqualTo(["trigger|delivered|1", "resolve|delivered|1"]));
    }

    [Test]
    public async Task An_outage_delays_and_loses_nothing(CancellationToken cancellationToken)
    {
        PagerDuty.Faults.Always(Faults.Answer(503));
        await receiver.PostAsync(Bodies.Alert());
        await receiver.PostAsync(Bodies.Resolved());
        await receiver.PostAsync(Bodies.Alert(Other));
        await receiver.UntilAsync(PagerDuty.Requests.ItemAsync(12, cancellationToken));
        Assert.That(await receiver.MetricAsync("""verolux_outbox_pending{destination="pagerduty"}"""), Is.EqualTo("3"));
        Assert.That(await receiver.MetricAsync("""verolux_outbox_oldest_timestamp_seconds{destination="pagerduty"}"""), Is.EqualTo($"{Workbench.Now.ToUnixTimeSeconds()}"));
        Assert.That(PagerDuty.Requests.Items.Select(r => r.Body), Has.None.Contains("\"resolve\""), "a resolve never overtakes its trigger");
        // Or one that is still under way would fail once more after others got through.
        await Eventually.FoundAsync("the end of every attempt", () => receiver.Store.Rows("SELECT sum(attempts) FROM outbox")[0] == $"{PagerDuty.Requests.Items.Count}" ? receiver : null, cancellationToken);
        PagerDuty.Faults.Clear();
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(3, cancellationToken));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(PagerDuty.Alerts.Select(a => (a.State, a.Occurrences)), Is.EquivalentTo([(AlertState.Resolved, 1), (AlertState.Triggered, 1)]));
        Assert.That(await receiver.MetricAsync("""verolux_outbox_oldest_timestamp_seconds{destination="pagerduty"}"""), Is.Null);
        Assert.That(await receiver.MetricAsync("""verolux_outbox_attempts_total{destination="pagerduty",result="delivered"}"""), Is.EqualTo("3"));
        Assert.That(bench.Log.Warnings.Count(w => w.Contains("Delivery to pagerduty fails: server_error")), Is.EqualTo(1), "a failure is logged once for as long as it lasts");
    }

    [Test]
    public async Task What_was_asked_to_wait_waits(CancellationToken cancellationToken)
    {
        PagerDuty.Faults.Next(Faults.Answer(429, retryAfter: "1800"));
        await receiver.PostAsync(Bodies.Alert());
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(1, cancellationToken));
        Assert.That(bench.Time.GetUtcNow() - Workbench.Now, Is.GreaterThanOrEqualTo(TimeSpan.FromMinutes(30)));
    }

    [Test]
    public async Task Who_asks_to_wait_is_left_alone_by_every_series(CancellationToken cancellationToken)
    {
        PagerDuty.Faults.Next(Faults.Answer(429, retryAfter: "1800"));
        await receiver.PostAsync(Bodies.Alert());
        await UntilAttemptsAsync("rate_limited", cancellationToken);
        var asked = bench.Time.GetUtcNow();
        await receiver.PostAsync(Bodies.Alert(Other));
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(2, cancellationToken));
        Assert.That(bench.Time.GetUtcNow() - asked, Is.GreaterThanOrEqualTo(TimeSpan.FromMinutes(29)));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(Rows(), Is.EqualTo(["trigger|delivered|2", "trigger|delivered|1"]), "waiting is not an attempt");
    }

    [Test]
    public async Task However_much_fires_it_stays_below_PagerDuty_s_limit_whatever_it_holds_and_leaves_room_for_what_is_critical(CancellationToken cancellationToken)
    {
        await receiver.PostAsync(Enumerable.Range(0, 200).Select(i => Bodies.Alert(Bodies.LabelsOf(("alertname", $"DiskFull{i}")))));
        await PagerDuty.Accepted.ItemAsync(80, cancellationToken);
        await receiver.PostAsync(Enumerable.Range(0, 30).Select(i => Bodies.Alert(Bodies.LabelsOf(("alertname", $"DiskFullC{i}"), ("severity", "critical")), fingerprint: $"c{i}")));
        await PagerDuty.Accepted.ItemAsync(100, cancellationToken);
        Assert.That(PagerDuty.Accepted.Items.Skip(80).Select(e => e.Severity), Has.All.EqualTo("critical"));
        Assert.That(PagerDuty.Requests.Items, Has.Count.EqualTo(100), "and no more within this minute");
        await Eventually.FoundAsync("what was told, written down", () => Rows().Count(r => r == "trigger|delivered|1") == 100 ? "" : null, cancellationToken);
        await RestartAsync(Name);
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(113, cancellationToken));
        // Four are under way at once: the last critical one may arrive behind three that were sent after it.
        Assert.That(PagerDuty.Accepted.Items.Skip(100).Take(13).Count(e => e.Severity == "critical"), Is.EqualTo(10));
        Assert.That(bench.Time.GetUtcNow() - Workbench.Now, Is.GreaterThanOrEqualTo(TimeSpan.FromMinutes(1)), "a restart gives no more tokens");
        await receiver.UntilAsync(async () => await receiver.MetricAsync("""verolux_outbox_pending{destination="pagerduty"}""") == "0", cancellationToken);
        Assert.That(PagerDuty.Alerts, Has.Count.EqualTo(230).And.All.Property("Occurrences").EqualTo(1));
        Assert.That(PagerDuty.Requests.Items.Select(r => r.Status), Has.All.EqualTo(202));
    }

    [Test]
    public async Task What_goes_beyond_20_pages_of_an_alert_in_a_minute_is_one_page_with_a_list_of_it(CancellationToken cancellationToken)
    {
        var labels = Enumerable.Range(0, 100).Select(i => Bodies.LabelsOf(("alertname", "DiskFull"), ("path", $"/disk{i}"))).ToArray();
        await receiver.PostAsync(labels.Select(l => Bodies.Alert(l)));
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(21, cancellationToken));
        var storm = PagerDuty.Accepted.Items[20];
        Assert.That(storm.Summary, Does.Contain("DiskFull: alert storm: 80 incidents beside those with a page of their own: path=/disk20; path=/disk21; path=/disk22 …"));
        await receiver.PostAsync(labels.Select(l => Bodies.Resolved(l)));
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(42, cancellationToken));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(PagerDuty.Alerts, Has.Count.EqualTo(21).And.All.Property("State").EqualTo(AlertState.Resolved));
    }

    [TestCase("2147483647")]
    [TestCase("Wed, 01 Jan 2200 00:00:00 GMT")]
    public async Task No_answer_silences_a_page_for_years(string retryAfter, CancellationToken cancellationToken)
    {
        PagerDuty.Faults.Next(Faults.Answer(503, retryAfter: retryAfter));
        await receiver.PostAsync(Bodies.Alert());
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(1, cancellationToken));
        Assert.That(PagerDuty.Requests.Items, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_series_that_hangs_holds_up_no_other_one(CancellationToken cancellationToken)
    {
        var gate = new Gate();
        PagerDuty.Faults.Next(Faults.Delay(gate));
        await receiver.PostAsync(Bodies.Alert());
        await PagerDuty.Requests.ItemAsync(1, cancellationToken);
        await receiver.PostAsync(Bodies.Resolved());
        await receiver.PostAsync(Bodies.Alert(Other));
        Assert.That((await PagerDuty.NextAsync(cancellationToken)).Summary, Does.Contain("nearly full"));
        Assert.That(PagerDuty.Alerts.Count, Is.EqualTo(1));
        gate.Open();
        Assert.That((await PagerDuty.NextAsync(cancellationToken)).Action, Is.EqualTo("trigger"));
        Assert.That((await PagerDuty.NextAsync(cancellationToken)).Effect, Is.EqualTo(Effect.Resolved));
    }

    [Test]
    public async Task A_refused_page_is_a_dead_letter_and_what_follows_is_told(CancellationToken cancellationToken)
    {
        PagerDuty.Faults.Next(Faults.Answer(400), requests: 2);
        await receiver.PostAsync(Bodies.Alert());
        await receiver.PostAsync(Bodies.Alert("""{"alertname":"DiskFull","path":"/recordings","severity":"critical"}""", fingerprint: "c"));
        Assert.That((await PagerDuty.NextAsync(cancellationToken)).Severity, Is.EqualTo("critical"));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(await receiver.MetricAsync("""verolux_outbox_dead_letters{destination="pagerduty"}"""), Is.EqualTo("1"));
        Assert.That(await receiver.MetricAsync("""verolux_outbox_attempts_total{destination="pagerduty",result="rejected"}"""), Is.EqualTo("1"));
        await RestartAsync(Name);
        Assert.That(await receiver.MetricAsync("""verolux_outbox_dead_letters{destination="pagerduty"}"""), Is.EqualTo("1"), "it is still there after a restart");
        Assert.That(await receiver.ResendAsync(1), Is.EqualTo(Resending.Pending));
        Assert.That((await PagerDuty.NextAsync(cancellationToken)).DedupKey, Does.Not.EndWith("-crit"));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(await receiver.MetricAsync("""verolux_outbox_dead_letters{destination="pagerduty"}"""), Is.EqualTo("0"));
        Assert.That(Rows(), Is.EqualTo(["trigger|delivered|2", "trigger|delivered|1"]));
    }

    [Test]
    public async Task What_is_pending_goes_out_after_a_restart_under_the_same_key(CancellationToken cancellationToken)
    {
        // The first attempt has taken effect, but its answer was lost: the worst that can happen to a sender that is stopped.
        PagerDuty.Faults.Always(Faults.LoseAnswer());
        await receiver.PostAsync(Bodies.Alert());
        await PagerDuty.Accepted.ItemAsync(1, cancellationToken);
        await receiver.PostAsync(Bodies.Resolved());
        await receiver.DisposeAsync();
        PagerDuty.Faults.Clear();
        var before = PagerDuty.Accepted.Items.Count;
        receiver = await StartAsync(Name);
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(before + 2, cancellationToken));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(PagerDuty.Accepted.Items, Has.Count.EqualTo(before + 2));
        Assert.That(PagerDuty.Alerts.Select(a => a.State), Is.EqualTo([AlertState.Resolved]));
        await RestartAsync(Name);
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(PagerDuty.Accepted.Items, Has.Count.EqualTo(before + 2), "and never once more");
    }

    [Test]
    public async Task A_destination_that_is_not_configured_any_more_keeps_what_is_for_it(CancellationToken cancellationToken)
    {
        PagerDuty.Faults.Always(Faults.Answer(503));
        await receiver.PostAsync(Bodies.Alert());
        await PagerDuty.Requests.ItemAsync(1, cancellationToken);
        await RestartAsync();
        Assert.That(bench.Log.Warnings.Count(w => w.Contains("1 delivery(s) wait for pagerduty, which isn't configured any more")), Is.EqualTo(1));
        // Its end is for the same destination, which nobody delivers to now.
        Assert.That(await receiver.PostAsync(Bodies.Resolved()), Is.EqualTo(200));
        Assert.That(await receiver.PostAsync(Bodies.Alert(Other)), Is.EqualTo(200));
        Assert.That(receiver.Store.Rows("SELECT count(*) FROM incidents"), Is.EqualTo(["2"]), "nothing was written twice");
        Assert.That(Rows().Select(r => r[..r.LastIndexOf('|')]), Is.EqualTo(["trigger|pending", "resolve|pending"]));
        PagerDuty.Faults.Clear();
        await RestartAsync(Name);
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(3, cancellationToken));
        Assert.That(PagerDuty.Alerts.Select(a => a.State), Is.EquivalentTo([AlertState.Resolved, AlertState.Triggered]), "what opened while nobody was configured is told now");
    }

    [Test]
    public async Task What_becomes_critical_gets_a_page_of_its_own_and_its_end_closes_both(CancellationToken cancellationToken)
    {
        const string Critical = """{"alertname":"DiskFull","path":"/recordings","severity":"critical"}""";
        await receiver.PostAsync(Bodies.Alert());
        await receiver.PostAsync(Bodies.Alert(Critical, fingerprint: "00000000000000cc"));
        var keys = new[] { (await PagerDuty.NextAsync(cancellationToken)).DedupKey, (await PagerDuty.NextAsync(cancellationToken)).DedupKey };
        Assert.That(keys[1], Is.EqualTo($"{keys[0]}-crit"), "an acknowledged page wakes nobody a second time");
        await receiver.PostAsync(Bodies.Resolved(Critical, "00000000000000cc"), Bodies.Resolved());
        await PagerDuty.Accepted.ItemAsync(4, cancellationToken);
        Assert.That(PagerDuty.Alerts.Select(a => (a.DedupKey, a.State)), Is.EquivalentTo(keys.Select(k => (k, AlertState.Resolved))));
    }

    [Test]
    public async Task What_follows_waits_until_it_is_written_down_what_was_told(CancellationToken cancellationToken)
    {
        await WriteAsync("CREATE TRIGGER refuse BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'on purpose'); END");
        await receiver.PostAsync(Bodies.Alert());
        await receiver.PostAsync(Bodies.Resolved());
        await PagerDuty.NextAsync(cancellationToken);
        await receiver.UntilAsync(() => Task.FromResult(bench.Log.All.Count(l => l.Text.Contains("can't be stored")) >= 3), cancellationToken);
        Assert.That(PagerDuty.Accepted.Items.Select(e => e.Action), Is.EqualTo(["trigger"]));
        await WriteAsync("DROP TRIGGER refuse");
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(2, cancellationToken));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(Rows(), Is.EqualTo(["trigger|delivered|1", "resolve|delivered|1"]));
    }

    [Test]
    public async Task A_wrong_routing_key_costs_no_page(CancellationToken cancellationToken)
    {
        var key = bench["rotated-key"];
        await File.WriteAllTextAsync(key, "too-short", cancellationToken);
        await receiver.DisposeAsync();
        receiver = await RunningReceiver.StartAsync(bench, [new PagerDuty(Name, new Uri($"{site.Url}/v2/enqueue"), Verolux.Exporter.Configuration.Secret.FromFile(key), courier, new PagerDutyLimits(), bench.Time)], Name);
        await receiver.PostAsync(Bodies.Alert());
        await UntilAttemptsAsync("config", cancellationToken);
        Assert.That(PagerDuty.Requests.Items, Is.Empty, "what can't be a key is not sent");
        await File.WriteAllTextAsync(key, new string('f', 32), cancellationToken);
        await UntilAttemptsAsync("unauthorized", cancellationToken);
        await File.WriteAllTextAsync(key, SiteHost.RoutingKey, cancellationToken);
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(1, cancellationToken));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(receiver.Store.Rows("SELECT state FROM outbox"), Is.EqualTo(["delivered"]));
    }

    [Test]
    public async Task An_alert_with_broken_characters_everywhere_is_told_like_any_other(CancellationToken cancellationToken)
    {
        await receiver.PostAsync(Bodies.Alert(more: ""","annotations":{"\ud800":"x","summary":"\udc00"}"""));
        Assert.That((await PagerDuty.NextAsync(cancellationToken)).Summary, Does.Contain("DiskFull"));
        await receiver.PostAsync(Bodies.Resolved());
        Assert.That((await PagerDuty.NextAsync(cancellationToken)).Effect, Is.EqualTo(Effect.Resolved));
        Assert.That(receiver.Running.IsCompleted, Is.False);
    }

    [Test]
    public async Task Many_series_are_told_each_once(CancellationToken cancellationToken)
    {
        var labels = Enumerable.Range(0, 50).Select(i => Bodies.LabelsOf(("alertname", $"DiskFull{i}"))).ToArray();
        await Task.WhenAll(labels.Select(l => receiver.PostAsync(Bodies.Alert(l))));
        await Task.WhenAll(labels.Select(l => receiver.PostAsync(Bodies.Resolved(l))));
        await receiver.UntilAsync(PagerDuty.Accepted.ItemAsync(100, cancellationToken));
        await UntilPendingAsync(0, cancellationToken);
        Assert.That(PagerDuty.Alerts, Has.Count.EqualTo(50).And.All.Property("State").EqualTo(AlertState.Resolved));
        Assert.That(PagerDuty.Requests.Items, Has.Count.EqualTo(100));
    }

    Task<RunningReceiver> StartAsync(params IReadOnlyList<string> destinations) => RunningReceiver.StartAsync(
        bench, [.. destinations.Select(d => new PagerDuty(d, new Uri($"{site.Url}/v2/enqueue"), bench.SecretOf(SiteHost.RoutingKey), courier, new PagerDutyLimits(), bench.Time))], destinations);

    Task<bool> WriteAsync(string sql) => receiver.Store.WriteAsync(session =>
    {
        session.Execute(sql);
        return true;
    });

    Task UntilAttemptsAsync(string result, CancellationToken cancellation) =>
        receiver.UntilAsync(async () => await receiver.MetricAsync($$"""verolux_outbox_attempts_total{destination="pagerduty",result="{{result}}"}""") is not null, cancellation);

    async Task RestartAsync(params IReadOnlyList<string> destinations)
    {
        await receiver.DisposeAsync();
        receiver = await StartAsync(destinations);
    }

    Task UntilPendingAsync(int count, CancellationToken cancellation) =>
        receiver.UntilAsync(async () => await receiver.MetricAsync("""verolux_outbox_pending{destination="pagerduty"}""") == $"{count}", cancellation);

    IReadOnlyList<string> Rows() => receiver.Store.Rows("SELECT action, state, attempts FROM outbox ORDER BY id");
}
