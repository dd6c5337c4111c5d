using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Alerts;
using Verolux.Exporter.Alerts.Delivery;
using Verolux.Exporter.Alerts.Incidents;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Site.Slack;
using Verolux.Exporter.Tests.Support;
using Effect = Verolux.Exporter.Site.PagerDuty.Effect;

namespace Verolux.Exporter.Tests.Alerts.Delivery;

/// <summary>
/// Half an hour without PagerDuty, in each way in which that happens, on the receiver's clock and against the stand-ins: alerts come and go meanwhile, a gust of
/// them comes at the end, and all that is still open ends at once.
/// </summary>
[CancelAfter(240_000)]
public partial class OutageTests
{
    const int Minutes = 30;
    const int Gust = 120;

    /// <summary>PagerDuty's own limit for a routing key, in any minute.</summary>
    const int MostPerMinute = 120;

    const string Pending = "SELECT count(*) FROM outbox WHERE state <> 'delivered'";
    static readonly TimeSpan Step = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(4);

    readonly HashSet<string> open = [];
    Workbench bench = null!;
    SiteHost site = null!;
    PagerDutySite pagerDuty = null!;
    ChangingCertificate server = null!;
    Courier courier = null!;
    Courier slackCourier = null!;
    RunningReceiver receiver = null!;

    [SetUp]
    public async Task Start()
    {
        open.Clear();
        bench = new Workbench();
        pagerDuty = new PagerDutySite(bench.Time, SiteHost.RoutingKey);
        server = await ChangingCertificate.StartAsync(pagerDuty.AnswerAsync);
        site = await SiteHost.StartAsync(null, clock: bench.Time);
        var authority = bench["authority.pem"];
        await File.WriteAllTextAsync(authority, server.Authority);
        // Who hangs is given up on the receiver's clock.
        courier = new Courier(new ClientTls(authority), bench.Time);
        slackCourier = new Courier(null, TimeProvider.System);
        receiver = await RunningReceiver.StartAsync(
            bench,
            [
                new PagerDuty("pagerduty", new Uri($"{server.Url}/v2/enqueue"), bench.SecretOf(SiteHost.RoutingKey), courier, new PagerDutyLimits(), bench.Time),
                new Slack(new SlackOptions("slack", null, null, bench.SecretOf(SlackSite.Token, "token"), SlackSite.Channel, new Uri($"{site.Url}/api/")), slackCourier),
            ],
            "pagerduty");
    }

    [TearDown]
    public async Task Stop()
    {
        await receiver.DisposeAsync();
        courier.Dispose();
        slackCourier.Dispose();
        await site.DisposeAsync();
        await server.DisposeAsync();
        bench.Dispose();
    }

    [TestCase("503")]
    [TestCase("429")]
    [TestCase("hang")]
    [TestCase("reset")]
    [TestCase("certificate")]
    public async Task Half_an_hour_without_PagerDuty_loses_nothing_and_overwhelms_nobody(string kind, CancellationToken cancellationToken)
    {
        Break(kind);
        for (var minute = 0; minute < Minutes; minute++)
        {
            await FireAsync("critical", $"Short{minute}", $"Long{minute}");
            await FireAsync("warning", [.. Enumerable.Range(0, 4).Select(n => $"Warning{minute}-{n}")]);
            // Some end before a critical goes elsewhere, some after; some outlast the outage.
            await EndAsync($"Short{minute - 1}", $"Warning{minute - 2}-0");
            if (minute % 2 == 1)
                await EndAsync($"Long{minute - 6}");
            for (var passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(1); passed += Step)
                await StepAsync();
        }
        Assert.That(pagerDuty.Accepted.Items, Is.Empty);
        Assert.That(Rows("SELECT DISTINCT state FROM outbox WHERE destination = 'pagerduty'"), Is.EqualTo(["pending"]), "nothing is given up");
        string[] elsewhere = [.. Enumerable.Range(0, Minutes - 4).Select(minute => $"Long{minute}")];
        Assert.That(elsewhere.Except(Told("CRITICAL")), Is.Empty, "what is critical was told elsewhere meanwhile");

        await FireAsync("warning", [.. Enumerable.Range(0, Gust).Select(n => $"Gust{n}")]);
        Mend();
        await DrainAsync(cancellationToken);
        Assert.That(pagerDuty.Alerts.Select(a => a.DedupKey), Is.Unique.And.EquivalentTo(Rows("SELECT dedup_key FROM outbox WHERE destination = 'pagerduty' AND action = 'trigger'")), "each has its page");
        Assert.That(pagerDuty.Alerts.Count(a => a.State == AlertState.Triggered), Is.EqualTo(open.Count), "and what has ended meanwhile is closed");

        await EndAsync([.. open]);
        await DrainAsync(cancellationToken);
        Assert.That(pagerDuty.Alerts, Has.Count.EqualTo((Minutes * 6) + Gust).And.All.Property("State").EqualTo(AlertState.Resolved));
        // The clock runs so fast that an answer may come too late for it, and what it says is said once more.
        Assert.That(pagerDuty.Accepted.Items.DistinctBy(e => e.DedupKey).Select(e => e.Effect), Has.All.EqualTo(Effect.Opened), "no end comes before its start");
        Assert.That(MostInAMinute(), Is.LessThanOrEqualTo(MostPerMinute).And.GreaterThan(60), "never more than PagerDuty takes, and nearly that");

        var told = Told("CRITICAL");
        Assert.That(told, Is.Unique.And.SupersetOf(elsewhere), "once each");
        Assert.That(told.Where(name => !name.StartsWith("Long", StringComparison.Ordinal)), Is.SubsetOf([$"Short{Minutes - 1}"]), "what ended in time was told nobody else");
        Assert.That(Told("RESOLVED"), Is.EquivalentTo(told), "and each end as well");
        Assert.That(receiver.Running.IsCompleted, Is.False);
    }

