using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;
using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Redis;

/// <summary>
/// Asks a server for what it says of itself, over a connection that lives for one look. So a look goes the way of every client, and sees what they meet: full
/// servers, changed passwords, expired certificates. And nothing is left behind for the library to hold on to, to queue up or to connect again.
/// </summary>
static class RedisClient
{
    /// <summary>
    /// The library may miss the end of a connection that comes while it begins to wait for it; then it notices that its next one fails, if that is not over by then as well.
    /// </summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>All that the library may use; without the rest it neither subscribes nor asks for the configuration, for clusters or for its tie breaker's key.</summary>
    static readonly CommandMap Commands = CommandMap.Create(["INFO", "TIME"], available: true);

    /// <returns>The server's answer to INFO, or why there is none.</returns>
    /// <exception cref="OperationCanceledException">The token has fired; the connection is closed.</exception>
    public static async Task<(string? Info, Failure? Failure)> InfoAsync(RedisTarget target, string? password, CancellationToken cancellation)
    {
        using var connection = new RedisConnection(target, password);
        await using var end = cancellation.Register(connection.Abort);
        if (await connection.OpenAsync(cancellation) is { } failure)
            return (null, failure);
        try
        {
            // It does not dispose of the connection, which it has not made.
            using var library = await ConnectionMultiplexer.ConnectAsync(OptionsFor(target, connection.Stream));
            return (await library.GetServers()[0].InfoRawAsync() ?? "", null);
        }
        catch (Exception error) when (error is RedisException or RedisTimeoutException or RedisCommandException or ObjectDisposedException or InvalidOperationException)
        {
            cancellation.ThrowIfCancellationRequested();
            return (null, error is RedisServerException ? RedisReasons.Of(error.Message, target, password)
                : error is RedisTimeoutException ? new Failure(FailureReason.Timeout, $"{target.Address} answers the greeting, and then not in time")
                : new Failure(NetworkFailure.Protocol, $"{target.Address} answers the greeting, and drops the connection or makes no sense after it"));
        }
    }

    static ConfigurationOptions OptionsFor(RedisTarget target, Stream stream) => new()
    {
        EndPoints = { new DnsEndPoint(target.Host, target.Port) },
        Tunnel = new Given(stream),
        CommandMap = Commands,
        // Only so that the library lets INFO through, which it takes for a command of administrators.
        AllowAdmin = true,
        ConnectRetry = 1,
        // The token, which takes the connection away, comes first.
        ConnectTimeout = (int)target.Pace.Timeout.TotalMilliseconds,
        AsyncTimeout = (int)target.Pace.Timeout.TotalMilliseconds,
        BacklogPolicy = BacklogPolicy.FailFast,
    };

    /// <summary>Gives the library a connection that is there already, and no second one.</summary>
    sealed class Given(Stream stream) : Tunnel
    {
        Stream? rest = stream;

        public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken) => new((EndPoint?)null);

        public override async ValueTask<Stream?> BeforeAuthenticateAsync(EndPoint endpoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
        {
            if (Interlocked.Exchange(ref rest, null) is { } first)
                return first;
            await Task.Delay(Pause, cancellationToken);
            throw new IOException("a look has one connection");
        }
    }
}
