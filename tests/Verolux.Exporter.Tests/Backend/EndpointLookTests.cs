using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Backend;
using Verolux.Exporter.Tests.Collecting;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Backend;

/// <summary>What becomes of a request to the back end, whatever happens to it.</summary>
[CancelAfter(60_000)]
public class EndpointLookTests
{
    SiteHost site = null!;

    FaultPlan Health => site.Backend.Faults(BackendSite.Health);

    [OneTimeSetUp]
    public async Task Start() => site = await SiteHost.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await site.DisposeAsync();

    [SetUp]
    public void Clear() => Health.Clear();

    [TestCase(401, "auth", "4xx")]
    [TestCase(403, "permission", "4xx")]
    [TestCase(404, "not_found", "4xx")]
    [TestCase(429, "protocol", "4xx")]
    [TestCase(500, "server_error", "5xx")]
    [TestCase(503, "server_error", "5xx")]
    [TestCase(204, "protocol", "2xx")]
    [TestCase(302, "protocol", "3xx")]
    public async Task Every_status_but_200_is_a_failure_with_its_reason_and_its_class(int status, string reason, string kind, CancellationToken cancellationToken)
    {
        Health.Always(Faults.Answer(status, location: status == 302 ? $"{site.Url}/health/cameras" : null));
        var look = await HealthAsync(cancellationToken);
        Assert.That(look.Failure?.Reason.Name, Is.EqualTo(reason));
        Assert.That(look.Failure!.Detail, Does.Contain("/health").And.Contains($"{status}"));
        Assert.That(look.Values()["verolux_backend_http_status_code health"], Is.EqualTo(status));
        Assert.That(look.Values()[$"verolux_backend_responses_total health {kind}"], Is.EqualTo(1));
        Assert.That(look.Values()["verolux_backend_responses_total health error"], Is.Zero);
    }

    [TestCase("reset")]
    [TestCase("garbage")]
    [TestCase("lost")]
    public async Task No_whole_answer_is_an_error_and_has_no_status(string fault, CancellationToken cancellationToken)
    {
        Health.Always(fault switch { "reset" => Faults.Reset(), "garbage" => Faults.Garbage(), _ => Faults.LoseAnswer() });
        var look = await HealthAsync(cancellationToken);
        Assert.That(look.Failure?.Reason, Is.EqualTo(NetworkFailure.Protocol));
        Assert.That(look.Values()["verolux_backend_responses_total health error"], Is.EqualTo(1));
        Assert.That(look.Values().Keys, Has.None.Contains("status_code").And.None.Contains("duration"));
    }

    [Test]
    public async Task An_answer_without_end_is_not_kept(CancellationToken cancellationToken)
    {
        Health.Always(Faults.Answer(200, new string(' ', (16 * 1024 * 1024) + 1)));
        var look = await HealthAsync(cancellationToken);
        Assert.That(look.Failure, Is.EqualTo(new Failure(NetworkFailure.Protocol, "what /health answered is larger than 16 MiB")));
    }

    [Test]
    public async Task Headers_without_end_are_not_kept(CancellationToken cancellationToken)
    {
        await using var server = ScriptedServer.Http(_ => $"HTTP/1.1 200 OK\r\nX: {new string('x', 1_000_000)}");
        Assert.That((await LookAsync(UrlOf(server), cancellationToken)).Failure?.Reason, Is.EqualTo(NetworkFailure.Protocol));
    }

    [Test]
    public async Task Half_an_answer_is_none(CancellationToken cancellationToken)
    {
        await using var server = ScriptedServer.Http(_ => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\":\"ok\"}");
        var look = await LookAsync(UrlOf(server), cancellationToken);
        Assert.That(look.Failure?.Reason, Is.EqualTo(NetworkFailure.Protocol));
        Assert.That(look.Values()["verolux_backend_responses_total health error"], Is.EqualTo(1));
    }

    [TestCase("http://127.0.0.1:{0}", "refused", "nothing listens there")]
    [TestCase("http://no-such-host.invalid:{0}", "dns", "no-such-host.invalid")]
    public async Task Who_can_t_be_reached_says_why(string url, string reason, string why, CancellationToken cancellationToken)
    {
        var look = await LookAsync(string.Format(url, FreePort.Next()), cancellationToken);
        Assert.That(look.Failure?.Reason.Name, Is.EqualTo(reason));
        Assert.That(look.Failure!.Detail, Does.Contain(why));
    }

    [TestCase("silent")]
    [TestCase("black hole")]
    [TestCase("slow drip")]
    public async Task Whoever_takes_too_long_is_given_up_and_counted(string how, CancellationToken cancellationToken)
    {
        using var silent = new SilentServer();
        using var hole = new BlackHole();
        var called = new Gate();
        await using var drip = Dripping(called);
        await using var engine = new Engine();
        var url = how switch { "silent" => $"http://127.0.0.1:{silent.Port}", "black hole" => $"http://127.0.0.1:{hole.Port}", _ => UrlOf(drip) };
        await engine.ApplyAsync(Services.At(url).OnlyHealth().Collect(engine.Time));
        if (how == "slow drip")
            await called.OpenedAsync(cancellationToken);
        await engine.PassAsync(Watch.DefaultTimeout.TotalSeconds);
        var page = await engine.ScrapeAsync();
        Assert.That(page["""verolux_backend_failure{site="north",backend="backend",check="health",reason="timeout"}"""], Is.EqualTo(1));
        Assert.That(page["""verolux_backend_responses_total{site="north",backend="backend",check="health",class="error"}"""], Is.EqualTo(1));
        Assert.That(engine.Loop.Watches.Single().Newest?.Failure?.Detail, Is.EqualTo("/health: no answer within 5 s"));
        await engine.UntilAsync(p => p.Of("verolux_exporter_looks_in_flight").Single() == 0);
    }