    void Break(string kind)
    {
        server.IsWrong = kind == "certificate";
        if (!server.IsWrong)
        {
            pagerDuty.Faults.Always(kind switch
            {
                "503" => Faults.Answer(503),
                "429" => Faults.Answer(429, retryAfter: "60"),
                "hang" => Faults.Hang(new Gate()),
                _ => Faults.Reset(),
            });
        }
    }

    void Mend()
    {
        server.IsWrong = false;
        pagerDuty.Faults.Clear();
    }

    async Task FireAsync(string severity, params string[] names)
    {
        Assert.That(await receiver.PostAsync(names.Select(name => Bodies.Alert(Labels(name, severity), fingerprint: name))), Is.EqualTo(200));
        open.UnionWith(names);
    }

    async Task EndAsync(params string[] names)
    {
        string[] ended = [.. names.Where(open.Remove)];
        if (ended is not [])
            Assert.That(await receiver.PostAsync(ended.Select(name => Bodies.Resolved(Labels(name, SeverityOf(name)), name))), Is.EqualTo(200));
    }

    async Task DrainAsync(CancellationToken cancellationToken)
    {
        while (Rows(Pending) is not ["0"])
        {
            cancellationToken.ThrowIfCancellationRequested();
            await StepAsync();
        }
    }

    /// <summary>Lets a few seconds pass, and whatever is sent because of that be answered.</summary>
    async Task StepAsync()
    {
        bench.Time.Advance(Step);
        int before;
        do
        {
            before = Sent();
            await Task.WhenAny(receiver.Running, Task.Delay(Pause));
            if (receiver.Running.IsCompleted)
                await receiver.Running;
        }
        while (Sent() != before);
    }

    int Sent() => pagerDuty.Requests.Items.Count + site.Slack.Requests.Items.Count;

    /// <summary>The most requests of any minute, whatever became of them.</summary>
    int MostInAMinute()
    {
        DateTimeOffset[] at = [.. pagerDuty.Requests.Items.Select(r => r.At).Order()];
        return at.Select((first, i) => at.Skip(i).TakeWhile(t => t - first < TimeSpan.FromMinutes(1)).Count()).Max();
    }

    /// <summary>The alerts of which Slack was told so.</summary>
    string[] Told(string what)
    {
        var names = Rows("SELECT id, alertname FROM incidents").Select(row => row.Split('|'))
            .ToDictionary(row => IncidentNumber.Format(long.Parse(row[0])), row => row[1]);
        return [.. site.Slack.Posted.Items.Where(m => m.Text.StartsWith(what, StringComparison.Ordinal)).Select(m => names[Number().Match(m.Text).Value])];
    }

    static string SeverityOf(string name) => name[0] is 'S' or 'L' ? "critical" : "warning";

    static string Labels(string name, string severity) => Bodies.LabelsOf(("alertname", name), ("severity", severity));

    IReadOnlyList<string> Rows(string sql) => receiver.Store.Rows(sql);

    [GeneratedRegex("VX-[0-9A-Z]+")]
    private static partial Regex Number();
}
