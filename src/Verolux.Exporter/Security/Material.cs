using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Verolux.Exporter.Security;

/// <summary>What a handshake needs from files: the certificate with its key and intermediates, and the authorities of the clients, if any.</summary>
sealed record Material(SslStreamCertificateContext Certificate, X509Certificate2Collection? Clients)
{
    /// <summary>Reads PEM files. Nothing of a key is ever part of a refusal.</summary>
    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope",
        Justification = "Handshakes under way may still use a certificate that was replaced.")]
    public static Material? Load(string certificateFile, string keyFile, string? authorityFile, Refusal refuse)
    {
        var text = Text("cert_file", certificateFile, refuse);
        var certificates = Certificates("cert_file", certificateFile, text, refuse);
        var clients = authorityFile is null ? null : Certificates("client_ca_file", authorityFile, Text("client_ca_file", authorityFile, refuse), refuse);
        var key = Text("key_file", keyFile, refuse);
        if (certificates is null || key is null || (authorityFile is not null && clients is null))
            return null;
        try
        {
            var certificate = X509Certificate2.CreateFromPem(text, key);
            // Offline: the chain is what the file holds; a start must not hang on somebody's download server.
            return new Material(SslStreamCertificateContext.Create(certificate, certificates, offline: true), clients);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            refuse("key_file", $"{keyFile} is not the private key in PEM, without a password, of the first certificate in {certificateFile}",
                "name the key that belongs to the certificate");
            return null;
        }
    }

    static X509Certificate2Collection? Certificates(string setting, string file, string? text, Refusal refuse)
    {
        if (text is null)
            return null;
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            certificates.Clear();
        }
        if (certificates.Count > 0)
            return certificates;
        refuse(setting, $"{file} holds no certificate in PEM", "write it as -----BEGIN CERTIFICATE----- and so on, the server's own first");
        return null;
    }

    static string? Text(string setting, string file, Refusal refuse)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            refuse(setting, $"{file} can't be read ({error.GetType().Name})", "correct the path, and let this user read it");
            return null;
        }
    }
}