    [Test]
    public async Task Who_cancels_gets_no_answer_and_leaves_no_connection(CancellationToken cancellationToken)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var called = new Gate();
        await using var drip = Dripping(called);
        var looking = LookAsync(UrlOf(drip), cancel.Token);
        await called.OpenedAsync(cancellationToken);
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => looking, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.FoundAsync("the end of the connection", () => drip.Open == 0 ? drip : null, cancellationToken);
    }

    [Test]
    public async Task One_slow_address_does_not_blind_the_others(CancellationToken cancellationToken)
    {
        await using var engine = new Engine();
        var asked = new Gate();
        site.Backend.Faults(BackendSite.HealthCameras).Always(Services.HangAndTell(asked));
        await engine.ApplyAsync(Services.At(site).Collect(engine.Time));
        await engine.Time.TurnsAsync();
        await engine.PassAsync(Watch.DefaultInterval.TotalSeconds, 3);
        await asked.OpenedAsync(cancellationToken);
        await engine.PassAsync(Watch.DefaultTimeout.TotalSeconds);
        site.Backend.Faults(BackendSite.HealthCameras).Clear();
        var page = await engine.ScrapeAsync();
        Assert.That(page["""verolux_backend_up{site="north",backend="backend"}"""], Is.EqualTo(1));
        Assert.That(page["""verolux_inference_frames_per_second{site="north",backend="backend"}"""], Is.EqualTo(27.8));
        Assert.That(page["""verolux_backend_queue_messages{site="north",backend="backend",queue="default"}"""], Is.EqualTo(12));
        Assert.That(page["""verolux_backend_failure{site="north",backend="backend",check="cameras",reason="timeout"}"""], Is.EqualTo(1));
    }

    [Test]
    public async Task A_path_before_the_service_s_own_is_kept(CancellationToken cancellationToken)
    {
        await using var server = ScriptedServer.Http(_ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        var look = await LookAsync($"{UrlOf(server)}/api/v2", cancellationToken);
        Assert.That(look.Failure?.Detail, Does.StartWith("/api/v2/health was answered 404"));
    }

    [Test]
    public async Task Over_TLS_the_server_must_be_the_one_that_is_meant_and_is_shown_our_certificate(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        using var authority = Pem.Authority("ours");
        using var stranger = Pem.Authority("theirs");
        using var certificate = Pem.Leaf(authority, "server");
        using var client = Pem.Leaf(authority, "client");
        folder.Write("ca.pem", authority.ExportCertificatePem());
        folder.Write("other.pem", stranger.ExportCertificatePem());
        folder.Write("client.pem", client.ExportCertificatePem());
        folder.Write("client.key", Pem.Key(client));
        await using var app = Https(certificate);
        await app.StartAsync(cancellationToken);
        var ours = new ClientTls(folder["ca.pem"], folder["client.pem"], folder["client.key"]);

        async Task<Failure?> FailureOf(ClientTls? tls) => (await (Services.At(app.Urls.Single()) with { Tls = tls }).Collect().Check("health").LookAsync(cancellationToken)).Failure;

        Assert.That(await FailureOf(ours), Is.Null);
        Assert.That(await FailureOf(null), Has.Property("Reason").EqualTo(NetworkFailure.Tls).And.Property("Detail").Contains("signed by nobody whom we trust"));
        Assert.That(await FailureOf(ours with { AuthorityFile = folder["other.pem"] }), Has.Property("Reason").EqualTo(NetworkFailure.Tls));
        Assert.That(await FailureOf(ours with { ServerName = "other.example" }), Has.Property("Detail").Contains("is not for other.example"));
        Assert.That(await FailureOf(new ClientTls(folder["ca.pem"])), Is.Not.Null, "it wants to see a certificate");
        Assert.That(await FailureOf(ours with { AuthorityFile = folder["gone.pem"] }), Has.Property("Reason").EqualTo(FailureReason.Config).And.Property("Detail").Contains("gone.pem"));
    }

    static WebApplication Https(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate, https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.AllowAnyClientCertificate();
        })));
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync("""{"status":"ok"}"""));
        return app;
    }

    Task<Look> HealthAsync(CancellationToken cancellationToken) => LookAsync(site.Url, cancellationToken);

    static Task<Look> LookAsync(string url, CancellationToken cancellationToken) => Services.At(url).Collect().Check("health").LookAsync(cancellationToken);

    static string UrlOf(ScriptedServer server) => $"http://127.0.0.1:{server.Port}";

    /// <summary>Answers byte by byte, for ever.</summary>
    /// <param name="called">Opened once somebody has asked.</param>
    static ScriptedServer Dripping(Gate called) => new(async (stream, stop) =>
    {
        await stream.ReadAtLeastAsync(new byte[4096], 1, true, stop);
        await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), stop);
        called.Open();
        while (true)
        {
            await stream.WriteAsync("X"u8.ToArray(), stop);
            await Task.Delay(20, stop);
        }
    });
}
