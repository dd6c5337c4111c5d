using Verolux.Exporter.Collecting;
using Verolux.Exporter.Configuration;
using Verolux.Exporter.Postgres;

namespace Verolux.Exporter.Tests.Postgres;

/// <summary>One target, and single looks at it.</summary>
static class Looking
{
    /// <param name="file">Holds the connection string, and may be written anew.</param>
    public static PostgresCollector At(string file, ClientTls? tls = null, TimeProvider? time = null, double timeout = 20) =>
        new([new PostgresTarget("main", "north", Secret.FromFile(file), tls, Watch.DefaultInterval, TimeSpan.FromSeconds(timeout))], time ?? TimeProvider.System);

    /// <summary>Looks once, with the deadline that the engine would set.</summary>
    public static async Task<Look> LookAsync(this PostgresCollector collector, CancellationToken cancellationToken)
    {
        var watch = collector.Watches.Single();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(watch.Timeout);
        return await watch.LookAsync(deadline.Token);
    }

    /// <summary>The value of a family's series, found by its labels behind site and server.</summary>
    public static double? Of(this Look look, string family, params string[] labels)
    {
        var found = look.Samples.Where(s => s.Family.Name == $"verolux_postgres_{family}" && s.Labels.Skip(2).SequenceEqual(labels)).ToList();
        return found.Count == 0 ? null : found.Single().Value;
    }
}
