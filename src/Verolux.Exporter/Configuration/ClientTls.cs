using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Verolux.Exporter.Configuration;

/// <summary>
/// How a server on the network is spoken to over TLS; the keys are those of Prometheus' <c>tls_config</c>
/// (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#tls_config). Files are read again at every connection, so that certificates
/// can be renewed without a restart.
/// </summary>
/// <param name="AuthorityFile">Certificates in PEM of who may have signed the server's; null for those that this machine trusts.</param>
/// <param name="CertificateFile">What we show the server, in PEM; null for nothing.</param>
/// <param name="ServerName">What the server's certificate must be for; null for the host that is connected to.</param>
/// <param name="AnyCertificate">Takes whatever the server shows.</param>
sealed record ClientTls(string? AuthorityFile = null, string? CertificateFile = null, string? KeyFile = null, string? ServerName = null, bool AnyCertificate = false)
{
    /// <summary>Reads the mapping <c>tls</c> of a target.</summary>
    /// <param name="otherwise">Where there is none.</param>
    public static ClientTls? Read(Section target, ClientTls? otherwise)
    {
        if (!target.Has("tls"))
            return otherwise;
        var tls = target.Child("tls");
        var read = new ClientTls(tls.File("ca_file"), tls.File("cert_file"), tls.File("key_file"), tls.Text("server_name"), tls.Flag("insecure_skip_verify", false));
        if (read.CertificateFile is null != read.KeyFile is null)
            tls.Refuse(read.CertificateFile is null ? "key_file" : "cert_file", "stands alone", "name both the certificate in cert_file and its private key in key_file");
        return read;
    }

    /// <summary>Prepares for one connection.</summary>
    /// <param name="handshake">The handshake, when the answer is null.</param>
    /// <returns>Null, or which file can't be used and why, for people; without any part of a key.</returns>
    public string? TryBegin(string host, out TlsHandshake handshake)
    {
        handshake = new TlsHandshake(ServerName ?? host, AnyCertificate);
        return TryReadAuthorities(handshake) ?? TryReadCertificate(handshake);
    }

    string? TryReadAuthorities(TlsHandshake handshake)
    {
        if (AuthorityFile is null)
            return null;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(AuthorityFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"the file {AuthorityFile} of tls.ca_file can't be read ({error.GetType().Name})";
        }
        handshake.Authorities = authorities;
        return authorities.Count > 0 ? null : $"the file {AuthorityFile} of tls.ca_file holds no certificate in PEM";
    }

    string? TryReadCertificate(TlsHandshake handshake)
    {
        if (CertificateFile is null)
            return null;
        try
        {
            handshake.Certificate = X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"the files {CertificateFile} and {KeyFile} of tls.cert_file and tls.key_file are no certificate in PEM with its private key ({error.GetType().Name})";
        }
    }
}

/// <summary>One handshake with a server: what we trust, what we show, and afterwards why the server was not trusted.</summary>
/// <param name="serverName">What the server's certificate must be for.</param>
sealed class TlsHandshake(string serverName, bool anyCertificate)
{
    public string ServerName => serverName;

    /// <summary>Null for those that this machine trusts.</summary>
    public X509Certificate2Collection? Authorities { get; set; }

    /// <summary>What we show the server; null for nothing.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>Why the server's certificate was not taken, for people; null where it was, or none was seen.</summary>
    public string? Refusal { get; private set; }

    /// <summary>For libraries that take a handshake's options as they are.</summary>
    public SslClientAuthenticationOptions Options => new()
    {
        TargetHost = serverName,
        ClientCertificates = Certificate is { } own ? [own] : null,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors),
    };

    /// <summary>Whether the server is the one that is meant. Libraries that check the name against what they were told may be told nothing.</summary>
    public bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (anyCertificate)
            return true;
        if (certificate is null)
            return Refuse("the server showed no certificate");
        using var shown = new X509Certificate2(certificate);
        if (!shown.MatchesHostname(serverName))
            return Refuse($"the server's certificate is not for {serverName}");
        if (Authorities is null)
            return !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) || Refuse(WhyNot(chain));
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        // A monitor must not hang on somebody's revocation server.
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (chain is not null)
            own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        return own.Build(shown) || Refuse(WhyNot(own));
    }

    static string WhyNot(X509Chain? chain)
    {
        var flags = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status);
        return flags.HasFlag(X509ChainStatusFlags.NotTimeValid) ? "the server's certificate, or one that it is signed with, has expired or is not yet valid"
            : "the server's certificate is signed by nobody whom we trust: name the certificate of who signed it in tls.ca_file";
    }

    bool Refuse(string why)
    {
        Refusal = why;
        return false;
    }
}
