using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Alerts.Intake;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts;

/// <summary>Our clock is ten minutes off Alertmanager's, or is set while an incident is open.</summary>
[CancelAfter(60_000)]
public class ClockTests
{
    static readonly TimeSpan[] Jumps = [TimeSpan.FromMinutes(-10), TimeSpan.Zero, TimeSpan.FromMinutes(10)];

    SettableClock time = null!;
    RunningExporter exporter = null!;

    [SetUp]
    public async Task Start() => exporter = await RunningExporter.StartAsync(time: time = new SettableClock(Workbench.Now));

    [TearDown]
    public ValueTask Stop() => exporter.DisposeAsync();

    [TestCase("2026-11-24T10:15:00Z", "2026-11-24T11:05:00Z", TestName = "Where_ours_is_behind_time_counts_from_the_receipt")]
    [TestCase("2026-11-24T09:55:00Z", "2026-11-24T10:55:00Z", TestName = "Where_ours_is_ahead_the_deadline_is_told_and_passes_by_our_clock")]
    public async Task Deadlines(string start, string respondBy)
    {
        var receipt = (await exporter.ReceiptsAsync(Bodies.Alert(start: $"\"{start}\"")))[0];
        Assert.That(receipt.GetProperty("respond_by").GetString(), Is.EqualTo(respondBy));
        var due = DateTimeOffset.Parse(respondBy, CultureInfo.InvariantCulture);
        Assert.That(await exporter.MetricAsync("""verolux_sla_next_breach_timestamp_seconds{severity="warning"}"""), Is.EqualTo($"{due.ToUnixTimeSeconds()}"));
        time.Set(due.AddSeconds(-1) - time.GetUtcNow());
        Assert.That(await exporter.MetricAsync("verolux_escalations_overdue"), Is.EqualTo("0"));
        time.Set(TimeSpan.FromSeconds(2));
        Assert.That(await exporter.MetricAsync("verolux_escalations_overdue"), Is.EqualTo("1"));
    }

    [Test]
    public async Task Where_ours_is_ahead_by_more_than_there_was_time_nobody_could_have_been_in_time()
    {
        await exporter.ReceiptsAsync(Bodies.Alert("""{"alertname":"DiskFull","severity":"critical"}""", start: "\"2026-11-24T09:50:00Z\""));
        Assert.That(exporter.Rows("SELECT outcome FROM incidents"), Is.EqualTo(new[] { "breached_on_arrival" }));
    }

    /// <summary>An end without a time is now, and by a clock that is behind that lies before the beginning.</summary>
    [TestCase("\"2026-11-24T10:15:00Z\"", 0)]
    [TestCase("null", -10)]
    public async Task An_end_that_names_no_time_ends_what_fires_whatever_our_clock_says(string start, int minutes)
    {
        await exporter.ReceiptsAsync(Bodies.Alert(start: start));
        time.Advance(TimeSpan.FromMinutes(1));
        time.Set(TimeSpan.FromMinutes(minutes));
        Assert.That((await exporter.ReceiptsAsync(Bodies.Resolved(start: start, end: "null")))[0].GetProperty("result").GetString(), Is.EqualTo("resolved"));
        Assert.That(exporter.Rows("SELECT ends_at >= starts_at FROM incidents"), Is.EqualTo(new[] { "1" }));
    }

    [Test]
    public async Task A_page_that_is_tried_again_comes_when_it_was_to_come_though_the_clock_is_set_back(CancellationToken cancellationToken)
    {
        await using var paged = await PagedExporter.StartAsync(time);
        paged.PagerDuty.Faults.Next(Faults.Answer(503, retryAfter: "120"));
        await paged.PostAsync(Bodies.Of(Bodies.Alert()));
        await Eventually.FoundAsync("a postponed page", () => paged.Rows("SELECT 1 FROM outbox WHERE attempts = 1 AND state = 'pending'").Count > 0 ? paged : null, cancellationToken);
        time.Set(TimeSpan.FromMinutes(-10));
        time.Advance(TimeSpan.FromMinutes(3));
        await paged.PagerDuty.Accepted.ItemAsync(1, cancellationToken);
    }

