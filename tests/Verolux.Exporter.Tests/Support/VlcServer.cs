using System.Net.Sockets;
using System.Text;

namespace Verolux.Exporter.Tests.Support;

/// <summary>VLC as a real camera that speaks RTP over UDP only: SETUP for TCP gets 461.</summary>
sealed class VlcServer : IAsyncDisposable
{
    readonly TemporaryFolder folder;

    VlcServer(TemporaryFolder folder, RunningProgram program, string url) => (this.folder, Program, Url) = (folder, program, url);

    public RunningProgram Program { get; }

    public string Url { get; }

    public static async Task<VlcServer> StartAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        var folder = new TemporaryFolder();
        var clip = folder["moving.h264"];
        File.Copy(RepositoryRoot.Of("tests", "Verolux.Exporter.Site", "Cameras", "Clips", "moving.h264"), clip);
        // VLC refuses to run as root, and the user nobody can look neither into this folder nor, often, into the repository.
        Command.Run("chmod", "-R", "o+rX", folder.Path);
        string[] vlc = ["vlc", "-I", "dummy", "--quiet", "--no-audio", "--demux", "h264", "--h264-fps", "25", "--loop", clip, "--sout", $"#rtp{{sdp=rtsp://127.0.0.1:{port}/cam}}", "--sout-keep"];
        string[] command = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", .. vlc] : vlc;
        var program = RunningProgram.Start(command[0], command[1..], new Dictionary<string, string> { ["HOME"] = folder.Path }, folder.Path);
        var server = new VlcServer(folder, program, $"rtsp://127.0.0.1:{port}/cam");
        try
        {
            await Readiness.UntilAsync(() => DescribesAsync(port, cancellationToken), program, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>It listens a moment before its stream is there, and until then answers 500.</summary>
    static async Task<bool> DescribesAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            await using var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"DESCRIBE rtsp://127.0.0.1:{port}/cam RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"), cancellationToken);
            using var reader = new StreamReader(stream);
            return await reader.ReadLineAsync(cancellationToken) is { } status && status.StartsWith("RTSP/1.0 200 ", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return false;
        }
    }
}
