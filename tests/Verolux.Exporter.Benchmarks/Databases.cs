using System.Globalization;
using System.Text.RegularExpressions;
using Verolux.Exporter.Tests.Support;

namespace Verolux.Exporter.Benchmarks;

/// <summary>A PostgreSQL and a Redis server with nothing in them, both with the same password.</summary>
sealed partial class Databases : IAsyncDisposable
{
    public const string Password = "bench-secret";
    const string User = "verolux";

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("verolux-bench-");
    Child? postgres;
    Child? redis;

    public int PostgresPort { get; } = FreePort.Next();

    public int RedisPort { get; } = FreePort.Next();

    /// <summary>A key and a word each, as libpq and Npgsql both read them.</summary>
    public string PostgresConnection => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={PostgresPort};Username={User};Password={Password};Database=postgres");

    public string PostgresUrl => string.Create(CultureInfo.InvariantCulture, $"postgresql://{User}:{Password}@127.0.0.1:{PostgresPort}/postgres?sslmode=disable");

    public static async Task<Databases> StartAsync(CancellationToken cancellation)
    {
        var databases = new Databases();
        try
        {
            await databases.StartPostgresAsync(cancellation);
            string[] arguments = ["--port", databases.RedisPort.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--requirepass", Password, "--dir", databases.folder.FullName];
            databases.redis = await Child.StartAsync("redis-server", arguments, RedisReady(), cancellation);
            return databases;
        }
        catch
        {
            await databases.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (redis is not null)
            await redis.DisposeAsync();
        if (postgres is not null)
            await postgres.DisposeAsync();
        folder.Delete(recursive: true);
    }

    async Task StartPostgresAsync(CancellationToken cancellation)
    {
        var (data, password) = (Path.Combine(folder.FullName, "postgres"), Path.Combine(folder.FullName, "password"));
        await File.WriteAllTextAsync(password, Password, cancellation);
        // PostgreSQL refuses to run as root.
        string[] asUser = [];
        if (Environment.IsPrivilegedProcess)
        {
            asUser = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
            await Child.RunAsync("chown", ["-R", "postgres", folder.FullName], cancellation);
        }
        var programs = Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last();
        string[] initialise = [.. asUser, $"{programs}/bin/initdb", "-D", data, "-U", User, "-A", "scram-sha-256", $"--pwfile={password}", "--no-sync", "--locale=C.UTF-8"];
        await Child.RunAsync(initialise[0], initialise[1..], cancellation);
        string[] serve = [.. asUser, $"{programs}/bin/postgres", "-D", data, "-p", PostgresPort.ToString(CultureInfo.InvariantCulture), "-h", "127.0.0.1", "-k", folder.FullName];
        postgres = await Child.StartAsync(serve[0], serve[1..], PostgresReady(), cancellation);
    }

    [GeneratedRegex("ready to accept connections")]
    private static partial Regex PostgresReady();

    [GeneratedRegex("Ready to accept connections")]
    private static partial Regex RedisReady();
}
