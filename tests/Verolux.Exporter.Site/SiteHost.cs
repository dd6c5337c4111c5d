using System.Net;
using Verolux.Exporter.Site.Backend;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Site.Queues;
using Verolux.Exporter.Site.Slack;
using Verolux.Exporter.Site.Webhook;

namespace Verolux.Exporter.Site;

/// <summary>The simulated site on a loopback port.</summary>
sealed class SiteHost : IAsyncDisposable
{
    /// <summary>The routing key that PagerDuty's stand-in knows unless told otherwise.</summary>
    public const string RoutingKey = "0123456789abcdef0123456789abcdef";

    readonly WebApplication app;

    SiteHost(WebApplication app, PagerDutySite? pagerDuty, SlackSite slack, WebhookSite webhook, BackendSite backend) =>
        (this.app, PagerDuty, Slack, Webhook, Backend) = (app, pagerDuty!, slack, webhook, backend);

    /// <summary>There where it was started with one.</summary>
    public PagerDutySite PagerDuty { get; }

    public SlackSite Slack { get; }

    public WebhookSite Webhook { get; }

    public BackendSite Backend { get; }

    /// <summary>Without a slash at the end.</summary>
    public string Url => app.Urls.Single();

    public static Task<SiteHost> StartAsync(CancellationToken cancellationToken = default) =>
        StartAsync(new PagerDutySite(TimeProvider.System, RoutingKey), cancellationToken: cancellationToken);

    /// <param name="pagerDuty">What answers for PagerDuty; null: nobody does.</param>
    /// <param name="port">0 has the kernel pick one.</param>
    /// <param name="cameras">Those that can be steered; null: none.</param>
    /// <param name="clock">That of Slack's stand-in and of the webhook's.</param>
    /// <param name="address">Loopback unless told otherwise.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    public static async Task<SiteHost> StartAsync(PagerDutySite? pagerDuty, int port = 0, CameraFarm? cameras = null, TimeProvider? clock = null, IPAddress? address = null, CancellationToken cancellationToken = default)
    {
        // The empty builder: no console, no signal handlers, no appsettings.json of whatever process this runs in.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{new IPEndPoint(address ?? IPAddress.Loopback, port)}");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        if (pagerDuty is not null)
            app.MapPagerDuty(pagerDuty);
        var (slack, webhook) = (new SlackSite(clock ?? TimeProvider.System), new WebhookSite(clock ?? TimeProvider.System));
        slack.Map(app);
        webhook.Map(app);
        var backend = new BackendSite(TimeProvider.System);
        backend.Map(app);
        app.MapProducer();
        if (cameras is not null)
            app.MapCameras(cameras);
        await app.StartAsync(cancellationToken);
        return new SiteHost(app, pagerDuty, slack, webhook, backend);
    }

    public async ValueTask DisposeAsync()
    {
        // Requests that hang on purpose would hold up an orderly stop.
        await app.StopAsync(new CancellationToken(true));
        await app.DisposeAsync();
    }
}
