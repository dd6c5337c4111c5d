using System.Text.RegularExpressions;
using NUnit.Framework;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>What runs in the containers understands its configuration, and each reaches the others by the names, ports and tokens that the others have.</summary>
[CancelAfter(60_000)]
public partial class ComposeConfigurationTests
{
    const string Exporter = "verolux-exporter";

    /// <summary>What the stack that this joins has in its network.</summary>
    static readonly Dictionary<string, int[]> Stack = new()
    {
        ["backend"] = [8000],
        ["reporting"] = [8001],
        ["analytics"] = [8002],
        ["semantic"] = [8003],
        ["incident"] = [8004],
        ["config-api"] = [8005],
        ["postgres"] = [5432],
        ["redis"] = [6379],
        ["rabbitmq"] = [5672, 15672],
        ["prometheus"] = [9090],
        ["alertmanager"] = [9093],
    };

    /// <summary>Where the demo's images listen; the simulated site is told by its command line.</summary>
    static readonly Dictionary<string, int[]> Images = new() { ["postgres"] = [5432], ["redis"] = [6379], ["rabbitmq"] = [5672, 15672] };

    static readonly ComposeFile Site = ComposeFile.Load("compose.yml");
    static readonly ComposeFile Beside = ComposeFile.Load("compose.yml", "beside.yml");
    static readonly ComposeFile Demo = ComposeFile.Load("compose.yml", "demo.yml");

    static YamlNode Verolux => Yaml.Load(Path.Combine(ComposeFile.Folder, "verolux.yml"));

    static YamlNode Prometheus => Yaml.Load(Path.Combine(ComposeFile.Folder, "prometheus.yml"));

    static YamlNode Alertmanager => Yaml.Load(Path.Combine(ComposeFile.Folder, "alertmanager.yml"));

    [Test]
    public async Task The_exporter_accepts_its_configuration(CancellationToken cancellationToken)
    {
        using var root = new Container(Site.Services[Exporter], "x");
        await AcceptedAsync(root, Site, "2 storage path(s), 1 PostgreSQL server(s), 1 Redis server(s), 1 RabbitMQ broker(s), 6 back-end service(s)", cancellationToken);
    }

    [Test]
    public async Task So_it_does_beside_the_stack_s_own_Prometheus(CancellationToken cancellationToken)
    {
        using var root = new Container(Beside.Services[Exporter], "x");
        await AcceptedAsync(root, Beside, "2 storage path(s), 1 PostgreSQL server(s), 1 Redis server(s), 1 RabbitMQ broker(s), 6 back-end service(s)", cancellationToken);
    }

    [Test]
    public async Task So_it_does_in_the_demo_with_the_passwords_that_come_along(CancellationToken cancellationToken)
    {
        using var root = new Container(Demo.Services[Exporter], null);
        await AcceptedAsync(root, Demo, "16 camera(s)", cancellationToken);
    }

    [Test]
    public async Task A_secret_that_is_missing_is_noticed(CancellationToken cancellationToken)
    {
        using var root = new Container(Demo.Services[Exporter], null);
        File.Delete(root["/run/secrets/amqp"]);
        Assert.That((await CheckAsync(root, Demo, cancellationToken)).Errors, Does.Contain("amqp"));
    }

    [TestCase(nameof(Site))]
    [TestCase(nameof(Beside))]
    [TestCase(nameof(Demo))]
    public void Every_address_is_of_a_service_in_the_same_network_that_listens_there(string which)
    {
        var file = which switch { nameof(Site) => Site, nameof(Beside) => Beside, _ => Demo };
        var service = file.Services[Exporter];
        // A variable of the environment stands for the key that it overrides.
        var text = File.ReadAllText(Path.Combine(ComposeFile.Folder, "verolux.yml"));
        if (service.Environment.ContainsKey("VEROLUX__BACKEND__TARGETS"))
            text = Regex.Replace(text, @"(?m)^backend:\n(  .*\n)+", "");
        if (service.Environment.ContainsKey("VEROLUX__ALERTS__PROMETHEUS_URL"))
            text = Regex.Replace(text, @"(?m)^ +(prometheus_url|main: \{ url): .*\n", "");
        if (which == nameof(Demo))
            text += File.ReadAllText(Path.Combine(ComposeFile.Folder, "demo", "cameras.d", "cameras.yml")) + File.ReadAllText(Demo.Secrets["postgres"]) + File.ReadAllText(Demo.Secrets["amqp"]);
        text += string.Join('\n', service.Environment.Values);
        var addresses = Address().Matches(Regex.Replace(text, "(?m)#.*$", "")).Select(m => (Host: m.Groups["host"].Value, Port: int.Parse(m.Groups["port"].Value))).Distinct()
            .Where(a => a.Host is not ("0.0.0.0" or "127.0.0.1")).ToList();
        Assert.That(addresses, Has.Count.GreaterThan(7));
        foreach (var (host, port) in addresses)
            Assert.That(Listens(file, service, host), Has.Member(port), $"{host}:{port}");
    }

