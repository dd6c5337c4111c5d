using System.Text.Json;
using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;
using Verolux.Exporter.Tests.Runbooks;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Alerts.Intake;

/// <summary>A whole exporter whose only runbook is for the warning DiskFull, and whose pages go to PagerDuty's stand-in.</summary>
sealed class PagedExporter : IAsyncDisposable
{
    readonly TemporaryFolder folder;
    readonly SiteHost site;
    readonly ExporterHost host;

    PagedExporter(TemporaryFolder folder, SiteHost site, ExporterHost host) => (this.folder, this.site, this.host) = (folder, site, host);

    public PagerDutySite PagerDuty => site.PagerDuty;

    public static async Task<PagedExporter> StartAsync(TimeProvider time)
    {
        var folder = new TemporaryFolder();
        var site = await SiteHost.StartAsync(new PagerDutySite(time, SiteHost.RoutingKey), clock: time);
        Directory.CreateDirectory(folder["runbooks"]);
        folder.Write("runbooks/README.md", RunbookFolder.Readme + RunbookFolder.Tree("RUNBOOK_DISK"));
        folder.Write("runbooks/RUNBOOK_DISK.md", RunbookFolder.Sound);
        var file = folder.Write("verolux.yml", $$"""
            listen: 127.0.0.1:0
            public_url: http://exporter
            site: north
            runbooks: { path: {{folder["runbooks"]}} }
            alerts:
              store: {{folder["verolux.db"]}}
              destinations:
                pagerduty: { type: pagerduty, url: "{{site.Url}}/v2/enqueue", routing_key_file: {{folder.Write("key", SiteHost.RoutingKey)}} }
              levels: { L1: [pagerduty] }
            """);
        return new PagedExporter(folder, site, await ExporterHost.ReadAsync(file, time, null));
    }

    /// <summary>Posts a body with one alert.</summary>
    /// <returns>What that did.</returns>
    public async Task<string> PostAsync(string body)
    {
        using var answer = await host.Client.PostAsync("/api/v1/alertmanager", new StringContent(body));
        Assert.That((int)answer.StatusCode, Is.EqualTo(200));
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("alerts")[0].GetProperty("result").GetString()!;
    }

    public Task<string> MetricsAsync() => host.Client.GetStringAsync("/metrics");

    public IReadOnlyList<string> Rows(string sql) => StoreReading.Rows(folder["verolux.db"], sql);

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await site.DisposeAsync();
        folder.Dispose();
    }
}
