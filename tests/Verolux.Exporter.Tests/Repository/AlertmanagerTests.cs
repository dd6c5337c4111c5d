using NUnit.Framework;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Verolux.Exporter.Tests.Repository;

/// <summary>
/// Both configurations of Alertmanager: <c>alertmanager.yml</c>, with which the exporter pages, and <c>alertmanager-direct.yml</c>, with which Alertmanager
/// itself does. What their templates make of an alert is for <c>EndToEnd</c>.
/// </summary>
public class AlertmanagerTests
{
    const string Shipped = "alertmanager.yml";
    const string Direct = "alertmanager-direct.yml";
    const string Myself = "verolux-exporter";

    /// <summary>Where an alert goes by its labels `component` and `severity`. An alert of any other kind needs a line of its own here.</summary>
    static readonly Dictionary<(string Component, string Severity), (string Shipped, string Direct)> Expected = new()
    {
        [("", "critical")] = ("verolux-exporter", "verolux-exporter,slack,pagerduty"),
        [("", "warning")] = ("verolux-exporter", "verolux-exporter,slack,pagerduty"),
        [("", "info")] = ("verolux-exporter", "verolux-exporter"),                              // recorded, paged by neither
        [("", "none")] = ("verolux-exporter-watchdog", "verolux-exporter-watchdog"),            // the Watchdog
        [(Myself, "critical")] = ("pagerduty-verolux-exporter", "pagerduty"),
        [(Myself, "warning")] = ("pagerduty-verolux-exporter", "pagerduty"),
    };

    static readonly string[] Files = [Shipped, Direct];
    static readonly YamlNode Verolux = Yaml.Load(RepositoryRoot.Of("deploy", "verolux.yml"));

    /// <summary>Every alert of every rule file, with the labels that its rule gives it.</summary>
    static IEnumerable<string> Alerts => Rules.Select(rule => string.Join(' ', rule.Labels.Order(StringComparer.Ordinal).Prepend($"alertname={rule.Name}"))).Distinct();

    static IEnumerable<(string Name, string[] Labels, YamlMappingNode Rule)> Rules =>
        from file in Directory.EnumerateFiles(RepositoryRoot.Of("alert-rules"), "*.rules.yml").Order(StringComparer.Ordinal)
        from @group in Yaml.List(Yaml.Load(file), "groups")
        from rule in Yaml.List(@group, "rules").Cast<YamlMappingNode>()
        where rule.Children.ContainsKey("alert")
        select (Yaml.Text(rule, "alert"), ((YamlMappingNode)Yaml.At(rule, "labels")).Children.Select(label => $"{label.Key}={label.Value}").ToArray(), rule);

    static string PathOf(string file) => RepositoryRoot.Of("deploy", "alertmanager", file);

    static YamlNode Load(string file) => Yaml.Load(PathOf(file));

    [Test]
    public void Alertmanager_accepts_it([ValueSource(nameof(Files))] string file, [Values] Versions versions)
    {
        var (exitCode, output) = Command.Run(versions.Program("amtool"), "check-config", PathOf(file));
        Assert.That(exitCode, Is.Zero, output);
    }

    [Test]
    public void An_alert_goes_where_its_component_and_severity_say([ValueSource(nameof(Alerts))] string alert, [ValueSource(nameof(Files))] string file, [Values] Versions versions)
    {
        // The labels of its series don't matter: any may come along.
        string[] labels = [.. alert.Split(' '), "site=north", "path=/recordings"];
        var of = labels.Select(label => label.Split('=', 2)).ToDictionary(label => label[0], label => label[1]);
        var kind = (of.GetValueOrDefault("component", ""), of["severity"]);
        if (!Expected.TryGetValue(kind, out var receivers))
            throw new AssertionException($"nobody has said where an alert of {kind} goes: add it to Expected");
        Assert.That(Receivers(file, versions, labels), Is.EqualTo(file == Shipped ? receivers.Shipped : receivers.Direct));
    }

