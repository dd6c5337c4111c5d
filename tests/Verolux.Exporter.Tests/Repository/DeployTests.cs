using System.CommandLine;
using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Commands;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;
using Command = Verolux.Exporter.Tests.Support.Command;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>The examples in deploy/ are accepted by the programs they are for, and agree with each other and with the rules.</summary>
public class DeployTests
{
    static readonly string Alertmanager = RepositoryRoot.Of("deploy", "alertmanager", "alertmanager.yml");
    static readonly YamlNode Prometheus = Yaml.Load(RepositoryRoot.Of("deploy", "prometheus", "prometheus.yml"));
    static readonly YamlNode Verolux = Yaml.Load(RepositoryRoot.Of("deploy", "verolux.yml"));

    [Test]
    public void Prometheus_accepts_its_configuration()
    {
        // promtool looks whether the files that hold secrets exist; in a checkout they don't.
        var copy = Directory.CreateTempSubdirectory("verolux-deploy-").FullName;
        try
        {
            var secrets = Directory.CreateDirectory(Path.Combine(copy, "deploy", "secrets")).FullName;
            File.WriteAllText(Path.Combine(secrets, "scrape_token"), "token");
            var file = Path.Combine(Directory.CreateDirectory(Path.Combine(copy, "deploy", "prometheus")).FullName, "prometheus.yml");
            File.Copy(RepositoryRoot.Of("deploy", "prometheus", "prometheus.yml"), file);
            var rules = Directory.CreateDirectory(Path.Combine(copy, "alert-rules")).FullName;
            foreach (var rule in Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml"))
                File.Copy(rule, Path.Combine(rules, Path.GetFileName(rule)));

            var (exitCode, output) = Command.Run("promtool", "check", "config", file);

            Assert.That(exitCode, Is.Zero, output);
            Assert.That(output, Does.Contain("storage.rules.yml").And.Contain("exporter.rules.yml"), "its rule_files miss ours");
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Test]
    public void Alertmanager_accepts_its_configuration()
    {
        var (exitCode, output) = Command.Run("amtool", "check-config", Alertmanager);
        Assert.That(exitCode, Is.Zero, output);
    }

    [TestCase("verolux-exporter", "alertname=StorageNearFull", "severity=warning", "site=north", "path=/recordings")]
    [TestCase("verolux-exporter", "alertname=SomebodyElses", "severity=critical")]
    [TestCase("verolux-exporter", "alertname=WithoutAnySeverity")]
    [TestCase("pagerduty-verolux-exporter", "alertname=VeroluxExporterDown", "severity=critical", "component=verolux-exporter", "site=north")]
    [TestCase("verolux-exporter-watchdog", "alertname=Watchdog", "severity=none", "site=north")]
    public void An_alert_goes_to_one_receiver_alone(string receiver, params string[] labels)
    {
        var (exitCode, output) = Command.Run("amtool", ["config", "routes", "test", $"--config.file={Alertmanager}", $"--verify.receivers={receiver}", .. labels]);
        Assert.That(exitCode, Is.Zero, output);
    }

    [Test]
    public void What_is_said_about_the_exporter_does_not_pass_through_it()
    {
        var receiver = Receiver("pagerduty-verolux-exporter").Children.Keys.Select(key => key.ToString());
        Assert.That(receiver, Is.EquivalentTo(new[] { "name", "pagerduty_configs" }));
    }

    [Test]
    public void Alertmanager_finds_the_routing_key_from_any_working_directory()
    {
        var pagerduty = Yaml.List(Receiver("pagerduty-verolux-exporter"), "pagerduty_configs").Single();
        Assert.That(Yaml.Text(pagerduty, "routing_key_file"), Does.StartWith("/"), "Alertmanager does not take this one from where its configuration is");
    }

    [TestCase("verolux-exporter", "api/v1/alertmanager")]
    [TestCase("verolux-exporter-watchdog", "api/v1/alertmanager/watchdog")]
    public void A_webhook_loses_nothing(string receiver, string path)
    {
        var webhook = Yaml.List(Receiver(receiver), "webhook_configs").Single();

        Assert.That(Yaml.Text(webhook, "url"), Is.EqualTo(Yaml.Text(Verolux, "public_url") + path));
        Assert.That(Yaml.Text(webhook, "send_resolved"), Is.EqualTo("true"));
        Assert.That(Yaml.Text(webhook, "max_alerts"), Is.EqualTo("0"));
        Assert.That(Yaml.Text(webhook, "http_config", "follow_redirects"), Is.EqualTo("false"));
        Assert.That(Yaml.Text(webhook, "http_config", "authorization", "credentials_file"), Is.Not.Empty);
    }

    [Test]
    public void Alertmanager_sends_each_alert_by_itself_at_once_and_retries_for_half_a_minute()
    {
        var route = Yaml.At(Yaml.Load(Alertmanager), "route");
        var watchdog = Yaml.List(route, "routes").Single(child => Yaml.Text(child, "receiver") == "verolux-exporter-watchdog");

        Assert.That(Yaml.List(route, "group_by").Select(label => label.ToString()), Is.EqualTo(new[] { "..." }));
        foreach (var each in (YamlNode[])[route, watchdog])
        {
            Assert.That(Yaml.Text(each, "group_wait"), Is.EqualTo("0s"));
            Assert.That(Duration(Yaml.Text(each, "group_interval")), Is.EqualTo(TimeSpan.FromSeconds(30)));
        }
        Assert.That(Duration(Yaml.Text(watchdog, "repeat_interval")), Is.LessThan(TimeSpan.FromSeconds(30)), "else it is sent at every other flush only");
    }

    [Test]
    public void Prometheus_scrapes_the_exporter_where_it_listens_under_the_name_that_the_rules_look_for()
    {
        var job = Yaml.List(Prometheus, "scrape_configs").Single(scrape => Yaml.Text(scrape, "job_name") == "verolux-exporter");
        var targets = Yaml.List(Yaml.List(job, "static_configs").Single(), "targets").Select(target => target.ToString());

        Assert.That(targets, Is.EqualTo(new[] { Yaml.Text(Verolux, "listen") }));
        Assert.That(File.ReadAllText(RepositoryRoot.Of("alert-rules", "exporter.rules.yml")), Does.Contain("up{job=\"verolux-exporter\"}"));
    }

    [Test]
    public void Prometheus_and_the_exporter_name_the_same_site() =>
        Assert.That(Yaml.Text(Prometheus, "global", "external_labels", "site"), Is.EqualTo(Yaml.Text(Verolux, "site")));

    [Test]
    public void What_tells_two_prometheus_servers_apart_is_in_no_alert()
    {
        var relabel = Yaml.List(Prometheus, "alerting", "alert_relabel_configs").Single();

        Assert.That((Yaml.Text(relabel, "action"), Yaml.Text(relabel, "regex")), Is.EqualTo(("labeldrop", "replica")));
        Assert.That(Yaml.Text(Prometheus, "global", "external_labels", "replica"), Is.Not.Empty);
    }

    [Test]
    public void The_exporters_example_is_one_yaml_document_without_a_secret_in_it()
    {
        var problems = new Problems();
        var file = RepositoryRoot.Of("deploy", "verolux.yml");
        _ = Document.Parse(File.ReadAllText(file), "verolux.yml", Path.GetDirectoryName(file)!, problems);

        Assert.That(problems.All, Is.Empty);
        Assert.That(File.ReadAllText(file), Does.Not.Match("(?m)^[^#]*(?:password|routing_key|token|secret):"));
    }

    [Test]
    public void The_exporter_accepts_its_configuration()
    {
        // The files that hold secrets don't exist in a checkout.
        using var copy = new TemporaryFolder();
        foreach (var folder in (string[])["deploy/secrets", "runbooks"])
            Directory.CreateDirectory(copy[folder]);
        foreach (var runbook in Directory.EnumerateFiles(RepositoryRoot.Of("runbooks")))
            File.Copy(runbook, copy[$"runbooks/{Path.GetFileName(runbook)}"]);
        File.Copy(RepositoryRoot.Of("deploy", "verolux.yml"), copy["deploy/verolux.yml"]);
        copy.Write("deploy/secrets/scrape_token", new string('a', 64));
        copy.Write("deploy/secrets/alertmanager_token", new string('b', 64));
        copy.Write("deploy/secrets/pagerduty_routing_key", new string('c', 32));
        foreach (var secret in (string[])["gate_a1", "postgres", "redis", "amqp"])
            copy.Write($"deploy/secrets/{secret}", "a-secret");

        var options = ExporterOptions.Load(copy["deploy/verolux.yml"], TimeProvider.System);

        Assert.That(options.Problems.Concat(options.Catalogue.Problems), Is.Empty);
        Assert.That(CheckConfig(copy["deploy/verolux.yml"]), Is.Zero);
        File.Delete(copy["deploy/secrets/pagerduty_routing_key"]);
        Assert.That(CheckConfig(copy["deploy/verolux.yml"]), Is.EqualTo(1));
    }

    [Test]
    public void The_sample_alert_is_what_the_shipped_rule_sends()
    {
        using var sample = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Of("deploy", "sample-alert.json")));
        var alert = sample.RootElement.GetProperty("alerts").EnumerateArray().Single();

        Assert.That(sample.RootElement.GetProperty("version").GetString(), Is.EqualTo("4"));
        Assert.That(alert.GetProperty("labels").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()),
            Is.EquivalentTo(new Dictionary<string, string>
            {
                ["alertname"] = "StorageNearFull",
                ["severity"] = "warning",
                ["site"] = Yaml.Text(Verolux, "site"),
                ["path"] = "/recordings",
            }));
        Assert.That(alert.TryGetProperty("startsAt", out _), Is.False, "without one it starts when it is posted, and its SLA clock is not long over");
        var cases = File.ReadAllText(RepositoryRoot.Of("alert-rules", "storage_test.yml"));
        foreach (var annotation in alert.GetProperty("annotations").EnumerateObject())
            Assert.That(cases, Does.Contain($"{annotation.Name}: {annotation.Value.GetString()}\n"));
    }

    static int CheckConfig(string file)
    {
        var root = new RootCommand();
        CheckConfigCommand.AddTo(root);
        return root.Parse(["check-config", file]).Invoke();
    }

    static YamlMappingNode Receiver(string name) =>
        (YamlMappingNode)Yaml.List(Yaml.Load(Alertmanager), "receivers").Single(receiver => Yaml.Text(receiver, "name") == name);

    static TimeSpan Duration(string text) => Durations.TryParse(text, out var duration) ? duration : throw new FormatException(text);
}
