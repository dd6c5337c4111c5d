using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.RabbitMq;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.RabbitMq;

[CancelAfter(120_000)]
public class TlsTests
{
    RabbitServer server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await RabbitServer.SharedAsync();
        await server.PutAsync("queues/%2F/secure", "{\"durable\":true}", CancellationToken.None);
    }

    [Test]
    public async Task With_certificates_on_both_sides_everything_is_read_over_TLS(CancellationToken cancellationToken)
    {
        var broker = Over(Trusting()).WithManagement(server.SecureManagementUrl);
        var look = await Eventually.FoundAsync("the statistics", async () => await broker.LookAsync(cancellationToken) is var l && l.Value("queue_messages") == 0 ? l : null, cancellationToken);
        Assert.That((look.Failure, look.Value("memory_alarm")), Is.EqualTo(((Failure?)null, 0d)));
    }

    [Test]
    public async Task A_broker_that_is_not_trusted_is_told_with_why(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        using var other = Pem.Authority("somebody else");
        var wrong = folder.Write("other.pem", other.ExportCertificatePem());
        Assert.That((await Over(Trusting() with { AuthorityFile = wrong }).FailsAsync(NetworkFailure.Tls, cancellationToken)).Failure!.Detail, Does.Contain("signed by nobody"));
        Assert.That((await Over(Trusting() with { AuthorityFile = null }).FailsAsync(NetworkFailure.Tls, cancellationToken)).Failure!.Detail, Does.Contain("signed by nobody"));
        Assert.That((await Over(Trusting() with { ServerName = "rabbit.example" }).FailsAsync(NetworkFailure.Tls, cancellationToken)).Failure!.Detail, Does.Contain("not for rabbit.example"));
        Assert.That((await Over(Trusting() with { ServerName = "rabbit.example", AnyCertificate = true }).LookAsync(cancellationToken)).Failure, Is.Null);
    }

    [Test]
    public async Task Without_the_certificate_that_it_asks_for_it_is_a_matter_of_TLS(CancellationToken cancellationToken) =>
        await Over(new ClientTls(server.AuthorityFile)).FailsAsync(NetworkFailure.Tls, cancellationToken);

    [Test]
    public async Task A_management_api_that_is_not_trusted_leaves_what_AMQP_tells(CancellationToken cancellationToken)
    {
        var look = await (Watching.At(server, "secure") with { Tls = new ClientTls() }).WithManagement(server.SecureManagementUrl).FailsAsync(NetworkFailure.Tls, cancellationToken);
        Assert.That(look.Failure!.Detail, Does.Contain("management API").And.Contain("signed by nobody"));
        Assert.That(look.Value("queue_messages"), Is.Zero);
    }

    [Test]
    public async Task TLS_on_a_port_without_is_told_and_the_other_way_round(CancellationToken cancellationToken)
    {
        await (Over(Trusting()) with { Uri = Amqps(server.Port) }).FailsAsync(NetworkFailure.Tls, cancellationToken);
        await Watching.At(RabbitServer.UriOf(server.TlsPort)).FailsAsync(NetworkFailure.Protocol, cancellationToken);
    }

    [Test]
    public async Task A_file_that_is_not_there_is_a_matter_of_the_configuration(CancellationToken cancellationToken)
    {
        await Over(Trusting() with { AuthorityFile = "/nonexistent/ca.pem" }).FailsAsync(FailureReason.Config, cancellationToken);
        await Over(Trusting() with { KeyFile = server.AuthorityFile }).FailsAsync(FailureReason.Config, cancellationToken);
    }

    ClientTls Trusting() => new(server.AuthorityFile, server.CertificateFile, server.KeyFile);

    Broker Over(ClientTls tls) => Watching.At(server, "secure") with { Uri = Amqps(server.TlsPort), Tls = tls };

    static Secret Amqps(int port) => Secret.FromEnvironment("RABBIT_URI", RabbitServer.UriOf(port).Replace("amqp:", "amqps:", StringComparison.Ordinal));
}
