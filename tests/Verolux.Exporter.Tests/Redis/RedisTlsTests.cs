using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Redis;

/// <summary>A real Redis that speaks TLS on a second port: one that asks for no certificate, and one that takes those of its own authority alone.</summary>
[CancelAfter(60_000)]
public class RedisTlsTests
{
    readonly TemporaryFolder folder = new();
    readonly X509Certificate2 authority = Pem.Authority("ours");
    readonly X509Certificate2 stranger = Pem.Authority("theirs");
    RedisServer server = null!;
    RedisServer strict = null!;
    int port;
    int strictPort;

    [OneTimeSetUp]
    public async Task Start()
    {
        folder.Write("ca.pem", authority.ExportCertificatePem());
        folder.Write("other.pem", stranger.ExportCertificatePem());
        Write("server", authority);
        Write("client", authority);
        Write("impostor", stranger);
        (server, port) = await StartAsync("tls-auth-clients no");
        (strict, strictPort) = await StartAsync("tls-auth-clients yes");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await server.DisposeAsync();
        await strict.DisposeAsync();
        authority.Dispose();
        stranger.Dispose();
        folder.Dispose();
    }

    void Write(string name, X509Certificate2 signer)
    {
        using var leaf = Pem.Leaf(signer, name);
        folder.Write($"{name}.pem", leaf.ExportCertificatePem());
        folder.Write($"{name}.key", Pem.Key(leaf));
    }

    async Task<(RedisServer Server, int TlsPort)> StartAsync(string clients)
    {
        var tlsPort = FreePort.Next();
        return (await RedisServer.StartAsync(
            CancellationToken.None, $"tls-port {tlsPort}", $"tls-cert-file {folder["server.pem"]}", $"tls-key-file {folder["server.key"]}", $"tls-ca-cert-file {folder["ca.pem"]}", clients), tlsPort);
    }

    ClientTls Trusting(string authorities) => new(folder[authorities]);

    ClientTls Showing(string certificate) => Trusting("ca.pem") with { CertificateFile = folder[$"{certificate}.pem"], KeyFile = folder[$"{certificate}.key"] };

    static Task<Look> LookAsync(int port, ClientTls? tls, CancellationToken cancellationToken) => (Looking.At(port) with { Tls = tls }).LookAsync(cancellationToken);

    [Test]
    public async Task A_server_that_our_authority_has_signed_is_looked_at(CancellationToken cancellationToken)
    {
        var look = await LookAsync(port, Trusting("ca.pem"), cancellationToken);
        Assert.That((look.Failure, look.Value("last_save_successful")), Is.EqualTo(((Failure?)null, (double?)1)));
    }

    [Test]
    public async Task A_client_certificate_is_shown_where_it_is_asked_for(CancellationToken cancellationToken) =>
        Assert.That((await LookAsync(strictPort, Showing("client"), cancellationToken)).Failure, Is.Null);

    [Test]
    public async Task Any_certificate_is_taken_where_that_is_asked_for(CancellationToken cancellationToken) =>
        Assert.That((await LookAsync(port, new ClientTls(AnyCertificate: true), cancellationToken)).Failure, Is.Null);

    [Test]
    public async Task A_server_of_another_authority_is_not_trusted(CancellationToken cancellationToken) =>
        AssertTls(await LookAsync(port, Trusting("other.pem"), cancellationToken), "signed by nobody whom we trust");

    [Test]
    public async Task A_server_of_another_name_is_not_trusted(CancellationToken cancellationToken) =>
        AssertTls(await LookAsync(port, Trusting("ca.pem") with { ServerName = "redis.example" }, cancellationToken), "is not for redis.example");

    [Test]
    public async Task Without_the_certificate_that_is_asked_for_there_is_no_answer(CancellationToken cancellationToken) =>
        AssertTls(await LookAsync(strictPort, Trusting("ca.pem"), cancellationToken), "tls.cert_file");

    [Test]
    public async Task With_a_certificate_of_another_authority_there_is_no_answer_either(CancellationToken cancellationToken) =>
        AssertTls(await LookAsync(strictPort, Showing("impostor"), cancellationToken), "tls.cert_file");

    [Test]
    public async Task A_port_that_speaks_no_TLS_waits_for_more_until_the_token_fires(CancellationToken cancellationToken)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = LookAsync(server.Port, Trusting("ca.pem"), cancellation.Token);
        await cancellation.CancelAsync();
        Assert.That(async () => await look, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_port_that_speaks_TLS_alone_does_not_answer_in_the_clear(CancellationToken cancellationToken)
    {
        var look = await LookAsync(port, null, cancellationToken);
        Assert.That((look.Reason(), look.Samples.Count), Is.EqualTo(("protocol", 0)));
    }

    [Test]
    public async Task A_file_that_is_missing_is_a_matter_of_the_configuration(CancellationToken cancellationToken)
    {
        var look = await LookAsync(port, Trusting("missing.pem"), cancellationToken);
        Assert.That(look.Reason(), Is.EqualTo("config"));
        Assert.That(look.Failure!.Detail, Does.Contain("missing.pem"));
    }

    [Test]
    public async Task Wrong_passwords_and_taken_rights_are_told_over_TLS_as_well(CancellationToken cancellationToken)
    {
        Assert.That((await (Looking.At(port).As("nobody", "wrong") with { Tls = Trusting("ca.pem") }).LookAsync(cancellationToken)).Reason(), Is.EqualTo("auth"));
        server.Ask("ACL", "SETUSER", "powerless", "on", ">x-secret", "+time");
        Assert.That((await (Looking.At(port).As("powerless", "x-secret") with { Tls = Trusting("ca.pem") }).LookAsync(cancellationToken)).Reason(), Is.EqualTo("permission"));
    }

    static void AssertTls(Look look, string why)
    {
        Assert.That((look.Reason(), look.Samples.Count), Is.EqualTo(("tls", 0)), look.Failure?.Detail);
        Assert.That(look.Failure!.Detail, Does.Contain(why).And.Not.Contain(RedisServer.Password));
    }
}
