using NUnit.Framework;
using Verolux.Exporter.Site;
using Verolux.Exporter.Tests.Site.PagerDuty;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Site;

[CancelAfter(30_000)]
public class ProgramTests
{
    // The program stands beside the tests, because they refer to it.
    static readonly string Assembly = typeof(SiteHost).Assembly.Location;

    [Test]
    public async Task It_prints_a_line_for_each_accepted_event_until_it_is_stopped(CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        await using var program = RunningProgram.Start("dotnet", [Assembly, "--port", $"{port}", "--routing-key", SiteHost.RoutingKey]);
        await program.WaitForLineAsync(line => line.EndsWith($"http://127.0.0.1:{port}/v2/enqueue"), cancellationToken);
        using var client = new HttpClient();
        using var content = new StringContent(Sender.Trigger("vx1-a").ToJsonString(), null, "application/json");
        (await client.PostAsync(new Uri($"http://127.0.0.1:{port}/v2/enqueue"), content, cancellationToken)).Dispose();
        Assert.That(
            await program.WaitForLineAsync(line => line.Contains("PagerDuty trigger"), cancellationToken),
            Does.EndWith("PagerDuty trigger vx1-a opened [critical] camera offline"));
        Assert.That(await program.StopAsync(cancellationToken), Is.Zero);
    }

    [Test]
    public async Task It_says_how_it_is_used(CancellationToken cancellationToken)
    {
        await using var program = RunningProgram.Start("dotnet", [Assembly, "--port", "none"]);
        Assert.That(await program.WaitForExitAsync(cancellationToken), Is.EqualTo(2));
        Assert.That(program.Lines, Has.One.StartsWith("usage:"));
    }
}
