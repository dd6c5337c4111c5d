using System.Net.Sockets;
using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

[CancelAfter(120_000)]
public class RtspServersTests
{
    [Test]
    public async Task GStreamer_serves_every_codec_and_every_access(CancellationToken cancellationToken)
    {
        await using var server = await GstreamerServer.StartAsync(2, cancellationToken);
        var credentials = $"{GstreamerServer.User}:{GstreamerServer.Password}@";
        var probed = await Task.WhenAll(
            new[] { server.Open("/h264_25"), server.Open("/h264_12"), server.Open("/h265_25"), server.Open("/mjpeg_5"), server.Open("/cam1"), server.Basic("/h264_25"), server.Digest("/cam0") }
                .Select(url => ProbeAsync(url.Replace("//", $"//{credentials}"), cancellationToken)));
        Assert.That(probed.Select(p => p.Output.Trim()), Is.EqualTo(["h264,25/1", "h264,12/1", "hevc,25/1", "mjpeg,5/1", "h264,25/1", "h264,25/1", "h264,25/1"]), string.Concat(probed.Select(p => p.Errors)));
    }

    [Test]
    public async Task GStreamer_wants_credentials_where_it_says_so(CancellationToken cancellationToken)
    {
        await using var server = await GstreamerServer.StartAsync(cancellationToken);
        foreach (var url in new[] { server.Basic("/h264_25"), server.Digest("/h264_25") })
            Assert.That((await ProbeAsync(url, cancellationToken)).Errors, Does.Contain("401 Unauthorized"));
    }

    [Test]
    public async Task GStreamer_can_be_paused_stopped_and_started_again_on_its_ports(CancellationToken cancellationToken)
    {
        await using var server = await GstreamerServer.StartAsync(cancellationToken);
        server.Pause();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", server.OpenPort, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"u8.ToArray(), cancellationToken);
            var answer = stream.ReadAsync(new byte[1], cancellationToken).AsTask();
            Assert.That(answer.IsCompleted, Is.False);
            server.Continue();
            Assert.That(await answer, Is.EqualTo(1));
        }
        await server.StopAsync();
        using (var client = new TcpClient())
            Assert.That(async () => await client.ConnectAsync("127.0.0.1", server.OpenPort, cancellationToken), Throws.InstanceOf<SocketException>());
        await server.RestartAsync(cancellationToken);
        Assert.That((await ProbeAsync(server.Open("/h264_25"), cancellationToken)).Output.Trim(), Is.EqualTo("h264,25/1"));
    }

    [Test]
    public async Task Vlc_speaks_UDP_only(CancellationToken cancellationToken)
    {
        await using var server = await VlcServer.StartAsync(cancellationToken);
        Assert.That((await ProbeAsync(server.Url, cancellationToken)).Errors, Does.Contain("461 Unsupported"));
    }

    [Test]
    public async Task A_silent_server_accepts_and_says_nothing(CancellationToken cancellationToken)
    {
        using var server = new SilentServer();
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port, cancellationToken);
        Assert.That(client.GetStream().ReadAsync(new byte[1], cancellationToken).AsTask().IsCompleted, Is.False);
    }

    [Test]
    public void A_black_hole_neither_accepts_nor_refuses()
    {
        using var hole = new BlackHole();
        using var client = new TcpClient();
        using var enough = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Assert.That(async () => await client.ConnectAsync("127.0.0.1", hole.Port, enough.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    static Task<Ended> ProbeAsync(string url, CancellationToken cancellationToken) => Ended.OfAsync(
        "ffprobe",
        ["-v", "error", "-rtsp_transport", "tcp", "-timeout", "60000000", "-show_entries", "stream=codec_name,r_frame_rate", "-of", "csv=p=0", url],
        cancellationToken);
}
