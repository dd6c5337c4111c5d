using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.RabbitMq;

/// <summary>The closed list of why a look at a broker fails, beside the reasons of every slice (<c>config</c>, <c>timeout</c>, <c>internal</c>).</summary>
static class RabbitMqReasons
{
    public static readonly IReadOnlyList<FailureReason> All =
    [
        NetworkFailure.Dns, NetworkFailure.Unreachable, NetworkFailure.Refused, NetworkFailure.Tls, NetworkFailure.Auth, NetworkFailure.Permission, NetworkFailure.NotFound,
        NetworkFailure.Protocol, NetworkFailure.TooManyConnections,
    ];
}
