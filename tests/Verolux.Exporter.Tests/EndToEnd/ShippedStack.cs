using System.Net;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.EndToEnd;

/// <summary>
/// The real parts with the shipped rules and configuration files, <see cref="Speed"/> times as fast: disk, exporter, Prometheus, Alertmanager, and PagerDuty's stand-in.
/// What Alertmanager tells the exporter goes through a proxy that keeps it.
/// </summary>
sealed class ShippedStack : IAsyncDisposable
{
    public const string ExportersKey = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    public const string AlertmanagersKey = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    /// <summary>By which every duration is divided.</summary>
    public const int Speed = 60;

    const string ScrapeToken = "0123456789-scrape";
    const string AlertmanagerToken = "0123456789-alertmanager";
    const string OperatorToken = "0123456789-operator";

    readonly ShippedFiles files = new();

    // The exporter asks it, and is started before it.
    readonly int alertmanagerPort = FreePort.Next();
    readonly List<IAsyncDisposable> started = [];

    public SmallFileSystem Disk { get; } = new(8);

    public CameraFarm Cameras { get; private set; } = null!;

    /// <summary>The camera of the shipped configuration, with a password.</summary>
    public Camera Camera { get; private set; } = null!;

    public SiteHost Site { get; private set; } = null!;

    public ExporterProgram Exporter { get; private set; } = null!;

    public RecordingProxy Webhooks { get; private set; } = null!;

    public PrometheusServer Prometheus { get; private set; } = null!;

    public string Store => files["data/verolux.db"];

    /// <summary>Host and port of the exporter.</summary>
    public string Listen { get; } = $"127.0.0.1:{FreePort.Next()}";

    public static Task<ShippedStack> StartAsync(CancellationToken cancellationToken) => StartAsync(
        stack =>
        {
            stack.Camera = stack.Cameras.Add("/stream1", new CameraKind { Access = new Access(Challenge.DigestSha256) });
            return stack.ConfigureExporter();
        },
        new Dictionary<string, string>(),
        cancellationToken);

