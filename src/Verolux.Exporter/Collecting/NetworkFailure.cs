using System.Net.Sockets;
using System.Security.Authentication;

namespace Verolux.Exporter.Collecting;

/// <summary>Why a server can't be reached over the network: the reasons that several slices share, and how they are told from what a client library throws.</summary>
static class NetworkFailure
{
    /// <summary>The host's name has no address.</summary>
    public static readonly FailureReason Dns = new("dns");

    /// <summary>The network says that there is no way to the host.</summary>
    public static readonly FailureReason Unreachable = new("unreachable");

    /// <summary>The host answers, and nothing listens on the port.</summary>
    public static readonly FailureReason Refused = new("refused");

    /// <summary>The TLS handshake failed.</summary>
    public static readonly FailureReason Tls = new("tls");

    /// <summary>The user, the password or the certificate is not taken.</summary>
    public static readonly FailureReason Auth = new("auth");

    /// <summary>The user is known and may not do this.</summary>
    public static readonly FailureReason Permission = new("permission");

    /// <summary>All connections that the server, or this user, may have are taken.</summary>
    public static readonly FailureReason TooManyConnections = new("too_many_connections");

    /// <summary>What is asked for is not there.</summary>
    public static readonly FailureReason NotFound = new("not_found");

    /// <summary>What came back is no answer that the protocol knows.</summary>
    public static readonly FailureReason Protocol = new("protocol");

    /// <summary>What the innermost cause that is known says.</summary>
    /// <param name="address">Of the server, as people write it, such as <c>db1:5432</c>.</param>
    /// <returns>Null for what says nothing of the network.</returns>
    public static Failure? Of(Exception? error, string address)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is SocketException { SocketErrorCode: var code } && Of(code, address) is { } failure)
                return failure;
            if (error is AuthenticationException)
                return new Failure(Tls, $"the TLS handshake with {address} failed");
        }
        return null;
    }

    /// <returns>Null for what says nothing of the network.</returns>
    public static Failure? Of(SocketError? error, string address) => error switch
    {
        SocketError.ConnectionRefused => new(Refused, $"{address} refuses the connection: the host answers, and nothing listens there"),
        SocketError.TryAgain => new(Dns, $"the name servers don't answer for {address}"),
        SocketError.HostNotFound or SocketError.NoData or SocketError.NoRecovery => new(Dns, $"the host name of {address} has no address"),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown => new(Unreachable, $"there is no route to {address}"),
        SocketError.ConnectionReset => new(Protocol, $"{address} drops the connection"),
        SocketError.TimedOut => new(FailureReason.Timeout, $"connecting to {address}: no answer in time"),
        _ => null,
    };
}
