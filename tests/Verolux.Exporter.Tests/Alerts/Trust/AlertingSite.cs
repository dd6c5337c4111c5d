using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Site.Webhook;
using Verolux.Exporter.Tests.EndToEnd;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Trust;

/// <summary>
/// The way of an alert, all of it real but PagerDuty: Prometheus with the alert DiskFull for each disk that a test fills, one Alertmanager or a cluster of two,
/// and the exporter, which asks them. Each can be killed and comes back at the same address. Prometheus and Alertmanager go by the real time, and are quick
/// about it: a rule fires after two seconds, and what isn't repeated ends after eight. The exporter goes by a clock that a test moves on, look by look.
/// </summary>
sealed class AlertingSite : IAsyncDisposable
{
    static readonly TimeSpan Round = TimeSpan.FromSeconds(30);
    static readonly TimeSpan TakenIn = TimeSpan.FromMilliseconds(100);

    readonly TemporaryFolder folder = new();
    readonly HttpClient client = new();
    readonly HashSet<int> full = [];
    readonly ScriptedServer disks;
    readonly int prometheusPort = FreePort.Next();
    readonly int exporterPort = FreePort.Next();
    readonly SiteHost pagerDuty;
    readonly Versions versions;
    string configuration = "";
    bool apiDown;
    ExporterHost? exporter;

    AlertingSite(SiteHost pagerDuty, FakeTimeProvider time, Versions versions)
    {
        (this.pagerDuty, Time, this.versions) = (pagerDuty, time, versions);
        disks = ScriptedServer.Http(_ => $"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\n{Page()}");
    }

    public FakeTimeProvider Time { get; }

    public IReadOnlyList<Member> Alertmanagers { get; private set; } = [];

    public PrometheusServer? Prometheus { get; private set; }

    public HttpClient Exporter => exporter!.Client;

    /// <summary>All that PagerDuty was ever told of, in that order.</summary>
    public IReadOnlyList<Alert> Pages => pagerDuty.PagerDuty.Alerts;

    /// <summary>What the webhook was told, which wakes nobody.</summary>
    public IReadOnlyList<JsonElement> Messages => [.. pagerDuty.Webhook.Accepted.Items.Select(m => m.Json)];

    /// <summary>Those of full disks.</summary>
    public IReadOnlyList<Alert> DiskPages
    {
        get
        {
            var keys = Rows("SELECT DISTINCT dedup_key FROM outbox JOIN incidents ON incidents.id = incident WHERE alertname = 'DiskFull'");
            return [.. Pages.Where(p => keys.Contains(p.DedupKey))];
        }
    }