    /// <param name="configure">Writes a configuration of the exporter when the site is there, and says where. It listens on <see cref="Listen"/>.</param>
    /// <param name="environment">Of the exporter.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    public static async Task<ShippedStack> StartAsync(Func<ShippedStack, string> configure, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var stack = new ShippedStack();
        try
        {
            await stack.WriteRulesAsync(cancellationToken);
            stack.WriteSecrets();
            stack.Site = stack.Keep(await SiteHost.StartAsync(new PagerDutySite(TimeProvider.System, ExportersKey, AlertmanagersKey), cancellationToken: cancellationToken));
            stack.Cameras = stack.Keep(CameraFarm.Start(keepsRequests: false));
            stack.Exporter = stack.Keep(await ExporterProgram.StartAsync(configure(stack), environment, cancellationToken));
            stack.Webhooks = stack.Keep(await RecordingProxy.StartAsync(stack.Exporter.Url, cancellationToken));
            var alertmanager = stack.Keep(await AlertmanagerServer.StartAsync(stack.ConfigureAlertmanager(), stack.files.Path, cancellationToken, port: stack.alertmanagerPort));
            var port = FreePort.Next();
            // Alerts that fire before Prometheus has found Alertmanager are sent again only after this.
            stack.Prometheus = stack.Keep(await PrometheusServer.StartAsync(
                stack.ConfigurePrometheus(port, alertmanager.Url), stack.files.Path, port, ["--rules.alert.resend-delay=5s", "--log.level=debug"], cancellationToken));
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes a file of the exporter's, beside the shipped ones.</summary>
    /// <param name="file">Relative to the repository, as all of them.</param>
    /// <returns>Its full path.</returns>
    public string Write(string file, string text) => files.Write(file, text);

    /// <summary>What an operator gets at an address, such as a link in a page.</summary>
    public static async Task<(HttpStatusCode Status, string Text)> OpenAsync(string address, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = new("Bearer", OperatorToken);
        using var response = await client.SendAsync(request, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(started))
            await part.DisposeAsync();
        Disk.Dispose();
        files.Dispose();
    }

    async Task WriteRulesAsync(CancellationToken cancellationToken)
    {
        var rules = await ExporterProgram.CommandAsync(
            ["rules", RepositoryRoot.Of("alert-rules"), "--runbooks", RepositoryRoot.Of("runbooks"), "--out", files["alert-rules"], "--speed", $"{Speed}"], cancellationToken);
        Assert.That(rules.ExitCode, Is.Zero, rules.Errors);
    }

    void WriteSecrets()
    {
        files.Write("deploy/secrets/scrape_token", ScrapeToken + "\n");
        files.Write("deploy/secrets/alertmanager_token", AlertmanagerToken + "\n");
        files.Write("deploy/secrets/operator_token", OperatorToken + "\n");
        files.Write("deploy/secrets/pagerduty_routing_key", ExportersKey + "\n");
        files.Write("deploy/secrets/gate_a1", Access.DefaultPassword + "\n");
        files.Write("alertmanagers_routing_key", AlertmanagersKey);
    }

    /// <summary>The sections of servers that are not part of this: they would be down, and page.</summary>
    static string Databases
    {
        get
        {
            var text = File.ReadAllText(RepositoryRoot.Of("deploy/verolux.yml"));
            return text[text.IndexOf("\npostgres:\n", StringComparison.Ordinal)..text.IndexOf("\nbackend:\n", StringComparison.Ordinal)];
        }
    }

    string ConfigureExporter()
    {
        files.CopyFolder("runbooks");
        // Two paths of one disk: it will be too full for the first and as full as it should be for the second, which keeps recordings.
        var recordings = Directory.CreateDirectory(Path.Combine(Disk.Path, "recordings")).FullName;
        return files.Copy(
            "deploy/verolux.yml",
            (Databases, "\n"),
            ("127.0.0.1:9877", Listen),
            ("rtsp://10.0.0.11:554/stream1", Cameras.Url(Camera)),
            ("  interval: 15s                         # between", "  interval: 1s                          # between"),
            ("  timeout: 5s\n  sample: 60s", "  timeout: 1s\n  sample: 5s"),
            ("    - path: /\n", $"    - path: {Disk.Path}\n      interval: 1s\n"),
            ("    - path: /recordings\n", $"    - path: {recordings}\n"),
            ("      interval: 15s\n      timeout: 5s\n", "      interval: 1s\n      timeout: 1s\n"),
            ("127.0.0.1:9093", $"127.0.0.1:{alertmanagerPort}"),
            ("http://backend:8000", Site.Url),
            ("http://reporting:8001/", $"{Site.Url}/"),
            ("https://events.pagerduty.com/v2/enqueue", $"{Site.Url}/v2/enqueue"),
            ("    - { role: scrape, file: secrets/scrape_token }\n", "    - { role: scrape, file: secrets/scrape_token }\n    - { role: operator, file: secrets/operator_token }\n"));
    }

    string ConfigureAlertmanager() => files.Copy(
        "deploy/alertmanager/alertmanager.yml",
        ("http://127.0.0.1:9877/", $"{Webhooks.Url}/"),
        ("      - routing_key_file: /etc/prometheus/pagerduty_routing_key\n", $"      - url: {Site.Url}/v2/enqueue\n        routing_key_file: {files["alertmanagers_routing_key"]}\n"),
        ("group_interval: 30s", "group_interval: 5s"),
        ("repeat_interval: 25s", "repeat_interval: 4s"),
        ("      group_wait: 10s\n", "      group_wait: 1s\n"));

    string ConfigurePrometheus(int port, string alertmanager) => files.Copy(
        "deploy/prometheus/prometheus.yml",
        ("evaluation_interval: 15s", "evaluation_interval: 1s"),
        ("scrape_interval: 15s", "scrape_interval: 1s"),
        ("scrape_timeout: 10s", "scrape_timeout: 1s"),
        ("127.0.0.1:9877", new Uri(Exporter.Url).Authority),
        ("127.0.0.1:9090", $"127.0.0.1:{port}"),
        ("127.0.0.1:9093", new Uri(alertmanager).Authority));

    T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        started.Add(part);
        return part;
    }
}
