using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.RabbitMq;

/// <summary>The closed list of why a look at a broker fails, beside the reasons of every slice (<c>config</c>, <c>timeout</c>, <c>internal</c>).</summary>
static class RabbitMqReasons
{
    /// <summary>The user, the virtual host or the node has as many connections as it may.</summary>
    public static readonly FailureReason TooManyConnections = new("too_many_connections");

    public static readonly IReadOnlyList<FailureReason> All =
    [
        NetworkFailure.Dns, NetworkFailure.Unreachable, NetworkFailure.Refused, NetworkFailure.Tls, NetworkFailure.Auth, NetworkFailure.Permission, NetworkFailure.NotFound,
        NetworkFailure.Protocol, TooManyConnections,
    ];
}
