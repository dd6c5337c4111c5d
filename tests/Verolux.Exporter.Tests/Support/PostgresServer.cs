using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using Verolux.Exporter.Tests.Security;

namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// A real PostgreSQL cluster of its own on a loopback port, with TLS on. Runs as the user postgres, since it refuses root. Roles: <see cref="Exporter"/>, a member of
/// pg_monitor and nothing else; <see cref="Plain"/>, a member of nothing; <see cref="Certified"/>, known by its certificate alone; <see cref="Showing"/>, who needs
/// a certificate beside the password; <see cref="Superuser"/>.
/// </summary>
sealed class PostgresServer : IAsyncDisposable
{
    public const string Superuser = "boss";
    public const string Exporter = "verolux_exporter";
    public const string Plain = "plain";
    public const string Certified = "certified";
    public const string Showing = "showing";

    /// <summary>Of everyone.</summary>
    public const string Password = "pg-s3cret";

    /// <summary>Of which three are for superusers.</summary>
    public const int MaxConnections = 13;

    /// <summary>The folder of its version's programs.</summary>
    public static readonly string Programs = Directory.GetDirectories("/usr/lib/postgresql").OrderBy(d => int.Parse(Path.GetFileName(d), CultureInfo.InvariantCulture)).Select(d => Path.Combine(d, "bin")).Last();
    static readonly string[] AsPostgres = ["--reuid=postgres", "--regid=postgres", "--init-groups"];

    static readonly Lazy<Task<TemporaryFolder>> Template = new(MakeTemplateAsync);

    readonly TemporaryFolder folder;
    readonly IReadOnlyList<string> settings;
    RunningProgram program = null!;
    bool isStopped;

    PostgresServer(TemporaryFolder folder, params IReadOnlyList<string> settings)
    {
        (this.folder, this.settings) = (folder, settings);
        // The way down to the data must be open to postgres.
        Succeed(Command.Run("chmod", "711", folder.Path));
    }

    public int Port { get; } = FreePort.Next();

    public string Data => folder["data"];

    /// <summary>A file beside the data: <c>ca.pem</c>, <c>other-ca.pem</c>, <c>certified.pem</c> and <c>.key</c>, <c>stranger.pem</c> and <c>.key</c>.</summary>
    public string this[string file] => folder[file];

    public static async Task<PostgresServer> StartAsync(CancellationToken cancellationToken)
    {
        var template = await Template.Value;
        var server = new PostgresServer(new TemporaryFolder());
        Succeed(Command.Run("cp", "-a", $"{template.Path}/.", server.folder.Path));
        await server.RunAsync(cancellationToken);
        return server;
    }

    /// <summary>A cluster that is made and not running; making one takes seconds, and copying it a moment.</summary>
    static async Task<TemporaryFolder> MakeTemplateAsync()
    {
        var server = new PostgresServer(new TemporaryFolder());
        server.folder.Write("password", Password);
        Succeed(Command.Run("chmod", "644", server["password"]));
        Succeed(Command.Run("install", "-d", "-o", "postgres", "-g", "postgres", "-m", "700", server.Data));
        Succeed(RunAs("initdb", "-D", server.Data, "-U", Superuser, $"--pwfile={server["password"]}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"));
        server.WriteCertificates();
        await File.WriteAllTextAsync(Path.Combine(server.Data, "pg_hba.conf"), $"""
            hostssl all {Certified} 127.0.0.1/32 cert
            hostssl all {Showing} 127.0.0.1/32 scram-sha-256 clientcert=verify-ca
            host all {Showing} 127.0.0.1/32 reject
            host all all 127.0.0.1/32 scram-sha-256
            host replication all 127.0.0.1/32 scram-sha-256

            """);
        await server.RunAsync(CancellationToken.None);
        await server.ExecuteAsync($"""
            CREATE ROLE {Exporter} LOGIN PASSWORD '{Password}' IN ROLE pg_monitor;
            CREATE ROLE {Plain} LOGIN PASSWORD '{Password}';
            CREATE ROLE {Certified} LOGIN IN ROLE pg_monitor;
            CREATE ROLE {Showing} LOGIN PASSWORD '{Password}' IN ROLE pg_monitor
            """, CancellationToken.None);
        await server.StopAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.folder.Dispose();
        return server.folder;
    }

