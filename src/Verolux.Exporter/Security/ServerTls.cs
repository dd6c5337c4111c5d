using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>The server's certificate and what it asks of its clients' (exporter-toolkit's <c>tls_server_config</c>), read again when a file changes.</summary>
sealed class ServerTls
{
    static readonly string[] Unsupported =
        ["cert", "key", "client_ca", "client_allowed_sans", "cipher_suites", "prefer_server_cipher_suites", "curve_preferences"];

    readonly Watched<Material> material;
    readonly SslProtocols protocols;
    readonly ClientCertificates clients;

    ServerTls(Watched<Material> material, SslProtocols protocols, ClientCertificates clients) =>
        (this.material, this.protocols, this.clients) = (material, protocols, clients);

    public bool RequiresClientCertificate => clients is ClientCertificates.RequireAny or ClientCertificates.RequireAndVerify;

    /// <summary>Null, after a problem, where something is missing, unreadable or doesn't fit together.</summary>
    public static ServerTls? Read(Section section, TimeProvider time)
    {
        foreach (var key in Unsupported.Where(section.Has))
        {
            var remedy = key is "cert" or "key" or "client_ca" ? $"put it into a file and name that in {key}_file" : "remove it";
            section.Refuse(key, "is not supported here", remedy);
        }
        section.RequiredText("cert_file", "server.crt");
        section.RequiredText("key_file", "server.key");
        var protocols = Protocols.Read(section);
        var clients = ReadClients(section);
        var authority = ReadAuthority(section, clients);
        if (section.File("cert_file") is not { } certificate || section.File("key_file") is not { } keyFile)
            return null;
        string[] files = authority is null ? [certificate, keyFile] : [certificate, keyFile, authority];
        var material = Watched<Material>.Read(files, refuse => Material.Load(certificate, keyFile, authority, refuse), section.Refuse, time);
        return material is null ? null : new ServerTls(material, protocols, clients);
    }

    /// <summary>The terms of one handshake. Made anew each time, because the stream changes them.</summary>
    public SslServerAuthenticationOptions Terms(bool http2, ILogger log)
    {
        var now = material.Current(log);
        var terms = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = now.Certificate,
            EnabledSslProtocols = protocols,
            ApplicationProtocols = http2 ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http11],
            ClientCertificateRequired = clients != ClientCertificates.None,
            CertificateChainPolicy = Policy(now.Clients),
        };
        if (clients != ClientCertificates.None)
            terms.RemoteCertificateValidationCallback = (_, certificate, _, errors) => Accepts(certificate is not null, errors);
        return terms;
    }

    bool Accepts(bool given, SslPolicyErrors errors) => clients switch
    {
        ClientCertificates.Request => true,
        ClientCertificates.RequireAny => given,
        ClientCertificates.VerifyIfGiven => !given || errors == SslPolicyErrors.None,
        _ => given && errors == SslPolicyErrors.None,
    };

    static X509ChainPolicy? Policy(X509Certificate2Collection? roots)
    {
        if (roots is null)
            return null;
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A camera network has no way out to ask a revocation list, and exporter-toolkit doesn't either.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    static string? ReadAuthority(Section section, ClientCertificates clients)
    {
        var authority = section.File("client_ca_file");
        var verifies = clients is ClientCertificates.VerifyIfGiven or ClientCertificates.RequireAndVerify;
        if (verifies && authority is null)
            section.Refuse("client_ca_file", "is missing, and client certificates are to be verified", "add it, for example `client_ca_file: clients.crt`");
        if (!verifies && authority is not null)
        {
            section.Refuse("client_ca_file", "is there, but client_auth_type verifies nothing",
                "set `client_auth_type: RequireAndVerifyClientCert`, or remove it");
        }
        return authority;
    }

    static ClientCertificates ReadClients(Section section)
    {
        switch (section.Text("client_auth_type"))
        {
            case null or "NoClientCert":
                return ClientCertificates.None;
            case "RequestClientCert":
                return ClientCertificates.Request;
            case "RequireAnyClientCert":
                return ClientCertificates.RequireAny;
            case "VerifyClientCertIfGiven":
                return ClientCertificates.VerifyIfGiven;
            case "RequireAndVerifyClientCert":
                return ClientCertificates.RequireAndVerify;
            case var text:
                section.Refuse("client_auth_type", $"\"{text}\" is not a way to ask for client certificates",
                    "write NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert");
                return ClientCertificates.RequireAndVerify;
        }
    }

    enum ClientCertificates
    {
        None,
        Request,
        RequireAny,
        VerifyIfGiven,
        RequireAndVerify,
    }
}