    [Test]
    public void Prometheus_accepts_its_configuration_as_it_is_mounted([Values] Versions versions)
    {
        var service = Site.Services["verolux-prometheus"];
        using var root = new Container(service, "x");
        var file = Option(service, "--config.file");
        var (exitCode, output) = Command.Run(versions.Program("promtool"), "check", "config", root[file]);
        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("cameras.rules.yml").And.Contain("storage.rules.yml"), "its rule_files miss ours");
    }

    [Test]
    public void Alertmanager_accepts_its_configuration_as_it_is_mounted([Values] Versions versions)
    {
        foreach (var file in (ComposeFile[])[Site, Demo])
        {
            var service = file.Services["verolux-alertmanager"];
            using var root = new Container(service, "x");
            var (exitCode, output) = Command.Run(versions.Program("amtool"), "check-config", root[Option(service, "--config.file")]);
            Assert.That(exitCode, Is.Zero, output);
        }
    }

    [Test]
    public void Prometheus_scrapes_services_where_they_listen()
    {
        var service = Site.Services["verolux-prometheus"];
        var targets = Yaml.List(Prometheus, "scrape_configs").Concat(Yaml.List(Prometheus, "alerting", "alertmanagers"))
            .SelectMany(scrape => Yaml.List(scrape, "static_configs")).SelectMany(c => Yaml.List(c, "targets")).Select(t => $"{t}".Split(':')).ToList();
        Assert.That(targets.Select(t => t[0]), Is.SupersetOf(new[] { Exporter, "verolux-alertmanager" }));
        foreach (var target in targets)
        {
            if (target[0] == "127.0.0.1")
                Assert.That(service.Ports.Select(p => $"{p.Container}"), Has.Member(target[1]), "itself");
            else
                Assert.That(Listens(Site, service, target[0]), Has.Member(int.Parse(target[1])));
        }
    }

    [Test]
    public void Alertmanager_posts_to_the_exporter_where_it_listens()
    {
        var urls = Yaml.List(Alertmanager, "receivers").OfType<YamlMappingNode>().Where(r => r.Children.ContainsKey("webhook_configs"))
            .SelectMany(r => Yaml.List(r, "webhook_configs")).Select(w => new Uri(Yaml.Text(w, "url"))).ToList();
        Assert.That(urls, Has.Count.EqualTo(2));
        foreach (var url in urls)
            Assert.That(Listens(Site, Site.Services["verolux-alertmanager"], url.Host), Has.Member(url.Port));
    }

    [TestCase("verolux-prometheus", "scrape")]
    [TestCase("verolux-alertmanager", "alertmanager")]
    public void What_each_shows_the_exporter_is_the_token_that_the_exporter_has_for_its_role(string name, string role)
    {
        var (there, here) = (Site.Services[name], Site.Services[Exporter]);
        var configured = Yaml.Text(Yaml.List(Verolux, "access", "tokens").Single(t => Yaml.Text(t, "role") == role), "file");
        var shown = role == "scrape"
            ? Yaml.Text(Yaml.List(Prometheus, "scrape_configs").Single(s => Yaml.Text(s, "job_name") == Exporter), "authorization", "credentials_file")
            : Yaml.Text(Yaml.List(Yaml.List(Alertmanager, "receivers").First(r => Yaml.Text(r, "name") == Exporter), "webhook_configs").Single(), "http_config", "authorization", "credentials_file");
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Option(there, "--config.file"))!, shown));
        Assert.That(there.Secrets[path], Is.EqualTo(here.Secrets[configured]));
    }

    [Test]
    public void Alertmanager_finds_PagerDuty_s_key()
    {
        var files = Regex.Matches(File.ReadAllText(Path.Combine(ComposeFile.Folder, "alertmanager.yml")), "routing_key_file: (.*)").Select(m => m.Groups[1].Value).ToList();
        Assert.That(files, Is.Not.Empty);
        Assert.That(files.Select(f => Site.Services["verolux-alertmanager"].Secrets.GetValueOrDefault(f)), Is.All.EqualTo("pagerduty_routing_key"));
    }

    [Test]
    public void All_name_the_same_site() =>
        Assert.That(Yaml.Text(Prometheus, "global", "external_labels", "site"), Is.EqualTo(Yaml.Text(Verolux, "site")).And.EqualTo(Yaml.Text(Yaml.Load(RepositoryRoot.Of("deploy", "verolux.yml")), "site")));

    [Test]
    public void Links_lead_to_the_port_that_the_exporter_has_on_the_host()
    {
        var port = Site.Services[Exporter].Ports.Single();
        Assert.That(Yaml.Text(Verolux, "public_url"), Is.EqualTo($"http://{port.Address}:{port.Host}/"));
        Assert.That(Yaml.Text(Verolux, "listen"), Is.EqualTo($"0.0.0.0:{port.Container}"));
        Assert.That(ImageFile.Read().Exporter.All("EXPOSE").Single(), Is.EqualTo($"{port.Container}"));
    }

    [TestCase("verolux-exporter", "/var/lib/verolux-exporter")]
    [TestCase("verolux-prometheus", "/prometheus")]
    [TestCase("verolux-alertmanager", "/alertmanager")]
    [TestCase("verolux-grafana", "/var/lib/grafana")]
    public void What_must_survive_a_new_container_is_in_a_volume(string name, string folder)
    {
        var service = Site.Services[name];
        Assert.That(service.Mounts.Single(m => m.Target == folder).IsVolume, Is.True);
        if (name == Exporter)
            Assert.That(Path.GetDirectoryName(Yaml.Text(Verolux, "alerts", "store")), Is.EqualTo(folder));
        else if (service.Command.Count > 0)
            Assert.That(service.Command.Any(c => c.EndsWith($".path={folder}")), Is.True);
    }

    [Test]
    public void Prometheus_keeps_a_month_of_objectives_and_half_of_the_one_before() =>
        Assert.That(Option(Site.Services["verolux-prometheus"], "--storage.tsdb.retention.time"), Is.EqualTo("45d"));

    /// <summary>The queues, the users and the password of the demo's servers are those that the exporter is told.</summary>
    [Test]
    public void The_demo_s_servers_let_the_exporter_in()
    {
        var password = File.ReadAllText(Demo.Secrets["password"]).Trim();
        string Of(string file) => File.ReadAllText(Path.Combine(ComposeFile.Folder, "demo", file));
        Assert.That(File.ReadAllText(Demo.Secrets["postgres"]).Trim(), Is.EqualTo($"postgresql://verolux_exporter:{password}@postgres:5432/{Demo.Services["postgres"].Environment["POSTGRES_DB"]}"));
        Assert.That(Of("postgres.sql"), Does.Contain($"CREATE ROLE verolux_exporter LOGIN PASSWORD '{password}'").And.Contain("GRANT pg_monitor TO verolux_exporter"));
        Assert.That(File.ReadAllText(Demo.Secrets["redis"]).Trim(), Is.EqualTo(password));
        Assert.That(Of("redis.conf"), Does.Contain($"requirepass {password}\n"));
        Assert.That(File.ReadAllText(Demo.Secrets["amqp"]).Trim(), Is.EqualTo($"amqp://verolux:{password}@rabbitmq:5672"));
        foreach (var queue in Yaml.List(Yaml.List(Verolux, "rabbitmq", "targets").Single(), "queues"))
            Assert.That(Of("rabbitmq.json"), Does.Contain($"\"name\": \"{queue}\""));
        var command = Demo.Services["site"].Command;
        Assert.That(command[command.ToList().IndexOf("--routing-key") + 1], Is.EqualTo(File.ReadAllText(Demo.Secrets["pagerduty_routing_key"]).Trim()));
    }

    static async Task AcceptedAsync(Container root, ComposeFile file, string watches, CancellationToken cancellationToken)
    {
        var ended = await CheckAsync(root, file, cancellationToken);
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.Contain("is valid").And.Contain(watches).And.Contain("1 Alertmanager(s)"));
    }

    static Task<Ended> CheckAsync(Container root, ComposeFile file, CancellationToken cancellationToken)
    {
        foreach (var yaml in Directory.EnumerateFiles(root["/etc/verolux-exporter"], "*.yml", SearchOption.AllDirectories))
            File.WriteAllText(yaml, File.ReadAllText(yaml).Replace("/run/secrets/", root["/run/secrets/"]));
        return ExporterProgram.RunToEndAsync(
            ["check-config", root["/etc/verolux-exporter/verolux.yml"]], cancellationToken, [.. file.Services[Exporter].Environment.Select(v => (v.Key, v.Value))]);
    }

    static string Option(ComposeService service, string name) => service.Command.Single(c => c.StartsWith($"{name}="))[(name.Length + 1)..];

    /// <summary>The ports on which somebody of that name listens, in a network that the service is in as well.</summary>
    static IEnumerable<int> Listens(ComposeFile file, ComposeService from, string host)
    {
        var found = file.Services.Values.FirstOrDefault(s => s.Networks.Any(n => n.Value.Contains(host) && from.Networks.ContainsKey(n.Key)));
        if (found is null)
            return file != Demo && from.Networks.ContainsKey("verolux") ? Stack.GetValueOrDefault(host, []) : [];
        if (Images.TryGetValue(found.Name, out var ports))
            return ports;
        return found.Ports.Select(p => p.Container).Concat(found.Command.Zip(found.Command.Skip(1)).Where(o => o.First.EndsWith("port")).Select(o => int.Parse(o.Second)));
    }

    [GeneratedRegex(@"(?:(?<=[/@""' ])|^)(?<host>[a-z0-9][a-z0-9.-]*):(?<port>[0-9]{4,5})\b")]
    private static partial Regex Address();
}
