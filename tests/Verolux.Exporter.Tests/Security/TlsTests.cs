using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Security;

public class TlsTests
{
    readonly X509Certificate2 ours = Pem.Authority("ours");
    readonly X509Certificate2 theirs = Pem.Authority("theirs");
    readonly Folder folder = new();
    readonly FakeTimeProvider time = new();

    [SetUp]
    public void Write()
    {
        using var server = Pem.Leaf(ours, "first");
        WriteServer(server);
        folder.Write("clients.crt", ours.ExportCertificatePem());
    }

    [OneTimeTearDown]
    public void Remove()
    {
        folder.Dispose();
        ours.Dispose();
        theirs.Dispose();
    }

    [Test]
    public async Task It_is_spoken_with_http2_on_offer()
    {
        await using var service = await Start("tls_server_config: { cert_file: server.crt, key_file: server.key }");
        Assert.That(await Ask(service, null), Is.EqualTo("HTTP/2"));
    }

    [Test]
    public async Task Http2_can_be_switched_off()
    {
        await using var service = await Start("tls_server_config: { cert_file: server.crt, key_file: server.key }\nhttp_server_config: { http2: false }");
        Assert.That(await Ask(service, null), Is.EqualTo("HTTP/1.1"));
    }

    [TestCase("NoClientCert", false, true, true)]
    [TestCase("RequestClientCert", false, true, true)]
    [TestCase("RequireAnyClientCert", false, false, true)]
    [TestCase("VerifyClientCertIfGiven", true, true, false)]
    [TestCase("RequireAndVerifyClientCert", true, false, false)]
    public async Task A_client_certificate_is_asked_for_as_configured(string type, bool authority, bool withoutOne, bool withAForeignOne)
    {
        var tls = $"cert_file: server.crt, key_file: server.key, client_auth_type: {type}{(authority ? ", client_ca_file: clients.crt" : "")}";
        await using var service = await Start($"tls_server_config: {{ {tls} }}");
        using var own = Pem.Leaf(ours, "own client");
        using var foreign = Pem.Leaf(theirs, "foreign client");
        Assert.That(await Answers(service, own), Is.True, "with a certificate of the authority");
        Assert.That(await Answers(service, null), Is.EqualTo(withoutOne), "without a certificate");
        Assert.That(await Answers(service, foreign), Is.EqualTo(withAForeignOne), "with a certificate of another authority");
        Assert.That(await Answers(service, own), Is.True, "after those");
    }

    [TestCase("min_version: TLS13", "Tls12", false)]
    [TestCase("min_version: TLS13", "Tls13", true)]
    [TestCase("max_version: TLS12", "Tls13", false)]
    [TestCase("max_version: TLS12", "Tls12", true)]
    public async Task Only_the_configured_versions_are_spoken(string version, string protocol, bool spoken)
    {
        await using var service = await Start($"tls_server_config: {{ cert_file: server.crt, key_file: server.key, {version} }}");
        Assert.That(await Answers(service, null, Enum.Parse<SslProtocols>(protocol)), Is.EqualTo(spoken));
    }

    [Test]
    public async Task A_new_certificate_is_used_within_a_second_and_a_bad_one_is_not()
    {
        await using var service = await Start("tls_server_config: { cert_file: server.crt, key_file: server.key }");
        Assert.That(await Subject(service), Is.EqualTo("CN=first"));
        using var renewed = Pem.Leaf(ours, "a second one");
        WriteServer(renewed);
        Assert.That(await Subject(service), Is.EqualTo("CN=first"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await Subject(service), Is.EqualTo("CN=a second one"));
        folder.Write("server.key", "no key");
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await Subject(service), Is.EqualTo("CN=a second one"));
        Assert.That(service.Log.Warnings.Single(), Does.Contain("server.crt").And.Contain("stays in force").And.Not.Contain("no key"));
    }

    [Test]
    public async Task Intermediate_certificates_are_sent_along()
    {
        using var intermediate = Pem.Authority("intermediate", ours);
        using var server = Pem.Leaf(intermediate, "behind an intermediate");
        WriteServer(server, intermediate);
        await using var service = await Start("tls_server_config: { cert_file: server.crt, key_file: server.key }");
        Assert.That(await Answers(service, null), Is.True);
    }

    [TestCase("cert_file: absent.crt, key_file: server.key", "cert_file: ")]
    [TestCase("cert_file: server.crt, key_file: absent.key", "key_file: ")]
    [TestCase("cert_file: server.key, key_file: server.key", "cert_file: ")]
    [TestCase("cert_file: server.crt, key_file: server.crt", "key_file: ")]
    [TestCase("cert_file: clients.crt, key_file: server.key", "key_file: ")]
    [TestCase("cert_file: server.crt", "key_file: is missing")]
    [TestCase("key_file: server.key", "cert_file: is missing")]
    [TestCase("cert_file: server.crt, key_file: server.key, client_auth_type: RequireAndVerifyClientCert", "client_ca_file: is missing")]
    [TestCase("cert_file: server.crt, key_file: server.key, client_ca_file: clients.crt", "client_ca_file: is there, but")]
    [TestCase("cert_file: server.crt, key_file: server.key, client_auth_type: Always, client_ca_file: clients.crt", "client_auth_type: \"Always\"")]
    [TestCase("cert_file: server.crt, key_file: server.key, min_version: TLS13, max_version: TLS12", "max_version: is below")]
    public void A_mistake_is_told_when_the_configuration_is_read(string tls, string problem)
    {
        folder.Write("web.yml", $"tls_server_config: {{ {tls} }}");
        var problems = folder.Read("access: { web_config_file: web.yml }").Problems;
        Assert.That(problems.Single().ToString(), Does.StartWith("web.yml:1: tls_server_config.").And.Contain(problem).And.Not.Contain("PRIVATE"));
    }

    Task<Running> Start(string web)
    {
        folder.Write("web.yml", web);
        return Running.Start(folder, "access: { web_config_file: web.yml }", time);
    }

    void WriteServer(X509Certificate2 certificate, params X509Certificate2[] chain)
    {
        folder.Write("server.crt", string.Join('\n', chain.Prepend(certificate).Select(c => c.ExportCertificatePem())));
        folder.Write("server.key", Pem.Key(certificate));
    }

    async Task<string> Subject(Running service)
    {
        var subject = "";
        await Ask(service, null, seen: c => subject = c.Subject);
        return subject;
    }

    async Task<bool> Answers(Running service, X509Certificate2? certificate, SslProtocols protocol = SslProtocols.None)
    {
        try
        {
            await Ask(service, certificate, protocol);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    async Task<string> Ask(Running service, X509Certificate2? certificate, SslProtocols protocol = SslProtocols.None, Action<X509Certificate>? seen = null)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = protocol,
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
            },
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(ours);
        if (seen is not null)
            handler.SslOptions.RemoteCertificateValidationCallback = (_, c, _, errors) =>
            {
                seen(c!);
                return errors == SslPolicyErrors.None;
            };
        using var client = new HttpClient(handler) { BaseAddress = service.Address, DefaultRequestVersion = HttpVersion.Version20 };
        return await client.GetStringAsync("/protocol");
    }
}
