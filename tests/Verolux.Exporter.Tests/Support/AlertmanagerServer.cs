using System.Net.Http.Headers;

namespace Verolux.Exporter.Tests.Support;

/// <summary>The real Alertmanager on a loopback port, alone: an empty cluster address opens no gossip port.</summary>
sealed class AlertmanagerServer : IAsyncDisposable
{
    AlertmanagerServer(RunningProgram program, string url) => (Program, Url) = (program, url);

    public RunningProgram Program { get; }

    /// <summary>Without a slash at the end.</summary>
    public string Url { get; }

    /// <param name="web">With a <c>--web.config.file</c> of its own, over TLS, and with what lets a caller in.</param>
    public static async Task<AlertmanagerServer> StartAsync(
        string configFile, string workFolder, CancellationToken cancellationToken, Versions versions = Versions.Oldest, (string ConfigFile, AuthenticationHeaderValue Caller)? web = null,
        int? port = null)
    {
        var address = $"127.0.0.1:{port ?? FreePort.Next()}";
        var program = RunningProgram.Start(
            versions.Program("prometheus-alertmanager"),
            [
                $"--config.file={configFile}",
                $"--storage.path={Path.Combine(workFolder, "alertmanager")}",
                $"--web.listen-address={address}",
                "--cluster.listen-address=",
                .. web is { } own ? (string[])[$"--web.config.file={own.ConfigFile}"] : [],
            ],
            workingFolder: workFolder);
        var server = new AlertmanagerServer(program, $"{(web is null ? "http" : "https")}://{address}");
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } });
            client.DefaultRequestHeaders.Authorization = web?.Caller;
            await Readiness.UntilAnswersAsync(client, new Uri($"{server.Url}/-/ready"), program, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();
}
