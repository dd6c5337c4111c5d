using Verolux.Exporter.Collecting;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Backend;
using Verolux.Exporter.Tests.Backend;

namespace Verolux.Exporter.Tests.Contracts;

/// <summary>A service of the simulated back end that answers, breaks and hangs.</summary>
sealed class BackendSubject : CollectorSubject
{
    readonly SiteHost site;

    BackendSubject(SiteHost site, TimeProvider time)
    {
        this.site = site;
        Collector = Services.At(site).OnlyHealth().Collect(time);
    }

    public override ICollector Collector { get; }

    public override IReadOnlyList<string> Prefixes => ["verolux_backend_", "verolux_inference_", "verolux_pipeline_"];

    public static async Task<CollectorSubject> MakeAsync(TimeProvider time, CancellationToken cancellationToken) => new BackendSubject(await SiteHost.StartAsync(cancellationToken), time);

    public override Task AnswerAsync(CancellationToken cancellationToken)
    {
        site.Backend.Faults(BackendSite.Health).Clear();
        return Task.CompletedTask;
    }

    public override Task FailAsync(CancellationToken cancellationToken) => Befall(Faults.Answer(503));

    public override Task HangAsync(CancellationToken cancellationToken) => Befall(Faults.Hang(new Gate()));

    public override ValueTask DisposeAsync() => site.DisposeAsync();

    Task Befall(Fault fault)
    {
        site.Backend.Faults(BackendSite.Health).Always(fault);
        return Task.CompletedTask;
    }
}
