using Verolux.Exporter.Site.PagerDuty;

namespace Verolux.Exporter.Site;

/// <summary>The simulated site on a loopback port.</summary>
sealed class SiteHost : IAsyncDisposable
{
    /// <summary>The routing key that PagerDuty's stand-in knows unless told otherwise.</summary>
    public const string RoutingKey = "0123456789abcdef0123456789abcdef";

    readonly WebApplication app;

    SiteHost(WebApplication app, PagerDutySite pagerDuty) => (this.app, PagerDuty) = (app, pagerDuty);

    public PagerDutySite PagerDuty { get; }

    /// <summary>Without a slash at the end.</summary>
    public string Url => app.Urls.Single();

    public static Task<SiteHost> StartAsync(CancellationToken cancellationToken = default) =>
        StartAsync(new PagerDutySite(TimeProvider.System, RoutingKey), 0, cancellationToken);

    /// <param name="pagerDuty">What answers for PagerDuty.</param>
    /// <param name="port">0 has the kernel pick one.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    public static async Task<SiteHost> StartAsync(PagerDutySite pagerDuty, int port = 0, CancellationToken cancellationToken = default)
    {
        // The empty builder: no console, no signal handlers, no appsettings.json of whatever process this runs in.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapPagerDuty(pagerDuty);
        await app.StartAsync(cancellationToken);
        return new SiteHost(app, pagerDuty);
    }

    public async ValueTask DisposeAsync()
    {
        // Requests that hang on purpose would hold up an orderly stop.
        await app.StopAsync(new CancellationToken(true));
        await app.DisposeAsync();
    }
}
