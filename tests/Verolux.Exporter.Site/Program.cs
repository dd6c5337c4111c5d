using System.Globalization;
using System.Runtime.InteropServices;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.PagerDuty;

if (args is not ["--port", var portText, "--routing-key", var routingKey] || !ushort.TryParse(portText, CultureInfo.InvariantCulture, out var port))
{
    await Console.Error.WriteLineAsync("usage: Verolux.Exporter.Site --port PORT --routing-key KEY");
    return 2;
}

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

await using var site = await SiteHost.StartAsync(new PagerDutySite(TimeProvider.System, routingKey), port, stop.Token);
Console.WriteLine($"PagerDuty's stand-in listens on {site.Url}/v2/enqueue");
try
{
    while (true)
        Console.WriteLine(await site.PagerDuty.NextAsync(stop.Token));
}
catch (OperationCanceledException)
{
    return 0;
}
