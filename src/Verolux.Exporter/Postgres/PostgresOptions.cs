using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;

namespace Verolux.Exporter.Postgres;

/// <summary>One PostgreSQL server that is watched.</summary>
/// <param name="ConnectionString">Where it is and who we are there, in a form that <see cref="ConnectionString"/> reads; a secret, since it holds the password.</param>
/// <param name="Tls">Null takes TLS where the server offers it, and then any certificate.</param>
sealed record PostgresTarget(string Name, string Site, Secret ConnectionString, ClientTls? Tls, TimeSpan Interval, TimeSpan Timeout);

/// <summary>The section <c>postgres</c>: <c>targets</c> is a list of servers.</summary>
static class PostgresOptions
{
    public static IReadOnlyList<PostgresTarget> Read(Section postgres, string site) => postgres.ReadTargets((target, name) =>
    {
        var connectionString = target.Secret("connection_string");
        if (connectionString is null && !target.Has("connection_string") && !target.Has("connection_string_file"))
            target.Refuse("connection_string_file", "is missing", "name a file that holds postgresql://USER:PASSWORD@HOST/DATABASE");
        var (interval, timeout) = Pace.Read(target);
        // With a mistake nobody looks, so what stands in makes no difference.
        return new PostgresTarget(name, site, connectionString ?? Secret.FromEnvironment("", ""), ClientTls.Read(target, null), interval, timeout);
    });
}
