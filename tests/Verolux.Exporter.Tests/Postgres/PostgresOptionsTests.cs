using NUnit.Framework;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Postgres;

namespace Verolux.Exporter.Tests.Postgres;

public class PostgresOptionsTests
{
    static (IReadOnlyList<PostgresTarget> Targets, IReadOnlyList<string> Problems) Read(string yaml, params (string Name, string Value)[] environment)
    {
        var problems = new Problems();
        var document = Document.Parse(yaml, "verolux.yml", "/etc/verolux", problems);
        document.Overlay(environment.Select(v => KeyValuePair.Create(v.Name, v.Value)));
        var targets = PostgresOptions.Read(document.Root.Child("postgres"), "north");
        document.ReportUnknownKeys();
        return (targets, [.. problems.All.Select(p => p.ToString())]);
    }

    [Test]
    public void A_server_needs_a_name_and_a_file()
    {
        var (targets, problems) = Read("postgres: { targets: [{ name: main, connection_string_file: pg }] }");
        Assert.That(problems, Is.Empty);
        Assert.That(targets, Is.EqualTo(new[] { new PostgresTarget("main", "north", Secret.FromFile("/etc/verolux/pg"), null, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5)) }));
    }

    [Test]
    public void Everything_can_be_said_of_a_server()
    {
        var (targets, problems) = Read(
            "postgres: { targets: [{ name: main, connection_string_file: /run/pg, interval: 1m, timeout: 10s, tls: { ca_file: ca.pem, cert_file: c.pem, key_file: c.key, server_name: db } }] }");
        Assert.That(problems, Is.Empty);
        Assert.That(targets, Is.EqualTo(new[]
        {
            new PostgresTarget(
                "main", "north", Secret.FromFile("/run/pg"), new ClientTls("/etc/verolux/ca.pem", "/etc/verolux/c.pem", "/etc/verolux/c.key", "db"), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10)),
        }));
    }

    [TestCase("")]
    [TestCase("postgres: {}")]
    [TestCase("postgres: { targets: [] }")]
    public void Without_targets_nothing_is_watched(string yaml)
    {
        var (targets, problems) = Read(yaml);
        Assert.That((targets.Count, problems.Count), Is.EqualTo((0, 0)));
    }

    [TestCase("{ connection_string_file: pg }", "verolux.yml:1: postgres.targets[0].name: is missing; add it, for example `name: main`")]
    [TestCase("{ name: main }", "verolux.yml:1: postgres.targets[0].connection_string_file: is missing; name a file that holds postgresql://USER:PASSWORD@HOST/DATABASE")]
    [TestCase("{ name: main, connection_string: 'postgresql://u:hunter2@db/x' }", "verolux.yml:1: postgres.targets[0].connection_string: holds a secret in the configuration itself; put it into a file and name that in connection_string_file")]
    [TestCase("{ name: main, connection_string_file: '' }", "verolux.yml:1: postgres.targets[0].connection_string_file: is empty; give it a value or remove the key")]
    [TestCase("{ name: main, connection_string_file: pg }, { name: main, connection_string_file: pg }", "verolux.yml:1: postgres.targets[1].name: \"main\" is listed twice; give each target a name of its own")]
    [TestCase("{ name: main, connection_string_file: pg, password: x }", "verolux.yml:1: postgres.targets[0].password: is not a known key; remove it, or write one of: connection_string, connection_string_file, interval, name, timeout, tls")]
    [TestCase("{ name: main, connection_string_file: pg, interval: 1s, timeout: 2s }", "verolux.yml:1: postgres.targets[0].timeout: 2s is longer than the interval of 1s; make it at most as long")]
    [TestCase("{ name: main, connection_string_file: pg, tls: { cert_file: c } }", "verolux.yml:1: postgres.targets[0].tls.cert_file: stands alone; name both the certificate in cert_file and its private key in key_file")]
    public void A_mistake_is_told_with_its_path_and_remedy_and_without_a_secret(string targets, string problem) =>
        Assert.That(Read($"postgres: {{ targets: [{targets}] }}").Problems, Is.EqualTo(new[] { problem }));

    [TestCase("postgresql://u:p@db/verolux", "db", 5432, "u", "p", "verolux")]
    [TestCase("postgres://u:p%40%2F%3A%23@db.example:6432/my%20db", "db.example", 6432, "u", "p@/:#", "my db")]
    [TestCase("postgresql://u@[::1]:5433", "::1", 5433, "u", null, null)]
    [TestCase("POSTGRESQL://u:a:b@db/", "db", 5432, "u", "a:b", null)]
    [TestCase("Host=db;Port=6432;Username=u;Password='a;b';Database=verolux", "db", 6432, "u", "a;b", "verolux")]
    [TestCase("Server=db;User Id=u;pwd=p", "db", 5432, "u", "p", null)]
    [TestCase("Host=/var/run/postgresql;Username=u", "/var/run/postgresql", 5432, "u", null, null)]
    public void A_connection_string_names_the_server_and_the_user(string text, string host, int port, string user, string? password, string? database)
    {
        Assert.That(ConnectionString.TryParse(text, out var parsed), Is.Null);
        Assert.That((parsed.Host, parsed.Port, parsed.Username, parsed.Password, parsed.Database), Is.EqualTo((host, port, user, password, database)));
    }

    [TestCase("hunter2", "is no connection string: write it like postgresql://USER:PASSWORD@HOST/DATABASE or Host=…;Username=…;Password=…;Database=…")]
    [TestCase("Host=db;Pasword=hunter2", "is no connection string: write it like postgresql://USER:PASSWORD@HOST/DATABASE or Host=…;Username=…;Password=…;Database=…")]
    [TestCase("Host=db;Port=hunter2", "is no connection string: write it like postgresql://USER:PASSWORD@HOST/DATABASE or Host=…;Username=…;Password=…;Database=…")]
    [TestCase("Host=db;Port=99999999999", "is no connection string: write it like postgresql://USER:PASSWORD@HOST/DATABASE or Host=…;Username=…;Password=…;Database=…")]
    [TestCase("host=db user=u password=hunter2", "names no user")]
    [TestCase("Host=db;Username=u;Password=hunter2;SSL Mode=Disable", "sets SSL Mode, and may set only Host, Port, Database, Username, Password; TLS is configured under tls")]
    [TestCase("Host=a,b;Username=u;Password=hunter2", "names several hosts: make each a target of its own")]
    [TestCase("Host=db;Password=hunter2", "names no user")]
    [TestCase("Username=u;Password=hunter2", "names no host")]
    [TestCase("postgresql://:hunter2@db/x", "names no user")]
    [TestCase("postgresql://u:hunter2@/x", "is no address: write it like postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as %40 for @")]
    [TestCase("postgresql://u:hunter2@db:123456/x", "is no address: write it like postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as %40 for @")]
    [TestCase("postgresql://u:hunter2@db/x?sslmode=disable", "has a ? or # in it: TLS is configured under tls, nothing else can be set, and in a password they are written %3F and %23")]
    [TestCase("postgresql://u:p#hunter2@db/x", "is no address: write it like postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as %40 for @")]
    [TestCase("postgresql://u:p@db/x#hunter2", "has a ? or # in it: TLS is configured under tls, nothing else can be set, and in a password they are written %3F and %23")]
    public void A_connection_string_that_cant_be_used_is_told_without_its_values(string text, string what)
    {
        Assert.That(ConnectionString.TryParse(text, out _), Is.EqualTo(what));
        Assert.That(what, Does.Not.Contain("hunter2"));
    }
}
