using System.Globalization;
using System.Net.Sockets;
using System.Text;
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
    public async Task It_serves_cameras_of_every_kind_and_as_many_plain_ones_as_it_is_told(CancellationToken cancellationToken)
    {
        await using var program = RunningProgram.Start("dotnet", [Assembly, "--rtsp-port", "0", "--cameras", "20", "--dead-percent", "5"]);
        var line = await program.WaitForLineAsync(l => l.StartsWith("Cameras listen on rtsp://"), cancellationToken);
        var port = int.Parse(line.Split("127.0.0.1:")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.That(await FirstLineAsync(port, "/cam0", cancellationToken), Is.EqualTo("RTSP/1.0 200 OK"));
        Assert.That(await FirstLineAsync(port, "/digest_sha256", cancellationToken), Is.EqualTo("RTSP/1.0 401 Unauthorized"));
        Assert.That(await FirstLineAsync(port, "/flapping", cancellationToken), Is.EqualTo("RTSP/1.0 200 OK"));
        Assert.That(async () => await FirstLineAsync(port, "/cam19", cancellationToken), Throws.InstanceOf<IOException>());
        var refusing = int.Parse(line.Split("port ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.That(async () => await FirstLineAsync(refusing, "/cam0", cancellationToken), Throws.InstanceOf<SocketException>());
        Assert.That(await program.StopAsync(cancellationToken), Is.Zero);
    }

    [TestCase("--port", "none")]
    [TestCase("--routing-key", "k")]
    [TestCase("--cameras", "5")]
    [TestCase("--rtsp-port", "0", "--dead-percent", "5")]
    [TestCase("--rtsp-port", "0", "--cameras", "5", "--dead-percent", "101")]
    [TestCase("--rtsp-port", "0", "--colour", "red")]
    [TestCase("--port", "0", "--address", "nowhere")]
    [TestCase("--rtsp-port")]
    [TestCase]
    public void It_refuses_what_makes_no_sense(params string[] arguments) => Assert.That(Arguments.Read(arguments), Is.Null);

    [Test]
    public async Task It_says_how_it_is_used(CancellationToken cancellationToken)
    {
        await using var program = RunningProgram.Start("dotnet", [Assembly, "--port", "none"]);
        Assert.That(await program.WaitForExitAsync(cancellationToken), Is.EqualTo(2));
        Assert.That(program.Lines, Has.One.StartsWith("usage:"));
    }

    static async Task<string?> FirstLineAsync(int port, string path, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        using var reader = new StreamReader(client.GetStream());
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"DESCRIBE rtsp://127.0.0.1:{port}{path} RTSP/1.0\r\nCSeq: 1\r\n\r\n"), cancellationToken);
        return await reader.ReadLineAsync(cancellationToken);
    }
}
