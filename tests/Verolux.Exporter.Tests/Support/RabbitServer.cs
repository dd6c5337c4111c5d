using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using NUnit.Framework;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Verolux.Exporter.Tests.Security;

namespace Verolux.Exporter.Tests.Support;

/// <summary>
/// A real RabbitMQ on loopback ports, with and without TLS (which asks for a client certificate), and its management API. It takes many seconds to start, so there is one for
/// all tests that leave it running and have users, virtual hosts and queues of their own. Whoever stops, pauses or changes it otherwise has another.
/// </summary>
sealed class RabbitServer : IAsyncDisposable
{
    public const string User = "verolux";

    // As people make them: none of its signs may stand in a URI.
    public const string Password = "rabbit:s@cret/?&";

    static readonly ConcurrentDictionary<string, Lazy<Task<RabbitServer>>> Shared = [];

    readonly TemporaryFolder folder = new();
    readonly Dictionary<string, string> environment;
    readonly RunningProgram portMapper;
    readonly HttpClient http;
    RunningProgram? program;

    RabbitServer()
    {
        using var authority = Pem.Authority("broker authority");
        using var certificate = Pem.Leaf(authority, "broker");
        AuthorityFile = folder.Write("ca.pem", authority.ExportCertificatePem());
        CertificateFile = folder.Write("cert.pem", certificate.ExportCertificatePem());
        KeyFile = folder.Write("key.pem", Pem.Key(certificate));
        folder.Write("rabbitmq.conf", $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            listeners.ssl.1 = 127.0.0.1:{TlsPort}
            ssl_options.cacertfile = {AuthorityFile}
            ssl_options.certfile = {CertificateFile}
            ssl_options.keyfile = {KeyFile}
            ssl_options.verify = verify_peer
            ssl_options.fail_if_no_peer_cert = true
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {ManagementUrl.Port}
            management.ssl.ip = 127.0.0.1
            management.ssl.port = {SecureManagementUrl.Port}
            management.ssl.cacertfile = {AuthorityFile}
            management.ssl.certfile = {CertificateFile}
            management.ssl.keyfile = {KeyFile}
            default_user = {User}
            default_pass = {Password}
            loopback_users = none
            log.console = true
            log.file = false
            vm_memory_high_watermark.absolute = 1GB
            disk_free_limit.absolute = 50MB
            collect_statistics_interval = 1000

            """);
        folder.Write("enabled_plugins", "[rabbitmq_management].");
        environment = new()
        {
            ["HOME"] = folder.Path,
            ["LC_ALL"] = "C.UTF-8",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["ERL_EPMD_PORT"] = $"{FreePort.Next()}",
            ["RABBITMQ_NODENAME"] = $"verolux{Port}@localhost",
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_CONFIG_FILE"] = folder["rabbitmq.conf"],
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = folder["enabled_plugins"],
            ["RABBITMQ_MNESIA_BASE"] = folder["mnesia"],
            ["RABBITMQ_LOG_BASE"] = folder["log"],
            ["RABBITMQ_DIST_PORT"] = $"{FreePort.Next()}",
            ["RABBITMQ_PID_FILE"] = folder["pid"],
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
        };
        // Erlang's name server, which a broker that finds none starts for itself and leaves behind.
        portMapper = RunningProgram.Start("epmd", ["-address", "127.0.0.1", "-port", environment["ERL_EPMD_PORT"]]);
        http = new HttpClient { BaseAddress = ManagementUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")));
    }

    public int Port { get; } = FreePort.Next();

    public int TlsPort { get; } = FreePort.Next();

    public Uri ManagementUrl { get; } = new($"http://127.0.0.1:{FreePort.Next()}/");

    public Uri SecureManagementUrl { get; } = new($"https://127.0.0.1:{FreePort.Next()}/");

    public string AuthorityFile { get; }

    /// <summary>Of the broker; it takes the same from its clients.</summary>
    public string CertificateFile { get; }

    public string KeyFile { get; }

    /// <summary>Of the programs that control it.</summary>
    public IReadOnlyDictionary<string, string> Environment => environment;

    RunningProgram Program => program!;

    /// <summary>Of the Erlang machine: the program that was started is a script that waits for it.</summary>
    int MachineId => int.Parse(File.ReadAllText(folder["pid"]), CultureInfo.InvariantCulture);

    /// <summary>One of its own, for tests that run beside those that share one.</summary>
    public static async Task<RabbitServer> StartAsync()
    {
        var server = new RabbitServer();
        try
        {
            await server.RunAsync(CancellationToken.None);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it at the first call.</summary>
    /// <param name="of">Who shares it.</param>
    public static Task<RabbitServer> SharedAsync(string of = "everybody") => Shared.GetOrAdd(of, _ => new(StartAsync)).Value;

    public static async Task EndSharedAsync()
    {
        foreach (var shared in Shared.Values)
            await (await shared.Value).DisposeAsync();
    }

    public static string UriOf(int port, string user = User, string password = Password) =>
        $"amqp://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@127.0.0.1:{port}";

    /// <summary>From now on its ports refuse.</summary>
    public ValueTask StopAsync() => Program.DisposeAsync();

    /// <summary>After <see cref="StopAsync"/>, with everything durable as it was.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        program = RunningProgram.Start("/usr/lib/rabbitmq/bin/rabbitmq-server", [], environment, folder.Path);
        await Readiness.UntilAnswersAsync(http, new Uri($"api/health/checks/port-listener/{Port}", UriKind.Relative), program, cancellationToken);
        // It listens a moment before it lets anyone in.
        await Readiness.UntilAsync(() => LetsInAsync(cancellationToken), program, cancellationToken);
    }

    /// <summary>Connections are still accepted, by the kernel; nothing is answered.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Program.PauseAsync(MachineId, cancellationToken);

    public void Continue() => Command.Signal(MachineId, "CONT");

    /// <summary>Its AMQP ports refuse, with and without TLS; everything else goes on.</summary>
    public void Suspend() => Control("suspend_listeners");

    public void Resume() => Control("resume_listeners");

    public void Control(params IEnumerable<string> arguments)
    {
        var (code, output) = Command.Run("env", [.. environment.Select(e => $"{e.Key}={e.Value}"), "/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet", .. arguments]);
        Assert.That(code, Is.Zero, output);
    }

    /// <summary>Sets up what the path names, as the management API has it, such as <c>users/NAME</c>.</summary>
    public async Task PutAsync(string path, string json, CancellationToken cancellationToken)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await http.PutAsync(new Uri($"api/{path}", UriKind.Relative), body, cancellationToken);
        Assert.That(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    public async Task PostAsync(string path, string json, CancellationToken cancellationToken)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri($"api/{path}", UriKind.Relative), body, cancellationToken);
        Assert.That(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await http.DeleteAsync(new Uri($"api/{path}", UriKind.Relative), cancellationToken);
        Assert.That(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    public Task<string> GetAsync(string path, CancellationToken cancellationToken) => http.GetStringAsync(new Uri($"api/{path}", UriKind.Relative), cancellationToken);

    /// <summary>Someone who publishes and consumes.</summary>
    public async Task<IConnection> ConnectAsync(CancellationToken cancellationToken) =>
        await new ConnectionFactory { Uri = new Uri(UriOf(Port)), AutomaticRecoveryEnabled = false }.CreateConnectionAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (program is not null)
            await program.DisposeAsync();
        await portMapper.DisposeAsync();
        folder.Dispose();
    }

    async Task<bool> LetsInAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await ConnectAsync(cancellationToken);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            return true;
        }
        catch (Exception refusal) when (refusal is BrokerUnreachableException or OperationInterruptedException)
        {
            return false;
        }
    }
}
