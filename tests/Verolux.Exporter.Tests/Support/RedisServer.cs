using NUnit.Framework;

namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// A real Redis on a loopback port with a folder of its own. Its user <c>default</c> may do everything and has a password; <see cref="User"/> may do what the README
/// grants to this exporter, and nothing else.
/// </summary>
sealed class RedisServer : IAsyncDisposable
{
    public const string AdminPassword = "redis-admin-secret";
    public const string User = "verolux";
    public const string Password = "redis-exporter-secret";

    /// <summary>As the README has it.</summary>
    public const string Rights = "+info +time";

    readonly TemporaryFolder folder = new();
    readonly string[] more;
    RunningProgram? program;

    RedisServer(int port, string[] more) => (Port, this.more) = (port, more);

    public int Port { get; }

    public RunningProgram Program => program ?? throw new InvalidOperationException("it is stopped");

    public bool IsRunning => program is not null;

    /// <param name="more">Lines of its configuration.</param>
    public static async Task<RedisServer> StartAsync(CancellationToken cancellationToken, params string[] more)
    {
        var server = new RedisServer(FreePort.Next(), more);
        try
        {
            await server.StartAsync("Ready to accept connections", cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>After <see cref="StopAsync"/>, on the same port.</summary>
    /// <param name="until">The line of its log that is waited for.</param>
    public Task RestartAsync(CancellationToken cancellationToken, string until = "Ready to accept connections") => StartAsync(until, cancellationToken);

    /// <summary>From now on its port refuses. What it has not saved is lost.</summary>
    public async Task StopAsync()
    {
        if (program is null)
            return;
        await program.DisposeAsync();
        program = null;
    }

    /// <summary>Connections are still accepted, by the kernel; nothing is answered.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Program.PauseAsync(cancellationToken);

    public void Continue() => Program.Signal("CONT");

    /// <summary>Asks as the administrator. An error of the server fails the test.</summary>
    /// <returns>What <c>redis-cli</c> prints, without the last line end.</returns>
    public string Ask(params string[] command)
    {
        var (exitCode, output) = Command.Run("redis-cli", ["-h", "127.0.0.1", "-p", $"{Port}", "--no-auth-warning", "-e", "-a", AdminPassword, .. command]);
        Assert.That(exitCode, Is.Zero, output);
        return output.TrimEnd();
    }

    /// <summary>Where it saves.</summary>
    public string Folder => folder.Path;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Dispose();
    }

    async Task StartAsync(string until, CancellationToken cancellationToken)
    {
        var configuration = folder.Write("redis.conf", string.Join('\n',
        [
            "bind 127.0.0.1", $"port {Port}", "daemonize no", "save \"\"", $"dir {folder.Path}", "enable-debug-command yes",
            $"requirepass {AdminPassword}", $"user {User} on >{Password} {Rights}", .. more, "",
        ]));
        program = RunningProgram.Start("redis-server", [configuration]);
        await program.WaitForLineAsync(l => l.Contains(until), cancellationToken);
    }
}