    // Other people's alerts go the same ways, and one without a severity was meant to be noticed.
    [TestCase(Shipped, "verolux-exporter", "alertname=SomebodyElses", "severity=page")]
    [TestCase(Direct, "verolux-exporter,slack,pagerduty", "alertname=SomebodyElses", "severity=page")]
    [TestCase(Shipped, "verolux-exporter", "alertname=WithoutAnySeverity")]
    [TestCase(Direct, "verolux-exporter,slack,pagerduty", "alertname=WithoutAnySeverity")]
    [TestCase(Shipped, "verolux-exporter", "alertname=SomebodysHeartbeat", "severity=none")]
    [TestCase(Direct, "verolux-exporter", "alertname=SomebodysHeartbeat", "severity=none")]
    public void So_does_one_that_is_not_ours(string file, string receivers, params string[] labels) =>
        Assert.That(Receivers(file, Versions.Oldest, labels), Is.EqualTo(receivers));

    [TestCaseSource(nameof(Files))]
    public void What_is_said_about_the_exporter_does_not_pass_through_it(string file)
    {
        var receiver = Receivers(file, Versions.Oldest, "alertname=VeroluxExporterDown", $"component={Myself}", "severity=critical");
        Assert.That(Receiver(file, receiver).Children.Keys.Select(key => key.ToString()), Is.EquivalentTo(new[] { "name", "pagerduty_configs" }));
    }

    [Test]
    public void A_webhook_loses_nothing(
        [ValueSource(nameof(Files))] string file, [Values("verolux-exporter", "verolux-exporter-watchdog")] string receiver)
    {
        var webhook = Yaml.List(Receiver(file, receiver), "webhook_configs").Single();

        Assert.That(Yaml.Text(webhook, "url"), Is.EqualTo($"{Yaml.Text(Verolux, "public_url")}api/v1/alertmanager{receiver["verolux-exporter".Length..].Replace('-', '/')}"));
        Assert.That(Yaml.Text(webhook, "max_alerts"), Is.EqualTo("0"));
        Assert.That(Yaml.Text(webhook, "http_config", "authorization", "credentials_file"), Is.Not.Empty);
    }

    [TestCaseSource(nameof(Files))]
    public void Whoever_is_told_hears_of_the_end_as_well_and_from_nobody_in_between(string file)
    {
        foreach (var told in Notifiers(file))
        {
            Assert.That(Yaml.Text(told, "send_resolved"), Is.EqualTo("true"), $"line {told.Start.Line}");
            Assert.That(Yaml.Text(told, "http_config", "follow_redirects"), Is.EqualTo("false"), $"line {told.Start.Line}: what answers elsewhere would count as having delivered");
        }
    }

    [TestCaseSource(nameof(Files))]
    public void Alertmanager_finds_a_key_from_any_working_directory(string file)
    {
        var keys = Notifiers(file).SelectMany(told => told.Children).Where(setting => setting.Key.ToString() is "routing_key_file" or "api_url_file").ToList();
        Assert.That(keys, Is.Not.Empty);
        foreach (var (setting, path) in keys)
            Assert.That(path.ToString(), Does.StartWith("/"), $"Alertmanager does not take {setting} from where its configuration is");
    }

    [TestCaseSource(nameof(Files))]
    public void No_template_is_in_another_file(string file)
    {
        var global = ((YamlMappingNode)Load(file)).Children.Keys.Select(key => key.ToString());
        Assert.That(global, Has.No.Member("templates"), "neither check-config nor a start misses a file of templates; the first page does");
    }

    [TestCaseSource(nameof(Files))]
    public void No_secret_stands_in_it(string file) =>
        Assert.That(File.ReadAllText(PathOf(file)), Does.Not.Match("(?m)^[^#]*(?:password|routing_key|api_url|credentials|service_key):"));

