using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Redis;

namespace Verolux.Exporter.Tests.Redis;

public class RedisOptionsTests
{
    static (IReadOnlyList<RedisTarget> Targets, IReadOnlyList<string> Problems) Read(string yaml)
    {
        var problems = new Problems();
        var document = Document.Parse(yaml, "verolux.yml", "/etc/verolux", problems);
        var targets = RedisOptions.Read(document.Root.Child("redis"), "north");
        document.ReportUnknownKeys();
        return (targets, [.. problems.All.Select(p => p.ToString())]);
    }

    [Test]
    public void A_server_needs_a_name_and_an_address()
    {
        var (targets, problems) = Read("redis: { targets: [{ name: main, address: 'redis:6379' }] }");
        Assert.That(problems, Is.Empty);
        Assert.That(targets, Is.EqualTo(new[] { new RedisTarget("main", "north", "redis", 6379, null, null, null, new Pace(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5))) }));
    }

    [Test]
    public void Everything_can_be_said_of_a_server()
    {
        const string Yaml = "redis: { targets: [{ name: main, address: 'redis:6380', username: verolux, password_file: secrets/redis, tls: { ca_file: ca.pem }, interval: 1m, timeout: 10s }] }";
        var (targets, problems) = Read(Yaml);
        Assert.That(problems, Is.Empty);
        Assert.That(targets, Is.EqualTo(new[]
        {
            new RedisTarget(
                "main", "north", "redis", 6380, "verolux", Secret.FromFile("/etc/verolux/secrets/redis"), new ClientTls("/etc/verolux/ca.pem"), new Pace(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10))),
        }));
        Assert.That(Read(Yaml).Targets, Is.EqualTo(targets), "a reload of the same configuration disturbs nothing");
    }

    [TestCase("")]
    [TestCase("redis: {}")]
    [TestCase("redis: { targets: [] }")]
    public void Without_targets_nothing_is_watched(string yaml)
    {
        var (targets, problems) = Read(yaml);
        Assert.That((targets.Count, problems.Count), Is.EqualTo((0, 0)));
    }

    [TestCase("redis", "redis", 6379, "redis:6379")]
    [TestCase("redis.example:7000", "redis.example", 7000, "redis.example:7000")]
    [TestCase("10.0.0.5:6380", "10.0.0.5", 6380, "10.0.0.5:6380")]
    [TestCase("[fd00::5]:6380", "fd00::5", 6380, "[fd00::5]:6380")]
    [TestCase("[fd00::5]", "fd00::5", 6379, "[fd00::5]:6379")]
    public void An_address_is_a_host_with_or_without_a_port(string written, string host, int port, string shown)
    {
        var (targets, problems) = Read($"redis: {{ targets: [{{ name: main, address: '{written}' }}] }}");
        Assert.That(problems, Is.Empty);
        Assert.That((targets.Single().Host, targets.Single().Port, targets.Single().Address), Is.EqualTo((host, port, shown)));
    }

    const string NoAddress = "is not a host with a port; write it like redis:6379; the user and the password go into username and password_file, and `tls: {}` turns on TLS";

    [TestCase("{ address: 'r:1' }", "name: is missing; add it, for example `name: main`")]
    [TestCase("{ name: main }", "address: is missing; add it, for example `address: redis:6379`")]
    [TestCase("{ name: main, address: 'redis://redis:6379' }", $"address: {NoAddress}")]
    [TestCase("{ name: main, address: 'verolux:hunter2@redis:6379' }", $"address: {NoAddress}")]
    [TestCase("{ name: main, address: 'redis:6379/0' }", $"address: {NoAddress}")]
    [TestCase("{ name: main, address: 'redis:0' }", $"address: {NoAddress}")]
    [TestCase("{ name: main, address: 'redis:65536' }", $"address: {NoAddress}")]
    [TestCase("{ name: main, address: 'redis:port' }", $"address: {NoAddress}")]
    [TestCase("{ name: main, address: 'a redis' }", $"address: {NoAddress}")]
    [TestCase("{ name: main, address: ':6379' }", $"address: {NoAddress}")]
    [TestCase("{ name: main, address: 'r:1', username: verolux }", "password_file: is missing beside the username; add the name of the file that holds the user's password")]
    [TestCase("{ name: main, address: 'r:1', password: hunter2 }", "password: holds a secret in the configuration itself; put it into a file and name that in password_file")]
    [TestCase("{ name: main, address: 'r:1', tls: { cert_file: a.pem } }", "tls.cert_file: stands alone; name both the certificate in cert_file and its private key in key_file")]
    [TestCase("{ name: main, address: 'r:1', interval: 10s, timeout: 11s }", "timeout: 11s is longer than the interval of 10s; make it at most as long")]
    [TestCase("{ name: main, address: 'r:1', db: 1 }", "db: is not a known key; remove it, or write one of: address, interval, name, password, password_file, timeout, tls, username")]
    public void A_mistake_is_told_with_its_path_and_remedy_and_without_a_secret(string target, string problem)
    {
        var problems = Read($"redis: {{ targets: [{target}] }}").Problems;
        Assert.That(problems, Is.EqualTo(new[] { $"verolux.yml:1: redis.targets[0].{problem}" }));
        Assert.That(problems, Has.None.Contains("hunter2"));
    }

    [Test]
    public void Every_mistake_is_told_at_once()
    {
        var (_, problems) = Read("redis:\n  targets:\n    - { name: a, address: 'a@b', username: u }\n    - { name: a, address: 'r:1', timeout: x }\n");
        Assert.That(problems.Select(p => string.Join(':', p.Split(':')[..3])), Is.EquivalentTo(new[]
        {
            "verolux.yml:3: redis.targets[0].address",
            "verolux.yml:3: redis.targets[0].password_file",
            "verolux.yml:4: redis.targets[1].name",
            "verolux.yml:4: redis.targets[1].timeout",
        }));
    }
}
