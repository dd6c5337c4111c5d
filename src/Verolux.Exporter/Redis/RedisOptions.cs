using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Redis;

/// <summary>One Redis or Valkey server that is watched.</summary>
/// <param name="Username">Of the ACL; null for the user <c>default</c>.</param>
/// <param name="Password">Null where the server asks for none.</param>
/// <param name="Tls">Null for a connection in the clear.</param>
sealed record RedisTarget(string Name, string Site, string Host, int Port, string? Username, Secret? Password, ClientTls? Tls, Pace Pace)
{
    /// <summary>As people write it.</summary>
    public string Address => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>The section <c>redis</c>: <c>targets</c> is a list of servers, each by itself; a replica is a target of its own.</summary>
static class RedisOptions
{
    const int DefaultPort = 6379;

    public static IReadOnlyList<RedisTarget> Read(Section redis, string site) => redis.ReadTargets((target, name) =>
    {
        var (host, port) = AddressOf(target);
        var (username, password) = (target.Text("username"), target.Secret("password"));
        if (username is not null && password is null)
            target.Refuse("password_file", "is missing beside the username", "add the name of the file that holds the user's password");
        return new RedisTarget(name, site, host, port, username, password, ClientTls.Read(target, null), Pace.Read(target));
    });

    static (string Host, int Port) AddressOf(Section target)
    {
        var text = target.RequiredText("address", "redis:6379");
        if (text.Length == 0)
            return ("", DefaultPort);
        // A scheme, a user or a path would be read by the same parser, and not be heeded.
        if (text.AsSpan().IndexOfAny("/@?#") < 0 && Uri.TryCreate($"redis://{text}", UriKind.Absolute, out var address) && address is { Host.Length: > 0, Port: not 0 })
            return (address.IdnHost.Trim('[', ']'), address.Port < 0 ? DefaultPort : address.Port);
        // The value is not repeated: an address with a user in it is most likely one with a password.
        target.Refuse("address", "is not a host with a port", "write it like redis:6379; the user and the password go into username and password_file, and `tls: {}` turns on TLS");
        return ("", DefaultPort);
    }
}
