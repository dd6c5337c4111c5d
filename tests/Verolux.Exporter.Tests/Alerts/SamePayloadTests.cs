using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Tests.Alerts.Intake;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts;

/// <summary>
/// The same alert again and again, from two Alertmanagers that agree neither on its times nor on the order of its words, through the whole exporter to PagerDuty's
/// stand-in: one incident, one page, counted once, and no ghost.
/// </summary>
[CancelAfter(60_000)]
public class SamePayloadTests
{
    static readonly DateTimeOffset Began = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);
    static readonly DateTimeOffset Ended = new(2026, 11, 24, 10, 4, 0, TimeSpan.Zero);

    PagedExporter exporter = null!;

    [SetUp]
    public async Task Start() => exporter = await PagedExporter.StartAsync(new FakeTimeProvider(Workbench.Now));

    [TearDown]
    public ValueTask Stop() => exporter.DisposeAsync();

    [Test]
    public async Task A_hundred_firings_and_a_hundred_ends_are_one_incident_one_page_and_one_tally(CancellationToken cancellationToken)
    {
        var random = new Random(1);
        var opened = await PostAsync(Enumerable.Range(0, 100).Select(_ => Firing(random)), atOnce: 10);
        Assert.That(Counted(opened), Is.EqualTo("opened 1, updated 99"));
        await DeliveredAsync(cancellationToken);
        Assert.That(PagerDuty(), Is.EqualTo("trigger"));
        var ended = await PostAsync(Enumerable.Range(0, 100).Select(_ => Resolve(random)), atOnce: 10);
        Assert.That(Counted(ended), Is.EqualTo("duplicate 99, resolved 1"));
        await DeliveredAsync(cancellationToken);
        Assert.That(PagerDuty(), Is.EqualTo("trigger resolve"));
        await ExpectOneAsync("resolved", 1);
    }

    /// <summary>In any order: an end before its beginning, and old words after the end.</summary>
    [Test]
    public async Task In_any_order_there_is_one_incident_and_it_is_over([Range(1, 12)] int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var words = Enumerable.Range(0, 50).SelectMany(_ => (string[])[Firing(random), Resolve(random)]).ToArray();
        random.Shuffle(words);
        if (seed % 3 == 0)
            words[0] = Resolve(random);
        var results = await PostAsync(words, atOnce: seed % 2 == 0 ? 5 : 1);
        Assert.That(results.Count(r => r is "opened" or "missed"), Is.EqualTo(1));
        Assert.That(results, Has.None.EqualTo("reopened"));
        await DeliveredAsync(cancellationToken);
        var heard = results.Contains("opened");
        Assert.That(PagerDuty(), Is.EqualTo(heard ? "trigger resolve" : ""), "nobody is told of what was over when it was heard of");
        await ExpectOneAsync(heard ? "resolved" : "missed", heard ? 1 : 0);
    }

    [Test]
    public async Task Two_replicas_are_one_incident_that_ends_with_the_last_of_them(CancellationToken cancellationToken)
    {
        var random = new Random(1);
        var results = await PostAsync([Firing(random, "a"), Firing(random, "b"), Resolve(random, "a"), Firing(random, "a"), Firing(random, "b"), Resolve(random, "b"), Firing(random, "b"), Firing(random, "a"), Resolve(random, "a")], atOnce: 1);
        Assert.That(results, Is.EqualTo(new[] { "opened", "updated", "updated", "stale", "updated", "resolved", "stale", "stale", "duplicate" }));
        await DeliveredAsync(cancellationToken);
        Assert.That(PagerDuty(), Is.EqualTo("trigger resolve"));
        await ExpectOneAsync("resolved", 1);
    }

    async Task ExpectOneAsync(string state, int resolutions)
    {
        Assert.That(exporter.Rows("SELECT state FROM incidents"), Is.EqualTo(new[] { state }));
        Assert.That(exporter.Rows("SELECT metric, first, sum(count) FROM tallies GROUP BY metric, first ORDER BY metric"), Is.EqualTo(
            ((string[])["verolux_sla_incidents_total|warning|1", "verolux_sla_resolution_seconds|warning|1"])[..(1 + resolutions)]));
        Assert.That(await exporter.MetricsAsync(), Does.Contain("""verolux_sla_incidents_total{severity="warning",outcome="met_self_resolved",site="north"} 1""").And.Contain("""verolux_incidents{state="firing",severity="warning",site="north"} 0"""));
    }

    /// <summary>What PagerDuty was told, in order.</summary>
    string PagerDuty() => string.Join(' ', exporter.PagerDuty.Accepted.Items.Select(e => e.Action));

    Task DeliveredAsync(CancellationToken cancellation) => Eventually.FoundAsync(
        "an empty outbox", async () => (await exporter.MetricsAsync()).Contains("""verolux_outbox_pending{destination="pagerduty",site="north"} 0""", StringComparison.Ordinal) ? this : null, cancellation);

    /// <returns>What each did, in the order of the answers.</returns>
    async Task<IReadOnlyList<string>> PostAsync(IEnumerable<string> bodies, int atOnce)
    {
        var results = new List<string>();
        foreach (var some in bodies.Chunk(atOnce))
            results.AddRange(await Task.WhenAll(some.Select(exporter.PostAsync)));
        return results;
    }

    static string Counted(IEnumerable<string> results) => string.Join(", ", results.CountBy(r => r).OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key} {r.Value}"));

    static string Firing(Random random, string? replica = null) => From(random, Bodies.Alert(Labels(replica), fingerprint: $"print-{replica}", start: Around(Began, random)));

    static string Resolve(Random random, string? replica = null) => From(random, Bodies.Resolved(Labels(replica), $"print-{replica}", Around(Began, random), Around(Ended, random)));

    static string Labels(string? replica) => replica is null ? Bodies.Labels : Bodies.LabelsOf(("alertname", "DiskFull"), ("path", "/recordings"), ("replica", replica), ("severity", "warning"));

    static string From(Random random, string alert) => Bodies.Of(alert).Replace("http://am:9093", random.Next(2) == 0 ? "http://am-a:9093" : "http://am-b:9093", StringComparison.Ordinal);

    static string Around(DateTimeOffset time, Random random) => $"\"{time.AddMilliseconds(random.Next(-5000, 5000)).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)}\"";
}
