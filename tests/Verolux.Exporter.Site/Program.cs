using System.Runtime.InteropServices;
using Verolux.Exporter.Site;
using Verolux.Exporter.Site.Cameras;
using Verolux.Exporter.Site.PagerDuty;

if (Arguments.Read(args) is not { } arguments)
{
    await Console.Error.WriteLineAsync(Arguments.Usage);
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

await using var farm = arguments.RtspPort is { } rtspPort ? CameraFarm.Start(rtspPort, keepsRequests: false, address: arguments.Address) : null;
try
{
    await Task.WhenAll(ServicesAsync(), CamerasAsync());
}
catch (OperationCanceledException)
{
    // Stopped.
}
return 0;

async Task ServicesAsync()
{
    if (arguments.Port is not { } port)
        return;
    await using var site = await SiteHost.StartAsync(arguments.RoutingKey is { } key ? new PagerDutySite(TimeProvider.System, key) : null, port, farm, address: arguments.Address, cancellationToken: stop.Token);
    site.Backend.Add("demo");
    Console.WriteLine($"The back end listens on {site.Url} (POST {site.Url}/steer says how to make it fail)");
    if (arguments.RoutingKey is null)
        await Task.Delay(Timeout.Infinite, stop.Token);
    Console.WriteLine($"PagerDuty's stand-in listens on {site.Url}/v2/enqueue");
    while (true)
        Console.WriteLine((await site.PagerDuty.NextAsync(stop.Token)).Told());
}

async Task CamerasAsync()
{
    if (farm is null)
        return;
    using var refusing = new RefusingPort();
    farm.AddDemo();
    farm.AddPlain(arguments.Cameras, arguments.DeadPercent);
    var flapping = farm.Add("/flapping");
    Console.WriteLine($"Cameras listen on rtsp://127.0.0.1:{farm.Port} ({arguments.Cameras} plain ones, {arguments.DeadPercent} % of them dead); port {refusing.Port} refuses");
    while (true)
    {
        await Task.Delay(TimeSpan.FromSeconds(40), stop.Token);
        flapping.Cut();
        await Task.Delay(TimeSpan.FromSeconds(20), stop.Token);
        flapping.Restore();
    }
}
