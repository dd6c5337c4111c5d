using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Backend;

/// <summary>The closed list of why a look at the back end fails, beside the reasons of every slice (<c>config</c>, <c>timeout</c>, <c>internal</c>).</summary>
static class BackendReasons
{
    /// <summary>A 5xx answer: the service is there, and broken.</summary>
    public static readonly FailureReason ServerError = new("server_error");

    /// <summary>The service says of itself that it is not well.</summary>
    public static readonly FailureReason Unhealthy = new("unhealthy");

    /// <summary>401 is <c>auth</c>, 403 <c>permission</c>, 404 <c>not_found</c>; every other status but 200, and what is not the JSON that was asked for, is <c>protocol</c>.</summary>
    public static readonly IReadOnlyList<FailureReason> All =
    [
        NetworkFailure.Dns, NetworkFailure.Unreachable, NetworkFailure.Refused, NetworkFailure.Tls, NetworkFailure.Auth, NetworkFailure.Permission, NetworkFailure.NotFound, NetworkFailure.Protocol,
        ServerError, Unhealthy,
    ];
}