    /// <param name="alertmanagers">Two are a cluster.</param>
    /// <param name="behind">By how much the exporter's clock is behind the others' at first.</param>
    public static async Task<AlertingSite> StartAsync(int alertmanagers, CancellationToken cancellation, TimeSpan behind = default, Versions versions = Versions.Oldest)
    {
        // Before anything is started: where it can't be had the test is left out.
        _ = versions.Program("prometheus");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow() - behind);
        var site = new AlertingSite(await SiteHost.StartAsync(new PagerDutySite(TimeProvider.System, SiteHost.RoutingKey), clock: time, cancellationToken: cancellation), time, versions);
        try
        {
            site.Alertmanagers = [.. await Task.WhenAll(Enumerable.Range(0, alertmanagers).Select(i => Member.OfAsync(site, i, cancellation)))];
            site.configuration = site.Configure();
            await site.StartExporterAsync();
            foreach (var member in site.Alertmanagers)
                await member.StartAsync(cancellation);
            await site.StartPrometheusAsync(cancellation);
            await site.HoldsAsync("""count(ALERTS{alertname="Watchdog",alertstate="firing"}) == 1""", cancellation);
            await site.WatchdogAsync(cancellation);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Fills disks, or makes room on them.</summary>
    public void Fill(bool isFull, params IEnumerable<int> numbers)
    {
        lock (full)
        {
            if (isFull)
                full.UnionWith(numbers);
            else
                full.ExceptWith(numbers);
        }
    }

    /// <summary>While the API is down, no full disk is told of: an inhibition.</summary>
    public void BreakApi(bool isDown) => Volatile.Write(ref apiDown, isDown);

    public async Task StartPrometheusAsync(CancellationToken cancellation) => Prometheus = await PrometheusServer.StartAsync(
        folder["prometheus.yml"], folder.Path, prometheusPort, ["--rules.alert.resend-delay=2s"], cancellation, versions);

    /// <summary>As when the power fails. Until it is back, what it told ends by itself.</summary>
    public async Task KillPrometheusAsync()
    {
        Prometheus!.Program.Kill();
        await Prometheus.DisposeAsync();
        Prometheus = null;
    }

    /// <summary>Has Prometheus tell these Alertmanagers alone: the others hear nothing from it any more.</summary>
    public async Task TellAsync(IEnumerable<Member> members, CancellationToken cancellation)
    {
        WritePrometheus(members);
        using var answer = await client.PostAsync(new Uri($"{Prometheus!.Url}/-/reload"), null, cancellation);
        answer.EnsureSuccessStatusCode();
    }

    public async Task StartExporterAsync() => exporter = await ExporterHost.ReadAsync(configuration, Time, null);

    public async Task StopExporterAsync()
    {
        await exporter!.DisposeAsync();
        exporter = null;
    }

    /// <summary>Lets the exporter's time pass, with a look at the Alertmanagers every 30 seconds of it, each of them over before the next begins.</summary>
    public async Task PassAsync(TimeSpan time, CancellationToken cancellation)
    {
        for (var until = Time.GetUtcNow() + time; Time.GetUtcNow() < until;)
        {
            await DeliveredAsync(cancellation);
            var looks = Alertmanagers.Select(m => (m.Asked, m.Asked.Looks)).ToList();
            do
            {
                Time.Advance(Round);
                // What was told has still to be taken in; where the exporter was at that, it has not gone to sleep yet, and needs to be woken once more.
                await Task.Delay(TakenIn, cancellation);
                await Eventually.FoundAsync("the end of a look", () => looks.TrueForAll(l => l.Asked.IsQuiet) ? this : null, cancellation);
            }
            while (exporter is not null && looks.Exists(l => l.Asked.Looks == l.Looks));
            await DeliveredAsync(cancellation);
        }
    }

    /// <summary>Lets it pass until something holds of the store.</summary>
    public async Task PassUntilAsync(string sql, string result, CancellationToken cancellation)
    {
        try
        {
            while (Rows(sql) is not [var row] || row != result)
                await PassAsync(Round, cancellation);
        }
        catch (OperationCanceledException)
        {
            throw new AssertionException($"{result} did not come in time; instead: {string.Join('\n', Rows(sql).Concat(Rows("SELECT alert ->> '$.labels.path', alertname, state, starts_at, ends_at, valid_until FROM incidents")))}");
        }
    }

    /// <summary>Waits until something holds of the store, with the exporter's clock standing still.</summary>
    public Task<string> RowAsync(string sql, string result, CancellationToken cancellation) => Eventually.FoundAsync(
        $"{result} as answer to {sql}", () => Rows(sql) is [var row] && row == result ? row : null, cancellation, () => string.Join('\n', Rows("SELECT id, alert ->> '$.labels.path', state, mute, ends_at FROM incidents").Concat(Rows(sql))));

    /// <summary>Waits until Prometheus answers a query with anything.</summary>
    public Task<string> HoldsAsync(string query, CancellationToken cancellation) => Eventually.FoundAsync(
        query, async () => (await Prometheus!.QueryAsync(query, cancellation)).Count > 0 ? query : null, cancellation, () => Prometheus!.Program.LastLines);

    /// <summary>Waits until so many alerts of full disks are in force at each Alertmanager that is there.</summary>
    public async Task InForceAsync(int count, CancellationToken cancellation)
    {
        foreach (var member in Alertmanagers.Where(m => m.IsUp))
            await member.HoldsAsync("DiskFull", count, cancellation);
    }

    /// <summary>Waits until a Watchdog has come to the exporter.</summary>
    public Task<string> WatchdogAsync(CancellationToken cancellation) => Eventually.FoundAsync(
        "the Watchdog", () => Rows("SELECT count(*) FROM watchdogs") is ["0"] ? null : "", cancellation, () => Alertmanagers[0].LastLines);

    public IReadOnlyList<string> Rows(string sql) => StoreReading.Rows(folder["verolux.db"], sql);

    /// <summary>The value of a series of the exporter's without the label site, or null where it is absent.</summary>
    public async Task<string?> MetricAsync(string series) => (await Exporter.GetStringAsync("/metrics")).Split('\n')
        .Select(l => l.Replace("site=\"north\",", "").Replace(",site=\"north\"", "").Replace("{site=\"north\"}", ""))
        .FirstOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal))?[(series.Length + 1)..];

    public async ValueTask DisposeAsync()
    {
        if (exporter is not null)
            await exporter.DisposeAsync();
        if (Prometheus is not null)
            await Prometheus.DisposeAsync();
        foreach (var member in Alertmanagers)
            await member.DisposeAsync();
        await disks.DisposeAsync();
        await pagerDuty.DisposeAsync();
        client.Dispose();
        folder.Dispose();
    }

    /// <summary>Waits until nothing is left to be told.</summary>
    Task<string> DeliveredAsync(CancellationToken cancellation) => Eventually.FoundAsync(
        "the last delivery", () => Rows("SELECT count(*) FROM outbox WHERE state = 'pending' AND attempts = 0") is ["0"] || exporter is null ? "" : null, cancellation);

    string Page()
    {
        lock (full)
            return string.Concat(Enumerable.Range(1, 30).Select(n => $"disk_used_ratio{{path=\"/{n}\"}} {(full.Contains(n) ? 1 : 0)}\n")) + $"api_down {(Volatile.Read(ref apiDown) ? 1 : 0)}\n";
    }

    /// <returns>The exporter's own file.</returns>
    string Configure()
    {
        Directory.CreateDirectory(folder["runbooks"]);
        folder.Write("runbooks/README.md", RunbookFolder.Readme + RunbookFolder.Tree("RUNBOOK_DISK"));
        folder.Write("runbooks/RUNBOOK_DISK.md", RunbookFolder.Sound.Replace("for: 10m", "for: 1m", StringComparison.Ordinal));
        folder.Write("rules.yml", """
            groups:
              - name: disks
                rules:
                  - { alert: DiskFull, expr: disk_used_ratio > 0.85, for: 2s, labels: { severity: warning, site: north }, annotations: { summary: "disk {{ $labels.path }} is full" } }
                  - { alert: APIDown, expr: api_down == 1, labels: { severity: critical, site: north } }
                  - { alert: Watchdog, expr: vector(1), labels: { severity: none } }
            """);
        WritePrometheus(Alertmanagers);
        folder.Write("alertmanager.yml", $$"""
            route:
              receiver: verolux-exporter
              group_by: ['...']
              group_wait: 0s
              group_interval: 1s
              repeat_interval: 4h
              routes:
                - { receiver: watchdog, matchers: ['alertname="Watchdog"'], group_wait: 0s, group_interval: 1s, repeat_interval: 1s }
            inhibit_rules: [{ source_matchers: ['alertname="APIDown"'], target_matchers: ['alertname="DiskFull"'], equal: [site] }]
            receivers:
              - { name: verolux-exporter, webhook_configs: [{ url: 'http://127.0.0.1:{{exporterPort}}/api/v1/alertmanager', send_resolved: true }] }
              - { name: watchdog, webhook_configs: [{ url: 'http://127.0.0.1:{{exporterPort}}/api/v1/alertmanager/watchdog', send_resolved: true }] }
            """);
        return folder.Write("verolux.yml", $$"""
            listen: 127.0.0.1:{{exporterPort}}
            site: north
            runbooks: { path: {{folder["runbooks"]}} }
            alerts:
              store: {{folder["verolux.db"]}}
              prometheus_url: http://127.0.0.1:{{prometheusPort}}
              alertmanagers: { {{string.Join(", ", Alertmanagers.Select(a => $"{a.Name}: {{ url: '{a.Asked.Url}' }}"))}} }
              destinations:
                pagerduty: { type: pagerduty, url: "{{pagerDuty.Url}}/v2/enqueue", routing_key_file: {{folder.Write("key", SiteHost.RoutingKey)}} }
                own: { type: webhook, url: "{{pagerDuty.Url}}{{WebhookSite.Path}}", secret_file: {{folder.Write("secret", WebhookSite.Secret)}} }
              levels: { L1: [pagerduty, own] }
            """);
    }

    void WritePrometheus(IEnumerable<Member> members) => folder.Write("prometheus.yml", $$"""
        global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
        rule_files: [rules.yml]
        alerting: { alertmanagers: [{ static_configs: [{ targets: [{{string.Join(", ", members.Select(a => $"'{a.Address}'"))}}] }] }] }
        scrape_configs: [{ job_name: disks, static_configs: [{ targets: ['127.0.0.1:{{disks.Port}}'] }] }]
        """);

    /// <summary>One Alertmanager of the cluster.</summary>
    internal sealed class Member(AlertingSite site, int number) : IAsyncDisposable
    {
        readonly int port = FreePort.Next();
        readonly int gossip = FreePort.Next();
        int life;
        RunningProgram? program;

        /// <summary>Through which the exporter asks it.</summary>
        public AskedThrough Asked { get; private set; } = null!;

        public string Name => $"am{number}";

        public string Address => $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";

        public bool IsUp => program is not null;

        public string LastLines => program?.LastLines ?? "";

        public static async Task<Member> OfAsync(AlertingSite site, int number, CancellationToken cancellation)
        {
            var member = new Member(site, number);
            member.Asked = await AskedThrough.StartAsync($"http://{member.Address}", cancellation);
            return member;
        }

        public async Task StartAsync(CancellationToken cancellation)
        {
            var alone = site.Alertmanagers.Count == 1;
            program = RunningProgram.Start(
                site.versions.Program("prometheus-alertmanager"),
                [
                    $"--config.file={site.folder["alertmanager.yml"]}",
                    $"--storage.path={site.folder[$"{Name}-{life}"]}",
                    $"--web.listen-address={Address}",
                    alone ? "--cluster.listen-address=" : $"--cluster.listen-address=127.0.0.1:{gossip}",
                    .. alone ? Array.Empty<string>() : ["--cluster.settle-timeout=0s", "--cluster.peer-timeout=1s", "--cluster.gossip-interval=50ms", "--cluster.pushpull-interval=1s", "--cluster.reconnect-interval=1s"],
                    .. site.Alertmanagers.Where(m => m != this).Select(m => $"--cluster.peer=127.0.0.1:{m.gossip}"),
                ],
                workingFolder: site.folder.Path);
            await Readiness.UntilAnswersAsync(site.client, new Uri($"http://{Address}/-/ready"), program, cancellation);
        }

        /// <summary>As when the power fails.</summary>
        /// <param name="forgets">Whether it comes back without anything that it kept.</param>
        public async Task KillAsync(bool forgets)
        {
            program!.Kill();
            await program.DisposeAsync();
            program = null;
            if (forgets)
                life++;
        }

        /// <summary>Waits until so many alerts of a name are in force there, muted or not.</summary>
        public Task<string> HoldsAsync(string alertName, int count, CancellationToken cancellation) => Eventually.FoundAsync(
            $"{count} {alertName} at {Name}", async () => await CountAsync(alertName, cancellation) == count ? "" : null, cancellation, () => LastLines);

        /// <summary>Waits until it has given up so many notifications more; it tries each for ten seconds.</summary>
        public async Task GivesUpAsync(int more, CancellationToken cancellation)
        {
            var before = await GivenUpAsync(cancellation);
            await Eventually.FoundAsync($"{more} notifications given up", async () => await GivenUpAsync(cancellation) >= before + more ? this : null, cancellation, () => LastLines);
        }

        async Task<double> GivenUpAsync(CancellationToken cancellation) => (await site.client.GetStringAsync($"http://{Address}/metrics", cancellation)).Split('\n')
            .Where(l => l.StartsWith("alertmanager_notifications_failed_total{integration=\"webhook\"", StringComparison.Ordinal)).Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

        public async Task<int> CountAsync(string alertName, CancellationToken cancellation)
        {
            using var json = JsonDocument.Parse(await site.client.GetStringAsync($"http://{Address}/api/v2/alerts?filter=alertname%3D{alertName}", cancellation));
            return json.RootElement.GetArrayLength();
        }

        /// <summary>Silences the alert of a disk, by the real time.</summary>
        /// <returns>The silence's id.</returns>
        public async Task<string> SilenceAsync(int disk, string author, string comment, DateTimeOffset until, CancellationToken cancellation)
        {
            var silence = JsonSerializer.Serialize(new
            {
                matchers = new[] { new { name = "path", value = $"/{disk}", isRegex = false, isEqual = true } },
                startsAt = TimeProvider.System.GetUtcNow(),
                endsAt = until,
                createdBy = author,
                comment,
            });
            using var answer = await site.client.PostAsync(new Uri($"http://{Address}/api/v2/silences"), new StringContent(silence, System.Text.Encoding.UTF8, "application/json"), cancellation);
            answer.EnsureSuccessStatusCode();
            return JsonElement.Parse(await answer.Content.ReadAsStringAsync(cancellation)).GetProperty("silenceID").GetString()!;
        }

        public async Task ExpireAsync(string silence, CancellationToken cancellation)
        {
            using var answer = await site.client.DeleteAsync(new Uri($"http://{Address}/api/v2/silence/{silence}"), cancellation);
            answer.EnsureSuccessStatusCode();
        }

        public async ValueTask DisposeAsync()
        {
            await Asked.DisposeAsync();
            if (program is not null)
                await program.DisposeAsync();
        }
    }
}
