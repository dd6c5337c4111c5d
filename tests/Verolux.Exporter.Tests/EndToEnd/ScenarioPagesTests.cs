using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Backend;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>
/// All eight alerts from what breaks to who is paged, each for several causes: the page has the right runbook, deadline and scenario. One site is broken in rounds;
/// in each of them break things that leave each other's evidence alone.
/// </summary>
[Category("Site")]
public class ScenarioPagesTests
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(240);
    static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(60);

    /// <summary>What needs the longest, and what other breaks would explain or keep back; of the databases one at a time is down.</summary>
    static readonly Case[] First =
    [
        new("RTSPStorm", "site", WatchedSite.East, "sessions-taken") { Break = Now(site => site.Flap(WatchedSite.East, new CameraKind { Answers = AnswerFault.BusyAtDescribe })) },
        new("SlowInference", "backend", "slow", "since-a-deployment") { Break = Now(site => site.Service("slow").Backend.Fps = 12) },
        new("SlowInference", "camera", "thin", "source-slow"),
        new("QueueBacklog", "queue", "default", "no-consumers") { Break = (site, cancellationToken) => site.FloodAsync("default", null, cancellationToken) },
        new("QueueBacklog", "queue", "heavy", "held-unacknowledged") { Break = (site, cancellationToken) => site.FloodAsync("heavy", 0, cancellationToken) },
        new("QueueBacklog", "queue", "reports", "consumers-too-slow") { Break = (site, cancellationToken) => site.FloodAsync("reports", 1, cancellationToken) },
        new("StorageNearFull", "path", "disk", "filling-fast") { Break = Now(site => site.Stack.Disk.Fill(0.9)) },
        new("StorageNearFull", "path", "recordings", "recordings-stopped"),
        new("DatabaseDown", "server", "main", "not-running")
        {
            Break = (site, _) => site.Postgres.StopAsync(),
            Mend = (site, cancellationToken) => site.Postgres.RestartAsync(cancellationToken),
        },
    ];

    static readonly Case[] Second =
    [
        new("RTSPStorm", "site", WatchedSite.West, "several-sites") { Break = Now(site => site.Flap(WatchedSite.West)) },
        new("CameraOffline", "camera", "password", "credentials-changed") { Break = Now(site => site.Camera("password").Kind = new CameraKind { Access = new Access(Challenge.DigestSha256) { Password = "another" } }) },
        new("CameraOffline", "camera", "moved", "url-changed") { Break = Now(site => site.Camera("moved").Kind = new CameraKind { Answers = AnswerFault.NotFound }) },
        new("CameraOffline", "camera", "hung", "firmware-issue") { Break = Now(site => site.Camera("hung").Cut()) },
        new("CameraOffline", "camera", "busy", "sessions-taken") { Break = Now(site => site.Camera("busy").Kind = new CameraKind { Answers = AnswerFault.BusyAtDescribe }) },
        new("CameraOffline", "camera", "off", "powered-off") { Break = async (site, _) => await site.EndAsync(site.House) },
        new("GPUSaturation", "gpu", "0", "throttled-by-heat") { Break = (site, _) => site.SaturateAsync() },
        new("GPUSaturation", "gpu", "1", "decoder-bound"),
        new("GPUSaturation", "gpu", "2", "too-much-work"),
        new("GPUSaturation", "gpu", "3", "memory-full"),
        new("GPUSaturation", "gpu", "4", "one-process-hogging"),
        new("DatabaseDown", "server", "cache", "hanging") { Break = (site, cancellationToken) => site.Cache.PauseAsync(cancellationToken), Mend = Now(site => site.Cache.Continue()) },
    ];

    /// <summary>With all databases well, because a service that answers wrongly while one is down has that to blame.</summary>
    static readonly Case[] Third =
    [
        new("APIDown", "backend", "stopped", "not-running") { Break = async (site, _) => await site.EndAsync(site.Service("stopped")) },
        new("APIDown", "backend", "erring", "server-errors") { Break = Now(site => site.Service("erring").Backend.Faults(BackendSite.Health).Always(Faults.Answer(503))) },
        new("APIDown", "backend", "hanging", "slow") { Break = Now(site => site.Service("hanging").Backend.Faults(BackendSite.Health).Always(Faults.Hang(new Gate()))) },
        new("APIDown", "backend", "empty", "model-not-loaded")
        {
            Break = Now(site => (site.Service("empty").Backend.ModelLoaded, site.Service("empty").Backend.Status) = (false, "degraded")),
        },
    ];

    static readonly Case[] Last =
    [
        new("DatabaseDown", "server", "sessions", "credentials-changed") { Break = Now(site => site.Sessions.Ask("ACL", "SETUSER", RedisServer.User, "resetpass", ">another")) },
    ];

    WatchedSite site = null!;

    static IEnumerable<TestCaseData> Cases => new[] { First, Second, Third, Last }.SelectMany(round => round).Select(c => new TestCaseData(c.Alert, c.Label, c.Target, c.Scenario));

    static IEnumerable<string> Alerts => SeedThreshold.All.Select(s => s.Alert);

    [OneTimeSetUp]
    public async Task Break()
    {
        using var tooLong = new CancellationTokenSource(Longest);
        site = await WatchedSite.StartAsync(tooLong.Token);
        foreach (var round in new[] { First, Second, Third, Last })
        {
            await site.DatabasesAreWellAsync(tooLong.Token);
            foreach (var one in round)
                await one.Break(site, tooLong.Token);
            await PagesAsync(round, tooLong.Token);
            foreach (var one in round)
                await one.Mend(site, tooLong.Token);
        }
    }

    [OneTimeTearDown]
    public async Task End()
    {
        if (site is not null)
            await site.DisposeAsync();
    }

    [TestCaseSource(nameof(Cases))]
    [CancelAfter(30_000)]
    public async Task Whoever_is_paged_is_told_what_is_likeliest(string alert, string label, string target, string scenario, CancellationToken cancellationToken)
    {
        var page = PageOf(alert, label, target);
        Assert.That(page, Is.Not.Null, $"no page of {alert} for {label} {target}; paged were:\n{string.Join('\n', Triggers)}\n{site.Stack.Exporter.Program.LastLines}");
        var (seed, details) = (SeedThreshold.All.Single(s => s.Alert == alert), page!.Json.GetProperty("payload").GetProperty("custom_details"));
        var runbook = $"{site.Stack.Exporter.Url}/runbooks/{seed.Runbook}";
        var link = page.Json.GetProperty("links")[0].GetProperty("href").GetString()!;
        var startsAt = page.Json.GetProperty("payload").GetProperty("timestamp").GetDateTimeOffset();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Text(details, "scenario"), Is.EqualTo(scenario), $"found was: {(details.TryGetProperty("findings", out var findings) ? findings : default)}");
            Assert.That(link, Is.EqualTo($"{runbook}#{scenario}"));
            Assert.That(Text(details, "runbook_url"), Is.EqualTo(runbook));
            Assert.That((page.Effect, page.Severity), Is.EqualTo((Effect.Opened, seed.Severity)));
            Assert.That(details.GetProperty("response_sla_seconds").GetInt32(), Is.EqualTo(seed.ResponseSla.TotalSeconds));
            Assert.That(Text(details, "respond_by"), Is.EqualTo((startsAt + seed.ResponseSla).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)));
        }
        var (status, text) = await ShippedStack.OpenAsync(link, cancellationToken);
        Assert.That((int)status, Is.EqualTo(200));
        Assert.That(text, Does.Contain($"id=\"{scenario}\""), "where the link leads on the runbook's page");
    }

    [TestCaseSource(nameof(Alerts))]
    public void At_least_two_causes_of_each_alert_are_tried(string alert) =>
        Assert.That(Cases.Where(c => alert.Equals(c.Arguments[0])).Select(c => c.Arguments[3]).Distinct().Count(), Is.GreaterThanOrEqualTo(2));

    /// <summary>The last two steps of the way that begins in <see cref="Repository.SeedThresholdTests"/>: the rule that runs, and the page that names the number.</summary>
    [TestCaseSource(nameof(Alerts))]
    [CancelAfter(30_000)]
    public async Task The_seed_s_number_is_in_the_rule_that_runs_and_in_the_page(string alert, CancellationToken cancellationToken)
    {
        var seed = SeedThreshold.All.Single(s => s.Alert == alert);
        var rules = await site.Stack.Prometheus.GetAsync("rules?type=alert", cancellationToken);
        var running = rules.GetProperty("groups").EnumerateArray().SelectMany(g => g.GetProperty("rules").EnumerateArray()).First(r => Text(r, "name") == alert);
        Assert.That(running.GetProperty("duration").GetDouble(), Is.EqualTo(Math.Max(1, seed.For.TotalSeconds / ShippedStack.Speed)));
        Assert.That(Text(running.GetProperty("labels"), "severity"), Is.EqualTo(seed.Severity));
        if (seed.Literal is not null)
            Assert.That(Text(running, "query"), Does.Contain($"* 0 + {seed.Literal}"));

        var page = Triggers.FirstOrDefault(t => t.Summary!.Contains($" {alert}: "));
        Assert.That(page, Is.Not.Null);
        var details = page!.Json.GetProperty("payload").GetProperty("custom_details");
        Assert.That(Text(details.GetProperty("annotations"), "description"), Does.Contain($"(threshold {seed.Shown})"));
        Assert.That(details.GetProperty("response_sla_seconds").GetInt32(), Is.EqualTo(seed.ResponseSla.TotalSeconds));
    }

    [TestCaseSource(nameof(Alerts))]
    [CancelAfter(30_000)]
    public async Task The_seed_s_number_is_what_the_exporter_publishes(string alert, CancellationToken cancellationToken)
    {
        var seed = SeedThreshold.All.Single(s => s.Alert == alert);
        var (_, text) = await ShippedStack.OpenAsync($"{site.Stack.Exporter.Url}/metrics", cancellationToken);
        var page = new Exposition(text);
        Assert.That(page[$"verolux_alert_info{{site=\"north\",alert=\"{alert}\",severity=\"{seed.Severity}\",runbook=\"{seed.Runbook}\"}}"], Is.EqualTo(1));
        Assert.That(page[$"verolux_alert_response_sla_seconds{{site=\"north\",severity=\"{seed.Severity}\"}}"], Is.EqualTo(seed.ResponseSla.TotalSeconds));
        foreach (var metric in seed.Literal is null ? [] : seed.Metrics)
            Assert.That(page.Of($"{metric}_threshold"), Is.Not.Empty.And.All.EqualTo(seed.Number), metric);
    }

    IReadOnlyList<AcceptedEvent> Triggers => [.. site.Stack.Site.PagerDuty.Accepted.Items.Where(e => e.RoutingKey == ShippedStack.ExportersKey && e.Action == "trigger")];

    static Func<WatchedSite, CancellationToken, Task> Now(Action<WatchedSite> act) => (site, _) =>
    {
        act(site);
        return Task.CompletedTask;
    };

    /// <summary>Until all have come, or for as long as any of them may take.</summary>
    async Task PagesAsync(Case[] round, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(LongestRound);
        try
        {
            await Eventually.FoundAsync("every page", () => round.All(c => PageOf(c.Alert, c.Label, c.Target) is not null) ? round : null, enough.Token);
        }
        catch (AssertionException) when (!cancellationToken.IsCancellationRequested)
        {
            // Its test says which.
        }
    }

    /// <summary>The first page of an alert about a target.</summary>
    AcceptedEvent? PageOf(string alert, string label, string target)
    {
        var value = (label, target) switch
        {
            ("path", "disk") => site.Stack.Disk.Path,
            ("path", _) => site.Recordings.Path,
            ("gpu", _) => Gpu.StandIn.Uuid(int.Parse(target, CultureInfo.InvariantCulture)),
            _ => target,
        };
        return Triggers.FirstOrDefault(t => t.Json.GetProperty("payload") is var payload && Text(payload, "class") == alert
            && Text(payload.GetProperty("custom_details").GetProperty("labels"), label) == value);
    }

    static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;

    /// <summary>A way to break something, and what is said about it. Where it breaks nothing, something else has.</summary>
    sealed record Case(string Alert, string Label, string Target, string Scenario)
    {
        public Func<WatchedSite, CancellationToken, Task> Break { get; init; } = (_, _) => Task.CompletedTask;

        public Func<WatchedSite, CancellationToken, Task> Mend { get; init; } = (_, _) => Task.CompletedTask;
    }
}
