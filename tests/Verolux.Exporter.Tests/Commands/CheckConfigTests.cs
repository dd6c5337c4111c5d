using NUnit.Framework;
using Verolux.Exporter.Tests.EndToEnd;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

[CancelAfter(60_000)]
public class CheckConfigTests
{
    const string Mistakes = """
        listen: 0.0.0.0:9877
        nonsense: 1
        storage:
          targets:
            - { path: /, interval: soon }
            - { path: / }
            - { path: relative, used_ratio_threshold: 85 }
        alerts:
          store: verolux.db
          destinations:
            pagerduty: { type: pigeon, routing_key: 0123456789abcdef0123456789abcdef }
            second: { type: pagerduty, routing_key_file: missing_key }
          levels: { L1: [somebody] }
        """;

    [Test]
    public async Task The_shipped_file_is_valid_once_its_secrets_are_there(CancellationToken cancellationToken)
    {
        using var files = new ShippedFiles();
        files.CopyFolder("runbooks");
        files.Write("deploy/secrets/scrape_token", "0123456789abcdef-1");
        files.Write("deploy/secrets/alertmanager_token", "0123456789abcdef-2");
        files.Write("deploy/secrets/pagerduty_routing_key", "0123456789abcdef0123456789abcdef\n");
        files.Write("deploy/secrets/gate_a1", "a-secret\n");
        files.Write("deploy/secrets/redis", "a-secret\n");
        files.Write("deploy/secrets/postgres", "postgresql://verolux_exporter:a-secret@postgres:5432/verolux\n");
        files.Write("deploy/secrets/amqp", "amqp://verolux-exporter:a-secret@rabbitmq:5672\n");

        // Of `auto` it tells what this machine has.
        var ended = await CheckAsync(files.Copy("deploy/verolux.yml", ("  enabled: auto ", "  enabled: true ")), cancellationToken);

        Assert.That(ended, Is.EqualTo(new Ended(0, $"{files["deploy/verolux.yml"]} is valid: it watches 1 camera(s), 2 storage path(s), 1 GPU driver(s), 1 PostgreSQL server(s), 1 Redis server(s), 1 RabbitMQ broker(s), 1 back-end service(s); 1 destination(s), 1 Alertmanager(s) that it asks, 8 runbook(s).\n", "")));
    }

    [Test]
    public async Task Every_secret_that_is_missing_is_named_at_once(CancellationToken cancellationToken)
    {
        using var files = new ShippedFiles();
        files.CopyFolder("runbooks");
        var ended = await CheckAsync(files.Copy("deploy/verolux.yml"), cancellationToken);

        Assert.That(ended.ExitCode, Is.EqualTo(1));
        foreach (var secret in (string[])["scrape_token", "alertmanager_token", "pagerduty_routing_key", "gate_a1", "postgres", "redis", "amqp"])
            Assert.That(ended.Errors, Does.Contain($"{files[$"deploy/secrets/{secret}"]} does not exist; "));
        Assert.That(ended.Errors, Does.EndWith("7 mistakes.\n"));
    }

