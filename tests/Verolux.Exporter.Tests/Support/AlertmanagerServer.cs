namespace Verolux.Exporter.Tests.Support;

/// <summary>The real Alertmanager on a loopback port, alone: an empty cluster address opens no gossip port.</summary>
sealed class AlertmanagerServer : IAsyncDisposable
{
    AlertmanagerServer(RunningProgram program, string url) => (Program, Url) = (program, url);

    public RunningProgram Program { get; }

    /// <summary>Without a slash at the end.</summary>
    public string Url { get; }

    public static async Task<AlertmanagerServer> StartAsync(string configFile, string workFolder, CancellationToken cancellationToken, Versions versions = Versions.Oldest)
    {
        var address = $"127.0.0.1:{FreePort.Next()}";
        var program = RunningProgram.Start(
            versions.Program("prometheus-alertmanager"),
            [
                $"--config.file={configFile}",
                $"--storage.path={Path.Combine(workFolder, "alertmanager")}",
                $"--web.listen-address={address}",
                "--cluster.listen-address=",
            ],
            workingFolder: workFolder);
        var server = new AlertmanagerServer(program, $"http://{address}");
        try
        {
            using var client = new HttpClient();
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
