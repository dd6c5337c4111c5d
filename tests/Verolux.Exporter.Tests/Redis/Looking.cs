using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Redis;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Tests.Redis;

/// <summary>Redis servers as somebody would configure them, and single looks at them.</summary>
static class Looking
{
    public const string Name = "main";

    /// <summary>As the user that the README describes.</summary>
    public static RedisTarget At(RedisServer server) => At(server.Port);

    public static RedisTarget At(int port) => Anonymously(port).As(RedisServer.User, RedisServer.Password);

    public static RedisTarget Anonymously(int port) => new(Name, "north", "127.0.0.1", port, null, null, null, new Pace(Watch.DefaultInterval, Watch.DefaultTimeout));

    public static RedisTarget As(this RedisTarget target, string? user, string password) => target with { Username = user, Password = Secret.FromEnvironment("REDIS_PASSWORD", password) };

    /// <summary>One look, in real time.</summary>
    public static Task<Look> LookAsync(this RedisTarget target, CancellationToken cancellationToken) => new RedisCollector([target]).Watches.Single().LookAsync(cancellationToken);

    public static string? Reason(this Look look) => look.Failure?.Reason.Name;

    /// <summary>The value of the only sample of this name, without <c>verolux_redis_</c>; null where it is not known.</summary>
    public static double? Value(this IEnumerable<Sample> samples, string name) =>
        samples.Where(s => s.Family.Name == $"verolux_redis_{name}" && !double.IsNaN(s.Value)).Select(s => (double?)s.Value).SingleOrDefault();

    public static double? Value(this Look look, string name) => look.Samples.Value(name);
}