    [TestCase("postgres", "a-secret", "postgres: main: connection_string_file: what the file holds is no connection string")]
    [TestCase("postgres", "postgresql://postgres:5432/a-secret", "postgres: main: connection_string_file: what the file holds names no user; write postgresql://")]
    [TestCase("amqp", "a-secret", "rabbitmq: main: uri_file: what is in place of the address is none like amqp://USER:PASSWORD@HOST:PORT")]
    [TestCase("amqp", "amqp://user:a-secret@host:5672/other", "rabbitmq: main: uri_file: the address names another virtual host than `vhost`")]
    public async Task A_secret_that_holds_something_else_is_named_without_it(string secret, string holds, string mistake, CancellationToken cancellationToken)
    {
        using var files = new ShippedFiles();
        files.CopyFolder("runbooks");
        files.Write($"deploy/secrets/{secret}", holds);

        var ended = await CheckAsync(files.Copy("deploy/verolux.yml"), cancellationToken);

        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Errors, Does.Contain(mistake).And.Not.Contain("a-secret"));
    }

    [Test]
    public async Task Every_mistake_is_told_at_once_with_its_place_and_remedy_and_no_secret([Values] bool start, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("verolux.yml", Mistakes);

        var ended = start ? await ExporterProgram.RunToEndAsync(["--config", file], cancellationToken) : await CheckAsync(file, cancellationToken);

        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((1, "")));
        var lines = ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var place in (string[])
            [
                "verolux.yml:2: nonsense: is not a known key; ",
                "verolux.yml:5: storage.targets[0].interval: \"soon\" is not a duration",
                "verolux.yml:6: storage.targets[1].path: \"/\" is listed twice; ",
                "verolux.yml:7: storage.targets[2].path: \"relative\" is not absolute; ",
                "verolux.yml:7: storage.targets[2].used_ratio_threshold: \"85\" is not a number from 0 to 1; ",
                "verolux.yml:11: alerts.destinations.pagerduty.type: \"pigeon\" is not a kind of destination; ",
                "verolux.yml:11: alerts.destinations.pagerduty.routing_key: holds a secret in the configuration itself; ",
                "verolux.yml:13: alerts.levels.L1: \"somebody\" is not a destination; ",
                "is missing, and others can reach 0.0.0.0:9877",
            ])
            Assert.That(lines, Has.One.Contains(place));
        // Where, what, and what to do about it.
        Assert.That(lines.SkipLast(1), Has.All.Match("^verolux.yml.*: .+; .+$|missing_key"));
        Assert.That(lines[^1], Is.EqualTo($"{lines.Length - 1} mistakes."));
        Assert.That(ended.Errors, Does.Not.Contain("0123456789abcdef"));
    }

    [Test]
    public async Task A_routing_key_that_is_not_there_or_none_is_a_mistake(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        folder.Write("short", "s3cret");
        var file = folder.Write("verolux.yml", """
            alerts:
              destinations: { first: { type: pagerduty, routing_key_file: gone }, second: { type: pagerduty, routing_key_file: short } }
              levels: { L1: [first, second] }
            """);
        var ended = await CheckAsync(file, cancellationToken);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Errors, Does.Contain("alerts.destinations.first.routing_key_file").And.Contain($"{folder["gone"]} does not exist"));
        Assert.That(ended.Errors, Does.Contain("alerts.destinations.second.routing_key_file: holds 6 characters where PagerDuty's routing keys have 32").And.Not.Contain("s3cret"));
    }

    [Test]
    public async Task What_is_no_YAML_is_one_mistake_with_its_line(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var ended = await CheckAsync(folder.Write("verolux.yml", "site: north\nstorage: { targets: [\n"), cancellationToken);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Errors, Does.Match("^verolux.yml:[23]: is not YAML .*\n1 mistake.\n$"));
    }

    [Test]
    public async Task A_file_that_is_not_there_is_one_mistake([Values] bool start, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var ended = start ? await ExporterProgram.RunToEndAsync(["--config", folder["gone.yml"]], cancellationToken) : await CheckAsync(folder["gone.yml"], cancellationToken);
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        Assert.That(ended.Errors, Does.StartWith($"{folder["gone.yml"]}: can't be read").And.EndsWith("\n1 mistake.\n"));
    }

    [Test]
    public async Task The_environment_is_laid_over_the_file(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("verolux.yml", "storage: { targets: [{ path: relative }] }\n");
        var ended = await CheckAsync(file, cancellationToken, ("VEROLUX__STORAGE__TARGETS__0__PATH", "/"), ("VEROLUX__STORAGE__TARGETS__1__PATH", "/tmp"));
        Assert.That((ended.ExitCode, ended.Errors), Is.EqualTo((0, "")));
        Assert.That(ended.Output, Does.Contain("2 storage path(s)"));
    }

    [Test]
    public async Task A_mistake_in_the_environment_is_told_by_the_variables_name(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var ended = await CheckAsync(
            folder.Write("verolux.yml", "site: north\n"), cancellationToken, ("VEROLUX__STORRAGE__TARGETS__0__PATH", "/"), ("VEROLUX__LISTEN", "nowhere"), ("VEROLUX__ALERTS__STOER", "s3cret"));
        Assert.That(ended.ExitCode, Is.EqualTo(1));
        foreach (var variable in (string[])["VEROLUX__STORRAGE__TARGETS__0__PATH: is not a known key", "VEROLUX__LISTEN: \"nowhere\" is not an address", "VEROLUX__ALERTS__STOER: is not a known key"])
            Assert.That(ended.Errors, Does.Contain($"environment variable {variable}"));
        Assert.That(ended.Errors, Does.EndWith("\n3 mistakes.\n").And.Not.Contain("s3cret"));
    }

    static Task<Ended> CheckAsync(string file, CancellationToken cancellationToken, params (string Name, string Value)[] environment) =>
        environment.Length == 0 ? ExporterProgram.CommandAsync(["check-config", file], cancellationToken) : ExporterProgram.RunToEndAsync(["check-config", file], cancellationToken, environment);
}