    /// <summary>A server of its own that replays what this one writes.</summary>
    public async Task<PostgresServer> StandbyAsync(CancellationToken cancellationToken, params IReadOnlyList<string> settings)
    {
        var standby = new PostgresServer(new TemporaryFolder(), settings);
        Succeed(Command.Run("install", "-d", "-o", "postgres", "-g", "postgres", "-m", "700", standby.Data));
        Succeed(RunAs("pg_basebackup", "-D", standby.Data, "-R", "-c", "fast", "--no-sync", "-d", $"host=127.0.0.1 port={Port} user={Superuser} password={Password}"));
        await standby.RunAsync(cancellationToken);
        return standby;
    }

    /// <summary>As <c>postgresql://…</c>.</summary>
    public string Url(string user = Exporter, string database = "postgres", string password = Password) => $"postgresql://{user}:{password}@127.0.0.1:{Port}/{database}";

    /// <summary>A connection of the superuser, or of somebody else.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken, string user = Superuser, string database = "postgres")
    {
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={Port};Username={user};Password={Password};Database={database};Pooling=false;Timeout=30;SSL Mode=Disable;GSS Encryption Mode=Disable");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken, string user = Superuser)
    {
        await using var connection = await ConnectAsync(cancellationToken, user);
        await RunAsync(connection, sql, cancellationToken);
    }

    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<T> AskAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Connections are still accepted, by the kernel; nothing is answered.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        await program.PauseAsync(cancellationToken);
        Command.Run("pkill", "-STOP", "-P", $"{program.Id}");
    }

    public void Continue()
    {
        Command.Run("pkill", "-CONT", "-P", $"{program.Id}");
        program.Signal("CONT");
    }

    /// <summary>From now on its port refuses. Those who are connected are sent away.</summary>
    public async Task StopAsync()
    {
        if (isStopped)
            return;
        isStopped = true;
        Continue();
        // The fast shutdown. Killed, it would leave its shared memory behind.
        program.Signal("INT");
        await program.WaitForExitAsync(CancellationToken.None);
        await program.DisposeAsync();
    }

    /// <summary>After <see cref="StopAsync"/>, on the same port and with the same data.</summary>
    public Task RestartAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken);

    /// <summary>Kills the process of a connection, so that the server restarts all others and recovers, as after a fault of its own.</summary>
    public async Task CrashAsync(CancellationToken cancellationToken)
    {
        await using var victim = await ConnectAsync(cancellationToken);
        Command.Signal(victim.ProcessID, "KILL");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Dispose();
    }

    async Task RunAsync(CancellationToken cancellationToken)
    {
        IEnumerable<string> arguments =
        [
            .. AsPostgres, Path.Combine(Programs, "postgres"), "-D", Data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", $"max_connections={MaxConnections}", "-c", "deadlock_timeout=50ms",
            "-c", "ssl=on", "-c", "ssl_ca_file=ca.pem", .. settings,
        ];
        program = RunningProgram.Start("setpriv", arguments, workingFolder: "/");
        isStopped = false;
        await Readiness.UntilAsync(() => Task.FromResult(IsReady()), program, cancellationToken);
    }

    // Where connections are not accepted on purpose, its word for it is enough.
    bool IsReady() => program.Lines.Any(l => l.Contains("is ready to accept", StringComparison.Ordinal) || l.Contains("entering standby mode", StringComparison.Ordinal))
        && RunAs("pg_isready", "-q", "-h", "127.0.0.1", "-p", $"{Port}").ExitCode is 0 or 1;

    void WriteCertificates()
    {
        using var authority = Pem.Authority("ours");
        using var stranger = Pem.Authority("theirs");
        Write("ca", authority);
        Write("other-ca", stranger);
        Write("certified", Pem.Leaf(authority, Certified));
        Write("stranger", Pem.Leaf(stranger, Certified));
        Write("server", Pem.Leaf(authority, "server"));
        foreach (var (file, place) in ((string, string)[])[("ca.pem", "ca.pem"), ("server.pem", "server.crt"), ("server.key", "server.key")])
            Succeed(Command.Run("install", "-o", "postgres", "-g", "postgres", "-m", "600", this[file], Path.Combine(Data, place)));
    }

    void Write(string name, X509Certificate2 certificate)
    {
        folder.Write($"{name}.pem", certificate.ExportCertificatePem());
        folder.Write($"{name}.key", Pem.Key(certificate));
    }

    static (int ExitCode, string Output) RunAs(string program, params IEnumerable<string> arguments) =>
        Command.RunIn("/", "setpriv", [.. AsPostgres, Path.Combine(Programs, program), .. arguments]);

    static void Succeed((int ExitCode, string Output) ended)
    {
        if (ended.ExitCode != 0)
            throw new NUnit.Framework.AssertionException(ended.Output);
    }
}
