using Verolux.Exporter.Collecting;

namespace Verolux.Exporter.Redis;

/// <summary>The closed list of why a look at Redis fails, beside the reasons of every slice (<c>config</c>, <c>timeout</c>, <c>internal</c>).</summary>
static class RedisReasons
{
    /// <summary>The server is still reading its data from the disk or from its primary, and answers nobody else.</summary>
    public static readonly FailureReason Loading = new("loading");

    public static readonly IReadOnlyList<FailureReason> All =
    [
        NetworkFailure.Dns, NetworkFailure.Unreachable, NetworkFailure.Refused, NetworkFailure.Tls, NetworkFailure.Auth, NetworkFailure.Permission,
        NetworkFailure.TooManyConnections, Loading, NetworkFailure.Protocol,
    ];

    /// <summary>Longest quote of a server, in characters.</summary>
    const int LongestQuote = 200;

    /// <summary>What an error of the server means; its first word tells (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors).</summary>
    /// <param name="said">Without the minus sign.</param>
    /// <param name="target">Its address and its user are named.</param>
    /// <param name="password">Is masked where the server repeats it; null where there is none.</param>
    public static Failure Of(string said, RedisTarget target, string? password)
    {
        var user = target.Username ?? "default";
        return said.Split(' ')[0] switch
        {
            "NOAUTH" => new(NetworkFailure.Auth, $"{target.Address} asks for a password, and none is configured (NOAUTH)"),
            "WRONGPASS" => new(NetworkFailure.Auth, $"{target.Address} does not take the password of the user {user}, or does not know or has disabled the user (WRONGPASS)"),
            "NOPERM" => new(NetworkFailure.Permission, $"{target.Address} does not allow the user {user} what a look needs, which is +info and +time (NOPERM)"),
            "DENIED" => new(NetworkFailure.Permission, $"{target.Address} is in protected mode and answers its own machine alone (DENIED)"),
            "LOADING" => new(Loading, $"{target.Address} is still reading its data"),
            "BUSY" => new(FailureReason.Timeout, $"{target.Address} answers nobody while a script or a function runs (BUSY); SCRIPT KILL or FUNCTION KILL ends it"),
            "ERR" when said.Contains("max number of clients", StringComparison.OrdinalIgnoreCase) =>
                new(NetworkFailure.TooManyConnections, $"{target.Address} takes no more clients: its maxclients are reached"),
            // Redis before version 6, or 6 and later with the user default and no password.
            "ERR" when said.Contains("AUTH", StringComparison.Ordinal) || said.Contains("invalid password", StringComparison.Ordinal) =>
                new(NetworkFailure.Auth, $"{target.Address} does not take the password of the user {user}: {Quote(said, password)}"),
            _ => new(NetworkFailure.Protocol, $"{target.Address} answers with the error \"{Quote(said, password)}\""),
        };
    }

    /// <summary>What a server said, fit for people: short, and without the password even where the server repeats it.</summary>
    public static string Quote(string said, string? password)
    {
        var masked = password is null ? said : said.Replace(password, "***", StringComparison.OrdinalIgnoreCase);
        return masked.Length > LongestQuote ? masked[..LongestQuote] : masked;
    }
}
