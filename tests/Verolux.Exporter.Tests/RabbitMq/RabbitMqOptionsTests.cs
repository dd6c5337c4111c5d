using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.RabbitMq;

namespace Verolux.Exporter.Tests.RabbitMq;

public class RabbitMqOptionsTests
{
    static (IReadOnlyList<Broker> Brokers, IReadOnlyList<string> Problems) Read(string yaml)
    {
        var problems = new Problems();
        var document = Document.Parse(yaml, "verolux.yml", "/etc/verolux", problems);
        var brokers = RabbitMqOptions.Read(document.Root.Child("rabbitmq"), "north", 10_000);
        document.ReportUnknownKeys();
        return (brokers, [.. problems.All.Select(p => p.ToString())]);
    }

    static readonly Broker Least = new(
        "main", "north", Secret.FromFile("/run/secrets/amqp"), "/", new QueueNames(), null, new ClientTls(), new Pace(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5)), 10_000);

    [TestCase("")]
    [TestCase("rabbitmq: {}")]
    [TestCase("rabbitmq: { targets: [] }")]
    public void Without_targets_nothing_is_watched(string yaml)
    {
        var (brokers, problems) = Read(yaml);
        Assert.That((brokers.Count, problems.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_broker_needs_a_name_and_an_address()
    {
        var (brokers, problems) = Read("rabbitmq: { targets: [{ name: main, uri_file: /run/secrets/amqp }] }");
        Assert.That(problems, Is.Empty);
        Assert.That(brokers, Is.EqualTo(new[] { Least }));
    }

    [Test]
    public void Everything_can_be_said_of_a_broker()
    {
        var (brokers, problems) = Read("""
            rabbitmq:
              targets:
                - name: main
                  uri_file: amqp
                  vhost: verolux
                  management_url: http://rabbitmq:15672/rabbit
                  queues: [default, heavy]
                  queue_messages_threshold: 500
                  interval: 1m
                  timeout: 10s
                  tls: { ca_file: ca.pem }
            """);
        Assert.That(problems, Is.Empty);
        Assert.That(brokers, Is.EqualTo(new[]
        {
            new Broker(
                "main", "north", Secret.FromFile("/etc/verolux/amqp"), "verolux", new QueueNames("default", "heavy"), new Uri("http://rabbitmq:15672/rabbit/"), new ClientTls("/etc/verolux/ca.pem"),
                new Pace(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10)), 500),
        }));
    }

    [Test]
    public void A_broker_with_other_queues_is_another_one()
    {
        var with = Least with { Queues = new QueueNames("a", "b") };
        Assert.That(with, Is.EqualTo(Least with { Queues = new QueueNames("a", "b") }));
        Assert.That(with, Is.Not.EqualTo(Least).And.Not.EqualTo(Least with { Queues = new QueueNames("a", "c") }));
    }

    [TestCase("{ name: main }", "verolux.yml:1: rabbitmq.targets[0].uri_file: is missing; name the file that holds the address, like amqp://USER:PASSWORD@rabbitmq:5672")]
    [TestCase("{ uri_file: u }", "verolux.yml:1: rabbitmq.targets[0].name: is missing; add it, for example `name: main`")]
    [TestCase("{ name: main, uri: 'amqp://u:hunter2@h' }", "verolux.yml:1: rabbitmq.targets[0].uri: holds a secret in the configuration itself; put it into a file and name that in uri_file")]
    [TestCase("{ name: main, uri_file: u, management_url: 'http://u:hunter2@h' }", "verolux.yml:1: rabbitmq.targets[0].management_url: is not a plain http(s) address; write it like https://verolux.example, without user, query or fragment")]
    [TestCase("{ name: main, uri_file: u, queues: [a, b, a] }", "verolux.yml:1: rabbitmq.targets[0].queues: \"a\" is listed twice; remove one of them")]
    [TestCase("{ name: main, uri_file: u, queues: a }", "verolux.yml:1: rabbitmq.targets[0].queues: is not a list; write its items under it, each behind a dash")]
    [TestCase("{ name: main, uri_file: u, queue_messages_threshold: -1 }", "verolux.yml:1: rabbitmq.targets[0].queue_messages_threshold: \"-1\" is not a number from 0 to 1000000000000000; write it with a decimal point and no unit")]
    [TestCase("{ name: main, uri_file: u, interval: 10s, timeout: 11s }", "verolux.yml:1: rabbitmq.targets[0].timeout: 11s is longer than the interval of 10s; make it at most as long")]
    [TestCase("{ name: main, uri_file: u, tls: { cert_file: c } }", "verolux.yml:1: rabbitmq.targets[0].tls.cert_file: stands alone; name both the certificate in cert_file and its private key in key_file")]
    [TestCase("{ name: main, uri_file: u, user: u }", "verolux.yml:1: rabbitmq.targets[0].user: is not a known key; remove it, or write one of: interval, management_url, name, queue_messages_threshold, queues, timeout, tls, uri, uri_file, vhost")]
    [TestCase("{ name: a, uri_file: u }, { name: a, uri_file: u }", "verolux.yml:1: rabbitmq.targets[1].name: \"a\" is listed twice; give each target a name of its own")]
    public void A_mistake_is_told_with_its_path_and_remedy(string targets, string problem) =>
        Assert.That(Read($"rabbitmq: {{ targets: [{targets}] }}").Problems, Is.EqualTo(new[] { problem }));

    [Test]
    public void A_queue_whose_name_no_broker_can_hold_is_refused() =>
        Assert.That(Read($"rabbitmq: {{ targets: [{{ name: main, uri_file: u, queues: [{new string('\u00e4', 128)}] }}] }}").Problems.Single(), Does.Contain("is longer than the 255 bytes"));

    [TestCase("amqp://u:p@rabbit", "rabbit:5672", "u", "p", false)]
    [TestCase("amqp://rabbit:5673/", "rabbit:5673", "guest", "guest", false)]
    [TestCase("amqps://u@[::1]", "[::1]:5671", "u", "", true)]
    [TestCase("amqp://u%40x:p%3A%2F%25@10.0.0.1:1//", "10.0.0.1:1", "u@x", "p:/%", false)]
    [TestCase("amqp://u:p:q@rabbit/%2F?heartbeat=30", "rabbit:5672", "u", "p:q", false)]
    public void An_address_is_read(string uri, string shown, string user, string password, bool tls)
    {
        Assert.That(BrokerAddress.TryRead(Secret.FromEnvironment("U", uri), "/", out var address), Is.Null);
        Assert.That(($"{address}", address.User, address.Password, address.UsesTls), Is.EqualTo((shown, user, password, tls)));
    }

    [TestCase("amqp://u:p@rabbit/verolux")]
    [TestCase("amqp://u:p@rabbit/%76erolux")]
    [TestCase("amqp://u:p@rabbit")]
    public void The_virtual_host_of_an_address_is_the_configured_one_or_none(string uri) =>
        Assert.That(BrokerAddress.TryRead(Secret.FromEnvironment("U", uri), "verolux", out _), Is.Null);

    [TestCase("amqp://u:hunter2@rabbit/elsewhere")]
    [TestCase("amqp://u:1hunter2/x@rabbit")]
    [TestCase("amqp://u:1/hunter2@rabbit")]
    [TestCase("amqp://u:1?hunter2@rabbit")]
    [TestCase("amqp://u:1#hunter2@rabbit")]
    [TestCase("amqp://u:hunter2@")]
    [TestCase("http://u:hunter2@rabbit")]
    [TestCase("hunter2")]
    [TestCase("")]
    public void An_address_that_is_none_is_told_without_any_part_of_it(string uri) =>
        Assert.That(BrokerAddress.TryRead(Secret.FromEnvironment("U", uri), "/", out _), Is.Not.Null.And.Not.Contains("hunter2").And.Not.Contains("elsewhere"));
}
