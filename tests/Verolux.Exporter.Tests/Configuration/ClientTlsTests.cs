using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Tests.Security;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Configuration;

/// <summary>How servers are spoken to over TLS, against a real handshake.</summary>
[CancelAfter(60_000)]
public class ClientTlsTests
{
    readonly TemporaryFolder folder = new();
    readonly X509Certificate2 authority = Pem.Authority("ours");
    readonly X509Certificate2 stranger = Pem.Authority("theirs");
    X509Certificate2 server = null!;

    [OneTimeSetUp]
    public void Write()
    {
        server = Pem.Leaf(authority, "server");
        folder.Write("ca.pem", authority.ExportCertificatePem());
        folder.Write("other.pem", stranger.ExportCertificatePem());
        var client = Pem.Leaf(authority, "client");
        folder.Write("client.pem", client.ExportCertificatePem());
        folder.Write("client.key", Pem.Key(client));
        folder.Write("broken.pem", "-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n");
        folder.Write("empty.pem", "");
    }

    [OneTimeTearDown]
    public void Remove()
    {
        folder.Dispose();
        authority.Dispose();
        stranger.Dispose();
        server.Dispose();
    }

    [Test]
    public async Task A_server_that_our_authority_has_signed_is_trusted_and_shown_our_certificate(CancellationToken cancellationToken)
    {
        var tls = new ClientTls(folder["ca.pem"], folder["client.pem"], folder["client.key"]);
        Assert.That(await HandshakeAsync(tls, "127.0.0.1", cancellationToken), Is.EqualTo((true, (string?)null, (string?)"CN=client")));
    }

    [TestCase("ca.pem", "db.example", "the server's certificate is not for db.example")]
    [TestCase("other.pem", "127.0.0.1", "signed by nobody whom we trust")]
    [TestCase(null, "127.0.0.1", "signed by nobody whom we trust")]
    public async Task Another_server_is_not_and_the_refusal_says_why(string? authorities, string name, string why, CancellationToken cancellationToken)
    {
        var (trusted, refusal, _) = await HandshakeAsync(new ClientTls(authorities is null ? null : folder[authorities]), name, cancellationToken);
        Assert.That(trusted, Is.False);
        Assert.That(refusal, Does.Contain(why));
    }

    [Test]
    public async Task The_name_in_the_certificate_may_be_another_than_the_host_s(CancellationToken cancellationToken)
    {
        var tls = new ClientTls(folder["ca.pem"], ServerName: "127.0.0.1");
        Assert.That((await HandshakeAsync(tls, "somewhere.else", cancellationToken)).Trusted, Is.True);
    }

    [Test]
    public async Task Any_certificate_is_taken_where_that_is_asked_for(CancellationToken cancellationToken) =>
        Assert.That((await HandshakeAsync(new ClientTls(AnyCertificate: true), "db.example", cancellationToken)).Trusted, Is.True);

    [TestCase("ca_file: missing.pem", "missing.pem of tls.ca_file can't be read (FileNotFoundException)")]
    [TestCase("ca_file: broken.pem", "broken.pem of tls.ca_file")]
    [TestCase("ca_file: empty.pem", "empty.pem of tls.ca_file holds no certificate in PEM")]
    [TestCase("cert_file: client.pem, key_file: missing.key", "missing.key of tls.cert_file and tls.key_file")]
    [TestCase("cert_file: client.pem, key_file: broken.pem", "are no certificate in PEM with its private key")]
    [TestCase("cert_file: empty.pem, key_file: client.key", "are no certificate in PEM with its private key")]
    public void A_file_that_can_t_be_used_is_named(string keys, string what)
    {
        var (tls, problems) = Read($"tls: {{ {keys} }}");
        Assert.That(problems, Is.Empty, "files are read at each connection, not at the start");
        Assert.That(tls!.TryBegin("db", out _), Does.Contain(what));
    }

    [Test]
    public void Without_the_section_there_is_what_the_address_asks_for()
    {
        Assert.That(Read("url: x").Tls, Is.Null);
        Assert.That(Read("tls: {}").Tls, Is.EqualTo(new ClientTls()));
    }

    [Test]
    public void Half_a_certificate_and_unknown_keys_are_refused()
    {
        Assert.That(Read("tls: { cert_file: a.pem }").Problems.Single(), Does.Contain("cert_file").And.Contain("stands alone"));
        Assert.That(Read("tls: { key_file: a.pem }").Problems.Single(), Does.Contain("key_file").And.Contain("stands alone"));
        Assert.That(Read("tls: { ca: a.pem }").Problems.Single(), Does.Contain("ca_file"));
    }

    (ClientTls? Tls, IReadOnlyList<string> Problems) Read(string yaml)
    {
        var problems = new Problems();
        var document = Document.Parse(yaml, "verolux.yml", folder.Path, problems);
        document.Root.Text("url");
        var tls = ClientTls.Read(document.Root, null);
        document.ReportUnknownKeys();
        return (tls, [.. problems.All.Select(p => p.ToString())]);
    }

    /// <returns>Whether the server was trusted, why not, and whose certificate it was shown.</returns>
    async Task<(bool Trusted, string? Refusal, string? Shown)> HandshakeAsync(ClientTls tls, string host, CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.That(tls.TryBegin(host, out var handshake), Is.Null);
        var connecting = ConnectAsync((IPEndPoint)listener.LocalEndpoint, handshake, cancellationToken);
        var shown = await ServeAsync(listener, cancellationToken);
        return (await connecting, handshake.Refusal, shown);
    }

    static async Task<bool> ConnectAsync(IPEndPoint server, TlsHandshake handshake, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server, cancellationToken);
        await using var stream = new SslStream(client.GetStream());
        try
        {
            await stream.AuthenticateAsClientAsync(handshake.Options, cancellationToken);
            // In TLS 1.3 the server has seen our certificate only once it answers.
            await stream.ReadExactlyAsync(new byte[1], cancellationToken);
            return true;
        }
        catch (AuthenticationException)
        {
            return false;
        }
    }

    async Task<string?> ServeAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        using var client = await listener.AcceptTcpClientAsync(cancellationToken);
        await using var stream = new SslStream(client.GetStream());
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = server, ClientCertificateRequired = true, RemoteCertificateValidationCallback = (_, shown, _, _) => shown is null || shown.Subject == "CN=client" },
                cancellationToken);
            await stream.WriteAsync(new byte[1], cancellationToken);
            return stream.RemoteCertificate?.Subject;
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            return null;
        }
    }
}
