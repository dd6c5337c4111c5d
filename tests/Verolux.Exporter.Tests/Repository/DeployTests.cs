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
    static readonly YamlNode Prometheus = Yaml.Load(RepositoryRoot.Of("deploy", "prometheus", "prometheus.yml"));
    static readonly YamlNode Verolux = Yaml.Load(RepositoryRoot.Of("deploy", "verolux.yml"));

    [Test]
    public void Prometheus_accepts_its_configuration([Values] Versions versions)
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

            var (exitCode, output) = Command.Run(versions.Program("promtool"), "check", "config", file);

            Assert.That(exitCode, Is.Zero, output);
            Assert.That(output, Does.Contain("storage.rules.yml").And.Contain("exporter.rules.yml"), "its rule_files miss ours");
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
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
        copy.Write("deploy/secrets/gate_a1", "a-secret");
        copy.Write("deploy/secrets/redis", "a-secret");
        copy.Write("deploy/secrets/postgres", "postgresql://verolux_exporter:a-secret@postgres:5432/verolux");
        copy.Write("deploy/secrets/amqp", "amqp://verolux-exporter:a-secret@rabbitmq:5672");

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
}
