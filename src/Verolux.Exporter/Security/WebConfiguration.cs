using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Security;

/// <summary>
/// Prometheus' web configuration file (https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md), as far as it is supported.
/// </summary>
sealed class WebConfiguration
{
    readonly ServerTls? tls;
    readonly bool http2;

    WebConfiguration(ServerTls? tls, bool http2, ResponseHeaders headers, IReadOnlyDictionary<string, string?> users) =>
        (this.tls, this.http2, Headers, Users) = (tls, http2, headers, users);

    /// <summary>Where no file is named: no TLS, our own headers, no users.</summary>
    public static WebConfiguration None { get; } = new(null, false, new ResponseHeaders([]), new Dictionary<string, string?>());

    public ResponseHeaders Headers { get; }

    /// <summary>Names and bcrypt hashes; null for a hash that is no good.</summary>
    public IReadOnlyDictionary<string, string?> Users { get; }

    public bool HasTls => tls is not null;

    /// <summary>Whether nobody without a certificate of their own gets as far as asking.</summary>
    public bool RequiresClientCertificate => tls?.RequiresClientCertificate == true;

    /// <summary>Reads the file. Null, after a problem, where it can't be read at all; paths in it are relative to it.</summary>
    public static WebConfiguration? Read(string path, Section access, TimeProvider time)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            access.Refuse("web_config_file", $"{path} can't be read ({error.GetType().Name})", "correct the path, and let this user read it");
            return null;
        }
        var before = access.Problems.All.Count;
        var document = Document.Parse(text, Path.GetFileName(path), Path.GetDirectoryName(path)!, access.Problems);
        if (access.Problems.All.Count > before)
            return null;
        var read = Read(document.Root, time);
        document.ReportUnknownKeys();
        return read;
    }

    static WebConfiguration Read(Section root, TimeProvider time)
    {
        if (root.Has("rate_limit"))
            root.Refuse("rate_limit", "is not supported here", "remove it; concurrent scrapes are bounded anyway");
        var tls = root.Has("tls_server_config") ? ServerTls.Read(root.Child("tls_server_config"), time) : null;
        var server = root.Child("http_server_config");
        var headers = ResponseHeaders.Read(server.Child("headers"));
        return new WebConfiguration(tls, server.Flag("http2", true), headers, UserList.ReadHashes(root.Child("basic_auth_users")));
    }

    /// <summary>Sets TLS, client certificates and protocols of a port. HTTP/2 is offered with TLS only, as exporter-toolkit does.</summary>
    public void Apply(ListenOptions listen)
    {
        listen.Protocols = http2 && tls is not null ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
        if (tls is null)
            return;
        var log = listen.ApplicationServices.GetRequiredService<ILogger<WebConfiguration>>();
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls.Terms(http2, log)) });
    }
}
