using System.Threading.Channels;
using Verolux.Exporter.Alerts.Delivery;

namespace Verolux.Exporter.Tests.Alerts.Triage;

/// <summary>Takes every page, and hands it to the test.</summary>
sealed class Destination : IDestination
{
    readonly Channel<Page> pages = Channel.CreateUnbounded<Page>();

    public string Name => "recorder";

    /// <summary>How many arrived that nobody has asked for.</summary>
    public int Waiting => pages.Reader.Count;

    public Task<Outcome> SendAsync(Page page, CancellationToken cancellation)
    {
        pages.Writer.TryWrite(page);
        return Task.FromResult<Outcome>(new Outcome.Delivered());
    }

    public async Task<Page> NextAsync(CancellationToken cancellation) => await pages.Reader.ReadAsync(cancellation);
}
