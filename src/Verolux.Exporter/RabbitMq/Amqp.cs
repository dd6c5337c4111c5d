using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.RabbitMq;

/// <summary>
/// One conversation over AMQP 0-9-1, from name resolution to farewell, the way a worker that starts goes: so a password that was changed, a permission that was
/// taken or a certificate that has expired is seen at the next look and not at the next restart of a worker. Nothing lives on between two of them.
/// </summary>
static class Amqp
{
    /// <summary>Bytes of a frame, above which it is no answer to what is asked here. RabbitMQ's own frames are never longer.</summary>
    const uint LongestFrame = 128 * 1024;

    /// <summary>Longer than a look may ever take: the watch's own timeout is the only one.</summary>
    static readonly TimeSpan Unlimited = TimeSpan.FromHours(1);

    /// <summary>Asks for each queue by declaring it passively, which needs no permission but that to the virtual host.</summary>
    public static async Task<(IReadOnlyList<QueueReading> Queues, Failure? Failure)> ReadAsync(Broker broker, BrokerAddress address, CancellationToken cancellation)
    {
        if (broker.Tls.TryBegin(address.Host, out var handshake) is { } problem)
            return ([], new Failure(FailureReason.Config, problem));
        using var sockets = new OwnSockets();
        // Not left to the library: on a silent broker it would hold the connection for seconds after the cancellation.
        await using var cut = cancellation.Register(sockets.Dispose);
        IConnection? connection = null;
        try
        {
            connection = await FactoryOf(broker, address, handshake, sockets).CreateConnectionAsync(cancellation);
            var queues = await DeclareAsync(connection, broker.Queues.All, cancellation);
            await connection.CloseAsync(cancellation);
            return (queues, null);
        }
        catch (Exception error)
        {
            // Whatever a connection that we have cut ourselves is said to suffer from.
            cancellation.ThrowIfCancellationRequested();
            if (AmqpFailure.Of(error, broker, address, handshake, connection is not null) is { } failure)
                return ([], failure);
            throw;
        }
        finally
        {
            sockets.Dispose();
            if (connection is not null)
                await connection.DisposeAsync();
        }
    }

    static ConnectionFactory FactoryOf(Broker broker, BrokerAddress address, TlsHandshake handshake, OwnSockets sockets) => new()
    {
        HostName = address.Host,
        Port = address.Port,
        VirtualHost = broker.VirtualHost,
        UserName = address.User,
        Password = address.Password,
        ClientProvidedName = "verolux-exporter",
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        MaxInboundMessageBodySize = LongestFrame,
        RequestedConnectionTimeout = Unlimited,
        HandshakeContinuationTimeout = Unlimited,
        ContinuationTimeout = Unlimited,
        SocketFactory = sockets.Open,
        Ssl = new SslOption
        {
            Enabled = address.UsesTls,
            ServerName = handshake.ServerName,
            Certs = handshake.Certificate is { } own ? new X509CertificateCollection { own } : null,
            CertificateValidationCallback = (_, certificate, chain, errors) => handshake.IsTrusted(certificate, chain, errors),
        },
    };

    static async Task<IReadOnlyList<QueueReading>> DeclareAsync(IConnection connection, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var queues = new List<QueueReading>();
        // Also where there is no queue to ask for: the library does not wait for the answer to whether the virtual host may be used, so that comes in here.
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        foreach (var name in names)
        {
            try
            {
                var queue = await channel.QueueDeclarePassiveAsync(name, cancellation);
                queues.Add(new QueueReading(name, true, Ready: queue.MessageCount, Consumers: queue.ConsumerCount));
            }
            catch (OperationInterruptedException closed) when (connection.IsOpen && closed.ShutdownReason?.ReplyCode is Constants.NotFound or Constants.ResourceLocked)
            {
                // Locked is a queue that is another connection's alone. Either answer costs the channel.
                queues.Add(new QueueReading(name, closed.ShutdownReason.ReplyCode == Constants.ResourceLocked));
                await channel.DisposeAsync();
                channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
            }
        }
        return queues;
    }

    /// <summary>The sockets of one conversation, so that it can be cut at any moment.</summary>
    sealed class OwnSockets : IDisposable
    {
        readonly Lock opening = new();
        readonly List<ITcpClient> open = [];
        bool cut;

        public ITcpClient Open(System.Net.Sockets.AddressFamily family)
        {
            lock (opening)
            {
                ObjectDisposedException.ThrowIf(cut, this);
                var client = ConnectionFactory.DefaultSocketFactory(family);
                open.Add(client);
                return client;
            }
        }

        public void Dispose()
        {
            lock (opening)
            {
                cut = true;
                open.ForEach(client => client.Dispose());
            }
        }
    }
}
