using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.RabbitMq;

/// <summary>What the URI of a broker says (https://www.rabbitmq.com/docs/uri-spec). Never for people as a whole: only <see cref="ToString"/> is.</summary>
sealed class BrokerAddress
{
    const string Remedy = "a sign in the user or the password that is neither letter nor digit is written as % and its two hexadecimal digits";

    public required string Host { get; init; }

    public required int Port { get; init; }

    public required bool UsesTls { get; init; }

    public required string User { get; init; }

    public required string Password { get; init; }

    /// <summary>Reads the address.</summary>
    /// <param name="virtualHost">The one that is configured. A URI that names one must name the same.</param>
    /// <param name="address">The address, when the answer is null.</param>
    /// <returns>Null, or what is wrong with it, for people; without any part of it.</returns>
    public static string? TryRead(Secret secret, string virtualHost, out BrokerAddress address)
    {
        address = null!;
        if (secret.TryRead(out var text) is { } problem)
            return $"the address can't be read: {problem}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0 || uri.Fragment.Length > 0
            || (uri.UserInfo.Length == 0 && text.Contains('@', StringComparison.Ordinal)))
            return $"what is in place of the address is none like amqp://USER:PASSWORD@HOST:PORT; {Remedy}";
        if (uri.AbsolutePath.Length > 1 && Uri.UnescapeDataString(uri.AbsolutePath[1..]) != virtualHost)
            return $"the address names another virtual host than `vhost`, which is {virtualHost}: write the same in both, or leave it out of the address";
        var usesTls = uri.Scheme == "amqps";
        var user = uri.UserInfo.Split(':', 2);
        address = new BrokerAddress
        {
            Host = uri.IdnHost,
            Port = uri.Port > 0 ? uri.Port : usesTls ? 5671 : 5672,
            UsesTls = usesTls,
            // The specification's default.
            User = uri.UserInfo.Length == 0 ? "guest" : Uri.UnescapeDataString(user[0]),
            Password = uri.UserInfo.Length == 0 ? "guest" : Uri.UnescapeDataString(user.ElementAtOrDefault(1) ?? ""),
        };
        return null;
    }

    public override string ToString() => $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}