    [TestCaseSource(nameof(Files))]
    public void The_exporter_and_PagerDuty_are_told_of_each_alert_by_itself_at_once(string file)
    {
        var route = Yaml.At(Load(file), "route");
        Assert.That(Yaml.List(route, "group_by").Select(label => label.ToString()), Is.EqualTo(new[] { "..." }), "what joins an open incident at PagerDuty wakes nobody");
        Assert.That(Yaml.Text(route, "group_wait"), Is.EqualTo("0s"));
        // Only what is about the exporter, and Slack, which takes one message a second, have one message for many.
        Assert.That(
            Routes(file).Where(child => child.Children.ContainsKey("group_by")).Select(child => Yaml.Text(child, "receiver")),
            Is.EqualTo(file == Shipped ? new[] { "pagerduty-verolux-exporter" } : ["pagerduty", "slack"]));
    }

    [TestCaseSource(nameof(Files))]
    public void A_delivery_is_tried_again_for_half_a_minute_at_least(string file)
    {
        // As long as group_interval: with 10s a restart of ten seconds loses what came and went within.
        foreach (var route in Routes(file).Append(Yaml.At(Load(file), "route")).Cast<YamlMappingNode>().Where(route => route.Children.ContainsKey("group_interval")))
            Assert.That(Duration(Yaml.Text(route, "group_interval")), Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(30)), $"line {route.Start.Line}");
        Assert.That(Yaml.Text(Load(file), "route", "group_interval"), Is.Not.Empty, "what a route does not say it has from here");
    }

    [TestCaseSource(nameof(Files))]
    public void The_Watchdog_is_passed_on_at_every_flush_of_its_group(string file)
    {
        var watchdog = Routes(file).Single(route => Yaml.Text(route, "receiver") == "verolux-exporter-watchdog");
        Assert.That(Duration(Yaml.Text(watchdog, "repeat_interval")), Is.LessThan(Duration(Yaml.Text(watchdog, "group_interval"))), "else it is sent at every other flush only");
    }

    [TestCaseSource(nameof(Files))]
    public void Slow_inference_is_quieted_by_what_makes_it_slow_and_nothing_else_is(string file)
    {
        var rule = Yaml.List(Load(file), "inhibit_rules").Single();
        Assert.That(
            (Texts(rule, "source_matchers"), Texts(rule, "target_matchers"), Texts(rule, "equal")),
            Is.EqualTo(("""alertname=~"APIDown|GPUSaturation" """.Trim(), "alertname=\"SlowInference\"", "site")));
    }

    /// <summary>By how much, and that it is enough: <c>alert-rules/inhibition_test.yml</c> and <c>EndToEnd/InhibitionTests</c>.</summary>
    [TestCase("APIDown")]
    [TestCase("GPUSaturation")]
    public void What_quiets_another_outlasts_it(string source)
    {
        TimeSpan Kept(string alert) => Rules.Where(rule => rule.Name == alert).Select(rule => Duration(Yaml.Text(rule.Rule, "keep_firing_for"))).Distinct().Single();
        // The target's average is over two minutes, and clears that much later at the latest.
        Assert.That(Kept(source), Is.GreaterThan(Kept("SlowInference") + TimeSpan.FromMinutes(2)));
    }

    static string Receivers(string file, Versions versions, params IEnumerable<string> labels)
    {
        var (exitCode, output) = Command.Run(versions.Program("amtool"), ["config", "routes", "test", $"--config.file={PathOf(file)}", .. labels]);
        Assert.That(exitCode, Is.Zero, output);
        // Some versions also warn that the file goes before an address which they have from their own configuration.
        return output.Split('\n')[0];
    }

    static IEnumerable<YamlMappingNode> Routes(string file) => Yaml.List(Load(file), "route", "routes").Cast<YamlMappingNode>();

    static YamlMappingNode Receiver(string file, string name) =>
        (YamlMappingNode)Yaml.List(Load(file), "receivers").Single(receiver => Yaml.Text(receiver, "name") == name);

    static IEnumerable<YamlMappingNode> Notifiers(string file) =>
        Yaml.List(Load(file), "receivers").SelectMany(receiver => ((YamlMappingNode)receiver).Children.Values).OfType<YamlSequenceNode>().SelectMany(list => list.Children).Cast<YamlMappingNode>();

    static string Texts(YamlNode node, string name) => string.Join(", ", Yaml.List(node, name));

    static TimeSpan Duration(string text) => Durations.TryParse(text, out var duration) ? duration : throw new FormatException(text);
}
