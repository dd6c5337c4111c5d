using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Verolux.Exporter.Tests.Security;

namespace Verolux.Exporter.Tests.Support;

/// <summary>A server over TLS on a loopback port that can show somebody else's certificate as well as its own.</summary>
sealed class ChangingCertificate : IAsyncDisposable
{
    readonly X509Certificate2 authority = Pem.Authority("known");
    readonly X509Certificate2 stranger = Pem.Authority("unknown");
    readonly X509Certificate2 own;
    readonly X509Certificate2 wrong;
    readonly WebApplication app;

    ChangingCertificate(RequestDelegate answer)
    {
        (own, wrong) = (Pem.Leaf(authority, "own"), Pem.Leaf(stranger, "wrong"));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https => https.ServerCertificateSelector = (_, _) => IsWrong ? wrong : own)));
        app = builder.Build();
        app.Run(answer);
    }

    /// <summary>What new connections are shown; those that there are go on.</summary>
    public bool IsWrong { get; set; }

    /// <summary>The certificate of whoever signed its own, in PEM.</summary>
    public string Authority => authority.ExportCertificatePem();

    /// <summary>Without a slash at the end.</summary>
    public string Url => app.Urls.Single();

    public static async Task<ChangingCertificate> StartAsync(RequestDelegate answer)
    {
        var server = new ChangingCertificate(answer);
        await server.app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        // Requests that hang on purpose would hold up an orderly stop.
        await app.StopAsync(new CancellationToken(true));
        await app.DisposeAsync();
        authority.Dispose();
        stranger.Dispose();
        own.Dispose();
        wrong.Dispose();
    }
}
