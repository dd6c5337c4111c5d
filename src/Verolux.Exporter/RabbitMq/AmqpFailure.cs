using System.Net.Sockets;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.RabbitMq;

/// <summary>What the client library throws, as a reason.</summary>
static class AmqpFailure
{
    /// <param name="opened">Whether it happened after the broker had begun to speak AMQP.</param>
    /// <returns>Null for what says nothing of the broker.</returns>
    public static Failure? Of(Exception? error, Broker broker, BrokerAddress address, TlsHandshake handshake, bool opened)
    {
        if (handshake.Refusal is { } refusal)
            return new Failure(NetworkFailure.Tls, $"{address} is not trusted: {refusal}");
        // With TLS 1.3 a client has finished its handshake before the server looks at its certificate.
        if (address.UsesTls && !opened && IsBreakingOff(error))
            return new Failure(NetworkFailure.Tls, $"{address} ends the connection after the TLS handshake: it asks for a certificate (tls.cert_file), or for another one");
        if (NetworkFailure.Of(error, $"{address}") is { } network)
            return network;
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            if (Of(cause, broker, address) is { } failure)
                return failure;
        }
        // Whatever goes wrong between the library's threads when a connection ends under them.
        return error is BrokerUnreachableException ? NotAmqp(error.GetBaseException(), address) : null;
    }

    static bool IsBreakingOff(Exception? error) => error is IOException or SocketException { SocketErrorCode: SocketError.ConnectionReset } || (error is not null && IsBreakingOff(error.InnerException));

    static Failure? Of(Exception error, Broker broker, BrokerAddress address) => error switch
    {
        PossibleAuthenticationFailureException => new(NetworkFailure.Auth, $"{address} does not take the user or the password"),
        OperationInterruptedException { ShutdownReason: { } closed } => OfClosing(closed, broker, address),
        TimeoutException or OperationCanceledException => new(FailureReason.Timeout, $"{address}: no answer in time"),
        BrokerUnreachableException { InnerException: not null } => null,
        RabbitMQClientException or IOException => NotAmqp(error, address),
        _ => null,
    };

    static Failure NotAmqp(Exception error, BrokerAddress address) => new(NetworkFailure.Protocol, $"what {address} answers is not AMQP 0-9-1, or breaks off ({error.GetType().Name})");

    static Failure OfClosing(ShutdownEventArgs closed, Broker broker, BrokerAddress address) => closed.ReplyCode switch
    {
        Constants.NotAllowed when closed.ReplyText.Contains("connection limit (", StringComparison.Ordinal) =>
            new(NetworkFailure.TooManyConnections, $"{address} takes no more connections of this user, or to the virtual host {broker.VirtualHost}"),
        Constants.NotAllowed when closed.ReplyText.EndsWith("not found", StringComparison.Ordinal) =>
            new(NetworkFailure.NotFound, $"{address} has no virtual host {broker.VirtualHost}"),
        Constants.NotAllowed or Constants.AccessRefused => new(NetworkFailure.Permission, $"{address} knows the user, who may not use the virtual host {broker.VirtualHost}"),
        _ => new(NetworkFailure.Protocol, $"{address} has closed the connection with the code {closed.ReplyCode}"),
    };
}
