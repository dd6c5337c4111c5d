using NUnit.Framework;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Deploy;

/// <summary>What Grafana is provisioned with, by the keys that its documentation has, and by what is mounted for it.</summary>
public class ProvisioningTests
{
    /// <summary>https://grafana.com/docs/grafana/latest/administration/provisioning/</summary>
    static readonly string[] SourceKeys = ["name", "uid", "type", "access", "orgId", "url", "user", "database", "basicAuth", "basicAuthUser", "withCredentials", "isDefault", "jsonData", "secureJsonData", "version", "editable"];

    static readonly string[] ProviderKeys = ["name", "orgId", "folder", "folderUid", "type", "disableDeletion", "updateIntervalSeconds", "allowUiUpdates", "options"];

    /// <summary>https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/</summary>
    static readonly string[] PrometheusKeys = ["httpMethod", "timeInterval", "queryTimeout", "manageAlerts", "prometheusType", "prometheusVersion", "cacheLevel", "disableRecordingRules", "incrementalQuerying"];

    static readonly ComposeService Grafana = ComposeFile.Load("compose.yml").Services["verolux-grafana"];

    static YamlMappingNode Source => (YamlMappingNode)Yaml.List(Load("datasources", "prometheus.yml"), "datasources").Single();

    static YamlMappingNode Provider => (YamlMappingNode)Yaml.List(Load("dashboards", "verolux.yml"), "providers").Single();

    static YamlNode Load(params ReadOnlySpan<string> path) => Yaml.Load(RepositoryRoot.Of(["deploy", "grafana", "provisioning", .. path]));

    static IEnumerable<string> Keys(YamlNode node) => ((YamlMappingNode)node).Children.Keys.Select(k => k.ToString());

    [Test]
    public void Both_have_keys_that_Grafana_knows()
    {
        Assert.That(Keys(Load("datasources", "prometheus.yml")), Is.EqualTo(new[] { "apiVersion", "datasources" }));
        Assert.That(Keys(Load("dashboards", "verolux.yml")), Is.EqualTo(new[] { "apiVersion", "providers" }));
        Assert.That(Keys(Source), Is.SubsetOf(SourceKeys));
        Assert.That(Keys(Provider), Is.SubsetOf(ProviderKeys));
        Assert.That(Keys(Yaml.At(Source, "jsonData")), Is.SubsetOf(PrometheusKeys));
    }

    [Test]
    public void Dashboards_find_Prometheus_by_its_uid()
    {
        Assert.That((Yaml.Text(Source, "uid"), Yaml.Text(Source, "type")), Is.EqualTo(("prometheus", "prometheus")));
        var variable = Yaml.Text(Source, "url").TrimStart('$');
        var address = new Uri(Grafana.Environment[variable]);
        var prometheus = ComposeFile.Load("compose.yml").Services[address.Host];
        Assert.That(prometheus.Ports.Single().Container, Is.EqualTo(address.Port));
        Assert.That(prometheus.Networks.Keys, Is.SubsetOf(Grafana.Networks.Keys));
    }

    [Test]
    public void The_interval_that_rates_are_taken_over_is_the_scrape_interval() =>
        Assert.That(Yaml.Text(Source, "jsonData", "timeInterval"), Is.EqualTo(Yaml.Text(Yaml.Load(RepositoryRoot.Of("deploy", "prometheus", "prometheus.yml")), "global", "scrape_interval")));

    [Test]
    public void Dashboards_are_read_from_where_they_are_mounted_and_changed_in_their_files_alone()
    {
        var mount = Grafana.Mounts.Single(m => ComposeFile.Here(m.Source) == RepositoryRoot.Of("grafana-dashboards"));
        Assert.That(Yaml.Text(Provider, "options", "path"), Is.EqualTo(mount.Target));
        Assert.That((Yaml.Text(Provider, "allowUiUpdates"), Yaml.Text(Provider, "disableDeletion"), Yaml.Text(Provider, "type")), Is.EqualTo(("false", "true", "file")));
        Assert.That(Grafana.Mounts.Single(m => ComposeFile.Here(m.Source) == RepositoryRoot.Of("deploy", "grafana", "provisioning")).Target, Is.EqualTo("/etc/grafana/provisioning"));
    }
}