    /// <summary>The sender's clock against ours, and ours set before the acknowledgement and before the end.</summary>
    [Test]
    public async Task However_the_clock_is_set_each_outcome_counts_once_and_nothing_takes_less_than_no_time([Values] bool acknowledged)
    {
        var n = 0;
        foreach (var (ahead, first, second) in from a in Jumps from b in Jumps from c in Jumps select (a, b, c))
        {
            var said = $"{ahead} {first} {second}";
            time.Set(Workbench.Now - time.GetUtcNow());
            var began = Workbench.Now - TimeSpan.FromMinutes(1) + ahead;
            var labels = Bodies.LabelsOf(("alertname", $"A{n}"), ("severity", "critical"));
            var opened = (await exporter.ReceiptsAsync(Bodies.Alert(labels, start: Text(began))))[0];
            var number = opened.GetProperty("incident").GetString();
            time.Advance(TimeSpan.FromMinutes(2));
            time.Set(first);
            if (acknowledged)
                Assert.That((await exporter.PostAsync(new StringContent("{}", Encoding.UTF8, "application/json"), $"/api/v1/incidents/{number}/ack")).Status, Is.EqualTo(200));
            time.Advance(TimeSpan.FromMinutes(2));
            time.Set(second);
            var ended = began + TimeSpan.FromMinutes(4);
            foreach (var result in (string[])["resolved", "duplicate"])
                Assert.That((await exporter.ReceiptsAsync(Bodies.Resolved(labels, start: Text(began), end: Text(ended))))[0].GetProperty("result").GetString(), Is.EqualTo(result), said);
            n++;
            var incident = JsonElement.Parse(await exporter.Client.GetStringAsync($"/api/v1/incidents/{number}"));
            Assert.That(Rounded(Time(incident, "respond_by")), Is.EqualTo(opened.GetProperty("respond_by").GetString()), said);
            Assert.That(Time(incident, "ends_at"), Is.GreaterThanOrEqualTo(Time(incident, "starts_at")).And.LessThanOrEqualTo(Later(time.GetUtcNow(), Time(incident, "starts_at"))), said);
            Assert.That(incident.GetProperty("sla_outcome").GetString(), Is.Not.Null, said);
            await ExpectCountedAsync(n, acknowledged ? n : 0, said);
        }
    }

    async Task ExpectCountedAsync(int incidents, int acknowledged, string said)
    {
        Assert.That(exporter.Rows("SELECT coalesce(sum(count), 0) FROM tallies WHERE metric = 'verolux_sla_incidents_total'"), Is.EqualTo(new[] { $"{incidents}" }), said);
        var page = (await exporter.Client.GetStringAsync("/metrics")).Split('\n');
        Assert.That(Sum("verolux_sla_incidents_total{"), Is.EqualTo(incidents), said);
        Assert.That(Sum("verolux_sla_resolution_seconds_count{"), Is.EqualTo(incidents), said);
        Assert.That(Sum("verolux_sla_response_seconds_count{"), Is.EqualTo(acknowledged), said);
        Assert.That(page.Where(l => l.StartsWith("verolux_", StringComparison.Ordinal) && l[(l.LastIndexOf(' ') + 1)..].StartsWith('-')), Is.Empty, said);

        double Sum(string start) => page.Where(l => l.StartsWith(start, StringComparison.Ordinal)).Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    static DateTimeOffset Time(JsonElement incident, string name) => DateTimeOffset.Parse(incident.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    static string Text(DateTimeOffset time) => $"\"{Rounded(time)}\"";

    static string Rounded(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>A clock that can be set, which lets no time pass: timers and stopwatches know nothing of it.</summary>
    sealed class SettableClock(DateTimeOffset start) : FakeTimeProvider(start)
    {
        TimeSpan ahead;

        public void Set(TimeSpan by) => ahead += by;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }
}
