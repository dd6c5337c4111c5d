using NUnit.Framework;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Commands;

/// <summary><c>verolux-exporter healthcheck</c>, which container engines run beside the exporter.</summary>
[CancelAfter(60_000)]
public class HealthcheckCommandTests
{
    const string Tokens = "access: { tokens: [{ role: operator, file: token }] }\n";

    TemporaryFolder folder = null!;

    [SetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        folder.Write("token", new string('a', 32));
    }

    [TearDown]
    public void Remove() => folder.Dispose();

    [TestCase("127.0.0.1:{0}", "")]
    [TestCase("0.0.0.0:{0}", Tokens)]
    [TestCase("\"[::1]:{0}\"", "")]
    [TestCase("\":{0}\"", Tokens)]
    public async Task What_runs_is_alive_wherever_it_listens(string listen, string access)
    {
        await using var exporter = await StartAsync(string.Format(listen, Port()), access);
        Assert.That(await CheckAsync(), Is.EqualTo(new Ended(0, "alive\n", "")));
        Assert.That(await CheckAsync("--ready"), Is.EqualTo(new Ended(0, "ready\n", "")));
    }

    [Test]
    public async Task What_has_ended_is_not_and_one_line_says_why()
    {
        await using (var exporter = await StartAsync($"127.0.0.1:{Port()}", ""))
        {
            Assert.That(await exporter.Program.StopAsync(TestContext.CurrentContext.CancellationToken), Is.Zero);
        }
        var ended = await CheckAsync();
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((1, "")));
        Assert.That(ended.Errors, Does.Match(@"\Ahttp://127\.0\.0\.1:\d+/livez does not answer \(.*\)\n\z"));
    }

    [Test]
    public async Task What_hangs_is_not_after_the_time_it_has_to_answer()
    {
        await using var exporter = await StartAsync($"127.0.0.1:{Port()}", "");
        await exporter.Program.PauseAsync(TestContext.CurrentContext.CancellationToken);
        var ended = await CheckAsync("--timeout", "0.2");
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((1, "")));
        Assert.That(ended.Errors, Does.EndWith("does not answer in 0.2 s\n"));
        exporter.Program.Signal("CONT");
        Assert.That((await CheckAsync()).ExitCode, Is.Zero);
    }

    [Test]
    public async Task A_full_disk_is_no_reason_to_restart_it_but_one_not_to_wait_for_it()
    {
        using var small = new SmallFileSystem(8);
        await using var exporter = await StartAsync($"127.0.0.1:{Port()}", $"alerts: {{ store: {small.Path}/verolux.db }}\n");
        small.Fill(1);
        Assert.That(await CheckAsync(), Is.EqualTo(new Ended(0, "alive\n", "")));
        var ready = await CheckAsync("--ready");
        Assert.That((ready.ExitCode, ready.Errors), Is.EqualTo((1, $"{exporter.Url}/readyz answers 503: not ready: the store takes no writes\n")));
    }

    [TestCase("NoClientCert", "alive\n", 0)]
    [TestCase("RequireAndVerifyClientCert", "alive: it asks for a client's certificate\n", 1)]
    public async Task Over_TLS_its_certificate_may_be_for_any_name(string clients, string said, int ready)
    {
        using var authority = Pem.Authority("elsewhere");
        using var leaf = Pem.Leaf(authority, "exporter");
        folder.Write("server.crt", leaf.ExportCertificatePem());
        folder.Write("server.key", Pem.Key(leaf));
        folder.Write("clients.crt", authority.ExportCertificatePem());
        folder.Write("web.yml", $"tls_server_config: {{ cert_file: server.crt, key_file: server.key, client_auth_type: {clients}{(ready == 0 ? "" : ", client_ca_file: clients.crt")} }}\n");
        await using var exporter = await StartAsync($"127.0.0.1:{Port()}", "access: { web_config_file: web.yml }\n");
        Assert.That(await CheckAsync(), Is.EqualTo(new Ended(0, said, "")));
        Assert.That((await CheckAsync("--ready")).ExitCode, Is.EqualTo(ready));
    }

    [Test]
    public async Task A_mistake_that_was_written_into_the_configuration_since_has_nobody_restart_it()
    {
        var listen = $"127.0.0.1:{Port()}";
        await using var exporter = await StartAsync(listen, "");
        folder.Write("verolux.yml", $"listen: {listen}\nstorage: 7\nnonsense: 1\ncameras: {{ files: [missing.yml] }}\n");
        Assert.That(await CheckAsync(), Is.EqualTo(new Ended(0, "alive\n", "")));
    }

    [Test]
    public async Task The_environment_says_where_it_listens_as_it_does_for_the_exporter()
    {
        var listen = $"127.0.0.1:{Port()}";
        await using var exporter = await StartAsync(listen, "");
        folder.Write("verolux.yml", "site: north\n");
        var token = TestContext.CurrentContext.CancellationToken;
        Assert.That(await ExporterProgram.RunToEndAsync(["healthcheck", "--config", folder["verolux.yml"]], token, ("VEROLUX__LISTEN", listen)), Is.EqualTo(new Ended(0, "alive\n", "")));
        Assert.That(
            await ExporterProgram.RunToEndAsync(["healthcheck"], token, ("VEROLUX__LISTEN", listen), ("http_proxy", "http://192.0.2.1:3128")),
            Is.EqualTo(new Ended(0, "alive\n", "")), "without a file, and never through a proxy");
    }

    [TestCase("listen: 127.0.0.1:0\n", "listen: the system picked the port")]
    [TestCase("listen: nowhere\n", "listen")]
    [TestCase("[", "is not YAML")]
    public async Task A_configuration_that_does_not_say_where_is_told(string yaml, string said)
    {
        folder.Write("verolux.yml", yaml);
        var ended = await CheckAsync();
        Assert.That((ended.ExitCode, ended.Output), Is.EqualTo((1, "")));
        Assert.That(ended.Errors, Does.Contain(said).And.Not.Contain("   at "));
        Assert.That(ended.Errors.TrimEnd('\n').Split('\n'), Has.Length.EqualTo(1));
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("601")]
    [TestCase("soon")]
    public async Task A_time_that_makes_no_sense_is_refused(string timeout)
    {
        folder.Write("verolux.yml", "site: north\n");
        Assert.That((await CheckAsync("--timeout", timeout)).ExitCode, Is.EqualTo(1));
    }

    Task<ExporterProgram> StartAsync(string listen, string more)
    {
        var store = more.StartsWith("alerts") ? "" : "alerts: { store: verolux.db }\n";
        return ExporterProgram.StartAsync(folder.Write("verolux.yml", $"listen: {listen}\n{store}{more}"), TestContext.CurrentContext.CancellationToken);
    }

    Task<Ended> CheckAsync(params IEnumerable<string> arguments) =>
        ExporterProgram.CommandAsync(["healthcheck", "--config", folder["verolux.yml"], .. arguments], TestContext.CurrentContext.CancellationToken);

    static int Port() => FreePort.Next();
}
